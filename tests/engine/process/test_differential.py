"""Our way of running and storing a case against the library's own, on the same random walks.

Three copies of each case take the same steps. ``stock`` is the library alone: its workflow, its
predictions, its engine loop, never stored. ``compact`` and ``fallback`` are ours, stored and loaded after
every single step, in the compact form and in the library's form (SPIFF_CONFIG). All use the product's
parser, timer, operators and expressions. After each step everything alive must agree, with its data, and
every call of an operator.
"""

import os
import random
from collections import Counter
from collections.abc import Mapping
from operator import methodcaller
from typing import Any

import pytest
from SpiffWorkflow.bpmn import BpmnEvent, BpmnWorkflow
from SpiffWorkflow.spiff.specs.event_definitions import MessageEventDefinition
from SpiffWorkflow.util.task import TaskState

from engine.errors import DubanError, ExpressionFailed, RuleViolation
from engine.process import codec, execution, stock_codec
from engine.process.diagrams import read_diagram
from engine.process.expressions import ScriptEngine
from engine.process.parser import parse_spec
from engine.process.specs import Specs
from engine.process.timers import DeadlineTimer
from tests.engine.process import samples

ALIVE = TaskState.READY | TaskState.WAITING
SPECS = Specs()


class Copy:
    """One of the three: a case, and what its operators were called with."""

    def __init__(self, xml: bytes) -> None:
        self.calls: list[Any] = []
        self.engine = ScriptEngine(self._handle)
        self.key = read_diagram(xml, samples.OPERATORS).key
        SPECS.register(self.key, xml)
        self.workflow = self.begin(xml)

    def _handle(
        self, operator: str, variables: Mapping[str, Any], parameters: Mapping[str, Any]
    ) -> Mapping[str, Any] | None:
        self.calls.append((operator, dict(variables), dict(parameters)))
        if variables["explode"]:
            raise RuleViolation("test.exploded", "处理失败")
        count = f"{operator.replace('.', '_')}_count"
        return {count: variables.get(count, 0) + 1} if operator != "cases.close" else None

    def begin(self, xml: bytes) -> Any:
        return execution.start(SPECS[self.key], samples.VARIABLES, self.engine)

    def complete(self, place: int, variables: dict[str, Any]) -> None:
        execution.complete(self.workflow, self.open()[place].id.hex, variables)

    def fire(self, kind: str) -> bool:
        return execution.fire_timer(self.workflow, kind)

    def send(self, name: str) -> bool:
        return execution.send_message(self.workflow, name)

    def store(self) -> None:
        """Nothing: overridden by those that are stored."""

    def open(self) -> list[Any]:
        """READY user tasks in an order that does not depend on ids."""
        ready = [
            t for t in self.workflow.tasks.values() if t._state == TaskState.READY and t.task_spec.manual
        ]
        return sorted(ready, key=lambda t: (t.task_spec.name, repr(sorted(t.data.items(), key=str))))

    def alive(self) -> list[str]:
        return sorted(
            f"{t.task_spec.name} {TaskState.get_name(t._state)} {t.internal_data.get('event_fired', False)}"
            f" {sorted(t.data.items())}"
            for t in self.workflow.tasks.values()
            if t._state & ALIVE
        )


class Stock(Copy):
    def begin(self, xml: bytes) -> Any:
        workflow = BpmnWorkflow(parse_spec(xml), script_engine=self.engine)
        workflow.task_tree.data.update(samples.VARIABLES)
        workflow.do_engine_steps()
        return workflow

    def complete(self, place: int, variables: dict[str, Any]) -> None:
        step = self.open()[place]
        step.data.update(variables)
        step.run()
        self.workflow.do_engine_steps()

    def fire(self, kind: str) -> bool:
        return self._catch(DeadlineTimer.passing(kind))

    def send(self, name: str) -> bool:
        return self._catch(MessageEventDefinition(name))

    def _catch(self, definition: Any) -> bool:
        caught: int = self.workflow.event_manager.catch(BpmnEvent(definition), internal=False)
        self.workflow.do_engine_steps()
        return caught > 0


class Compact(Copy):
    def store(self) -> None:
        blob = codec.dump(self.workflow)
        assert blob[:1] == b"["
        self.workflow = codec.load(blob, SPECS, self.engine)


class Fallback(Copy):
    def store(self) -> None:
        self.workflow = codec.load(stock_codec.dump(self.workflow), SPECS, self.engine)


def act(copies: list[Copy], step: Any) -> DubanError | None:
    """The same step on every copy: all succeed alike, or all raise the same error."""
    outcomes: list[Any] = []
    for copy in copies:
        try:
            outcomes.append(step(copy))
        except DubanError as error:
            outcomes.append((type(error), error.code))
    assert outcomes == [outcomes[0]] * len(outcomes)
    return outcomes[0] if isinstance(outcomes[0], tuple) else None


def pick(names: list[str], choose: random.Random, fired: Counter[str]) -> str:
    """One of the events waited for; half of the time the one that came least often so far."""
    name = min(names, key=lambda n: fired[n]) if choose.random() < 0.5 else choose.choice(names)
    fired[name] += 1
    return name


def walk(xml: bytes, choose: random.Random, entered: Counter[str], fired: Counter[str]) -> int:
    """One case from start to end, or until it fails; returns the number of steps."""
    copies: list[Copy] = [Stock(xml), Compact(xml), Fallback(xml)]
    stock = copies[0]
    steps = 0
    for copy in copies:
        copy.store()
    while not stock.workflow.completed and steps < 80:
        steps += 1
        kinds, messages = waiting(stock.workflow)
        ready = stock.open()
        draw = choose.random()
        failure: Any = None
        if kinds and (draw < 0.3 or not ready):
            failure = act(copies, methodcaller("fire", pick(kinds, choose, fired)))
        elif messages and (draw < 0.5 or not ready):
            failure = act(copies, methodcaller("send", pick(messages, choose, fired)))
        elif draw > 0.99:
            failure = act(copies, methodcaller("fire", "nobody_waits")) or act(
                copies, methodcaller("send", "nobody_waits")
            )
        else:
            step = methodcaller("complete", choose.randrange(len(ready)), random_outcome(choose))
            failure = act(copies, step)
        assert [copy.calls for copy in copies] == [stock.calls] * 3
        if failure:
            assert failure[0] in (RuleViolation, ExpressionFailed)
            break
        for copy in copies:
            copy.store()
        assert copies[1].alive() == stock.alive()
        assert copies[2].alive() == stock.alive()
        assert [copy.workflow.completed for copy in copies] == [stock.workflow.completed] * 3
    entered.update(
        step.task_spec.bpmn_id
        for step in stock.workflow.tasks.values()
        if step.task_spec.bpmn_id and step._state == TaskState.COMPLETED
    )
    return steps


def waiting(workflow: Any) -> tuple[list[str], list[str]]:
    definitions = [step.task_spec.event_definition for step in workflow.event_manager.tasks.values()]
    return (
        sorted({d.kind for d in definitions if isinstance(d, DeadlineTimer)}),
        sorted({d.name for d in definitions if isinstance(d, MessageEventDefinition)}),
    )


def random_outcome(choose: random.Random) -> dict[str, Any]:
    outcome: dict[str, Any] = {
        "verdict": choose.choice(["returned", "approved"]),
        "finding": choose.random() < 0.7,
        "rounds": choose.randrange(5),
    }
    if choose.random() < 0.2:
        outcome[f"note_{choose.randrange(3)}"] = choose.choice(["甲", "乙", None, 0, 1, True, False])
    draw = choose.random()
    if draw < 0.01:
        outcome["explode"] = True
    elif draw < 0.015:
        outcome["rounds"] = "许多"  # the condition then compares text with a number
    elif draw < 0.02:
        outcome["finding"] = "也许"  # the condition is then neither yes nor no
    return outcome


def compare(least_steps: int, least_entries: int, seed: int) -> None:
    total = 0
    for name in ("life", "branches"):
        xml = getattr(samples, name)()
        nodes = read_diagram(xml, samples.OPERATORS).nodes
        entered: Counter[str] = Counter()
        fired: Counter[str] = Counter()
        choose, steps = random.Random(seed), 0
        while steps < least_steps / 2 or (
            steps < least_steps and min(entered[node] for node in nodes) < least_entries
        ):
            steps += walk(xml, choose, entered, fired)
        total += steps
        by_kind: Counter[str] = Counter()
        for node in nodes.values():
            by_kind[node.kind] += entered[node.id]
        print(  # noqa: T201
            f"{name}: {steps} steps; {dict(by_kind)}; {dict(entered)}"
        )
        assert {n: entered[n] for n in nodes if entered[n] < least_entries} == {}
    assert total >= least_steps


def test_thousand_random_steps_agree_with_the_library() -> None:
    compare(1_000, 10, seed=20260302)


@pytest.mark.soak
def test_ten_thousand_random_steps_agree_with_the_library() -> None:
    compare(10_000, 100, seed=int(os.environ.get("DUBAN_SEED", "7")))
