"""Python's `queue.Queue`."""

import queues

queues.round_trip(queues.bounded)
