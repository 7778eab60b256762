"""When the demo's people take up what waits for them, and what they then do: one pair of functions a form.

`turn` gives the day, None for never (within the story); `take` acts.
"""

from collections.abc import Callable
from datetime import date

from sqlalchemy import select

from engine.campaigns import key_tasks, work_items
from engine.context import Role
from engine.evidence import service as evidence
from engine.inspections import checks, rectifications
from engine.inspections.models import Finding, Rectification, Severity
from engine.inspections.rules import FindingDraft
from engine.process.models import UserTask
from engine.reviews import service as reviews
from engine.reviews.models import Review, ReviewState
from webapp.demo import conduct, notice_turns, words
from webapp.demo.story import Story

Turn = Callable[[Story, UserTask], date | None]
Take = Callable[[Story, UserTask], object]

FINDING_DAYS = 12


def _acknowledge_on(story: Story, due: UserTask) -> date | None:
    _, way = story.case(due)
    return story.after(due, 1 + way.slow) if way.acknowledges else None


def _acknowledge(story: Story, due: UserTask) -> object:
    return story.edge.act(
        story.city.holder(due.unit_id, Role.REPORTER), work_items.acknowledge, due.subject_id
    )


def _file_plan_on(story: Story, due: UserTask) -> date | None:
    return story.after(due, 2 + due.id % 5)


def _file_plan(story: Story, due: UserTask) -> object:
    reporter = story.city.holder(due.unit_id, Role.REPORTER)
    return story.edge.act(reporter, work_items.file_plan, due.subject_id, text=words.plan(due.id))


def _submit_on(story: Story, due: UserTask) -> date | None:
    obligation, is_period = story.obligation(due)
    _, way = story.case(due)
    soonest = story.after(due, 2)
    if obligation.round:
        return soonest
    if is_period:
        return max(soonest, story.limit(due, way.late or -2 - due.id % 3))
    if not way.reports:
        return None
    if way.report_on is not None and story.is_first(obligation):
        return max(soonest, story.edge.day(way.report_on))
    return max(soonest, story.limit(due, way.late or -1 - due.id % 5))


def _submit(story: Story, due: UserTask) -> object:
    item, _ = story.case(due)
    obligation, is_period = story.obligation(due)
    reporter = story.city.holder(due.unit_id, Role.REPORTER)
    papers = words.evidence(due.id, story.unit_name(due.unit_id), f"{item.title}：{obligation.title}")
    staged = story.edge.upload(reporter, papers)
    return story.edge.act(
        reporter, evidence.submit, due.subject_id, text=words.report(due.id, is_period=is_period),
        staged_file_ids=staged, notes={staged[0]: "佐证材料"},
    )  # fmt: skip


def _sign_on(story: Story, due: UserTask) -> date | None:
    _, is_period = story.obligation(due)
    _, way = story.case(due)
    return story.after(due, 1) if is_period or way.signs else None


def _sign(story: Story, due: UserTask) -> object:
    obligation, is_period = story.obligation(due)
    _, way = story.case(due)
    signed = is_period or obligation.round > way.refused
    head = story.city.holder(due.unit_id, Role.HEAD)
    reasons = "" if signed else words.REFUSAL
    return story.edge.act(head, evidence.sign_off, due.subject_id, signed=signed, reasons=reasons)


def _review_on(story: Story, due: UserTask) -> date | None:
    _, is_period = story.obligation(due)
    _, way = story.case(due)
    return story.after(due, 1 + due.id % 2) if is_period or way.is_reviewed else None


def _review(story: Story, due: UserTask) -> object:
    obligation, is_period = story.obligation(due)
    _, way = story.case(due)
    returned = int(obligation.id % 9 == 0) if is_period else way.returned + way.refused
    approved = obligation.round > returned
    waiting = select(Review.id).where(Review.obligation_id == obligation.id, Review.state == ReviewState.OPEN)
    review_id = story.edge.read(lambda session: session.scalars(waiting).one())
    texts = words.APPROVALS if approved else words.RETURN_REASONS
    head = story.city.holder(due.unit_id, Role.HEAD)
    return story.edge.act(head, reviews.decide, review_id, approved=approved, reasons=texts[due.id % 3])


def _summarise_on(story: Story, due: UserTask) -> date | None:
    day = conduct.SUMMARISED_ON.get(story.number_of(due.subject_id))
    return story.edge.day(day) if day is not None else story.after(due, 2)


def _summarise(story: Story, due: UserTask) -> object:
    head = story.city.holder(due.unit_id, Role.HEAD)
    return story.edge.act(head, key_tasks.summarise, due.subject_id, text=words.SUMMARY)


def _accept_on(story: Story, due: UserTask) -> date | None:
    held = story.number_of(due.subject_id) in conduct.SUMMARISED_ON
    return None if held else story.after(due, 1)


def _accept(story: Story, due: UserTask) -> object:
    number = story.number_of(due.subject_id)
    accepted = number not in conduct.SUMMARY_RETURNED - story.returned
    story.returned.add(number)
    officer = story.city.holder(due.unit_id, Role.OFFICER)
    reasons = "" if accepted else words.SUMMARY_NOT_ENOUGH
    return story.edge.act(
        officer, key_tasks.accept_summary, due.subject_id, accepted=accepted, reasons=reasons
    )


def _check_on(story: Story, due: UserTask) -> date | None:
    check, round_number, place = story.check(due.subject_id)
    busy = story.city.people[conduct.BUSY_INSPECTOR].person_id
    if round_number == 2 and check.inspector_person_id == busy:
        return story.after(due, 2) if place == 1 else None
    return story.after(due, 2 + due.id % 4)


def _check(story: Story, due: UserTask) -> object:
    check, round_number, place = story.check(due.subject_id)
    inspector = story.city.person(check.inspector_person_id)
    is_busy = inspector is story.city.people[conduct.BUSY_INSPECTOR]
    number = 2 if place == 1 and is_busy else (check.id + round_number) % 2
    on = story.edge.on
    limit = story.edge.calendar.shift(on, FINDING_DAYS)
    found = [
        FindingDraft(words.FINDINGS[(check.id + n) % 4], (Severity.GENERAL, Severity.MINOR)[n % 2], limit)
        for n in range(number)
    ]
    return story.edge.act(
        inspector, checks.record_check, check.id, visited_on=on, findings=found,
        conclusion=words.CONCLUSION if found else words.CLEAN,
    )  # fmt: skip


def _rectify_on(story: Story, due: UserTask) -> date | None:
    row, check, round_number, _ = story.rectification(due.subject_id)
    if row.round:
        return story.after(due, 2)
    if round_number == 1:
        return story.after(due, 4 + due.id % 4)
    busy = story.city.people[conduct.BUSY_INSPECTOR].person_id
    if check.inspector_person_id != busy:
        return story.after(due, 8)
    return story.edge.day(-1) if story.get(Finding, row.finding_id).position == 1 else None


def _rectify(story: Story, due: UserTask) -> object:
    row = story.get(Rectification, due.subject_id)
    reporter = story.city.holder(due.unit_id, Role.REPORTER)
    is_thin = row.id == conduct.RETURNED_RECTIFICATION and not row.round
    unit = story.unit_name(due.unit_id)
    staged = [] if is_thin else story.edge.upload(reporter, words.evidence(due.id, unit, "整改情况"))
    text = words.RECTIFIED_BRIEFLY if is_thin else words.RECTIFIED
    return story.edge.act(
        reporter, rectifications.submit_rectification, row.id, text=text, staged_file_ids=staged
    )


def _verify_on(story: Story, due: UserTask) -> date | None:
    return story.after(due, 1)


def _verify(story: Story, due: UserTask) -> object:
    row, check, _, _ = story.rectification(due.subject_id)
    passed = row.id != conduct.RETURNED_RECTIFICATION or row.round > 1
    inspector = story.city.person(check.inspector_person_id)
    reasons = "" if passed else words.NOT_ENOUGH
    return story.edge.act(
        inspector, rectifications.verify_rectification, row.id, passed=passed, reasons=reasons
    )


TURNS: dict[str, tuple[Turn, Take]] = {
    "work_item.acknowledge": (_acknowledge_on, _acknowledge),
    "work_item.file_plan": (_file_plan_on, _file_plan),
    "obligation.submit": (_submit_on, _submit),
    "obligation.sign_off": (_sign_on, _sign),
    "review.decide": (_review_on, _review),
    "key_task.summarise": (_summarise_on, _summarise),
    "key_task.accept": (_accept_on, _accept),
    "check.record": (_check_on, _check),
    "rectification.submit": (_rectify_on, _rectify),
    "rectification.verify": (_verify_on, _verify),
    "notice.submit": (notice_turns.submit_on, notice_turns.submit),
    "notice.approve_by_head": (notice_turns.approve_on, notice_turns.approve),
    "notice.approve_by_leader": (notice_turns.approve_on, notice_turns.approve),
    "notice.sign_for": (notice_turns.sign_for_on, notice_turns.sign_for),
    "notice.reply": (notice_turns.reply_on, notice_turns.reply),
    "notice.verify": (notice_turns.verify_on, notice_turns.verify),
}
