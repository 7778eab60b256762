"""How an attempt to send can fail, the same for every channel."""


class Deferred(Exception):
    """Not now: no connection, or an answer to come again.

    ``unreachable``: nobody gets through at present. ``doubtful``: all was handed over and no answer came, so that it
    may have arrived nevertheless.
    """

    def __init__(self, detail: str, *, unreachable: bool = False, doubtful: bool = False) -> None:
        super().__init__(detail)
        self.unreachable = unreachable
        self.doubtful = doubtful


class Refused(Exception):
    """Never: the receiver does not exist, or will not take this message."""
