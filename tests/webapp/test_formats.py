"""How dates, instants and sizes are written."""

from datetime import UTC, date, datetime

import pytest

from webapp import formats

LATE_EVENING = datetime(2026, 10, 12, 16, 30, tzinfo=UTC)  # already the 13th in China


@pytest.mark.parametrize(
    ("value", "written"),
    [(date(2026, 10, 13), "2026-10-13"), (LATE_EVENING, "2026-10-13"), ("10月底", "10月底"), (None, "")],
)
def test_day(value: object, written: str) -> None:
    assert formats.day(value) == written  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "written"),
    [(LATE_EVENING, "2026-10-13 00:30"), (date(2026, 10, 13), "2026-10-13"), (None, "")],
)
def test_moment(value: object, written: str) -> None:
    assert formats.moment(value) == written  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("octets", "written"),
    [(None, "0 B"), (820, "820 B"), (1024, "1.0 KB"), (2411724, "2.3 MB"), (3 << 30, "3.0 GB")],
)
def test_filesize(octets: int | None, written: str) -> None:
    assert formats.filesize(octets) == written
