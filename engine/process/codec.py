"""A running instance to bytes and back: what is alive, no history, no specification.

The library keeps every finished step in its tree and serialises all of it together with the diagram, so
that size and cost of a case grow with each round of rework. Its verbs, however, only ever look at few of
those steps. Stored here, as one JSON array ``[format, key, success, completed, rows]``, is

- every live step (READY or WAITING);
- where it stands directly under the split that opens an activity with boundary events: that split;
- where it is a join: the step before it; for a parallel join that has not fired yet, also the branches that
  have arrived.

Everything between is left out and a step hangs under its nearest stored ancestor, else under a fresh start
step. The future is not stored either: it is predicted anew, when a step is about to run. Nor is the data
that the library gathers from all branches when a case ends: outcomes stand in tables. A row is ``[parent
row or -1, spec name, state, id or 0, internal data or 0, data changed against the parent row or 0, keys
removed or 0, changed at (µs) or 0]``.

Where this form cannot hold a state (a spec with sub-processes, a pending event, a step in any other state)
the library's converters are used, with the specification by reference. Those begin with ``{``, ours with
``[``.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import orjson
from SpiffWorkflow.task import Task as Step
from SpiffWorkflow.util.task import TaskState

from engine.process import stock_codec
from engine.process.expressions import ScriptEngine, changed_against
from engine.process.instance import LIVE, Instance
from engine.process.specs import Spec, Specs

FORMAT = 1

_STORED = LIVE | TaskState.FINISHED_MASK
_PREDICTED = TaskState.PREDICTED_MASK | TaskState.FUTURE
_UNUSUAL = TaskState.STARTED | TaskState.ERROR


def dump(workflow: Instance) -> bytes:
    """The instance as bytes. Nothing in it depends on how many steps lie behind it."""
    spec: Spec = workflow.spec.published
    steps: dict[UUID, Any] = workflow.tasks
    if not spec.compact or workflow.subprocesses or workflow.bpmn_events or workflow.correlations:
        return stock_codec.dump(workflow)
    live = []
    for step in steps.values():
        state = step._state
        if state & LIVE:
            live.append(step)
        elif state & _UNUSUAL or step.triggered or (state & _PREDICTED and _is_finished(steps[step._parent])):
            return stock_codec.dump(workflow)
    rows = _rows(workflow, spec, _kept(steps, spec, live)) if live else []
    return orjson.dumps([FORMAT, spec.key, workflow.success, workflow.completed, rows])


def _is_finished(step: Any) -> bool:
    return bool(step._state & TaskState.FINISHED_MASK)


def _kept(steps: dict[UUID, Any], spec: Spec, live: Iterable[Any]) -> set[UUID]:
    kept = set()
    for step in live:
        kept.add(step.id)
        parent = steps.get(step._parent)
        if parent and (parent.task_spec.name in spec.splits or step.task_spec.name in spec.joins):
            kept.add(parent.id)
    if spec.gateways:
        arrived = [step for step in steps.values() if step.task_spec.name in spec.gateways]
        fired = {step.task_spec.name for step in arrived if step._state == TaskState.COMPLETED}
        for step in arrived:
            if step._state == TaskState.CANCELLED and step.task_spec.name not in fired:
                kept.update((step.id, step._parent))
    return kept


def _rows(workflow: Any, spec: Spec, kept: set[UUID]) -> list[list[Any]]:
    """Depth first, so that branches keep the order in which the library would run them."""
    steps = workflow.tasks
    rows: list[list[Any]] = []
    stack: list[tuple[Any, int, Any]] = [(workflow.task_tree, -1, {})]
    while stack:
        step, above, before = stack.pop()
        if step.id in kept:
            data, state = step.data, step._state
            changed = changed_against(before, data)
            removed = [variable for variable in before if variable not in data]
            name = step.task_spec.name
            changed_at = int(step.last_state_change * 1e6) if name in spec.gateways else 0
            internal, hex_id = step.internal_data or 0, step.id.hex if state & LIVE else 0
            rows.append([above, name, state, hex_id, internal, changed or 0, removed or 0, changed_at])
            above, before = len(rows) - 1, data
        for child in reversed(step._children):
            if steps[child]._state & _STORED:
                stack.append((steps[child], above, before))
    return rows


def load(blob: bytes, specs: Specs, engine: ScriptEngine) -> Instance:
    """The instance that ``dump`` stored. Raises KeyError when its diagram is not registered, ValueError
    when the format is not known."""
    if blob[:1] == b"{":
        return stock_codec.load(blob, specs, engine)
    number, key, success, completed, rows = orjson.loads(blob)
    if number != FORMAT:
        raise ValueError(f"unknown format {number!r} of a stored process instance")
    spec = specs[key]
    parts, catching = spec.parts, spec.catching
    workflow = Instance(spec.process, script_engine=engine, deserializing=True)
    workflow.success, workflow.completed = success, completed
    root = workflow.task_tree = Step(workflow, spec.process.start, state=TaskState.COMPLETED)
    made: list[Any] = []
    for above, name, state, hex_id, internal, changed, removed, changed_at in rows:
        parent = made[above] if above >= 0 else root
        step = Step(workflow, parts[name], parent, state, UUID(hex_id) if hex_id else None)
        if internal:
            step.internal_data = internal
        step.data = {**parent.data, **changed} if changed else dict(parent.data)
        for variable in removed or ():
            del step.data[variable]
        if changed_at:
            step.last_state_change = changed_at / 1e6
        if state == TaskState.WAITING and name in catching:
            workflow.event_manager.add_task(step)
        made.append(step)
    return workflow
