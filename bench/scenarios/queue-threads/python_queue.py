"""Python's `queue.Queue`."""

import queues

queues.threads(queues.bounded)
