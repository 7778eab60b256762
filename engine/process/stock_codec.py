"""The library's own stored form, for the rare states that the compact form cannot hold.

Same converters as the library (SPIFF_CONFIG), except that the specification is named, not written. It keeps
every finished step, so it grows; it must never be stored as JSONB, which reorders keys that it relies on.
"""

from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.serializer.default.event_definition import TimerConditionalEventDefinitionConverter
from SpiffWorkflow.bpmn.serializer.default.workflow import (
    BpmnWorkflowConverter,
    TaskConverter,
    WorkflowConverter,
)
from SpiffWorkflow.spiff.serializer import DEFAULT_CONFIG as SPIFF_CONFIG
from SpiffWorkflow.task import Task

from engine.process.expressions import ScriptEngine, changed_against
from engine.process.instance import Instance
from engine.process.specs import Specs
from engine.process.timers import DeadlineTimer


def dump(workflow: Instance) -> bytes:
    text: str = _serializer(None).serialize_json(workflow)
    return text.encode()


def load(blob: bytes, specs: Specs, engine: ScriptEngine) -> Instance:
    workflow: Instance = _serializer(specs).deserialize_json(blob)
    workflow.script_engine = engine  # else the library's unsafe default is back
    return workflow


class _StepConverter(TaskConverter):
    def to_dict(self, task: Any) -> dict[str, Any]:
        state: dict[str, Any] = super().to_dict(task)
        if task.parent is not None:  # the library would store True over 1 as no change
            state["delta"]["updates"] = changed_against(task.parent.data, task.data)
        return state


def _serializer(specs: Specs | None) -> Any:
    """Made anew for each use: the library's registry is not safe to share between threads."""

    class ByReference(BpmnWorkflowConverter):
        def to_dict(self, workflow: Any) -> dict[str, Any]:
            state: dict[str, Any] = WorkflowConverter.to_dict(self, workflow)
            state["key"] = workflow.spec.published.key
            state["subprocesses"] = self.mapping_to_dict(workflow.subprocesses)
            state["bpmn_events"] = self.registry.convert(workflow.bpmn_events)
            return state

        def from_dict(self, state: dict[str, Any]) -> Any:
            assert specs is not None
            workflow = self.target_class(specs[state.pop("key")].process, deserializing=True)
            workflow.tasks = self.mapping_from_dict(state["tasks"], UUID, workflow=workflow)
            workflow.task_tree = workflow.tasks[UUID(state["root"])]
            self.set_default_attributes(workflow, state)
            self.subprocesses_from_dict(state["subprocesses"], workflow)
            workflow.bpmn_events = self.registry.restore(state.pop("bpmn_events"))
            return workflow

    config = {
        **SPIFF_CONFIG,
        Task: _StepConverter,
        Instance: ByReference,
        DeadlineTimer: TimerConditionalEventDefinitionConverter,
    }
    return BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(config))
