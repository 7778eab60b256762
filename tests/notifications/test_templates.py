"""Every event is either told or meant to be silent, and every text can be shown."""

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

import engine
from engine.texts import gettext
from notifications.recipients import Relation
from notifications.templates import DUTIES, NEWS, SILENT, render

#: What recipients.py and templates.py put into params.
KNOWN = {
    "number",
    "title",
    "unit",
    "part",
    "actor",
    "due_on",
    "reasons",
    "text",
    "owner",
    "what",
    "document",
    "role",
    "count",
}


def assignments(tree: ast.AST) -> dict[str, list[ast.expr]]:
    """Name -> everything that is ever assigned to it in the file, pairs of tuples taken apart."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            pairs = [(target, node.value)]
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = list(zip(target.elts, node.value.elts, strict=True))
            for name, value in pairs:
                if isinstance(name, ast.Name):
                    found.setdefault(name.id, []).append(value)
    return found


def kinds(
    node: ast.AST, assigned: dict[str, list[ast.expr]], seen: frozenset[str] = frozenset()
) -> Iterator[str]:
    """The event kinds that an expression can be, names followed."""
    for child in ast.walk(node):
        if isinstance(child, ast.Constant) and isinstance(child.value, str) and "." in child.value:
            yield child.value
        elif isinstance(child, ast.Name) and child.id not in seen:
            for value in assigned.get(child.id, []):
                yield from kinds(value, assigned, seen | {child.id})


def published() -> Iterator[tuple[str, str]]:
    """(kind, file) of every outbox.publish in the engine."""
    for path in sorted(Path(engine.__file__).parent.rglob("*.py")):
        tree = ast.parse(path.read_text())
        assigned = assignments(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "outbox.publish":
                known = list(kinds(node.args[1], assigned))
                assert known, f"{path.name}:{node.lineno}: cannot tell the kind"
                yield from ((kind, path.name) for kind in known)


def test_every_published_event_is_told_or_silent() -> None:
    found = dict(published())
    assert len(found) > 20
    assert {kind: file for kind, file in found.items() if kind not in NEWS and kind not in SILENT} == {}
    assert not set(NEWS) & SILENT


@pytest.mark.parametrize("kind", sorted(NEWS))
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_text_can_be_shown(kind: str, language: str) -> None:
    relations, source = NEWS[kind]
    assert relations or kind.startswith(("deadline.", "endpoint."))
    wanted = {name for _, name, _, _ in Formatter().parse(source) if name}
    assert wanted <= KNOWN
    shown = render(kind, {name: f"<{name}>" for name in KNOWN} | {"deadline_kind": "review.due"}, language)
    for name in wanted - {"what"}:
        assert f"<{name}>" in shown.title
    if "what" in wanted:
        assert gettext(DUTIES["review.due"], language) in shown.title
    assert render(kind, {}, language).title


@pytest.mark.parametrize(
    ("params", "detail"),
    [({}, ""), ({"reasons": "佐证不足"}, "理由：佐证不足"), ({"text": "请{尽快}"}, "附言：请{尽快}")],
)
def test_reasons_stand_below(params: dict[str, str], detail: str) -> None:
    assert render("review.returned", params, "zh").detail == detail


def test_relations_of_ladders_are_known() -> None:
    from engine.deadlines import Recipient

    assert {r.value for r in Recipient} <= {r.value for r in Relation}


def test_a_digest_lists_what_is_due() -> None:
    due = {
        "number": "3-01",
        "title": "压减时限",
        "part": "办结报告",
        "due_on": "2026-03-06",
        "deadline_kind": "obligation.due",
    }
    told = render("digest.due", {"count": 2, "due": [due, {**due, "part": ""}]}, "zh")
    assert told.title == "今后7天内有2项到期"
    assert told.detail == (
        "2026-03-06 事项 3-01“压减时限”（办结报告）：材料报送；2026-03-06 事项 3-01“压减时限”：材料报送"
    )
    assert "；" not in render("digest.due", {"count": 2, "due": [due, due]}, "en").detail


def test_a_date_that_may_move_says_so() -> None:
    facts = {"number": "3-01", "title": "压减时限", "due_on": "2027-02-05", "deadline_kind": "obligation.due"}
    assert "（暂定）" not in render("deadline.reminded", facts, "zh").title
    moving = {**facts, "provisional": True}
    told = "事项 3-01“压减时限”的材料报送将于 2027-02-05（暂定） 到期"
    assert render("deadline.reminded", moving, "zh").title == told
    for kind in ("deadline.passed", "deadline.escalated"):
        assert "2027-02-05（暂定）" in render(kind, moving, "zh").title
    own = ("{number} {due_on}", "{detail}")
    assert render("deadline.reminded", moving, "en", own).title == "3-01 2027-02-05 (provisional)"
    digest = render("digest.due", {"count": 2, "due": [moving, facts]}, "zh").detail
    assert digest.count("（暂定）") == 1


def test_a_unit_is_told_what_an_amended_plan_changed() -> None:
    changes = [
        {"change": "date_moved", "what": "办结报告", "old": "2026-06-30", "new": "2026-09-30"},
        {"change": "report_dropped", "what": "公布清单"},
        {"change": "reviewer", "unit_id": 4, "unit": "市司法局"},
        {"change": "of a later version"},
    ]
    params = {"document": "《方案（修订版）》", "number": "3-01", "title": "压减时限", "changes": changes}
    told = render("work_item.amended", params, "zh")
    assert told.title == "《方案（修订版）》调整了事项 3-01“压减时限”，请按新的要求办理"
    assert (
        told.detail == "“办结报告”的期限由 2026-06-30 改为 2026-09-30；不再要求“公布清单”；改由市司法局审核"
    )
    english = render("work_item.amended", params, "en")
    assert "2026-06-30" in english.detail
    assert "；" not in english.detail


def test_a_part_is_named_in_the_readers_language() -> None:
    params = {"document": "《方案》", "number": "3", "title": "压减时限", "role": "cooperating"}
    assert "配合单位" in render("key_task.part_given", params, "zh").title
    assert "配合单位" not in render("key_task.part_given", params, "en").title
