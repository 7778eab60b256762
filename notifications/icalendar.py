"""A calendar as text: RFC 5545, its escaping (3.3.11) and its folding (3.1)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

#: Octets of one line without its end.
WIDTH = 75
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Status(StrEnum):
    """Of an event (RFC 5545, 3.8.1.11)."""

    CONFIRMED = "CONFIRMED"
    TENTATIVE = "TENTATIVE"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True)
class AllDay:
    """An event of one whole day, without an alarm; it makes nobody busy."""

    uid: str
    on: date
    summary: str
    description: str
    url: str
    #: When it came to be; stays, so that the same calendar is the same text.
    stamped_at: datetime
    #: How often it has changed: by it a program tells the newer of two (3.8.7.4).
    sequence: int = 0
    #: Of the last change, if there was one.
    changed_at: datetime | None = None
    status: Status = Status.CONFIRMED


def calendar(name: str, events: Iterable[AllDay]) -> bytes:
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Duban//Deadlines//ZH", "CALSCALE:GREGORIAN", "METHOD:PUBLISH",
        f"X-WR-CALNAME:{text(name)}",
    ]  # fmt: skip
    for event in events:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{event.uid}",
            f"DTSTAMP:{_instant(event.stamped_at)}",
            f"SEQUENCE:{event.sequence}",
            *([f"LAST-MODIFIED:{_instant(event.changed_at)}"] if event.changed_at else []),
            f"DTSTART;VALUE=DATE:{event.on:%Y%m%d}",
            f"SUMMARY:{text(event.summary)}",
            *([f"DESCRIPTION:{text(event.description)}"] if event.description else []),
            f"URL:{event.url}",
            f"STATUS:{event.status}",
            "TRANSP:TRANSPARENT",
            "CLASS:PRIVATE",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(fold(line) + "\r\n" for line in lines).encode()


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def text(value: str) -> str:
    """A value of type TEXT. Nothing that a person typed can end a line or begin a property."""
    value = _CONTROL.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
    return value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def fold(line: str) -> str:
    """Lines of at most 75 octets, the further ones begin with a blank; no character is cut."""
    folded, width = [], 0
    for character in line:
        octets = len(character.encode())
        if width + octets > WIDTH:
            folded.append("\r\n ")
            width = 1
        folded.append(character)
        width += octets
    return "".join(folded)
