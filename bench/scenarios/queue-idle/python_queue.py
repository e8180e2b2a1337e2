"""Python's `queue.Queue`, `LifoQueue` and `PriorityQueue`."""

import queues

queues.idle(lambda variant: queues.IDLE[variant]())
