"""The grammar of time limits against a table of wordings, deadline_cases.txt: every form D1-D15 and what is none."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from engine.plans.parsing.draft import Deadline, DeadlineKind, Span
from engine.plans.parsing.limits.deadlines import Calendar, Reading, read_deadlines
from engine.plans.parsing.text.normalise import fold

WHEN = Calendar(2024, date(2024, 3, 10))
FULL_WIDTH = {ord(c): chr(ord(c) + 0xFEE0) for c in ",:;()0123456789~/."}
HALF_WIDTH = {full: chr(half) for half, full in ((ord(c), ord(c) + 0xFEE0) for c in ",:;()~")} | {
    ord("—"): "-"
}
UNITS = {DeadlineKind.WORKING_DAYS: "wd", DeadlineKind.CALENDAR_DAYS: "cd"}
WORDS = {"ongoing": "ongoing", "immediate": "immediate", "unspecified_limit": "unset"}


def _read(text: str, *, in_field: bool = False, when: Calendar = WHEN) -> Reading:
    span = Span(0, len(text))
    reading = read_deadlines(fold(text), text, span, when, fields=[span] if in_field else [])
    for found in (*reading.deadlines, *reading.defects):
        assert text[found.span.start : found.span.end] == (
            found.raw if isinstance(found, Deadline) else found.text
        )
    return reading


def _shown(reading: Reading) -> str:
    """The limits in the table's words."""
    limits = "; ".join(map(_word, reading.deadlines))
    return " ".join([limits, *(f"!{d.name}" for d in reading.defects)]).strip()


def _word(limit: Deadline) -> str:
    if limit.kind in UNITS:
        least = f"{limit.min_days}-" if limit.min_days else ""
        return f"{least}{limit.days}{UNITS[limit.kind]} {limit.trigger or ''}".strip()
    if limit.kind is DeadlineKind.DATE:
        return str(limit.date_on)
    if limit.kind is DeadlineKind.PERIOD:
        return f"{limit.start_on}..{limit.end_on}"
    if limit.kind is DeadlineKind.RECURRING:
        parts = [f"every {limit.period}"]
        parts += [f"x{limit.min_count}"] if limit.min_count != 1 else []
        parts += [f"m{limit.month}"] if limit.month else []
        parts += [f"d{limit.day}"] if limit.day else []
        parts += [limit.about] if limit.about else []
        parts += ["at " + "+".join(limit.levels)] if limit.levels else []
        return " ".join(parts)
    return WORDS[limit.kind]


def _cases() -> list[tuple[str, str]]:
    lines = (Path(__file__).parent / "deadline_cases.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.split("=>", 1) for line in lines if "=>" in line and not line.startswith("#")]
    return [(wording.strip(), expected.strip()) for wording, expected in rows]


CASES = _cases()
PARAMS = [pytest.param(*case, id=f"{n}-{case[0]}") for n, case in enumerate(CASES)]


def _check(wording: str, expected: str, change: Callable[[str], str]) -> None:
    text = change(wording.removeprefix("@"))
    assert _shown(_read(text, in_field=wording.startswith("@"))) == expected, text


def test_the_table_is_long() -> None:
    assert sum(1 for _, expected in CASES if expected) > 350
    assert sum(1 for _, expected in CASES if not expected) > 90
    assert len({wording for wording, _ in CASES}) == len(CASES)


@pytest.mark.parametrize(("wording", "expected"), PARAMS)
def test_a_wording(wording: str, expected: str) -> None:
    _check(wording, expected, str)


@pytest.mark.parametrize("width", [FULL_WIDTH, HALF_WIDTH], ids=["full", "half"])
def test_the_width_of_figures_and_marks_changes_nothing(width: dict[int, str]) -> None:
    for wording, expected in CASES:
        _check(wording, expected, lambda text: text.translate(width))


def test_blanks_around_figures_change_nothing() -> None:
    for wording, expected in CASES:
        _check(wording, expected, lambda text: re.sub(r"(\d+)", r" \1 ", text).strip())


def test_lines_that_end_inside_a_date_change_nothing() -> None:
    for wording, expected in CASES:
        _check(wording, expected, lambda text: re.sub(r"(?<=\d)(?=[月日号个年])", "\n", text))


def test_text_around_a_limit_changes_nothing() -> None:
    """Every wording that is a sentence of its own, behind and before other sentences."""
    for wording, expected in CASES:
        if not wording.startswith("@"):
            _check(wording, expected, lambda text: f"加强统筹协调。{text.rstrip('。')}。做好宣传引导。")


def test_a_cell_wall_parts_what_stands_beside_it() -> None:
    assert _shown(_read("1\t年底前完成")) == "2024-12-31"
    assert _shown(_read("12\t2月底前")) == "2024-02-29"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("6月底前完成", "unset !year_unknown"),
        ("2026年6月底前完成", "2026-06-30"),
        ("4月至6月开展", "unset !year_unknown"),
        ("年底前完成", "unset !year_unknown"),
        ("下月10日前报送", "unset !year_unknown"),
        ("一年内完成", "unset"),
        ("即日起至2024年6月30日", "2024-06-30"),
        ("每月10日前", "every month d10"),
        ("去年底", ""),
    ],
)
def test_without_the_year_of_the_document(text: str, expected: str) -> None:
    assert _shown(_read(text, when=Calendar(None, None))) == expected


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        ("各单位要于6月30日前完成。", "6月30日前"),
        ("自决定作出之日起20个工作日内公布", "决定作出之日起20个工作日内"),
        ("（2026年6\n月底前）", "2026年6\n月底前"),
        ("每季度末月25日前报送", "每季度末月25日前"),
        ("每年1月31日和7月31日前", "每年1月31日"),
        ("6月底前完成并长期坚持", "6月底前"),
    ],
)
def test_the_span_shows_the_words_that_were_read(text: str, raw: str) -> None:
    assert _read(text).deadlines[0].raw == raw


@pytest.mark.parametrize("year", ["0000", "9999", "1900"])
def test_years_out_of_reach_are_no_error(year: str) -> None:
    for text in (
        f"{year}年2月30日前",
        f"{year}-{year}年",
        f"到{year}年底",
        f"11月至{year}年3月",
        f"@{year}年",
    ):
        _read(text)
