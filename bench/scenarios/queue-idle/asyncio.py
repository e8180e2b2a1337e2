"""`asyncio.Queue` on asyncio's own loop."""

import asyncio

import orders
import queues

orders.run(queues.idle_task, asyncio.run)
