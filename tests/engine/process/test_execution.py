"""The verbs on one instance: who waits, what fires, what is refused."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest

from engine.errors import ExpressionFailed, ProcessRunaway, RuleViolation, TaskNotOpen
from engine.process import codec, execution
from engine.process.diagrams import read_diagram
from engine.process.execution import ReadyUserTask
from engine.process.expressions import Handler, ScriptEngine
from engine.process.instance import STEP_BUDGET, Instance
from engine.process.specs import Specs
from tests.engine.process import builder as b
from tests.engine.process import samples


def nothing(operator: str, variables: Mapping[str, Any], parameters: Mapping[str, Any]) -> None:
    """A handler without effect."""


def started(xml: bytes, handler: Handler = nothing, **variables: Any) -> Instance:
    spec = Specs().register("x:1", xml)
    return execution.start(spec, {**samples.VARIABLES, **variables}, ScriptEngine(handler))


def finish(instance: Instance, element: str, **variables: Any) -> None:
    (user_task,) = [u for u in execution.ready_user_tasks(instance) if u.element_id == element]
    execution.complete(instance, user_task.id, variables)


def open_elements(instance: Instance) -> list[str]:
    return sorted(user_task.element_id for user_task in execution.ready_user_tasks(instance))


def test_a_ready_user_task_says_to_whom_it_is_offered() -> None:
    (user_task,) = execution.ready_user_tasks(started(samples.life()))
    assert user_task == ReadyUserTask(
        id=user_task.id,
        element_id="accept",
        name="accept",
        form_key="form.accept",
        candidate_role="reporter",
        candidate_unit="unit_id",
        unit_id=7,
        deadline_kind="accept_due",
    )
    assert len(user_task.id) == 32


def test_a_unit_that_nobody_set_is_said() -> None:
    xml = b.diagram(b.start(), b.user("u", unit="drawn_unit"), b.end(), b.line("begin", "u", "finish"))
    with pytest.raises(ExpressionFailed, match="“drawn_unit”尚未赋值"):
        execution.ready_user_tasks(started(xml))


def test_lost_race_and_unknown_id_are_not_open() -> None:
    instance = started(samples.rework())
    (user_task,) = execution.ready_user_tasks(instance)
    execution.complete(instance, user_task.id, {})
    for user_task_id in (user_task.id, uuid4().hex):
        with pytest.raises(TaskNotOpen):
            execution.complete(instance, user_task_id, {})
    assert open_elements(instance) == ["review"]


def test_only_user_tasks_can_be_completed() -> None:
    instance = started(samples.rework())
    for step in list(instance.tasks.values()):
        if step.task_spec.name != "execute":
            with pytest.raises(TaskNotOpen):
                execution.complete(instance, step.id.hex, {})


def test_a_later_round_is_another_user_task() -> None:
    instance = started(samples.rework())
    (first,) = execution.ready_user_tasks(instance)
    finish(instance, "execute")
    finish(instance, "review", verdict="returned")
    (second,) = execution.ready_user_tasks(instance)
    assert (first.element_id, second.element_id) == ("execute", "execute")
    assert first.id != second.id


@pytest.mark.parametrize("value", [1.5, ["a"], {"a": 1}])
def test_only_scalars_enter(value: object) -> None:
    with pytest.raises(TypeError):
        started(samples.rework(), note=value)
    instance = started(samples.rework())
    with pytest.raises(TypeError):
        finish(instance, "execute", note=value)
    assert open_elements(instance) == ["execute"]
    with pytest.raises(TypeError):
        execution.fire_timer(started(samples.rework(), lambda *_: {"note": value}), "work_due")  # type: ignore[dict-item]


def test_a_timer_fires_for_its_kind_only_and_once() -> None:
    called: list[str] = []
    instance = started(samples.rework(), lambda operator, *_: called.append(operator))
    assert execution.armed_deadlines(instance) == {"work_due"}
    assert not execution.fire_timer(instance, "accept_due")
    assert called == []
    assert execution.fire_timer(instance, "work_due")
    assert called == ["work_items.mark_overdue"]
    assert not execution.fire_timer(instance, "work_due")
    assert called == ["work_items.mark_overdue"]
    assert open_elements(instance) == ["execute"]


def test_no_clock_makes_a_timer_fire() -> None:
    """Whatever the library calls of its own accord, after a step or when asked, has no effect."""
    instance = started(samples.rework())
    instance.refresh_timers()
    instance.do_engine_steps()
    instance.update_waiting_tasks()
    assert execution.armed_deadlines(instance) == {"work_due"}


def test_a_new_round_arms_the_timer_again() -> None:
    instance = started(samples.rework())
    execution.fire_timer(instance, "work_due")
    finish(instance, "execute")
    assert execution.armed_deadlines(instance) == set()
    finish(instance, "review", verdict="returned")
    assert execution.armed_deadlines(instance) == {"work_due"}


def test_an_interrupting_timer_takes_the_work_away() -> None:
    instance = started(samples.branches())
    (consult,) = [u for u in execution.ready_user_tasks(instance) if u.element_id == "consult"]
    assert execution.fire_timer(instance, "consult_due")
    assert "consult" not in open_elements(instance)
    assert "join" in execution.live_elements(instance)
    with pytest.raises(TaskNotOpen):
        execution.complete(instance, consult.id, {})


def test_messages_reach_who_waits_and_no_one_else() -> None:
    instance = started(samples.life())
    assert execution.awaited_messages(instance) == set()
    assert not execution.send_message(instance, "recall")
    finish(instance, "accept")
    assert execution.awaited_messages(instance) == {"recall"}
    assert not execution.send_message(instance, "drawn")
    (before,) = execution.ready_user_tasks(instance)
    assert execution.send_message(instance, "recall")  # interrupts and comes back to the same element
    (after,) = execution.ready_user_tasks(instance)
    assert (after.element_id, after.id == before.id) == ("execute", False)


def test_a_message_may_bring_variables() -> None:
    instance = started(samples.life())
    finish(instance, "accept")
    assert execution.send_message(instance, "recall", {"reason": "数据有误"})
    (execute,) = [
        t for t in instance.tasks.values() if t.id.hex == execution.ready_user_tasks(instance)[0].id
    ]
    assert execute.data == {**samples.VARIABLES, "reason": "数据有误"}
    with pytest.raises(TypeError):
        execution.send_message(instance, "recall", {"reason": ["a"]})  # type: ignore[dict-item]


def test_live_elements_hold_the_tokens() -> None:
    instance = started(samples.branches())
    assert execution.live_elements(instance) == {"draft", "consult", "window_over", "reply", "side"}
    finish(instance, "draft")
    finish(instance, "check", verdict="approved")
    assert execution.live_elements(instance) == {"join", "consult", "window_over", "reply", "side"}


def test_operators_get_variables_and_parameters_and_set_variables() -> None:
    calls: list[Any] = []

    def handle(
        operator: str, variables: Mapping[str, Any], parameters: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        calls.append((operator, variables["unit_id"], dict(parameters)))
        return {"urged": True}

    instance = started(samples.life(), handle)
    execution.fire_timer(instance, "accept_due")
    assert calls == [("notices.urge", 7, {"kind": "accept", "unit": 7})]
    (urged,) = [t for t in instance.tasks.values() if t.task_spec.name == "urged"]
    assert urged.data == {**samples.VARIABLES, "urged": True}  # nothing else is left in the process data


def test_errors_of_a_handler_arrive_as_they_were_raised() -> None:
    error = RuleViolation("reviews.own_unit", "不得审核本单位提交的材料")

    def handle(*_: object) -> None:
        raise error

    instance = started(samples.life(), handle)
    with pytest.raises(RuleViolation) as raised:
        execution.fire_timer(instance, "accept_due")
    assert raised.value is error


def test_a_condition_without_its_variable_fails_by_name() -> None:
    xml = b.diagram(
        b.start(),
        b.user("u"),
        b.choice("which", "which_finish"),
        b.end(),
        b.end("other"),
        b.line("begin", "u", "which", "finish"),
        b.flow("which", "other", 'outcome == "x"'),
    )
    with pytest.raises(ExpressionFailed, match="“outcome”"):
        finish(started(xml), "u")
    instance = started(xml)
    finish(instance, "u", outcome="x")
    assert execution.is_completed(instance)


def test_a_runaway_diagram_is_stopped() -> None:
    """Publishing refuses such a diagram; should one slip through, the budget ends it."""
    spinning = b.diagram(
        b.start(),
        b.choice("merge"),
        b.service("spin", "notices.urge"),
        b.choice("which", "which_finish"),
        b.end(),
        b.line("begin", "merge", "spin", "which", "finish"),
        b.flow("which", "merge", "unit_id == 7"),
    )
    calls: list[str] = []
    with pytest.raises(ProcessRunaway) as stopped:
        started(spinning, lambda operator, *_: calls.append(operator))
    assert stopped.value.code == "process.runaway"
    assert len(calls) < STEP_BUDGET


def test_the_budget_allows_a_long_row_of_services() -> None:
    names = [f"s{n}" for n in range(100)]
    xml = b.diagram(
        b.start(),
        *(b.service(name, "notices.urge") for name in names),
        b.end(),
        b.line("begin", *names, "finish"),
    )
    assert execution.is_completed(started(xml))


def test_cancelling_ends_everything() -> None:
    instance = started(samples.branches())
    execution.cancel(instance)
    assert execution.is_completed(instance)
    assert open_elements(instance) == []
    assert execution.live_elements(instance) == set()
    assert not execution.fire_timer(instance, "draft_due")
    assert codec.dump(instance)[:1] == b"["


def test_the_drawing_does_not_decide_which_condition_comes_first() -> None:
    """The library tries conditions from top to bottom of the drawing; here the order of the file counts."""

    def layout(upper: str, lower: str) -> bytes:
        shapes = "".join(
            f'<bpmndi:BPMNShape id="s_{name}" bpmnElement="{name}">'
            f'<dc:Bounds x="0" y="{y}" width="9" height="9"/></bpmndi:BPMNShape>'
            for name, y in ((upper, 100), (lower, 900))
        )
        return (
            '<bpmndi:BPMNDiagram xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"'
            ' xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" id="layout">'
            f'<bpmndi:BPMNPlane id="plane" bpmnElement="sample">{shapes}</bpmndi:BPMNPlane>'
            "</bpmndi:BPMNDiagram>"
        ).encode()

    xml = b.diagram(
        b.start(),
        b.choice("which", "which_finish"),
        b.user("first"),
        b.user("second"),
        b.end(),
        b.line("begin", "which", "finish"),
        b.flow("which", "first", "rounds >= 0"),
        b.flow("which", "second", "rounds >= 0"),
        b.line("first", "finish"),
        b.line("second", "finish"),
    )
    for drawing in (layout("first", "second"), layout("second", "first")):
        drawn = xml.replace(b"</definitions>", drawing + b"</definitions>")
        assert open_elements(started(read_diagram(drawn, samples.OPERATORS).xml)) == ["first"]


def test_a_key_means_one_diagram_for_ever() -> None:
    specs = Specs()
    spec = specs.register("x:1", samples.life())
    assert specs.register("x:1", samples.life()) is spec
    assert specs.find("x:1") is spec
    assert specs.find("x:2") is None
    with pytest.raises(ValueError, match="published versions never change"):
        specs.register("x:1", samples.rework())
