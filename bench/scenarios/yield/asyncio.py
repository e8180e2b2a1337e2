"""asyncio, on its own loop."""

import asyncio

import orders
import tasks

orders.run(tasks.yields, asyncio.run)
