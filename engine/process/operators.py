"""The service tasks that diagrams may name. engine/handlers.py fills this list; the engine only calls it."""

from collections.abc import Callable, Mapping

from engine.context import Context
from engine.process.expressions import Scalar

Subject = tuple[str, int]
#: (context, the instance's subject) -> process variables to set, or None. Runs in the verb's transaction, must not
#: drive the instance that it runs in, and speaks to other instances only by `runtime.send_message`.
Operator = Callable[[Context, Subject], Mapping[str, Scalar] | None]

OPERATORS: dict[str, Operator] = {}


def install(operators: Mapping[str, Operator]) -> None:
    """Make operators known; called once, when engine/handlers.py is imported."""
    OPERATORS.update(operators)
