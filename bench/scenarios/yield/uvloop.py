"""asyncio's interface on libuv's loop."""

import uvloop

import orders
import tasks

orders.run(tasks.yields, uvloop.run)
