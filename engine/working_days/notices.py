"""Reading a year's arrangement of holidays from CSV or JSON. Pure: bytes in, days out, or what is wrong with each line.

CSV has the columns 日期, 至, 类型, 名称 (or date, to, kind, name) in any order; a file without a head has them in this
order, with or without 至. A line is one day or a span of days. JSON is an object with ``days``, or the bare list;
each entry has ``date``, perhaps ``to``, ``kind`` ("holiday" | "workday", or ``is_workday`` / ``isOffDay`` as others
write it) and ``name``; ``year``, ``source`` and ``official`` may stand beside ``days``. Nothing is taken from a file
in which a line is wrong.
"""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from engine.errors import InvalidInput
from engine.texts import N_
from engine.working_days.calendar import CalendarDayFact
from engine.working_days.changes import NAME, SOURCE
from engine.working_days.official import provisional_years

#: Largest file, most lines, and most complaints that are listed.
MAX_BYTES, MAX_LINES, MAX_PROBLEMS = 200_000, 1000, 50

_HEADS = {
    "日期": "date", "date": "date", "开始日期": "date", "从": "date", "from": "date", "start": "date",
    "至": "to", "to": "to", "结束日期": "to", "end": "to",
    "类型": "kind", "安排": "kind", "kind": "kind", "type": "kind", "is_workday": "kind", "是否上班": "kind",
    "名称": "name", "节日": "name", "说明": "name", "name": "name",
}  # fmt: skip
_WORKED = {"上班", "调休上班", "补班", "班", "工作日", "workday", "work", "1", "true", "是"}
_OFF = {"放假", "休", "休息", "假", "节假日", "假期", "holiday", "off", "0", "false", "否"}
_DATE = re.compile(r"(\d{4})(?:[-/.年]\s?(\d{1,2})[-/.月]\s?(\d{1,2})日?|(\d{2})(\d{2}))")


@dataclass(frozen=True)
class Notice:
    """What a file says: the named days of one year; source and standing where the file tells them."""

    days: Mapping[date, CalendarDayFact]
    source: str = ""
    official: bool | None = None


class NoticeRefused(InvalidInput):
    """A file with faults: ``problems`` has one sentence for each, in the order of its lines."""

    def __init__(self, problems: Sequence[InvalidInput]) -> None:
        super().__init__(
            "working_days.notice", "文件中有{count}处错误，未导入任何内容", field="file", count=len(problems)
        )
        self.problems = tuple(problems[:MAX_PROBLEMS])


class _Line(NamedTuple):
    """One entry as it is written; ``number`` as people count."""

    number: int
    values: Mapping[str, str]


def read(data: bytes, year: int, *, local: bool = False) -> Notice:
    """The days of ``year`` in a file. ``local``: of a unit, where each day must have a name.

    Raises NoticeRefused. A day as in the plain week without a name says nothing and is left out.
    """
    if len(data) > MAX_BYTES:
        raise _refused("working_days.too_large", N_("文件超过200KB"))
    text = _decoded(data).strip()
    if not text:
        raise _refused("working_days.empty", N_("文件没有内容"))
    if "\0" in text:
        raise _refused("working_days.binary", N_("文件不是文本，请另存为CSV（UTF-8）后再导入"))
    source, official = "", None
    if text[0] in "{[":
        lines, source, official = _json(text, year)
    else:
        lines = _csv(text)
    if len(lines) > MAX_LINES:
        raise _refused("working_days.too_many", N_("文件超过1000行"))
    days: dict[date, CalendarDayFact] = {}
    problems: list[InvalidInput] = []
    for line in lines:
        try:
            for on, fact in _facts(line, year, local):
                if on in days:
                    _wrong(line, "working_days.twice", N_("第{line}行：{on}重复出现"), on=on.isoformat())
                days[on] = fact
        except InvalidInput as problem:
            problems.append(problem)
    if problems:
        raise NoticeRefused(problems)
    named = {on: fact for on, fact in sorted(days.items()) if fact.name or _departs(on, fact)}
    if not named:
        raise _refused("working_days.nothing", N_("文件中没有放假或调休上班的日期"))
    return Notice(named, source, official)


def _departs(on: date, fact: CalendarDayFact) -> bool:
    return fact.is_workday != (on.weekday() < 5)


def _refused(code: str, text: str, **params: Any) -> NoticeRefused:
    return NoticeRefused([InvalidInput(code, text, field="file", **params)])


def _wrong(line: _Line, code: str, text: str, **params: Any) -> None:
    raise InvalidInput(code, text, field="file", line=line.number, **params)


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _refused("working_days.encoding", N_("文件编码无法识别，请另存为UTF-8后再导入"))


def _csv(text: str) -> list[_Line]:
    delimiter = "\t" if "\t" in text.partition("\n")[0] else ","
    try:
        rows = [
            (n, [cell.strip().lstrip("'") for cell in row])
            for n, row in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter), 1)
            if any(cell.strip() for cell in row)
        ]
    except csv.Error as error:
        raise _refused("working_days.csv", N_("不是规范的CSV文件")) from error
    first = rows[0][1]
    if _date(first[0]) is None and any(cell.lower() in _HEADS for cell in first):
        columns = [_HEADS.get(cell.lower(), "") for cell in first]
        if "date" not in columns or "kind" not in columns:
            raise _refused("working_days.columns", N_("表头须有“日期”和“类型”两列"))
        rows = rows[1:]
    else:
        columns = ["date", "to", "kind", "name"]
        if not any(len(row) > 3 for _, row in rows):
            columns.remove("to")
    return [_Line(n, dict(zip(columns, row, strict=False))) for n, row in rows]


def _json(text: str, year: int) -> tuple[list[_Line], str, bool | None]:
    try:
        read = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _refused("working_days.json", N_("不是规范的JSON文件")) from error
    told = read if isinstance(read, dict) else {"days": read}
    days = told.get("days")
    if not isinstance(days, list) or not all(isinstance(day, dict) for day in days):
        raise _refused("working_days.json_days", N_("JSON中须有“days”列表，每项为一天的安排"))
    if told.get("year") not in (None, year):
        raise _refused("working_days.json_year", N_("文件写明的年份不是{year}年"), year=year)
    source, official = told.get("source"), told.get("official")
    lines = [_Line(n, _entry(day)) for n, day in enumerate(days, 1)]
    return (
        lines,
        source[:SOURCE] if isinstance(source, str) else "",
        official if isinstance(official, bool) else None,
    )


def _entry(day: Mapping[str, Any]) -> dict[str, str]:
    kind = day.get("kind")
    if kind is None and isinstance(day.get("is_workday"), bool):
        kind = "workday" if day["is_workday"] else "holiday"
    if kind is None and isinstance(day.get("isOffDay"), bool):
        kind = "holiday" if day["isOffDay"] else "workday"
    given = {"date": day.get("date"), "to": day.get("to"), "kind": kind, "name": day.get("name")}
    return {name: value.strip() for name, value in given.items() if isinstance(value, str)}


def _facts(line: _Line, year: int, local: bool) -> Iterator[tuple[date, CalendarDayFact]]:
    """The days of one line."""
    given = line.values
    first = _date(given.get("date", ""))
    if first is None:
        _wrong(
            line,
            "working_days.date",
            N_("第{line}行：日期“{given}”无法识别"),
            given=given.get("date", "")[:40],
        )
    last = _date(given["to"]) if given.get("to") else first
    if last is None:
        _wrong(line, "working_days.date", N_("第{line}行：日期“{given}”无法识别"), given=given["to"][:40])
    assert first is not None
    assert last is not None
    if first.year != year or last.year != year:
        _wrong(line, "working_days.outside", N_("第{line}行：日期不在{year}年"), year=year)
    if last < first:
        _wrong(line, "working_days.order", N_("第{line}行：结束日期早于开始日期"))
    kind = given.get("kind", "").lower()
    if kind not in _WORKED and kind not in _OFF:
        _wrong(line, "working_days.kind", N_("第{line}行：类型“{given}”应为“放假”或“上班”"), given=kind[:40])
    fact = CalendarDayFact(kind in _WORKED, given.get("name", ""), True)
    if len(fact.name) > NAME or any(ord(c) < 32 for c in fact.name):
        _wrong(line, "working_days.line_name", N_("第{line}行：名称过长或含有控制字符"))
    for k in range((last - first).days + 1):
        on = first + timedelta(days=k)
        if not fact.name and (local or (not fact.is_workday and on.weekday() < 5)):
            _wrong(line, "working_days.no_name", N_("第{line}行：请写明名称"))
        yield on, fact


def _date(text: str) -> date | None:
    found = _DATE.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day = found[1], found[2] or found[4], found[3] or found[5]
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


#: The head of the template, and what its last column is for.
COLUMNS = ("日期", "至", "类型", "名称")


def template(year: int) -> list[tuple[str, str, str, str]]:
    """Lines to begin from: the statutory days of the year where they are known, else New Year's Day; the swaps and the
    make-up days are to be added from the notice."""
    known = provisional_years().get(year) or {date(year, 1, 1): CalendarDayFact(False, "元旦", False)}
    rows: list[tuple[str, str, str, str]] = []
    for on, fact in sorted(known.items()):
        rows.append((on.isoformat(), "", "放假", fact.name))
    return rows
