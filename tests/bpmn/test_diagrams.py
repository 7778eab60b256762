"""Every diagram in bpmn/: publishable, drawn whole, and in step with operators, deadlines and outcomes."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from engine.handlers import OPERATORS
from engine.process.diagrams import Diagram, read_diagram
from webapp.task_forms import FORMS

DIAGRAMS = sorted((Path(__file__).parents[2] / "bpmn").glob("*.bpmn"))
DI = {
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "di": "http://www.omg.org/spec/DD/20100524/DI",
}
#: Variables that outcomes set, by the form, operator or message that sets them. What a condition reads stands here.
OUTCOMES = {
    "obligation.sign_off": {"signed"},
    "review.decide": {"approved"},
    "key_task.accept": {"accepted"},
    "sampling_decided": {"drawn"},
    "extension.sign_off": {"agreed", "refused", "to_leader"},
    "extension.decide": {"agreed", "refused", "to_leader"},
    "extension.approve": {"agreed", "refused"},
    "notice.submit": {"to_leader"},
    "notice.approve_by_head": {"agreed"},
    "notice.approve_by_leader": {"agreed"},
    "notice.verify": {"passed"},
    "change_request.sign_off": {"agreed", "refused", "to_leader"},
    "change_request.decide": {"agreed", "refused", "to_leader"},
    "change_request.approve": {"agreed", "refused"},
    "check.record": {"has_findings"},
    "rectification.verify": {"passed"},
}
#: What a process is told when it starts, and that decides about its way.
GIVEN = {"supervision_notice": {"automatic"}, "change_request": {"by_office"}}
ROLES = {"reporter", "head", "inspector", "officer", "leader"}
#: Versions that installations may still be running; `make release-diagrams` puts them there.
RELEASED = sorted((Path(__file__).parents[2] / "bpmn/released").glob("*.bpmn"))
every = pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: path.stem)
ever = pytest.mark.parametrize("path", [*DIAGRAMS, *RELEASED], ids=lambda path: path.stem)


def read(path: Path) -> Diagram:
    return read_diagram(path.read_bytes(), OPERATORS)


@ever
def test_a_diagram_can_be_published(path: Path) -> None:
    assert read(path).key == path.stem.partition("-")[0]


@ever
def test_every_form_of_a_diagram_has_its_page(path: Path) -> None:
    assert {task.form_key for task in read(path).user_tasks} <= set(FORMS)


def test_every_form_stands_in_some_diagram() -> None:
    assert {task.form_key for path in DIAGRAMS for task in read(path).user_tasks} == set(FORMS)


@ever
def test_every_condition_reads_what_some_outcome_before_it_sets(path: Path) -> None:
    diagram = read(path)
    sources = {node.form_key or node.message for node in diagram.nodes.values()}
    known = {name for source in sources for name in OUTCOMES.get(source, set())}
    known |= GIVEN.get(diagram.key, set())
    for condition, names in diagram.conditions.items():
        assert set(names) <= known, condition


@every
def test_a_timer_names_the_deadline_of_the_task_that_it_stands_on(path: Path) -> None:
    diagram = read(path)
    for node in diagram.nodes.values():
        if node.attached_to:
            assert node.deadline_kind == diagram.nodes[node.attached_to].deadline_kind, node.id
            assert not node.interrupting, "a limit that passes takes nothing out of anyone's hands"


@ever
def test_user_tasks_are_offered_to_roles_that_exist(path: Path) -> None:
    for task in read(path).user_tasks:
        assert task.candidate_role in ROLES, task.id
        assert task.candidate_unit.endswith("_unit_id"), task.id


def test_operators_and_diagrams_name_each_other() -> None:
    assert {operator for path in DIAGRAMS for operator in read(path).operators} == set(OPERATORS)


@every
def test_elements_have_chinese_names(path: Path) -> None:
    for node in read(path).nodes.values():
        assert any("\u4e00" <= letter <= "\u9fff" for letter in node.name), node.id


def bounds(shape: Any) -> tuple[float, float, float, float]:
    box = shape.find("dc:Bounds", DI)
    x, y, width, height = (float(box.get(name)) for name in ("x", "y", "width", "height"))
    return x, y, x + width, y + height


@every
def test_everything_is_drawn_on_one_page(path: Path) -> None:
    diagram = read(path)
    root = etree.fromstring(diagram.xml)
    shapes = {s.get("bpmnElement"): bounds(s) for s in root.iterfind(".//bpmndi:BPMNShape", DI)}
    edges = {
        e.get("bpmnElement"): [(float(w.get("x")), float(w.get("y"))) for w in e.iterfind("di:waypoint", DI)]
        for e in root.iterfind(".//bpmndi:BPMNEdge", DI)
    }
    assert set(diagram.nodes) <= set(shapes)
    assert {flow.id for flow in diagram.flows} == set(edges)
    for flow in diagram.flows:
        line = edges[flow.id]
        assert len(line) >= 2
        assert on_border(line[0], shapes[flow.source]), f"{flow.id} does not begin at {flow.source}"
        assert on_border(line[-1], shapes[flow.target]), f"{flow.id} does not end at {flow.target}"
        assert all(a[0] == b[0] or a[1] == b[1] for a, b in pairwise(line)), (
            f"{flow.id} is not at right angles"
        )
    for node in diagram.nodes.values():
        if node.attached_to:
            x, y = (
                (shapes[node.id][0] + shapes[node.id][2]) / 2,
                (shapes[node.id][1] + shapes[node.id][3]) / 2,
            )
            assert on_border((x, y), shapes[node.attached_to]), node.id
    boxes = [shapes[name] for name, node in diagram.nodes.items() if not node.attached_to]
    for n, one in enumerate(boxes):
        assert not any(overlap(one, other) for other in boxes[n + 1 :])
    assert max(box[2] for box in boxes) <= 1600
    assert max(box[3] for box in boxes) <= 700


def on_border(point: tuple[float, float], box: tuple[float, float, float, float]) -> bool:
    (x, y), (left, top, right, bottom) = point, box
    inside = left - 1 <= x <= right + 1 and top - 1 <= y <= bottom + 1
    return inside and min(abs(x - left), abs(x - right), abs(y - top), abs(y - bottom)) <= 1


def overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
