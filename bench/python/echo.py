"""An echo server of asyncio's streams, with a hog if the variant has one."""

import asyncio
import socket
import sys

import hog

STREAMING = "streaming 1 MiB"


def new_event_loop(kind):
    """A loop of that kind: "asyncio" or "uvloop"."""
    if kind == "uvloop":
        import uvloop

        return uvloop.new_event_loop()
    return asyncio.new_event_loop()


async def serve(variant, address):
    # As large as in the other languages.
    size = 65536 if variant == STREAMING else 4096

    async def echo(reader, writer):
        hog.open(variant)
        # The loop sets it on accepted sockets, too; said for who reads this.
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while data := await reader.read(size):
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    host, port = address.rsplit(":", 1)
    server = await asyncio.start_server(echo, host, int(port), backlog=4096)
    host, port = server.sockets[0].getsockname()
    print(f"ready {host}:{port}", flush=True)
    await server.serve_forever()


def main(kind):
    """Serves until it is killed."""
    variant, address = sys.argv[1:]
    new_event_loop(kind).run_until_complete(serve(variant, address))
