"""What is to be sent, the same in every attempt and whatever the channel."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Piece:
    """One piece of news, in the recipient's language. The rest is for machines."""

    title: str
    detail: str
    url: str
    at: datetime
    kind: str = ""
    message_id: str = ""
    subject: tuple[str, int] = ("", 0)
    #: Short name of the unit that is concerned, where there is one.
    unit: str = ""


@dataclass(frozen=True)
class Mail:
    """Everything that one delivery says. ``address``: e-mail, telephone number, or the name of an endpoint."""

    mail_id: str
    name: str
    address: str
    language: str
    created_at: datetime
    pieces: Sequence[Piece]


@dataclass(frozen=True)
class Target:
    """Where an endpoint listens and what its messages are signed with. Never shown, never logged."""

    url: str
    secret: str = ""

    def __repr__(self) -> str:
        return "Target(…)"
