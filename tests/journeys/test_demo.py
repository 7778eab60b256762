"""The demo's city keeps what it promises: everybody has something to do, and every kind of turn can be seen."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import Engine, Select, func, select

from engine import audit, working_days
from engine.campaigns import due
from engine.campaigns.models import KeyTask, KeyTaskState, Obligation, WorkItem, WorkItemState
from engine.clock import SHANGHAI, FixedClock, local_date
from engine.context import Context
from engine.db import make_engine, transaction
from engine.deadlines import Deadline, policies
from engine.deadlines.lights import DEFAULT, light
from engine.deadlines.models import DeadlineStep
from engine.evidence.models import EvidenceFile, Submission, SubmissionState
from engine.files import File, open_bytes
from engine.inspections import certificate
from engine.inspections import queries as inspection_queries
from engine.inspections.models import (
    CheckState,
    InspectionRound,
    Rectification,
    RectificationReport,
    RectificationState,
    RoundState,
    SiteCheck,
)
from engine.organisation import accounts
from engine.organisation.credentials import Account
from engine.organisation.models import Person, Unit, UnitGroup
from engine.plans.models import Plan, PlanState, PlanTask
from engine.process import inbox
from engine.process.models import UserTask
from engine.queue import QueueItem
from engine.reviews.models import Review, ReviewState
from engine.settings import Settings
from notifications import messages
from notifications.models import DispatchFailure, Notification
from webapp.demo import build, city, conduct, intake
from webapp.demo.acting import Edge

T = TypeVar("T")


@dataclass
class Demo:
    db: Engine
    clock: FixedClock
    settings: Settings

    def as_(self, login: str, read: Callable[[Context], T]) -> T:
        """What the person sees."""
        with transaction(self.db, read_only=True) as session:
            person_id = session.scalars(select(Account.person_id).where(Account.login == login)).one()
            actor = accounts.actor_for(session, person_id, local_date(self.clock.now()))
            return read(Context(session, actor, self.clock, self.settings))

    def inbox(self, login: str) -> list[UserTask]:
        return self.as_(login, lambda ctx: list(inbox.open_user_tasks(ctx, limit=200)))

    def forms(self, login: str) -> set[str]:
        return {one.form_key for one in self.inbox(login)}

    def all(self, query: Select[Any]) -> list[Any]:
        with transaction(self.db, read_only=True) as session:
            return list(session.scalars(query))

    def count(self, query: Select[Any]) -> int:
        with transaction(self.db, read_only=True) as session:
            return session.scalar(select(func.count()).select_from(query.subquery())) or 0

    def lights(self, login: str) -> dict[str, int]:
        """Colour -> how many of the person's reports show it."""

        def read(ctx: Context) -> dict[str, int]:
            calendar = working_days.load(ctx.session)
            found: dict[str, int] = {}
            for one in inbox.open_user_tasks(ctx, limit=200):
                query = select(Deadline).where(
                    Deadline.subject_type == one.subject_type, Deadline.subject_id == one.subject_id,
                    Deadline.kind == one.deadline_kind,
                )  # fmt: skip
                deadline = ctx.session.scalars(query.order_by(Deadline.id.desc())).first()
                if deadline is not None:
                    colour = light(deadline, self.clock.now(), calendar, DEFAULT).colour
                    found[colour] = found.get(colour, 0) + 1
            return found

        return self.as_(login, read)


def make(folder: Path, at: datetime) -> Demo:
    settings = Settings(
        database_url=f"sqlite:///{folder / 'duban.db'}",
        file_store=str(folder / "files"),
        seal_key=str(folder / "seal.pem"),
        seal_log=str(folder / "seals.jsonl"),
        demo=True,
    )
    clock = FixedClock(at)
    assert build.build(settings, clock)
    assert not build.build(settings, clock), "a second time it is filled already"
    return Demo(make_engine(settings.database_url), clock, settings)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Of a Sunday morning in late autumn: the year's end lies within the story."""
    made = make(tmp_path_factory.mktemp("demo"), datetime(2026, 11, 22, 8, 15, tzinfo=SHANGHAI))
    yield made
    made.db.dispose()


def test_the_city_has_its_units_groups_and_people(demo: Demo) -> None:
    assert 18 <= demo.count(select(Unit)) <= 25
    assert 38 <= demo.count(select(Person)) <= 55
    assert demo.count(select(UnitGroup)) >= 2


def test_reporter_sees_every_light(demo: Demo) -> None:
    assert {"green", "blue", "yellow", "red"} <= demo.lights("hejing").keys()
    assert {"obligation.submit", "rectification.submit", "work_item.acknowledge"} & demo.forms("hejing")


def test_head_has_something_to_sign(demo: Demo) -> None:
    assert "obligation.sign_off" in demo.forms("wuzhenhai")


def test_lead_unit_has_reviews_of_which_one_is_overdue(demo: Demo) -> None:
    waiting = [one for one in demo.inbox("zhengguangping") if one.form_key == "review.decide"]
    late = [one for one in waiting if one.due_at and one.due_at <= demo.clock.now()]
    assert late
    assert len(late) < len(waiting)
    assert demo.count(select(Review).where(Review.state == ReviewState.OPEN, Review.overdue_at.is_not(None)))


def test_inspector_has_a_check_and_a_rectification_to_verify(demo: Demo) -> None:
    assert {"check.record", "rectification.verify"} <= demo.forms(conduct.BUSY_INSPECTOR)


def test_officer_has_a_key_task_a_summary_a_round_and_a_plan_to_see_to(demo: Demo) -> None:
    assert {"key_task.confirm", "key_task.accept"} <= demo.forms("shenmin")
    assert demo.count(select(WorkItem).where(WorkItem.state == WorkItemState.SAMPLING))
    prepared = select(InspectionRound).where(InspectionRound.state == RoundState.PREPARED)
    assert not demo.count(prepared), "the next round is the visitor's to prepare"
    (draft,) = demo.all(select(Plan).where(Plan.state == PlanState.DRAFT))
    assert demo.count(select(PlanTask).where(PlanTask.plan_id == draft.id)) == 6


def test_leader_hears_of_what_was_not_done_for_long(demo: Demo) -> None:
    news = demo.as_("guyunfei", lambda ctx: list(messages.list_for(ctx.session, ctx.actor.person_id or 0)))
    assert "deadline.escalated" in {one.kind for one in news}


@pytest.mark.parametrize("login", [login for login, _ in city.PERSONAS])
def test_each_persona_can_sign_in(demo: Demo, login: str) -> None:
    with transaction(demo.db, read_only=True) as session:
        found = accounts.look_up(session, login)
    assert accounts.password_matches(found, city.PASSWORD)


def test_there_is_an_item_in_every_state(demo: Demo) -> None:
    assert set(demo.all(select(WorkItem.state).distinct())) == set(WorkItemState)


def test_key_tasks_stand_everywhere_between_draft_and_closed(demo: Demo) -> None:
    states = set(demo.all(select(KeyTask.state)))
    assert {KeyTaskState.DRAFT, KeyTaskState.RUNNING, KeyTaskState.SUMMARISED, KeyTaskState.CLOSED} <= states
    assert demo.count(select(KeyTask)) == 20


def test_reports_were_refused_returned_and_then_accepted(demo: Demo) -> None:
    again = select(Submission).where(Submission.round > 1, Submission.state == SubmissionState.ACCEPTED)
    assert demo.count(again)
    for state in (SubmissionState.REFUSED, SubmissionState.RETURNED):
        assert demo.count(select(Submission).where(Submission.state == state))


def test_a_limit_passed_and_climbed_the_ladder_to_the_circular(demo: Demo) -> None:
    assert demo.count(select(Obligation).where(Obligation.overdue_at.is_not(None)))
    fired = set(demo.all(select(DeadlineStep.step).distinct()))
    # A circular is as far as it comes: nobody lets twenty working days go by.
    assert {step["key"] for step in policies.LADDERS["default"]} - {"escalate_20"} <= fired


def test_the_leaders_wall_is_alive(demo: Demo) -> None:
    wall = demo.as_("guyunfei", lambda ctx: due.wall(ctx, 1))
    assert all(wall.counts[colour] for colour in due.URGENCY), (
        "of each colour, and one whose time stands still"
    )
    assert len(wall.key_tasks) == 20


def test_a_finding_was_rectified_after_one_return_and_closed(demo: Demo) -> None:
    returned = select(RectificationReport.rectification_id).where(RectificationReport.passed.is_(False))
    closed = Rectification.id.in_(returned), Rectification.state == RectificationState.CLOSED
    assert demo.count(select(Rectification).where(*closed))
    rounds = demo.all(select(InspectionRound).order_by(InspectionRound.id))
    assert [one.state for one in rounds] == [RoundState.CLOSED, RoundState.DRAWN]
    states = set(demo.all(select(SiteCheck.state)))
    assert {CheckState.OPEN, CheckState.FINDINGS, CheckState.CLOSED} <= states


def test_both_draws_can_be_repeated(demo: Demo) -> None:
    for id in demo.all(select(InspectionRound.id)):
        made = demo.as_("shenmin", lambda ctx, id=id: inspection_queries.certificate(ctx, id))  # type: ignore[misc]
        assert certificate.verify(made) == []


def test_the_evidence_is_there_and_of_three_kinds(demo: Demo) -> None:
    kept = demo.all(select(File).where(File.id.in_(select(EvidenceFile.file_id))))
    assert {file.media_type for file in kept} == {"text/plain", "application/pdf", "image/png"}
    for file in kept[:10]:
        assert b"".join(open_bytes(demo.settings, file))


def test_messages_are_told_and_the_latest_are_unread(demo: Demo) -> None:
    unread = demo.count(select(Notification).where(Notification.read_at.is_(None)))
    assert 0 < unread < demo.count(select(Notification)) / 4
    assert demo.count(select(DispatchFailure)) == 0


def test_nothing_waits_in_the_queue_and_nothing_has_failed(demo: Demo) -> None:
    left = demo.all(select(QueueItem).where(QueueItem.state != "done"))
    assert [(item.key, item.last_error) for item in left] == []


def test_nothing_lies_ahead_of_the_clock(demo: Demo) -> None:
    assert max(demo.all(select(audit.AuditEntry.at))) <= demo.clock.now()


def test_the_audit_is_whole(demo: Demo) -> None:
    with transaction(demo.db, read_only=True) as session:
        assert audit.verify(session, demo.settings.seal_log, demo.settings.seal_key) == []


@pytest.mark.parametrize("name", ["plan.txt", "next_plan.txt"])
def test_the_documents_are_of_our_own_writing(name: str) -> None:
    """No sentence of the sample documents stands in them."""
    seeds = Path(__file__).parents[2].parent / "shared/seeds"
    if not seeds.exists():
        pytest.skip("the sample documents are not beside the repository")
    ours = _sentences((intake.HERE / name).read_text())
    for seed in seeds.glob("*.txt"):
        assert not ours & _sentences(seed.read_text(errors="replace")), seed.name


def _sentences(text: str) -> set[str]:
    """Clauses of ten characters and more, without marks."""
    import re

    return {piece for piece in re.split(r"[\W_]+", text) if len(piece) >= 10}


def test_days_of_another_year_are_written_with_their_year(tmp_path: Path) -> None:
    now = datetime(2026, 11, 20, 10, tzinfo=SHANGHAI)
    edge = Edge(make_engine("sqlite://"), FixedClock(now), Settings(), working_days.WorkingCalendar(), now)
    text = intake.document(edge, "plan.txt", edge.day(conduct.ISSUED))
    assert "2027年2月" in text
    assert "{" not in text


@pytest.mark.soak
@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 3, 2, 0, 5, tzinfo=SHANGHAI),
        datetime(2026, 6, 17, 14, 0, tzinfo=SHANGHAI),
        datetime(2026, 10, 5, 23, 0, tzinfo=SHANGHAI),
        datetime(2027, 1, 4, 9, 0, tzinfo=SHANGHAI),
    ],
    ids=["early in the year", "a working day", "within a long holiday", "the year after"],
)
def test_the_story_comes_out_alike_on_any_day(tmp_path: Path, at: datetime) -> None:
    made = make(tmp_path, at)
    test_reporter_sees_every_light(made)
    test_head_has_something_to_sign(made)
    test_lead_unit_has_reviews_of_which_one_is_overdue(made)
    test_inspector_has_a_check_and_a_rectification_to_verify(made)
    test_officer_has_a_key_task_a_summary_a_round_and_a_plan_to_see_to(made)
    test_leader_hears_of_what_was_not_done_for_long(made)
    test_there_is_an_item_in_every_state(made)
    test_reports_were_refused_returned_and_then_accepted(made)
    test_a_finding_was_rectified_after_one_return_and_closed(made)
    test_nothing_lies_ahead_of_the_clock(made)
    test_the_audit_is_whole(made)
    made.db.dispose()
