"""Python's `queue.Queue`."""

import queues

queues.one_thread(queues.bounded)
