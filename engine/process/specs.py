"""The diagrams in use, parsed once each and shared by all instances and threads.

A key names one immutable version of a diagram, such as ``work_item:3``. Specs are never changed after
parsing; the XML is the truth, so nothing parsed is ever stored.
"""

from dataclasses import dataclass
from threading import Lock
from types import MethodType
from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin, BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.bpmn.specs.mixins.parallel_gateway import ParallelGateway
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.bpmn.specs.mixins.unstructured_join import UnstructuredJoin
from SpiffWorkflow.util.task import TaskState

from engine.process.parser import parse_spec


def _predict_followers(
    part: Any, step: Any, _seen: Any = None, _looked_ahead: int = 0, mask: int = TaskState.PREDICTED_MASK
) -> None:
    """Stands in for a task spec's ``_predict``: the next steps only, not the whole future.

    The library redraws the future of a case, down to every branch behind the next gateways, on each step;
    nothing here reads it, and it was a third of a step's cost. Instance.advance asks again before each step
    runs.
    """
    if step._state & mask:
        part._predict_hook(step)


@dataclass(frozen=True)
class Spec:
    """One version of a diagram, live. The sets of task spec names are what codec and instance ask for."""

    key: str
    xml: bytes
    process: Any  #: the library's BpmnProcessSpec
    parts: dict[str, Any]  #: its task specs by name
    splits: frozenset[str]  #: opened before an activity that has boundary events
    joins: frozenset[str]  #: look at their parent when they fire
    gateways: frozenset[str]  #: parallel gateways, which look at each other's parents
    catching: frozenset[str]  #: wait for a deadline or a message
    compact: bool  #: False where only the library's own converters can hold a state

    @classmethod
    def from_process(cls, key: str, xml: bytes, process: Any) -> "Spec":
        parts = dict(process.task_specs)

        def names(*classes: type) -> frozenset[str]:
            return frozenset(name for name, part in parts.items() if isinstance(part, classes))

        spec = cls(
            key=key, xml=xml, process=process, parts=parts,
            splits=names(BoundaryEventSplit), joins=names(UnstructuredJoin, BoundaryEventJoin),
            gateways=names(ParallelGateway), catching=names(CatchingEvent),
            compact=not names(LoopTask, SubWorkflowTask),
        )  # fmt: skip
        process.published = spec  # the way back from a workflow to its key
        for part in parts.values():
            part._predict = MethodType(_predict_followers, part)
        return spec


class Specs:
    """The registry. Reading needs no lock; registering parses at most once per key."""

    def __init__(self) -> None:
        self._specs: dict[str, Spec] = {}
        self._lock = Lock()

    def register(self, key: str, xml: bytes) -> Spec:
        """The live spec, parsed unless it is known. Raises ValueError if the key means another diagram."""
        with self._lock:
            spec = self._specs.get(key)
            if spec is None:
                spec = self._specs[key] = Spec.from_process(key, xml, parse_spec(xml))
        if spec.xml != xml:
            raise ValueError(f"{key} is already another diagram: published versions never change")
        return spec

    def find(self, key: str) -> Spec | None:
        return self._specs.get(key)

    def __getitem__(self, key: str) -> Spec:
        return self._specs[key]
