"""The only timer a diagram may hold: it fires when the sweep says that a deadline of its kind has passed.

Deadlines have one truth, the ``deadline`` table. A timer event in a diagram only names the *kind* of
deadline (``timeDate`` is a quoted name such as ``"obligation_due"``); it reads no clock and stores no
instant, so extending or pausing a deadline never touches stored workflow state. Passing is an event from
outside, like a message: ``execution.fire_timer`` sends it, every waiting timer of that kind catches it.

It fires once per activation: after firing, the event has completed and nothing waits any more; that state
is stored with the instance. When a rework loop enters the activity again the timer is armed again. That is
harmless: the sweep sends a deadline's passing once, and a timer that hears nothing is withdrawn when its
activity ends.
"""

from typing import Any

from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.bpmn.util import PendingBpmnEvent

from engine.process.diagrams import deadline_kind


class DeadlineTimer(EventDefinition):
    """Waits for the passing of a deadline of one kind.

    Deliberately not one of the library's timers: those are asked again after every step whether they have
    fired.
    """

    def __init__(self, name: str, expression: str, description: str | None = None) -> None:
        super().__init__(name=name, description=description)
        kind = deadline_kind(expression)
        if kind is None:
            raise ValueError(f"a timeDate must be a quoted deadline kind, not {expression!r}")
        self.expression = expression
        self.kind = kind

    @classmethod
    def passing(cls, kind: str) -> "DeadlineTimer":
        """The event that all timers of a kind wait for."""
        return cls(kind, f'"{kind}"')

    def details(self, _step: Any) -> PendingBpmnEvent:
        return PendingBpmnEvent(self.name, type(self).__name__, self.kind)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DeadlineTimer) and other.kind == self.kind

    def __hash__(self) -> int:
        return hash(self.kind)
