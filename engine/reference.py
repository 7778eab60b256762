"""The rows that every installation needs before the first duty: calendar, escalation policies, diagrams.

Each part is idempotent; `duban migrate` calls this after the schema is up to date.
"""

from engine.context import Context


def load(ctx: Context) -> None:
    """Bring the reference rows up to date. Called under one transaction, by one process at a time."""
