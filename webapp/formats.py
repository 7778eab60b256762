"""How dates, instants and sizes are written on a page. Both languages write them alike."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import Flask

OFFICE_ZONE = ZoneInfo("Asia/Shanghai")


def day(value: date | datetime | str | None) -> str:
    """2026-10-13; an instant is first taken to China's time; a text stays as it is; nothing is empty."""
    if isinstance(value, datetime):
        value = value.astimezone(OFFICE_ZONE).date()
    return value.isoformat() if isinstance(value, date) else value or ""


def moment(value: date | datetime | str | None) -> str:
    """2026-10-13 09:30 in China's time; a plain date without the hour."""
    if isinstance(value, datetime):
        return value.astimezone(OFFICE_ZONE).strftime("%Y-%m-%d %H:%M")
    return day(value)


def filesize(octets: int | None) -> str:
    """820 B, 1.4 MB: units of 1,024, one decimal from KB on."""
    size = float(octets or 0)
    for unit in ("B", "KB", "MB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GB"


def register(app: Flask) -> None:
    """Give the templates the filters `day`, `moment` and `filesize`."""
    for write in (day, moment, filesize):
        app.add_template_filter(write)
