"""A real HTTP server on the loopback that answers as it is told and keeps what it got."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any


@dataclass
class Call:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """``answers`` in turn, (status, body) or (status, body, headers), then 200. Status 0: the line is cut instead."""

    port: int = 0
    answers: list[tuple[Any, ...]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    #: Set: answers come a byte at a time, without end, until `released`.
    drips: bool = False
    released: Event = field(default_factory=Event)
    #: Called when a call is taken, before the answer.
    on_call: Any = None
    default: bytes = b'{"errcode":0,"errmsg":"ok"}'

    def url(self, path: str = "/hook", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"


@contextmanager
def listening(context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    taken = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.calls.append(Call(self.path, dict(self.headers), body))
            if taken.on_call is not None:
                taken.on_call()
            if taken.drips:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                while not taken.released.wait(0.02):
                    try:
                        self.wfile.write(b"x")
                    except OSError:
                        return
                return
            status, said, *headers = taken.answers.pop(0) if taken.answers else (200, taken.default)
            if status == 0:
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in headers[0].items() if headers else ():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    taken.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield taken
    finally:
        taken.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
