"""Every path of every diagram, walked in memory: each act with where the token then stands, and what was called.

The acts are what verbs do: complete a user task with its outcome, let a deadline pass, deliver a message. The last
test proves that the table below leaves out no element and no arrow.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from SpiffWorkflow.util.task import TaskState

from engine.errors import TaskNotOpen
from engine.handlers import OPERATORS
from engine.process import execution
from engine.process.diagrams import read_diagram
from engine.process.expressions import ScriptEngine
from engine.process.specs import Specs

FOLDER = Path(__file__).parents[2] / "bpmn"
SPECS = Specs()
UNITS = (
    "responsible_unit_id",
    "review_unit_id",
    "office_unit_id",
    "lead_unit_id",
    "inspector_unit_id",
    "leader_unit_id",
)
OUTCOMES = (
    "signed",
    "approved",
    "accepted",
    "drawn",
    "has_findings",
    "passed",
    "agreed",
    "refused",
    "to_leader",
    "automatic",
    "by_office",
)


@dataclass(frozen=True)
class Do:
    """A person completes a user task."""

    element: str
    outcome: dict[str, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class Late:
    """A deadline passes. ``heard`` is False where no timer waits for it any more."""

    kind: str
    heard: bool = True


@dataclass(frozen=True)
class Hear:
    """A message arrives."""

    message: str
    outcome: dict[str, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class Walk:
    diagram: str
    story: str
    #: (act, where the token stands afterwards)
    steps: tuple[tuple[Do | Late | Hear, str | None], ...]
    called: tuple[str, ...]
    #: What it is started with, besides units and outcomes that are all False.
    given: dict[str, bool] = field(default_factory=dict)


SIGNED, REFUSED = Do("sign_off", {"signed": True}), Do("sign_off", {"signed": False})
APPROVED, RETURNED = Do("review", {"approved": True}), Do("review", {"approved": False})


def said(element: str, agreed: bool = False, refused: bool = False, to_leader: bool = False) -> Do:
    return Do(element, {"agreed": agreed, "refused": refused, "to_leader": to_leader})


SUBMITTED = Do("submit_evidence")

WALKS = [
    Walk(
        "obligation",
        "报送、签批、审核一次通过",
        ((SUBMITTED, "sign_off"), (SIGNED, "review"), (APPROVED, None)),
        ("reviews.open", "obligations.accept"),
    ),
    Walk(
        "obligation",
        "负责人退回后重报",
        ((SUBMITTED, "sign_off"), (REFUSED, "submit_evidence"), (SUBMITTED, "sign_off"), (SIGNED, "review"),
         (APPROVED, None)),
        ("reviews.open", "obligations.accept"),
    ),
    Walk(
        "obligation",
        "审核退回两次后通过",
        ((SUBMITTED, "sign_off"), (SIGNED, "review"), (RETURNED, "submit_evidence"),
         (SUBMITTED, "sign_off"), (SIGNED, "review"), (RETURNED, "submit_evidence"),
         (SUBMITTED, "sign_off"), (SIGNED, "review"), (APPROVED, None)),
        ("reviews.open", "reviews.open", "reviews.open", "obligations.accept"),
    ),
    Walk(
        "obligation",
        "逾期未报，之后补报",
        ((Late("obligation.due"), "submit_evidence"), (Late("obligation.due", heard=False), "submit_evidence"),
         (SUBMITTED, "sign_off"), (SIGNED, "review"), (APPROVED, None)),
        ("obligations.mark_overdue", "reviews.open", "obligations.accept"),
    ),
    Walk(
        "obligation",
        "已报未签而逾期，审核又逾期",
        ((SUBMITTED, "sign_off"), (Late("obligation.due"), "sign_off"), (SIGNED, "review"),
         (Late("obligation.due", heard=False), "review"), (Late("review.due"), "review"), (APPROVED, None)),
        ("obligations.mark_overdue", "reviews.open", "reviews.mark_overdue", "obligations.accept"),
    ),
    Walk(
        "obligation",
        "退回后原期限已过",
        ((SUBMITTED, "sign_off"), (SIGNED, "review"), (RETURNED, "submit_evidence"),
         (Late("obligation.due"), "submit_evidence"), (SUBMITTED, "sign_off"), (SIGNED, "review"), (APPROVED, None)),
        ("reviews.open", "obligations.mark_overdue", "reviews.open", "obligations.accept"),
    ),
    Walk(
        "work_item",
        "未抽中，期满办结",
        ((Do("acknowledge"), "file_plan"), (Do("file_plan"), "obligations_settled"),
         (Hear("obligations_settled"), "sampling_decided"), (Hear("sampling_decided", {"drawn": False}), None)),
        ("obligations.open_all", "work_items.enter_sampling", "work_items.close"),
    ),
    Walk(
        "work_item",
        "签收、报备均逾期，抽中检查后办结",
        ((Late("work_item.acknowledge"), "acknowledge"), (Do("acknowledge"), "file_plan"),
         (Late("work_item.acknowledge", heard=False), "file_plan"), (Late("work_item.plan"), "file_plan"),
         (Do("file_plan"), "obligations_settled"), (Hear("obligations_settled"), "sampling_decided"),
         (Hear("sampling_decided", {"drawn": True}), "check_closed"), (Hear("check_closed"), None)),
        ("work_items.note_late", "work_items.note_late", "obligations.open_all", "work_items.enter_sampling",
         "work_items.close"),
    ),
    Walk(
        "key_task",
        "总结退回一次后验收",
        ((Do("confirm_assignment"), "work_items_closed"), (Hear("work_items_closed"), "summarise"),
         (Do("summarise"), "accept_summary"), (Do("accept_summary", {"accepted": False}), "summarise"),
         (Do("summarise"), "accept_summary"), (Do("accept_summary", {"accepted": True}), None)),
        ("work_items.dispatch", "key_tasks.close"),
    ),
    Walk(
        "check",
        "未发现问题",
        ((Do("inspect", {"has_findings": False}), None),),
        ("checks.close",),
    ),
    Walk(
        "check",
        "发现问题，整改后办结",
        ((Do("inspect", {"has_findings": True}), "await_rectifications"),
         (Hear("rectifications_settled"), None)),
        ("rectifications.open_all", "checks.close"),
    ),
    Walk(
        "rectification",
        "逾期整改，复查不合格，再整改后销号",
        ((Late("rectification.due"), "rectify"), (Do("rectify"), "reinspect"),
         (Do("reinspect", {"passed": False}), "rectify"), (Do("rectify"), "reinspect"),
         (Do("reinspect", {"passed": True}), None)),
        ("rectifications.mark_overdue", "rectifications.close"),
    ),
    Walk(
        "extension_request",
        "督办机构批准一次小的延期",
        ((said("sign_off", agreed=True), "decide"), (said("decide", agreed=True), None)),
        ("extensions.grant",),
    ),
    Walk(
        "extension_request",
        "各环节均退回过一次，较大的延期由分管领导审定",
        ((said("sign_off"), "revise"), (Do("revise"), "sign_off"), (said("sign_off", agreed=True), "decide"),
         (said("decide"), "revise"), (Do("revise"), "sign_off"), (said("sign_off", agreed=True), "decide"),
         (said("decide", agreed=True, to_leader=True), "approve"), (said("approve"), "revise"),
         (Do("revise"), "sign_off"), (said("sign_off", agreed=True), "decide"),
         (said("decide", agreed=True, to_leader=True), "approve"), (said("approve", agreed=True), None)),
        ("extensions.grant",),
    ),
    Walk(
        "extension_request",
        "单位负责人不同意",
        ((said("sign_off", refused=True), None),),
        ("extensions.refuse",),
    ),
    Walk(
        "extension_request",
        "督办机构不同意",
        ((said("sign_off", agreed=True), "decide"), (said("decide", refused=True), None)),
        ("extensions.refuse",),
    ),
    Walk(
        "extension_request",
        "督办机构自己承办，直报分管领导，未获同意",
        ((said("sign_off", agreed=True, to_leader=True), "approve"), (said("approve", refused=True), None)),
        ("extensions.refuse",),
    ),
    Walk(
        "supervision_notice",
        "负责人退回一次后签发，签收、反馈均逾期，反馈退回一次后办结",
        ((Do("finalise", {"to_leader": False}), "approve_by_head"),
         (Do("approve_by_head", {"agreed": False}), "finalise"),
         (Do("finalise", {"to_leader": False}), "approve_by_head"),
         (Do("approve_by_head", {"agreed": True}), "sign_for"), (Late("notice.receipt"), "sign_for"),
         (Late("notice.reply", heard=False), "sign_for"), (Do("sign_for"), "reply"),
         (Late("notice.reply"), "reply"), (Do("reply"), "verify"), (Do("verify", {"passed": False}), "reply"),
         (Do("reply"), "verify"), (Do("verify", {"passed": True}), None)),
        ("notices.issue", "notices.mark_receipt_late", "notices.mark_reply_late", "notices.close"),
    ),
    Walk(
        "supervision_notice",
        "分管领导退回后改由其签发",
        ((Do("finalise", {"to_leader": True}), "approve_by_leader"),
         (Do("approve_by_leader", {"agreed": False}), "finalise"),
         (Do("finalise", {"to_leader": True}), "approve_by_leader"),
         (Do("approve_by_leader", {"agreed": True}), "sign_for"), (Do("sign_for"), "reply"),
         (Do("reply"), "verify"), (Do("verify", {"passed": True}), None)),
        ("notices.issue", "notices.close"),
    ),
    Walk(
        "supervision_notice",
        "提醒函自动发出",
        ((Do("sign_for"), "reply"), (Do("reply"), "verify"), (Do("verify", {"passed": True}), None)),
        ("notices.issue", "notices.close"),
        {"automatic": True},
    ),
    Walk(
        "extension_request",
        "督办机构和分管领导都逾期才批",
        ((said("sign_off", agreed=True), "decide"), (Late("extension.decide"), "decide"),
         (said("decide", agreed=True, to_leader=True), "approve"), (Late("extension.decide", heard=False), "approve"),
         (Late("extension.approve"), "approve"), (said("approve", agreed=True), None)),
        ("extensions.note_late", "extensions.note_late", "extensions.grant"),
    ),
    Walk(
        "change_request",
        "责任单位申请暂停计时，督办机构同意",
        ((said("sign_off", agreed=True), "decide"), (said("decide", agreed=True), None)),
        ("change_requests.grant",),
    ),
    Walk(
        "change_request",
        "各环节均退回过一次，挂账由分管领导审定，督办机构和分管领导都逾期",
        ((said("sign_off"), "revise"), (Do("revise"), "sign_off"), (said("sign_off", agreed=True), "decide"),
         (Late("change_request.decide"), "decide"), (said("decide"), "revise"), (Do("revise"), "sign_off"),
         (said("sign_off", agreed=True), "decide"), (said("decide", agreed=True, to_leader=True), "approve"),
         (Late("change_request.approve"), "approve"), (said("approve"), "revise"), (Do("revise"), "sign_off"),
         (said("sign_off", agreed=True), "decide"), (said("decide", agreed=True, to_leader=True), "approve"),
         (said("approve", agreed=True), None)),
        ("change_requests.note_late", "change_requests.note_late", "change_requests.grant"),
    ),
    Walk(
        "change_request",
        "单位负责人不同意",
        ((said("sign_off", refused=True), None),),
        ("change_requests.refuse",),
    ),
    Walk(
        "change_request",
        "督办机构不同意",
        ((said("sign_off", agreed=True), "decide"), (said("decide", refused=True), None)),
        ("change_requests.refuse",),
    ),
    Walk(
        "change_request",
        "督办机构自己承办，直报分管领导，未获同意",
        ((said("sign_off", agreed=True, to_leader=True), "approve"), (said("approve", refused=True), None)),
        ("change_requests.refuse",),
    ),
    Walk(
        "change_request",
        "督办机构提出移交，分管领导退回一次后同意",
        ((said("approve"), "revise_proposal"), (Do("revise_proposal"), "approve"), (said("approve", agreed=True), None)),
        ("change_requests.grant",),
        given={"by_office": True},
    ),
]  # fmt: skip


class Walker:
    """One instance in memory, with every operator recorded instead of run."""

    def __init__(self, diagram: str, given: dict[str, bool] | None = None) -> None:
        self.called: list[str] = []
        spec = SPECS.register(diagram, (FOLDER / f"{diagram}.bpmn").read_bytes())
        variables: dict[str, Any] = {**dict.fromkeys(UNITS, 7), **dict.fromkeys(OUTCOMES, False)} | (
            given or {}
        )
        self.workflow = execution.start(
            spec, variables, ScriptEngine(lambda operator, *_: self.called.append(operator))
        )

    def act(self, act: Do | Late | Hear) -> None:
        match act:
            case Do(element, outcome):
                found = [t for t in execution.ready_user_tasks(self.workflow) if t.element_id == element]
                if not found:
                    raise TaskNotOpen()
                execution.complete(self.workflow, found[0].id, outcome)
            case Late(kind, heard):
                assert execution.fire_timer(self.workflow, kind) is heard
            case Hear(message, outcome):
                assert execution.send_message(self.workflow, message, outcome)

    def stands(self) -> set[str]:
        return set(execution.live_elements(self.workflow))

    def passed(self) -> tuple[set[str], set[tuple[str, str]]]:
        """Elements that were left behind, and the steps from one to the next."""
        elements: set[str] = set()
        steps: set[tuple[str, str]] = set()
        for step in self.workflow.tasks.values():
            if step._state != TaskState.COMPLETED or not step.task_spec.bpmn_id:
                continue
            elements.add(step.task_spec.bpmn_id)
            before = step.parent
            while before is not None and not before.task_spec.bpmn_id:
                before = before.parent
            if before is not None:
                steps.add((before.task_spec.bpmn_id, step.task_spec.bpmn_id))
        return elements, steps


def walk(walk: Walk) -> Walker:
    walker = Walker(walk.diagram, walk.given)
    for act, place in walk.steps:
        walker.act(act)
        assert walker.stands() == ({place} if place else set()), act
    return walker


@pytest.mark.parametrize("path", WALKS, ids=lambda path: f"{path.diagram}: {path.story}")
def test_path(path: Walk) -> None:
    walker = walk(path)
    assert tuple(walker.called) == path.called
    assert execution.is_completed(walker.workflow)


def test_only_what_is_open_can_be_completed() -> None:
    walker = Walker("obligation")
    with pytest.raises(TaskNotOpen):
        walker.act(SIGNED)


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.bpmn")))
def test_the_paths_leave_nothing_out(name: str) -> None:
    diagram = read_diagram((FOLDER / f"{name}.bpmn").read_bytes(), OPERATORS)
    elements: set[str] = set()
    steps: set[tuple[str, str]] = set()
    for path in WALKS:
        if path.diagram == name:
            more_elements, more_steps = walk(path).passed()
            elements |= more_elements
            steps |= more_steps
    assert set(diagram.nodes) - elements == set()
    assert {(flow.source, flow.target) for flow in diagram.flows} - steps == set()
