"""aiohttp on uvloop, one process, without an access log."""

import asyncio

import uvloop
from aiohttp import web

import listening


async def hello(_: web.Request) -> web.Response:
    return web.Response(text="Hello, world!")  # as text/plain; charset=utf-8


async def main() -> None:
    app = web.Application()
    app.router.add_get("/", hello)
    runner = web.AppRunner(app, access_log=None, keepalive_timeout=3600)
    await runner.setup()
    listener = listening.listen()
    await web.SockSite(runner, listener, backlog=4096).start()
    listening.ready(listener)
    await asyncio.Event().wait()


uvloop.run(main())
