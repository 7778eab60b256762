"""The HTTP server: waitress, with an orderly end, and a way to say that a request found no room on the disk.

Waitress receives each request whole, larger ones into a temporary file, before it hands it to a thread. Left to
itself it drops the connection when that file cannot be written, and requests that wait when it is told to end.
"""

import errno
import time
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from typing import Any

from flask import request
from waitress import wasyncore
from waitress.buffers import OverflowableBuffer
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import create_server

from engine.errors import StorageFailed
from engine.settings import Settings

#: How long requests that have begun to come in may take when the server is told to end.
GRACE_SECONDS = 30.0
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def make_server(app: Any, settings: Settings, *, host: str, port: int, threads: int) -> Any:
    """Listen, but do not answer yet. Port 0 takes a free one: `server.effective_port`."""
    server = create_server(
        app,
        host=host,
        port=port,
        threads=threads,
        max_request_body_size=settings.max_upload_bytes + 1_000_000,
        channel_timeout=300,
        # Browsers keep idle connections: waitress's own limit is reached by some twenty people.
        connection_limit=2000,
        recv_bytes=1 << 16,
        ident="duban",
    )
    server.channel_class = _Channel
    return server


def answer(server: Any, until: Callable[[], bool]) -> None:
    """Answer requests; ``until`` is asked at least once a second."""
    while not until():
        _turn(server, 1)


def finish(server: Any, seconds: float = GRACE_SECONDS) -> None:
    """Listen no more, answer what has begun to come in, for so many seconds at most, and end."""
    _turn(server, 0)  # whoever has connected by now is let in
    wasyncore.dispatcher.close(server)
    _turn(server, 0)  # and what they have sent is read
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        idle = [channel for channel in server.active_channels.values() if not _is_busy(channel)]
        for channel in idle:
            channel.handle_close()
        if not server.active_channels:
            break
        _turn(server, 0.1)
    server.task_dispatcher.shutdown(timeout=1)
    for channel in list(server.active_channels.values()):
        channel.handle_close()
    server.trigger.close()


def check_arrived() -> None:
    """Before a request is looked at: StorageFailed when its body could not be kept."""
    trouble = getattr(request.environ["wsgi.input"], "trouble", None)
    if trouble is None:
        return
    if getattr(trouble, "errno", None) in _FULL:
        raise StorageFailed("files.disk_full", "存储空间不足，文件未保存，请联系系统管理员处理后重新上传")
    raise StorageFailed("files.store_failed", "文件存储出现故障，文件未保存，请稍后重新上传")


def _turn(server: Any, seconds: float) -> None:
    """Move bytes once, or wait so long for some."""
    wasyncore.loop(timeout=seconds, use_poll=True, map=server._map, count=1)


def _is_busy(channel: Any) -> bool:
    coming = channel.request is not None and channel.request.headers_finished
    return bool(channel.requests or channel.total_outbufs_len or coming)


class _Lost(BytesIO):
    """Stands for a body whose bytes could not be kept."""

    def __init__(self, trouble: OSError) -> None:
        super().__init__()
        self.trouble = trouble


class _Body(OverflowableBuffer):  # type: ignore[misc]
    """A request's body. After trouble with its temporary file the rest is received and dropped: only then can
    the client, who is still sending, be answered."""

    trouble: OSError | None = None

    def append(self, data: bytes) -> None:
        if self.trouble is not None:
            return
        try:
            super().append(data)
        except OSError as error:
            self.trouble = error
            self.close()

    def getfile(self) -> Any:
        return super().getfile() if self.trouble is None else _Lost(self.trouble)

    def close(self) -> None:
        with suppress(OSError):  # it tries once more to write what it holds
            super().close()


class _Request(HTTPRequestParser):  # type: ignore[misc]
    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        if self.body_rcv is not None:
            self.body_rcv.buf = _Body(self.adj.inbuf_overflow)


class _Channel(HTTPChannel):  # type: ignore[misc]
    parser_class = _Request

    def handle_close(self) -> None:
        super().handle_close()
        if self.request is not None:  # cut in the middle: its temporary file goes at once
            self.request.close()
