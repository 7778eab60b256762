"""The rows that every installation needs before the first duty: calendar, escalation ladders, diagrams.

Each part is idempotent; `duban migrate` calls this after the schema is up to date.
"""

from pathlib import Path

from engine import deadlines, working_days
from engine import handlers as handlers
from engine.context import Context
from engine.process import definitions

DIAGRAMS = Path(__file__).parent.parent / "bpmn"


def load(ctx: Context) -> None:
    """Bring the reference rows up to date, in one transaction of one process at a time."""
    working_days.seed_official(ctx)
    deadlines.seed_policies(ctx)
    for path in sorted(DIAGRAMS.glob("*.bpmn")):
        definitions.publish(ctx, path.read_bytes())
