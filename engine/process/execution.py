"""The verbs on one instance in memory: start, complete a user task, a deadline passes, a message arrives,
cancel.

Each leaves the instance at rest: only user tasks are READY, only events and joins are WAITING. An exception
leaves it spoiled: discard it and roll back. Nothing is stored here and no person is checked.

A trap of the library: each branch of a fork carries its own copy of the variables, and behind the join the
branch that arrived last wins with all of its copy, values it never touched included. Let parallel branches
set variables of their own that have no value before the fork.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn import BpmnEvent
from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent
from SpiffWorkflow.spiff.specs.event_definitions import MessageEventDefinition
from SpiffWorkflow.util.task import TaskState

from engine.errors import ExpressionFailed, TaskNotOpen
from engine.process.expressions import Scalar, ScriptEngine, check_scalars
from engine.process.instance import LIVE, Instance, predict
from engine.process.specs import Spec
from engine.process.timers import DeadlineTimer

for _name in (
    "spiff.task",
    "spiff.workflow",
):  # each gathers details for every state change unless told not to
    logging.getLogger(_name).setLevel(logging.WARNING)


@dataclass(frozen=True)
class ReadyUserTask:
    """A user task that waits for someone. ``id`` is 32 hex digits; a later round gets another."""

    id: str
    element_id: str
    name: str
    form_key: str
    candidate_role: str
    candidate_unit: str  #: name of the process variable
    unit_id: Scalar  #: its value
    deadline_kind: str  #: empty when it has none


def start(spec: Spec, variables: Mapping[str, Scalar], engine: ScriptEngine) -> Instance:
    """A new instance, advanced to its first waits."""
    check_scalars(variables)
    workflow = Instance(spec.process, script_engine=engine)
    workflow.task_tree.data.update(variables)
    workflow.advance()
    return workflow


def complete(workflow: Instance, user_task_id: str, variables: Mapping[str, Scalar]) -> None:
    """Complete a READY user task with its outcome and advance. Raises TaskNotOpen when someone was faster."""
    check_scalars(variables)
    step = workflow.tasks.get(UUID(user_task_id))
    if step is None or step._state != TaskState.READY or not step.task_spec.manual:
        raise TaskNotOpen()
    step.data.update(variables)
    predict(step)
    step.run()
    workflow.advance()


def fire_timer(workflow: Instance, kind: str) -> bool:
    """A deadline of this kind has passed; False when no timer of the kind waits."""
    return _catch(workflow, DeadlineTimer.passing(kind), {})


def send_message(workflow: Instance, name: str, variables: Mapping[str, Scalar] | None = None) -> bool:
    """A message arrives and sets variables; False when no event waits for it."""
    check_scalars(variables or {})
    return _catch(workflow, MessageEventDefinition(name), variables or {})


def set_variables(workflow: Instance, variables: Mapping[str, Scalar]) -> None:
    """Change variables from outside, as they stand at every token: a unit that acts from here on."""
    check_scalars(variables)
    for step in workflow.tasks.values():
        if step._state & LIVE:
            step.data.update(variables)


def cancel(workflow: Instance) -> None:
    """End the instance where it stands."""
    workflow.cancel()


def is_completed(workflow: Instance) -> bool:
    """Whether nothing is left to wait for, by reaching the end or by cancelling."""
    return bool(workflow.completed)


def ready_user_tasks(workflow: Instance) -> list[ReadyUserTask]:
    """What waits for people now. Raises ExpressionFailed when the variable that names the unit is missing."""
    ready = []
    for step in workflow.tasks.values():
        if step._state == TaskState.READY and step.task_spec.manual:
            part = step.task_spec
            properties = part.extensions["properties"]
            variable = properties["candidateUnit"]
            if variable not in step.data:
                raise ExpressionFailed(
                    "process.no_unit",
                    "流程变量“{name}”尚未赋值，不知道“{element}”由哪个单位办理",
                    name=variable,
                    element=part.bpmn_name,
                )
            ready.append(
                ReadyUserTask(
                    id=step.id.hex,
                    element_id=part.bpmn_id,
                    name=part.bpmn_name,
                    form_key=properties["formKey"],
                    candidate_role=properties["candidateRole"],
                    candidate_unit=variable,
                    unit_id=step.data[variable],
                    deadline_kind=properties.get("deadlineKind", ""),
                )
            )
    return ready


def live_elements(workflow: Instance) -> set[str]:
    """Ids of the drawn elements that hold a token; events at the edge of a user task hold none."""
    parts = [step.task_spec for step in workflow.tasks.values() if step._state & LIVE]
    return {part.bpmn_id for part in parts if part.bpmn_id and not isinstance(part, BoundaryEvent)}


def armed_deadlines(workflow: Instance) -> set[str]:
    """The kinds of deadline that a timer waits for now."""
    definitions = (step.task_spec.event_definition for step in workflow.event_manager.tasks.values())
    return {definition.kind for definition in definitions if isinstance(definition, DeadlineTimer)}


def awaited_messages(workflow: Instance) -> set[str]:
    """The names of the messages that an event waits for now."""
    definitions = (step.task_spec.event_definition for step in workflow.event_manager.tasks.values())
    return {definition.name for definition in definitions if isinstance(definition, MessageEventDefinition)}


def _catch(workflow: Instance, definition: Any, variables: Mapping[str, Scalar]) -> bool:
    event = BpmnEvent(definition)
    caught = [step for step in workflow.event_manager.tasks.values() if step.task_spec.catches(step, event)]
    if not caught:
        return False
    workflow.event_manager.catch(event, internal=False)
    for step in caught:
        step.data.update(variables)
    workflow.advance()
    return True
