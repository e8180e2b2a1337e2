"""Python's `queue.SimpleQueue`, which is written in C."""

import queues

queues.threads(queues.simple)
