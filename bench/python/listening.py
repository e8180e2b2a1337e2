"""The same listening socket for every Python server, and the line that says that it is ready."""

import socket
import sys


def listen() -> socket.socket:
    """Listens where the harness says, with a long queue and no delay of small answers, which accepted sockets inherit."""
    host, port = sys.argv[2].rsplit(":", 1)
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.bind((host, int(port)))
    listener.listen(4096)
    return listener


def ready(listener: socket.socket) -> None:
    """Tells the harness where the server listens."""
    print("ready %s:%d" % listener.getsockname(), flush=True)
