"""The verbs on running instances: start, complete a user task, a deadline passes, a message arrives, hand over, cancel.

Each finds and locks the instance, lets it run in memory and stores it again together with the mirror of its user
tasks, in the caller's transaction. Who may do it is decided by the verb that calls. Lock order: the caller has
locked the case row already; the instance comes after it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any, cast

from sqlalchemy import Executable, Select, Table, bindparam, func, insert, literal, select, update

from engine import deadlines, queue
from engine.context import Context
from engine.db import Session
from engine.deadlines.models import LIVE, Deadline
from engine.errors import TaskNotOpen
from engine.process import codec, execution
from engine.process.definitions import SPECS, latest, spec_of
from engine.process.expressions import Scalar, ScriptEngine
from engine.process.models import InstanceStatus, ProcessInstance, UserTask, UserTaskState
from engine.process.operators import OPERATORS, Subject
from engine.writes import Parameter, concerning

#: Sorts behind every date that anything can be due.
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
MESSAGE_TOPIC = "process.message"


def start(
    ctx: Context,
    key: str,
    subject: Subject,
    *,
    variables: Mapping[str, Scalar],
    work_item_id: int | None = None,
) -> None:
    """Start the newest version of a diagram for a domain row, up to its first waits.

    Open the row's deadlines first: its user tasks take their due dates from them.
    """
    definition = latest(ctx.session, key)
    spec = spec_of(ctx.session, definition.spec_key)
    workflow = execution.start(spec, variables, _script_engine(ctx, subject))
    ended = execution.is_completed(workflow)
    instance = ProcessInstance(
        definition_id=definition.id,
        spec_key=definition.spec_key,
        subject_type=subject[0],
        subject_id=subject[1],
        work_item_id=work_item_id,
        state=codec.dump(workflow),
        status=InstanceStatus.COMPLETED if ended else InstanceStatus.RUNNING,
        started_at=ctx.clock.now(),
        ended_at=ctx.clock.now() if ended else None,
    )
    ctx.session.add(instance)
    for ready in execution.ready_user_tasks(workflow):
        ctx.session.at_end(_offer_new, (ctx, instance, ready), model=UserTask)


def complete_user_task(
    ctx: Context,
    subject: Subject,
    element_id: str,
    variables: Mapping[str, Scalar] | None = None,
    *,
    expected_task_id: str | None = None,
) -> None:
    """Complete the subject's open user task and let the process run on.

    ``expected_task_id`` is the one that the form was shown for; another one open now means that the form is stale.
    Raises TaskNotOpen when somebody was faster or the process is elsewhere.
    """
    found = _find(ctx, subject)
    if found is None:
        raise TaskNotOpen()
    wanted = [t for t in found.open_tasks if t.element_id == element_id]
    if not wanted or (expected_task_id is not None and wanted[0].task_id != expected_task_id):
        raise TaskNotOpen()
    workflow = found.load(ctx)
    execution.complete(workflow, wanted[0].task_id, variables or {})
    _store(ctx, found, workflow, completed=wanted[0])


def send_message(
    ctx: Context, subject: Subject, name: str, variables: Mapping[str, Scalar] | None = None
) -> None:
    """Send a message to another row's process: a queue row, delivered in a transaction of its own.

    A process receives each message once; sending it again is harmless.
    """
    queue.put(
        ctx,
        MESSAGE_TOPIC,
        f"{name}:{subject[0]}:{subject[1]}",
        {
            "subject_type": subject[0],
            "subject_id": subject[1],
            "name": name,
            "variables": dict(variables or {}),
        },
    )


class MessageNotAwaited(RuntimeError):
    """The receiver runs, but does not wait for the message yet: the queue tries again later."""


@queue.topic(MESSAGE_TOPIC)
def deliver_message(ctx: Context, payload: dict[str, Any], progress: dict[str, Any]) -> None:
    """Queue handler: lock the receiver's case row, then its instance, and hand the message over."""
    subject = (payload["subject_type"], payload["subject_id"])
    deadlines.lock(ctx, subject)
    found = _find(ctx, subject)
    if found is None:
        return  # ended in the meantime: nobody is left to tell
    workflow = found.load(ctx)
    if not execution.send_message(workflow, payload["name"], payload["variables"]):
        raise MessageNotAwaited(f"{subject} does not wait for {payload['name']}")
    _store(ctx, found, workflow)


def fire_deadline(ctx: Context, subject: Subject, kind: str) -> bool:
    """A deadline of the subject has passed: hand it to the process. False when no timer waits for it there."""
    found = _find(ctx, subject)
    if found is None:
        return False
    workflow = found.load(ctx)
    if not execution.fire_timer(workflow, kind):
        return False
    _store(ctx, found, workflow)
    return True


def cancel(ctx: Context, subject: Subject) -> None:
    """End the subject's process where it stands and withdraw its user tasks; nothing happens if it has ended."""
    found = _find(ctx, subject)
    if found is None:
        return
    now = ctx.clock.now()
    instance = found.instance
    instance.status, instance.ended_at = InstanceStatus.CANCELLED, now
    instance.version += 1
    _end(ctx, found.open_tasks, UserTaskState.WITHDRAWN)


def hand_over(ctx: Context, subject: Subject, variables: Mapping[str, Scalar]) -> None:
    """Other units act from here on: the process learns it, and what waits for people moves to their inboxes.

    ``variables`` are those that name units. Nothing happens if the process has ended.
    """
    found = _find(ctx, subject)
    if found is None:
        return
    workflow = found.load(ctx)
    execution.set_variables(workflow, variables)
    found.instance.state = codec.dump(workflow)
    found.instance.version += 1
    units = {ready.id: ready.unit_id for ready in execution.ready_user_tasks(workflow)}
    for task in found.open_tasks:
        task.unit_id = cast(int, units[task.task_id])


def set_due(ctx: Context, subject: Subject, kind: str, due_at: datetime) -> None:
    """A deadline moved: the open user tasks of its kind move with it. One UPDATE, sent with the other writes."""
    ctx.session.later(
        _moved, {"subject_type": subject[0], "subject_id": subject[1], "kind": kind, "due_at": due_at}
    )


def _moved(p: Parameter) -> Any:
    table = cast(Table, UserTask.__table__)
    c, due_at = table.c, p("due_at")
    return (
        update(table)
        .where(
            c.subject_type == p("subject_type"), c.subject_id == p("subject_id"),
            c.state == UserTaskState.OPEN, c.deadline_kind == p("kind"),
        )
        .values(due_at=due_at, due_key=due_at)
    )  # fmt: skip


@dataclass
class _Found:
    instance: ProcessInstance
    open_tasks: Sequence[UserTask]

    def load(self, ctx: Context) -> Any:
        instance = self.instance
        spec_of(ctx.session, instance.spec_key)
        engine = _script_engine(ctx, (instance.subject_type, instance.subject_id))
        return codec.load(instance.state, SPECS, engine)


def _of(subject: Subject) -> Any:
    return select(ProcessInstance).where(
        ProcessInstance.subject_type == subject[0], ProcessInstance.subject_id == subject[1]
    )


def _lock(ctx: Context, subject_type: str, subject_ids: Collection[int], *, load: bool = False) -> None:
    """How deadlines lock the processes of their subjects, between the case rows and themselves.

    ``load``: they are about to be told that a limit has passed, so what `_find` would look for is read at once.
    """
    which = ProcessInstance.subject_type == subject_type, ProcessInstance.subject_id.in_(subject_ids)
    if not load:
        ctx.session.execute(
            select(ProcessInstance.id).where(*which).order_by(ProcessInstance.id).with_for_update()
        )
        return
    rows = _with_tasks().where(*which).order_by(ProcessInstance.id)
    tasks: dict[ProcessInstance, list[UserTask]] = {}
    for instance, task in ctx.session.execute(rows):
        tasks.setdefault(instance, []).extend([task] if task is not None else [])
    ctx.session.memo["engine.process.found"] = {
        (subject_type, instance.subject_id): _Found(instance, open_tasks)
        for instance, open_tasks in tasks.items()
    }


deadlines.register_instance_lock(_lock)


def _find(ctx: Context, subject: Subject) -> _Found | None:
    """The subject's running instance, locked, with its open user tasks; None when it has ended or never ran."""
    # Read when it was locked; whoever finds it may change it, so it is found there once.
    known: _Found | None = ctx.session.memo.get("engine.process.found", {}).pop(subject, None)
    if known is not None:
        return known
    rows = ctx.session.execute(_running(), {"subject_type": subject[0], "subject_id": subject[1]}).all()
    if not rows:
        return None
    return _Found(rows[0][0], [task for _, task in rows if task is not None])


@cache
def _running() -> Executable:
    found = _with_tasks().where(
        ProcessInstance.subject_type == bindparam("subject_type"),
        ProcessInstance.subject_id == bindparam("subject_id"),
    )
    return concerning(found, ProcessInstance, UserTask)


def _with_tasks() -> Select[ProcessInstance, UserTask]:
    """Running instances, locked, each with its open user tasks."""
    return (
        select(ProcessInstance, UserTask)
        .outerjoin(
            UserTask, (UserTask.instance_id == ProcessInstance.id) & (UserTask.state == UserTaskState.OPEN)
        )
        .where(ProcessInstance.status == InstanceStatus.RUNNING)
        .with_for_update(of=ProcessInstance)
        .execution_options(populate_existing=True)
    )


def _store(ctx: Context, found: _Found, workflow: Any, completed: UserTask | None = None) -> None:
    instance, now = found.instance, ctx.clock.now()
    instance.state = codec.dump(workflow)
    instance.version += 1
    if execution.is_completed(workflow):
        instance.status, instance.ended_at = InstanceStatus.COMPLETED, now
    ready = {r.id: r for r in execution.ready_user_tasks(workflow)}
    if completed is not None:
        _end(ctx, [completed], UserTaskState.COMPLETED)
    known = {t.task_id for t in found.open_tasks}
    gone = [t for t in found.open_tasks if t.task_id not in ready and t is not completed]
    _end(ctx, gone, UserTaskState.WITHDRAWN)
    _offer(ctx, instance, (r for r in ready.values() if r.id not in known))


def _end(ctx: Context, tasks: Iterable[UserTask], state: UserTaskState) -> None:
    for task in tasks:
        task.state, task.ended_at = state, ctx.clock.now()
        if state == UserTaskState.COMPLETED:
            task.completed_by_id, task.completed_by_name = ctx.actor.person_id, ctx.actor.name


def _offer_new(
    _session: Session, started: Sequence[tuple[Context, ProcessInstance, execution.ReadyUserTask]]
) -> None:
    """Of instances just started, once all of them have been inserted together and have their ids."""
    for ctx, instance, ready in started:
        _offer(ctx, instance, [ready])


def _offer(ctx: Context, instance: ProcessInstance, ready: Iterable[execution.ReadyUserTask]) -> None:
    """Mirror READY user tasks to rows. A due date that this transaction has not moved is looked up as they are
    written."""
    subject, moved = (instance.subject_type, instance.subject_id), deadlines.moved_here(ctx)
    for r in ready:
        row = {
            "task_id": r.id,
            "instance_id": instance.id,
            "element_id": r.element_id,
            "name": r.name,
            "form_key": r.form_key,
            "unit_id": r.unit_id,
            "role": r.candidate_role,
            "subject_type": subject[0],
            "subject_id": subject[1],
            "work_item_id": instance.work_item_id,
            "deadline_kind": r.deadline_kind or None,
            "opened_at": ctx.clock.now(),
        }
        if r.deadline_kind and (subject, r.deadline_kind) not in moved:
            ctx.session.later(_offered_by_deadline, row)
        else:
            due_at = moved[subject, r.deadline_kind] if r.deadline_kind else None
            ctx.session.later(_offered, row | {"due_at": due_at, "due_key": due_at or NEVER})


_MIRRORED = (
    "task_id", "instance_id", "element_id", "name", "form_key", "unit_id", "role", "subject_type", "subject_id",
    "work_item_id", "deadline_kind", "opened_at",
)  # fmt: skip


def _offered(p: Parameter) -> Any:
    values = {name: p(name) for name in (*_MIRRORED, "due_at", "due_key")}
    return insert(cast(Table, UserTask.__table__)).values(state=UserTaskState.OPEN, **values)


def _offered_by_deadline(p: Parameter) -> Any:
    due_at = (
        select(Deadline.due_at)
        .where(
            Deadline.subject_type == p("subject_type"), Deadline.subject_id == p("subject_id"),
            Deadline.kind == p("deadline_kind"), Deadline.state.in_(LIVE),
        )
        .scalar_subquery()
    )  # fmt: skip
    due_key = func.coalesce(due_at, literal(NEVER, UserTask.due_key.type))
    values = {name: p(name) for name in _MIRRORED} | {"due_at": due_at, "due_key": due_key}
    return insert(cast(Table, UserTask.__table__)).values(state=UserTaskState.OPEN, **values)


def _script_engine(ctx: Context, subject: Subject) -> ScriptEngine:
    return ScriptEngine(partial(_call_operator, ctx, subject))


def _call_operator(
    ctx: Context,
    subject: Subject,
    operator: str,
    variables: Mapping[str, Scalar],
    parameters: Mapping[str, Scalar],
) -> Mapping[str, Scalar] | None:
    return OPERATORS[operator](ctx, subject)


@dataclass(frozen=True)
class Standing:
    """Where a process stands, for its live diagram: element ids, by the version that it runs on."""

    spec_key: str
    status: InstanceStatus
    live: set[str]
    done: set[str]


def standing(ctx: Context, subject: Subject) -> Standing | None:
    """The live diagram of a row's process; None when it never had one."""
    instance = ctx.session.scalar(_of(subject))
    if instance is None:
        return None
    running = instance.status == InstanceStatus.RUNNING
    spec = spec_of(ctx.session, instance.spec_key)
    live = execution.live_elements(codec.load(instance.state, SPECS, ScriptEngine())) if running else set()
    done = ctx.session.scalars(
        select(UserTask.element_id)
        .where(UserTask.instance_id == instance.id, UserTask.state == UserTaskState.COMPLETED)
        .distinct()
    )
    return Standing(spec.key, InstanceStatus(instance.status), set(live), set(done) - set(live))
