"""Python's `queue.SimpleQueue`, which is written in C."""

import queues

queues.one_thread(queues.simple)
