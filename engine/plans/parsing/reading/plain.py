"""Text without a file format: its encoding, and the tables that copying leaves in it as tabs or bars."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from engine.errors import UnreadableDocument

from ..source import Place, SourceText, Span, Table
from .builder import clean

_MAX_COLUMNS = 60
_HEADER_WORD = re.compile(
    r"序号|编号|任务|事项|内容|措施|目标|指标|单位|部门|牵头|责任|配合|负责人|领导|时限|时间|期限|进度|问题|备注"
)
_HEADING = re.compile(
    r"(?:[一二三四五六七八九十]{1,3} ?[、.．]|[(（][一二三四五六七八九十]{1,3}[)）])[^。；;\n]{1,60}"
)
_RULE = re.compile(r"[\s|:：\-—=+]+")
#: A cell that a spreadsheet quotes because it holds line breaks; at most 4,000 characters of it are looked at.
_QUOTED = re.compile(r'(?:(?<=\t)|(?<=\n)|\A)"((?:[^"\t]|""){0,4000})"(?=[\t\r\n]|\Z)')


def plain_source(text: str) -> SourceText:
    """A text without a file behind it: its places are its lines and the cells of its tables. Never raises.

    The text keeps its length; only characters that cannot be stored, and the line breaks and quotes inside
    a spreadsheet's quoted cell, become blanks.
    """
    text = clean(text)
    if "\t" in text and '"' in text:
        text = _QUOTED.sub(_unquote, text)
    lines = _lines(text)
    runs = sorted([*_runs(text, lines, "\t"), *_runs(text, lines, "|")], key=lambda run: run[0].number)
    tables: list[Table] = []
    rows: dict[int, tuple[int, int, list[Span]]] = {}
    for run in runs:
        if run[0].number in rows or run[-1].number in rows:
            continue
        columns = len(run[0].cells)
        grid = []
        for at, row in enumerate(run, 1):
            rows[row.number] = (len(tables) + 1, at, row.cells)
            end = row.cells[-1].end
            grid.append((*row.cells, *[Span(end, end)] * (columns - len(row.cells))))
        tables.append(Table(tuple(grid)))
    places: list[Place] = []
    for number, line in enumerate(lines):
        if number not in rows:
            places.append(Place(line.start, paragraph=number + 1))
            continue
        table, at, cells = rows[number]
        starts = [line.start, *(cell.start for cell in cells[1:])]
        places += [
            Place(start, paragraph=number + 1, table=table, row=at, column=column)
            for column, start in enumerate(starts, 1)
        ]
    return SourceText(text, tuple(places), tuple(tables))


class _Row(NamedTuple):
    number: int
    cells: list[Span]


def _unquote(match: re.Match[str]) -> str:
    inner = match[1]
    if "\n" not in inner:
        return match[0]
    return " " + inner.replace("\r", " ").replace("\n", " ") + " "


def _lines(text: str) -> list[Span]:
    lines, at = [], 0
    for raw in text.split("\n"):
        lines.append(Span(at, at + len(raw)))
        at += len(raw) + 1
    return lines


def _runs(text: str, lines: list[Span], mark: str) -> Iterator[list[_Row]]:
    """Lines that stand together and are rows of one table. A later row may have lost its empty last cells;
    the rule below a header row (|---|---|) is passed over; a numbered heading between two rows is a row of one cell."""
    if mark not in text:
        return
    run: list[_Row] = []
    for number, line in enumerate(lines):
        if mark == "|" and run and _is_rule(text, line):
            continue
        cells = _cells(text, line, mark)
        if run and 2 <= len(cells) <= len(run[0].cells):
            run.append(_Row(number, cells))
            continue
        if run and not cells and number + 1 < len(lines):
            between = text[line.start : min(line.end, line.start + 100)].strip()
            below = len(_cells(text, lines[number + 1], mark))
            if _HEADING.fullmatch(between) and 2 <= below <= len(run[0].cells):
                start = text.index(between, line.start)
                run.append(_Row(number, [Span(start, start + len(between))]))
                continue
        if _is_table(text, run):
            yield run
        run = [_Row(number, cells)] if len(cells) >= 2 else []
    if _is_table(text, run):
        yield run


def _is_table(text: str, run: list[_Row]) -> bool:
    if len(run) < 2:
        return False
    head = run[0].cells
    alike = sum(len(row.cells) == len(head) for row in run)
    if alike < 2 or len(head) > _MAX_COLUMNS or sum(cell.start < cell.end for cell in head) < 2:
        return False
    words = sum(bool(_HEADER_WORD.search(text, cell.start, min(cell.end, cell.start + 20))) for cell in head)
    return len(head) >= 3 or words == 2


def _is_rule(text: str, line: Span) -> bool:
    return line.end - line.start <= 2000 and bool(_RULE.fullmatch(text, line.start, line.end))


def _cells(text: str, line: Span, mark: str) -> list[Span]:
    """The cells of a line, without their outer blanks; none if `mark` does not part it."""
    if text.find(mark, line.start, line.end) < 0:
        return []
    cells, at = [], line.start
    for part in text[line.start : line.end].split(mark):
        inner = part.strip(" \r\u3000\xa0")
        start = at + (part.find(inner) if inner else 0)
        cells.append(Span(start, start + len(inner)))
        at += len(part) + 1
    if mark == "|":
        if cells[0].start == cells[0].end:
            cells = cells[1:]
        if cells and cells[-1].start == cells[-1].end:
            cells = cells[:-1]
    return cells


def decode(data: bytes, filename: str) -> str:
    """Text in UTF-8, UTF-16 with its mark, or GB18030. Raises `plans.wrong_encoding`."""
    for coding in ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(coding)
        except UnicodeDecodeError:
            continue
        if _is_plausible(text, trusted=coding != "gb18030"):
            return text
    raise UnreadableDocument(
        "plans.wrong_encoding",
        "无法识别文件“{filename}”的文字编码，请另存为 UTF-8 编码的 .txt 或 .docx 后再导入",
        filename=filename,
    )


def _is_plausible(text: str, *, trusted: bool) -> bool:
    """Binary data decodes by chance, and text in another encoding turns into rare characters: refuse both."""
    sample = text[:200_000]
    controls = sum(1 for c in sample if (c < " " and c not in "\t\r\n\f\v") or c in "\x7f\ufffd")
    if controls * 100 > len(sample):
        return False
    if trusted:
        return True
    foreign = [c for c in sample if c > "\x7f"]
    usual = sum(1 for c in foreign if _is_usual(c))
    return usual * 100 >= len(foreign) * 85


def _is_usual(char: str) -> bool:
    """Whether `char` is a mark or of the first level of GB 2312, which holds nearly all running text."""
    try:
        code = char.encode("gb2312")
    except UnicodeEncodeError:
        return char in "\xa0〔〕·—–•"
    return len(code) == 2 and (0xA1 <= code[0] <= 0xA3 or 0xB0 <= code[0] <= 0xD7)
