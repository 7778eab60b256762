"""Every change of a draft remembers what it found, so that the newest one can be undone, by anybody who may edit.

A `Change` is opened by a verb, told which rows it is about to touch, and recorded when all is done. There is
one undoing for all verbs: the rows are put back as they were, rows that the change made are taken away. What
was learned about a unit's name goes back, too, unless somebody has confirmed it anew since.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Table, delete, func, insert, inspect, select, update

from engine import audit, permissions
from engine.context import Context
from engine.db import Base, Session
from engine.errors import RuleViolation
from engine.permissions import Permission
from engine.plans import rules
from engine.plans.models import (
    Plan,
    PlanChange,
    PlanProposal,
    PlanTask,
    PlanTaskLimit,
    PlanTaskMember,
    PlanTaskUnit,
    UnitNameMapping,
)

#: Changes kept of one plan; older ones can neither be seen in its history nor undone (the audit has them).
KEPT = 100

Row = dict[str, Any]


def stream(plan_id: int) -> str:
    """The audit stream of a plan and its tasks."""
    return f"plan:{plan_id}"


class Change:
    """A change of `plan` on its way. Before a row is touched it is remembered, once."""

    def __init__(self, ctx: Context, plan: Plan) -> None:
        self.ctx, self.plan = ctx, plan
        self._tasks: dict[int, Row | None] = {}
        self._proposals: dict[int, Row] = {}
        self._learned: list[Row] = []

    def remember(self, plan_task_ids: Iterable[int]) -> None:
        wanted = [id for id in plan_task_ids if id not in self._tasks]
        self._tasks |= _snapshots(self.ctx.session, wanted)

    def remember_made(self, plan_task_id: int) -> None:
        """The task is new: undoing takes it away."""
        self._tasks[plan_task_id] = None

    def remember_proposals(self, rows: Iterable[PlanProposal]) -> None:
        for row in rows:
            self._proposals.setdefault(row.id, _columns(row))

    def remember_learned(self, written: str, before: Sequence[int], after: Sequence[int]) -> None:
        """What the levelled name meant and means now, as unit ids."""
        self._learned.append({"written": written, "before": list(before), "after": list(after)})

    def record(self, action: str, **facts: Any) -> PlanChange:
        """All is done: bump the plan's version and keep the change."""
        session, plan = self.ctx.session, self.plan
        plan.version += 1
        last = session.scalar(select(func.max(PlanChange.seq)).where(PlanChange.plan_id == plan.id)) or 0
        row = PlanChange(
            plan_id=plan.id, seq=last + 1, action=action, facts=facts, touched=list(self._tasks),
            before={
                "tasks": [{"id": id, "row": row} for id, row in self._tasks.items()],
                "proposals": list(self._proposals.values()),
                "learned": self._learned,
            },
            at=self.ctx.clock.now(), by_id=self.ctx.actor.person_id, by_name=self.ctx.actor.name,
        )  # fmt: skip
        session.add(row)
        session.flush()
        old = PlanChange.plan_id == plan.id, PlanChange.seq <= row.seq - KEPT
        session.execute(delete(PlanChange).where(*old), execution_options={"synchronize_session": False})
        return row


def history(session: Session, plan_id: int, limit: int = 20) -> Sequence[PlanChange]:
    """The newest changes of a plan, newest first, undone ones included."""
    query = select(PlanChange).where(PlanChange.plan_id == plan_id).order_by(PlanChange.seq.desc())
    return session.scalars(query.limit(limit)).all()


def newest(session: Session, plan_id: int) -> PlanChange | None:
    """The change that an undoing would take back."""
    query = select(PlanChange).where(PlanChange.plan_id == plan_id, PlanChange.undone_at.is_(None))
    return session.scalar(query.order_by(PlanChange.seq.desc()).limit(1))


def last_of(session: Session, plan_id: int, plan_task_id: int) -> PlanChange | None:
    """The newest of the last changes that touched the task."""
    return next((one for one in history(session, plan_id) if plan_task_id in one.touched), None)


def forget(session: Session, plan_id: int) -> None:
    """Let go of what the changes found, once the plan is a draft no more; the history stays."""
    _run(session, update(PlanChange).where(PlanChange.plan_id == plan_id).values(before={}))


def undo(ctx: Context, plan_id: int, *, expected_version: int | None = None) -> PlanChange:
    """Take back the newest change that is not undone, whoever made it.

    ``expected_version`` is the plan's: whoever undoes has seen what it takes back.
    """
    plan = permissions.find(ctx, Permission.PLAN_EDIT, Plan, plan_id)
    rules.check_draft(plan.state)
    rules.check_version(plan.version, expected_version, of_plan=True)
    change = newest(ctx.session, plan.id)
    if change is None:
        raise RuleViolation("plans.nothing_to_undo", "没有可以撤销的修改")
    before = change.before
    ctx.session.flush()
    _put_back(ctx.session, before["tasks"], before["proposals"])
    for learned in before["learned"]:
        _unlearn(ctx.session, plan.office_unit_id, change, learned)
    ctx.session.expire_all()
    change.undone_at, change.undone_by_name, change.before = ctx.clock.now(), ctx.actor.name, {}
    plan.version += 1
    audit.record(
        ctx, stream(plan.id), "plan.change_undone", ("plan", plan.id), seq=change.seq, undone=change.action,
        by_name=change.by_name, facts=change.facts,
    )  # fmt: skip
    ctx.session.flush()
    return change


def _columns(row: Base) -> Row:
    return {column.key: getattr(row, column.key) for column in inspect(type(row)).column_attrs}


def _snapshots(session: Session, ids: Sequence[int]) -> dict[int, Row | None]:
    """The tasks with their units, members and limits, as JSON holds them."""
    found: dict[int, Row | None] = {}
    parts: dict[int, Row] = {}
    rows: dict[int, Row] = {}
    for row in session.scalars(select(PlanTask).where(PlanTask.id.in_(ids))):
        found[row.id] = rows[row.id] = {"columns": _columns(row), "units": [], "limits": []}
    for part in session.scalars(select(PlanTaskUnit).where(PlanTaskUnit.plan_task_id.in_(ids))):
        parts[part.id] = {"columns": _columns(part), "members": []}
        rows[part.plan_task_id]["units"].append(parts[part.id])
    for member in session.scalars(select(PlanTaskMember).where(PlanTaskMember.plan_task_unit_id.in_(parts))):
        parts[member.plan_task_unit_id]["members"].append(_columns(member))
    for limit in session.scalars(select(PlanTaskLimit).where(PlanTaskLimit.plan_task_id.in_(ids))):
        rows[limit.plan_task_id]["limits"].append(_columns(limit))
    return found


def _put_back(session: Session, tasks: Sequence[Row], proposals: Sequence[Row]) -> None:
    """Plain statements: rows come back under ids that the ORM may still know."""
    ids = [one["id"] for one in tasks]
    before = [one["row"] for one in tasks if one["row"] is not None]
    versions = {
        row.id: row.version
        for row in session.execute(select(PlanTask.id, PlanTask.version).where(PlanTask.id.in_(ids)))
    }
    of_tasks = select(PlanTaskUnit.id).where(PlanTaskUnit.plan_task_id.in_(ids))
    _run(session, delete(PlanTaskMember).where(PlanTaskMember.plan_task_unit_id.in_(of_tasks)))
    _run(session, delete(PlanTaskUnit).where(PlanTaskUnit.plan_task_id.in_(ids)))
    _run(session, delete(PlanTaskLimit).where(PlanTaskLimit.plan_task_id.in_(ids)))
    for one in before:
        columns = one["columns"]
        # A form that was shown before the undoing is stale after it.
        values = columns | {"version": versions.get(columns["id"], columns["version"]) + 1}
        if columns["id"] in versions:
            _run(session, update(PlanTask).where(PlanTask.id == columns["id"]).values(values))
        else:
            _run(session, insert(PlanTask).values(values))
    for row in proposals:
        _run(session, update(PlanProposal).where(PlanProposal.id == row["id"]).values(row))
    made = [one["id"] for one in tasks if one["row"] is None]
    _run(session, delete(PlanTask).where(PlanTask.id.in_(made)))
    parts = [part for one in before for part in one["units"]]
    for model, rows in (
        (PlanTaskUnit, [part["columns"] for part in parts]),
        (PlanTaskMember, [member for part in parts for member in part["members"]]),
        (PlanTaskLimit, [limit for one in before for limit in one["limits"]]),
    ):
        if rows:
            session.connection().execute(insert(_table(model)), rows)


def _run(session: Session, statement: Any) -> None:
    session.execute(statement, execution_options={"synchronize_session": False})


def _table(model: type[Base]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)
    return table


def _unlearn(session: Session, office_unit_id: int, change: PlanChange, learned: Row) -> None:
    own = (
        UnitNameMapping.office_unit_id == office_unit_id,
        UnitNameMapping.written == learned["written"],
    )
    query = select(UnitNameMapping).where(*own).order_by(UnitNameMapping.position)
    rows = session.scalars(query).all()
    if [row.unit_id for row in rows] != learned["after"] or any(
        row.confirmed_at != change.at for row in rows
    ):
        return
    _run(session, delete(UnitNameMapping).where(*own))
    session.add_all(
        UnitNameMapping(
            office_unit_id=office_unit_id, written=learned["written"], unit_id=unit_id, position=position,
            confirmed_by_name=change.by_name, confirmed_at=change.at,
        )
        for position, unit_id in enumerate(learned["before"], 1)
    )  # fmt: skip
