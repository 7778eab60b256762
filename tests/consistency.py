"""Whether everything that is stored about the same case agrees, whatever happened to the processes that wrote it.

Rows against process state, process state against what people are offered, states against deadlines, acts against
audit and outbox, evidence against bytes. Needs a system at rest: queue worked off, outbox dispatched, nothing due.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, exists, func, select
from sqlalchemy.orm import Session

import engine.handlers  # noqa: F401  makes operators, topics and subjects known
from engine import audit, deadlines, files, queue
from engine.audit import AuditEntry
from engine.audit.service import sm3
from engine.campaigns.models import KeyTask, Obligation, WorkItem, WorkItemFile
from engine.change_requests.models import ChangeRequest
from engine.clock import FixedClock, SystemClock
from engine.context import Actor, Context
from engine.db import transaction
from engine.deadlines import Deadline, DeadlineStep, policies
from engine.deadlines.models import LIVE, EscalationPolicy
from engine.evidence.models import EvidenceFile, Submission
from engine.extensions.models import Extension
from engine.files import File
from engine.files.store import open_store
from engine.idempotency import IdempotencyKey
from engine.inspections.models import Rectification, RectificationFile, RectificationReport, SiteCheck
from engine.notices.models import Notice, NoticeCounter, NoticePaper, NoticeReply
from engine.outbox import OutboxMessage
from engine.process import codec, execution
from engine.process.definitions import SPECS, spec_of
from engine.process.expressions import ScriptEngine
from engine.process.models import ProcessInstance, UserTask
from engine.queue import QueueItem
from engine.reviews.models import Review
from engine.settings import Settings
from notifications import delivery
from notifications.models import DispatchFailure

#: Rows that have a process, by their type as a subject.
CASES: dict[str, type[Any]] = {
    "key_task": KeyTask,
    "work_item": WorkItem,
    "obligation": Obligation,
    "check": SiteCheck,
    "rectification": Rectification,
    "extension": Extension,
    "notice": Notice,
    "change_request": ChangeRequest,
}

#: Where the one token of a process stands for each state of its row; or how the process has ended.
POSITIONS = {
    "key_task": {
        "draft": "confirm_assignment", "running": "work_items_closed", "settled": "summarise",
        "summarised": "accept_summary", "closed": "completed",
        "cancelled": "cancelled",
    },
    "work_item": {
        "assigned": "acknowledge", "acknowledged": "file_plan", "in_progress": "obligations_settled",
        "sampling": "sampling_decided", "inspecting": "check_closed", "closed": "completed",
        "cancelled": "cancelled",
    },
    "obligation": {
        "open": "submit_evidence", "submitted": "sign_off", "in_review": "review", "accepted": "completed",
        "cancelled": "cancelled",
    },
    "check": {
        "open": "inspect", "findings": "await_rectifications", "closed": "completed", "withdrawn": "cancelled",
    },
    "notice": {
        "draft": "finalise", "submitted": "approve_by_head", "with_leader": "approve_by_leader",
        "issued": "sign_for", "received": "reply", "replied": "verify", "closed": "completed", "escalated": "cancelled",
        "cancelled": "cancelled",
    },
    "rectification": {"open": "rectify", "submitted": "reinspect", "closed": "completed"},
    "extension": {
        "applied": "sign_off", "with_office": "decide", "with_leader": "approve", "returned": "revise",
        "granted": "completed", "refused": "completed", "withdrawn": "cancelled", "lapsed": "cancelled",
    },
    "change_request": {
        "applied": "sign_off", "with_office": "decide", "with_leader": "approve", "returned": "revise",
        "proposal_returned": "revise_proposal",
        "granted": "completed", "refused": "completed", "withdrawn": "cancelled", "lapsed": "cancelled",
    },
}  # fmt: skip

#: What is owed in which state.
OWED = {
    ("work_item", "assigned"): {"work_item.acknowledge"},
    ("work_item", "acknowledged"): {"work_item.plan"},
    ("work_item", "sampling"): {"work_item.sampling"},
    ("obligation", "open"): {"obligation.due"},
    ("obligation", "submitted"): {"obligation.due"},
    ("obligation", "in_review"): {"review.due"},
    ("check", "open"): {"check.due"},
    ("rectification", "open"): {"rectification.due"},
    ("notice", "issued"): {"notice.receipt", "notice.reply"},
    ("notice", "received"): {"notice.reply"},
    ("extension", "with_office"): {"extension.decide"},
    ("extension", "with_leader"): {"extension.approve"},
    ("change_request", "with_office"): {"change_request.decide"},
    ("change_request", "with_leader"): {"change_request.approve"},
}

_STEP_FACTS = {
    policies.StepKind.REMINDER: "deadline.reminded",
    policies.StepKind.PASSED: "deadline.passed",
    policies.StepKind.ESCALATION: "deadline.escalated",
}

Fact = tuple[str, str, int]


def come_to_rest(db: Engine, settings: Settings, clock: FixedClock) -> None:
    """Sweep, queue, notifications, seals and store until nothing is left to do at the instant of the clock.

    The clock moves on by seconds where a message came before its reader.
    """
    while True:
        assert deadlines.sweep(db, clock, settings).failed == 0
        while queue.work_one(db, clock, settings):
            pass
        delivery.dispatch(db, clock, settings)
        with transaction(db, read_only=True) as session:
            left = session.scalars(select(QueueItem).where(QueueItem.state != "done")).all()
        if not left:
            break
        assert all(item.state == "ready" for item in left), [(item.key, item.last_error) for item in left]
        clock.move(seconds=15)
    audit.seal(db, clock, settings)
    # Uploads without an answer, or whose verb did not come about, are swept away after a day.
    later = FixedClock(clock.now() + timedelta(hours=25))
    with transaction(db) as session:
        swept = files.sweep_orphans(Context(session, Actor.system("test"), later, settings))
    assert swept.missing == []


def assert_consistent(db: Engine, settings: Settings, *, now: datetime | None = None) -> None:
    """Fail with everything that disagrees. ``now`` is the instant up to which everything due has been done."""
    with transaction(db, read_only=True) as session:
        assert problems(session, settings, now or SystemClock().now()) == []


def problems(session: Session, settings: Settings, now: datetime) -> list[str]:
    return [
        *_positions(session),
        *_offers(session),
        *_rounds(session),
        *_facts(session),
        *_deadlines(session, now),
        *_notices(session),
        *_standstill(session),
        *_queue(session, now),
        *_files(session, settings),
        *(str(problem) for problem in audit.verify(session, settings.seal_log, settings.seal_key)),
    ]


def _state(row: Any) -> str:
    """The state, and "settled" for a key task that waits for its summary; a proposal goes back to the office."""
    if isinstance(row, ChangeRequest) and row.by_office and row.state == "returned":
        return "proposal_returned"
    if isinstance(row, Notice) and row.state == "submitted" and row.leader_unit_id is not None:
        return "with_leader"
    settled = isinstance(row, KeyTask) and row.state == "running" and row.settled_at is not None
    return "settled" if settled else str(row.state)


def _positions(session: Session) -> Iterator[str]:
    """Each row has one process, and its token stands where the state says."""
    found = {(one.subject_type, one.subject_id): one for one in session.scalars(select(ProcessInstance))}
    for kind, model in CASES.items():
        for row in session.scalars(select(model).order_by(model.id)):
            instance = found.pop((kind, row.id), None)
            if instance is None:
                yield f"{kind} {row.id} has no process"
                continue
            position = POSITIONS[kind].get(_state(row), "?")
            stands = _live(session, instance) if instance.status == "running" else {instance.status}
            if stands != {position}:
                yield f"{kind} {row.id} is {_state(row)}, its process stands at {sorted(stands)}"
    yield from (f"a process without its row: {subject}" for subject in found)


def _load(session: Session, instance: ProcessInstance) -> Any:
    spec_of(session, instance.spec_key)
    return codec.load(instance.state, SPECS, ScriptEngine())


def _live(session: Session, instance: ProcessInstance) -> set[str]:
    return set(execution.live_elements(_load(session, instance)))


def _offers(session: Session) -> Iterator[str]:
    """What people are offered is what is ready in the process, with the date of the deadline."""
    due = {
        ((row.subject_type, row.subject_id), row.kind): row.due_at
        for row in session.scalars(select(Deadline).where(Deadline.state.in_(LIVE)))
    }
    offered: dict[int, set[tuple[Any, ...]]] = {}
    for one in session.scalars(select(UserTask).where(UserTask.state == "open")):
        row = (one.task_id, one.element_id, one.unit_id, one.role, one.due_at)
        offered.setdefault(one.instance_id, set()).add(row)
    for instance in session.scalars(select(ProcessInstance)):
        subject = (instance.subject_type, instance.subject_id)
        ready = set()
        if instance.status == "running":
            ready = {
                (r.id, r.element_id, r.unit_id, r.candidate_role, due.get((subject, r.deadline_kind)))
                for r in execution.ready_user_tasks(_load(session, instance))
            }
        if ready != offered.pop(instance.id, set()):
            yield f"{subject}: ready in the process is not what is offered"
    yield from (f"user tasks of no process: {rows}" for rows in offered.values())


def _rounds(session: Session) -> Iterator[str]:
    """Rounds follow each other without gap; each signed submission has one review; the last tells the state."""
    reviews = {review.submission_id: review for review in session.scalars(select(Review))}
    for obligation in session.scalars(select(Obligation)):
        rows = session.scalars(
            select(Submission).where(Submission.obligation_id == obligation.id).order_by(Submission.round)
        ).all()
        if [row.round for row in rows] != list(range(1, obligation.round + 1)):
            yield f"obligation {obligation.id} has rounds {[row.round for row in rows]} of {obligation.round}"
        if any(row.state not in ("refused", "returned") for row in rows[:-1]):
            yield f"obligation {obligation.id}: a round was begun while another was under way"
        last = rows[-1].state if rows else None
        fitting = {
            "open": {None, "refused", "returned"}, "submitted": {"submitted"}, "in_review": {"in_review"},
            "accepted": {"accepted"},
        }.get(obligation.state)  # fmt: skip
        if fitting is not None and last not in fitting:
            yield f"obligation {obligation.id} is {obligation.state}, its last round is {last}"
        for row in rows:
            review = reviews.pop(row.id, None)
            judged = {"in_review": "open", "returned": "returned", "accepted": "approved"}.get(row.state)
            if (review.state if review else None) != judged:
                yield f"submission {row.id} is {row.state}, its review {review and review.state}"
    yield from (f"review {review.id} of no submission" for review in reviews.values())
    for row in session.scalars(select(Rectification)):
        rounds = session.scalars(
            select(RectificationReport.round)
            .where(RectificationReport.rectification_id == row.id)
            .order_by(RectificationReport.round)
        ).all()
        if list(rounds) != list(range(1, row.round + 1)):
            yield f"rectification {row.id} has rounds {list(rounds)} of {row.round}"


def _facts(session: Session) -> Iterator[str]:
    """Each act stands in the audit once, and in the outbox once."""
    told, silent = _acts(session)
    yield from _differences("audit", told + silent, session, AuditEntry, AuditEntry.action)
    yield from _differences("outbox", told, session, OutboxMessage, OutboxMessage.kind)
    waiting = session.scalar(select(func.count()).where(OutboxMessage.dispatched_at.is_(None)))
    if waiting:
        yield f"{waiting} messages wait to be dispatched"
    for failure in session.scalars(select(DispatchFailure)):
        yield f"message {failure.outbox_id} could not be dispatched: {failure.error}"
    half = session.scalar(select(func.count()).where(IdempotencyKey.answer.is_(None)))
    if half:
        yield f"{half} idempotency keys hold no answer"


def _differences(
    name: str, expected: Counter[Fact], session: Session, model: Any, kind: Any
) -> Iterator[str]:
    kinds = {fact for fact, _, _ in expected} | set(_STEP_FACTS.values())
    rows = session.execute(
        select(kind, model.subject_type, model.subject_id, func.count())
        .where(kind.in_(kinds))
        .group_by(kind, model.subject_type, model.subject_id)
    )
    found = {(fact, subject, id): n for fact, subject, id, n in rows}
    for fact in sorted(expected.keys() | found.keys()):
        if expected[fact] != found.get(fact, 0):
            yield f"{name}: {fact} stands {found.get(fact, 0)} times, happened {expected[fact]} times"


def _acts(session: Session) -> tuple[Counter[Fact], Counter[Fact]]:
    """What the rows say has happened: what others are told, and what only the audit holds."""
    told: Counter[Fact] = Counter()
    silent: Counter[Fact] = Counter()

    def count(into: Counter[Fact], fact: str, subject: tuple[str, int], times: int = 1) -> None:
        into[fact, *subject] += times  # also none, so that one too many is found

    for row in session.scalars(select(KeyTask)):
        subject = ("key_task", row.id)
        count(told, "key_task.confirmed", subject, row.confirmed_at is not None)
        count(told, "key_task.dispatched", subject, row.dispatched_at is not None)
        count(told, "key_task.settled", subject, row.settled_at is not None)
        count(told, "key_task.closed", subject, row.state == "closed")
        count(told, "key_task.cancelled", subject, row.state == "cancelled")
    for item in session.scalars(select(WorkItem)):
        subject = ("work_item", item.id)
        count(told, "work_item.assigned", subject)
        count(told, "work_item.acknowledged", subject, item.acknowledged_at is not None)
        count(told, "work_item.plan_filed", subject, item.plan_filed_at is not None)
        count(silent, "work_item.obligations_opened", subject, item.plan_filed_at is not None)
        count(silent, "work_item.settled", subject, item.settled_at is not None)
        count(silent, "work_item.sampling_decided", subject, item.sampling_decided_at is not None)
        count(told, "work_item.closed", subject, item.state == "closed")
        count(told, "work_item.cancelled", subject, item.state == "cancelled")
    for obligation in session.scalars(select(Obligation)):
        subject = ("obligation", obligation.id)
        count(told, "obligation.submitted", subject, obligation.round)
        count(silent, "obligation.fell_overdue", subject, obligation.overdue_at is not None)
    for submission in session.scalars(select(Submission).where(Submission.signed_at.is_not(None))):
        fact = "obligation.sign_off_refused" if submission.state == "refused" else "obligation.signed_off"
        count(told, fact, ("obligation", submission.obligation_id))
    for review in session.scalars(select(Review)):
        subject = ("review", review.id)
        count(told, f"review.{review.state}", subject, review.decided_at is not None)
        count(silent, "review.fell_overdue", subject, review.overdue_at is not None)
    for check in session.scalars(select(SiteCheck)):
        subject = ("check", check.id)
        count(told, "check.recorded", subject, check.recorded_at is not None)
        count(told, "check.closed", subject, check.state == "closed")
    for row in session.scalars(select(Rectification)):
        subject = ("rectification", row.id)
        count(told, "rectification.submitted", subject, row.round)
        count(told, "rectification.closed", subject, row.state == "closed")
    for deadline, step in _fired(session):
        count(told if step.to else silent, _STEP_FACTS[step.kind], deadline.subject)
    return told, silent


def _fired(session: Session) -> Iterator[tuple[Deadline, policies.Step]]:
    """Steps of ladders, but for reminders that something later had overtaken."""
    rows = session.execute(
        select(Deadline, DeadlineStep.step, EscalationPolicy.steps)
        .join(DeadlineStep, DeadlineStep.deadline_id == Deadline.id)
        .join(EscalationPolicy, EscalationPolicy.id == DeadlineStep.policy_id)
        .where(DeadlineStep.outcome == "fired")
    )
    for deadline, key, ladder in rows:
        yield deadline, next(step for step in policies.parse(ladder) if step.key == key)


def _deadlines(session: Session, now: datetime) -> Iterator[str]:
    """What is owed is what the state says; what was due has been done, and a limit that passed is on record."""
    live: dict[tuple[str, int], set[str]] = {}
    for deadline in session.scalars(select(Deadline).where(Deadline.state.in_(LIVE))):
        live.setdefault(deadline.subject, set()).add(deadline.kind)
    for kind, model in CASES.items():
        for id, state in session.execute(select(model.id, model.state)):
            owed = live.pop((kind, id), set())
            if owed != OWED.get((kind, state), set()):
                yield f"{kind} {id} is {state} and owes {sorted(owed)}"
    yield from (f"deadlines of no row: {subject} {kinds}" for subject, kinds in live.items())
    for deadline in session.scalars(select(Deadline).where(Deadline.next_action_at <= now)):
        yield f"deadline {deadline.id} ({deadline.kind}) has been due since {deadline.next_action_at}"
    passing = exists().where(DeadlineStep.deadline_id == Deadline.id, DeadlineStep.step == policies.PASSED)
    wrong = select(Deadline).where((Deadline.passed_at.is_not(None)) != passing)
    for deadline in session.scalars(wrong):
        yield f"deadline {deadline.id} passed at {deadline.passed_at}, its step says otherwise"


def _notices(session: Session) -> Iterator[str]:
    """An office's numbers of a year have no gap and end with its counter; replies follow each other; what has gone out
    has both its papers."""
    given: dict[tuple[int, int], list[int]] = {}
    numbered = select(Notice.office_unit_id, Notice.year, Notice.number).where(Notice.number.is_not(None))
    for office, year, number in session.execute(numbered.order_by(Notice.number)):
        given.setdefault((office, year), []).append(number)
    for counter in session.scalars(select(NoticeCounter)):
        numbers = given.pop((counter.office_unit_id, counter.year), [])
        if numbers != list(range(1, counter.last + 1)):
            yield f"office {counter.office_unit_id} gave {numbers} in {counter.year}, counted {counter.last}"
    yield from (f"numbers without a counter: {place}" for place in given)
    for notice in session.scalars(select(Notice)):
        rounds = session.scalars(
            select(NoticeReply.round).where(NoticeReply.notice_id == notice.id).order_by(NoticeReply.round)
        ).all()
        if list(rounds) != list(range(1, notice.round + 1)):
            yield f"notice {notice.id} has replies {list(rounds)} of {notice.round}"
        papers = session.scalars(select(NoticePaper.format).where(NoticePaper.notice_id == notice.id)).all()
        if sorted(papers) != (["docx", "pdf"] if notice.number else []):
            yield f"notice {notice.id} ({notice.state}) has the papers {sorted(papers)}"


def _standstill(session: Session) -> Iterator[str]:
    """No clock runs of an item that is suspended."""
    reports = select(Obligation.id, Obligation.work_item_id).join(
        WorkItem, WorkItem.id == Obligation.work_item_id
    )
    standing = set(session.scalars(select(WorkItem.id).where(WorkItem.suspended_at.is_not(None))))
    subjects = {("work_item", id) for id in standing}
    subjects |= {("obligation", id) for id, item_id in session.execute(reports) if item_id in standing}
    running = select(Deadline).where(Deadline.state.in_(LIVE), Deadline.state != "paused")
    for deadline in session.scalars(running):
        if deadline.subject in subjects:
            yield f"deadline {deadline.id} ({deadline.kind}) runs, its item is suspended"


def _queue(session: Session, now: datetime) -> Iterator[str]:
    """Nothing is parked, running or due; what rows say was put has not been lost."""
    for item in session.scalars(select(QueueItem).where(QueueItem.state != "done")):
        if item.state != "ready" or item.run_at is None or item.run_at <= now:
            yield f"queue item {item.key} is {item.state}: {item.last_error}"
    keys = set(session.scalars(select(QueueItem.key)))
    for id in session.scalars(select(KeyTask.id).where(KeyTask.confirmed_at.is_not(None))):
        yield from _lost(keys, f"campaigns.dispatch:{id}")
    for id in session.scalars(select(Obligation.id).where(Obligation.state == "accepted")):
        yield from _lost(keys, f"work_items.settle:{id}")
    for id in session.scalars(select(WorkItem.id).where(WorkItem.settled_at.is_not(None))):
        yield from _lost(keys, f"obligations_settled:work_item:{id}")
    for id in session.scalars(select(WorkItem.id).where(WorkItem.sampling_decided_at.is_not(None))):
        yield from _lost(keys, f"sampling_decided:work_item:{id}")
    for id in session.scalars(select(WorkItem.id).where(WorkItem.closed_at.is_not(None))):
        yield from _lost(keys, f"key_tasks.settle:{id}")


def _lost(keys: set[str], key: str) -> Iterator[str]:
    if key not in keys:
        yield f"queue item {key} was never put"


def _files(session: Session, settings: Settings) -> Iterator[str]:
    """Each file has its bytes, the right ones; the store holds nothing else; uses are counted rightly."""
    store = open_store(settings.file_store)
    uses: Counter[int] = Counter()
    for model in (EvidenceFile, WorkItemFile, RectificationFile, NoticePaper):
        uses.update(session.scalars(select(model.file_id)))  # type: ignore[attr-defined]
    known: set[str] = set()
    rows: Sequence[File] = session.scalars(select(File).where(File.state.in_(["staged", "kept"]))).all()
    for file in rows:
        # A verb that was cut off may have moved the bytes of a file that is staged still.
        places = [file.kept_key] if file.state == "kept" else [file.staging_key, file.kept_key]
        place = next((key for key in places if store.size(key) is not None), None)
        if place is None:
            yield f"file {file.id} ({file.state}) has no bytes"
            continue
        known.add(place)
        data = b"".join(store.blocks(place))
        if (len(data), hashlib.sha256(data).hexdigest(), sm3(data)) != (file.size, file.sha256, file.sm3):
            yield f"file {file.id} has other bytes"
        if file.state == "kept" and file.use_count < uses[file.id]:
            yield f"file {file.id} is used {uses[file.id]} times, counted {file.use_count}"
        if file.state == "staged" and uses[file.id]:
            yield f"file {file.id} is used and was not taken in"
    stored = {*store.keys("staging/"), *store.keys("kept/")}
    yield from (f"bytes of no file: {key}" for key in sorted(stored - known))
    yield from (f"a file half written: {part.name}" for part in settings.staging_dir.glob("*.part"))
