"""`asyncio.Queue` on libuv's loop."""

import uvloop

import orders
import queues

orders.run(queues.idle_task, uvloop.run)
