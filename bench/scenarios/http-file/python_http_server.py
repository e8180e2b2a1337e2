"""What `python3 -m http.server --protocol HTTP/1.1` serves, a thread for each connection, without its log."""

import functools
import os
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import listening


class Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass


handler = functools.partial(Handler, directory=os.environ["BENCH_FILES"])
listener = listening.listen()
server = ThreadingHTTPServer(listener.getsockname(), handler, bind_and_activate=False)
server.socket.close()
server.socket = listener
listening.ready(listener)
server.serve_forever()
