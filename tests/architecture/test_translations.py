"""Every text that a person may see is in the English catalogue, or has a reason not to be."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from engine import texts
from tests.translations import HAN, ROOT, problems, template

#: What reads Chinese rather than shows it, or is data; a path of a file or a folder, and why.
NOT_FOR_EYES = {
    "engine/plans/parsing": "grammar of documents",
    "engine/plans/naming.py": "grammar of the names of groups",
    "engine/plans/limit_forms.py": "limits in the words of a document",
    "engine/working_days/periods.py": "names of periods, recognised by engine.texts.stored when they are shown",
    "engine/organisation/matching.py": "grammar of the names of units",
    "engine/campaigns/rules.py": "names of periods, recognised by engine.texts.stored when they are shown",
    "engine/campaigns/from_plan.py": "titles of milestones, recognised likewise",
    "engine/plans/proposals.py": "figures in the words of documents, kept as titles",
    "engine/plans/division.py": "numbers before a title",
    "engine/plans/breakdown.py": "a document of officials, which is read back",
    "engine/plans/amendment.py": "grammar of titles",
    "engine/campaigns/amended_task.py": "reasons of a change, recognised by engine.texts.stored when they are shown",
    "engine/texts.py": "pattern of the names of periods",
    "engine/settings.py": "default name of the installation",
    "engine/files/media.py": "name of a file that came without one",
    "engine/deadlines/recompute.py": "reason of a change, recognised by engine.texts.stored when it is shown",
    "engine/working_days/notices.py": "grammar of imported notices, and the columns of the template",
    "engine/working_days/service.py": "notes of the calendar's editions, kept as data",
    "engine/notices/document": "fonts and words of official papers",
    "engine/notices/drafting.py": "what official papers say",
    "engine/notices/papers.py": "what official papers say",
    "webapp/notice_register.py": "name and font of a table of officials",
    "webapp/demo": "the story of the demonstration",
    "webapp/assets.py": "for those who build the front end",
    "webapp/cli.py": "its description names the product in both languages",
    "webapp/schemas/cases.py": "a description of the machine interface names the term",
    "webapp/api/__init__.py": "title of the machine interface",
}


def shown(path: Path) -> Iterator[tuple[int, str]]:
    """(line, text) of every Chinese constant that is neither a docstring nor a description of the machine interface."""
    tree = ast.parse(path.read_text())
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    said |= {
        id(argument)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "ApiBlueprint"
        for argument in node.args
    }
    for node in ast.walk(tree):
        if id(node) not in said and isinstance(node, ast.Constant) and HAN.search(str(node.value)):
            yield node.lineno, str(node.value)


@cache
def outside_catalogue() -> list[str]:
    """path:line: text of every Chinese constant that cannot be translated."""
    known = {
        id for message in template() for id in ([message.id] if isinstance(message.id, str) else message.id)
    }
    found = []
    for package in ("engine", "notifications", "webapp"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if "node_modules" not in path.parts:
                place = path.relative_to(ROOT).as_posix()
                found += [f"{place}:{line}: {text}" for line, text in shown(path) if text not in known]
    return found


def is_excused(found: str) -> bool:
    place = found.partition(":")[0]
    return any(place == path or place.startswith(path + "/") for path in NOT_FOR_EYES)


def test_the_catalogue_is_complete() -> None:
    assert problems() == []


def test_every_chinese_text_in_the_code_can_be_translated() -> None:
    assert [found for found in outside_catalogue() if not is_excused(found)] == []


def test_every_excuse_is_still_needed() -> None:
    found = {text.partition(":")[0] for text in outside_catalogue()}
    assert [
        path for path in NOT_FOR_EYES if not any(f == path or f.startswith(path + "/") for f in found)
    ] == []


def test_no_translation_keeps_chinese() -> None:
    assert [text for text in texts._english().values() if HAN.search(text)] == []


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("办结报告", "Final report"),
        ("2026年5月进展报告", "Progress report, 5/2026"),
        ("2026年第二季度进展报告", "Progress report, Q2 2026"),
        ("2026年上半年进展报告", "Progress report, first half of 2026"),
        ("专题报告（2026年度）", "专题报告 (year 2026)"),
        ("交办之日起15个工作日内", "Within 15 working days of assignment"),
        ("2026-06-30前", "By 2026-06-30"),
        ("阶段报告（2026-06-30前）", "Milestone report (By 2026-06-30)"),
        ("开展排查（第一批）", "开展排查（第一批）"),
        ("6月底前完成", "6月底前完成"),
        ("", ""),
    ],
)
def test_texts_from_rows_are_translated_where_the_system_wrote_them(text: str, english: str) -> None:
    assert texts.stored(text, "en") == english
    assert texts.stored(text, "zh") == text
