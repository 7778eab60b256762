"""Every service task that a diagram may call, one list. What must flow backwards in time goes through here."""

from engine.process import operators
from engine.process.operators import Operator

OPERATORS: dict[str, Operator] = {}

operators.install(OPERATORS)
