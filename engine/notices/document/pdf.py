"""A paper as PDF/A, set by typst: fonts within, no network, and the words of the paper are data, never markup.

The faces of the standard are not free: Noto Serif SC stands for 小标宋, 仿宋 and 楷体, Noto Sans SC for 黑体.
"""

import json
import re
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pylopdf_fonts_zh_cn
import typst

from engine.notices.document.paper import (
    Form,
    Paper,
    chinese_date,
    mark_points,
    printable,
    sign_off,
    title_lines,
)

#: Latin words longer than this may be parted anywhere, lest they run over the edge.
_LONG_WORD = re.compile(r"[!-~]{30,}")
#: Stored as the time of making: the paper's own date says when it was issued.
_MADE = 946684800  # 2000-01-01


def render_pdf(paper: Paper) -> bytes:
    """The paper as PDF/A-2b, A4; the same paper gives the same bytes.

    A character that our faces lack is taken from a face of the machine; where there is none, it shows as a box, its
    code stays in the text, and the file is plain PDF, as PDF/A admits no such thing.
    """
    data = json.dumps(_data(printable(paper)), ensure_ascii=False)
    for of_machine in (False, True):
        with suppress(typst.TypstError):
            return _set(data, _fonts(of_machine), "a-2b")
    return _set(data, _fonts(True), None)


def _set(data: str, fonts: typst.Fonts, standard: Literal["a-2b"] | None) -> bytes:
    compiler = typst.Compiler(_template(), font_paths=fonts, sys_inputs={"data": data})
    written = compiler.compile(pdf_standards=standard, timestamp=_MADE)
    assert isinstance(written, bytes)
    return written


@cache
def _template() -> bytes:
    return Path(__file__).with_name("paper.typ").read_bytes()


@cache
def _fonts(of_machine: bool) -> typst.Fonts:
    folder = pylopdf_fonts_zh_cn.serif_path().parent
    return typst.Fonts(include_system_fonts=of_machine, include_embedded_fonts=False, font_paths=[folder])


def _data(paper: Paper) -> dict[str, Any]:
    """What the template reads: texts only, no decision left to it but the breaking of pages."""
    signature = sign_off(paper)
    letter = paper.form == Form.LETTER
    return {
        "form": paper.form,
        "office": _soft(paper.office),
        "mark_points": mark_points(paper.office),
        "urgency": paper.urgency,
        "number": paper.number,
        "title_lines": [_soft(line) for line in title_lines(paper.title)],
        "addressee": _soft(paper.addressee),
        "paragraphs": [[p.level, _soft(p.text)] for p in paper.paragraphs],
        "facts": [[_soft(label), _soft(value)] for label, value in paper.facts],
        "annexes": [_soft(name) for name in paper.annexes],
        "signed_by": _soft(signature.name),
        "signed_on": signature.date,
        "name_indent": signature.name_indent,
        "date_indent": signature.date_indent,
        "contact": _soft(paper.contact),
        "copies_to": _soft("，".join(paper.copies_to) + "。") if paper.copies_to else "",
        "printed_by": "" if letter else _soft(paper.printed_by),
        "printed_on": f"{chinese_date(paper.printed_on)}印发" if paper.printed_on and not letter else "",
    }


def _soft(text: str) -> str:
    return _LONG_WORD.sub(lambda word: "\u200b".join(word[0]), text)
