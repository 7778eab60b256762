"""The verbs: draft, edit, submit, approve (which issues), confirm receipt, reply, verify, cancel.

Drafting locks the work item, so that two sheets of a grade about one matter never meet; every later verb locks the
sheet alone. The number is given by `numbers`, last of all.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from engine import audit, deadlines, outbox, permissions, process, queue
from engine.campaigns import leaders, work_items
from engine.campaigns.models import Obligation, WorkItem, WorkItemState
from engine.campaigns.rules import check_state, check_version, text_of
from engine.campaigns.work_items import stream
from engine.clock import local_date
from engine.context import Context, Role
from engine.deadlines import Basis, Deadline, Opening
from engine.errors import InvalidInput, RuleViolation
from engine.notices import drafting, numbers, rules
from engine.notices.drafting import Content
from engine.notices.models import OPEN, RUNNING, UNISSUED, Notice, NoticeGrade, NoticeReply, NoticeState
from engine.organisation.models import Unit
from engine.organisation.queries import holders
from engine.permissions import Permission
from engine.texts import N_

RECEIPT, REPLY = "notice.receipt", "notice.reply"
RENDER = "notices.render"
#: Working days that are left at least for another answer.
EXTRA_DAYS = 3


def draft(
    ctx: Context,
    work_item_id: int,
    *,
    grade: str,
    obligation_id: int | None = None,
    content: Content | None = None,
    start_reason: str = "",
    by_itself: bool = False,
) -> Notice:
    """Draw up a sheet about an item, or about one of its reports; ``content`` as `drafting.suggest` would fill it in.

    ``by_itself``: it goes out without approval, for what a setting allows. Raises RuleViolation where a sheet of the
    grade is running or nothing is owed, InvalidInput where a rung is skipped without a reason.
    """
    item = permissions.find(ctx, Permission.NOTICE_DRAFT, WorkItem, work_item_id)
    rules.check_unit(item.unit_id, item.office_unit_id)
    begun = drafting.suggest(ctx, item, obligation_id, grade)
    _check_wanted(item, begun.obligation)
    reason = start_reason.strip() or None
    rules.check_start(drafting.offered(ctx), begun.grade, drafting.sent(ctx, item.id, obligation_id), reason)
    content = _checked(ctx, content or begun.content)
    notice = Notice(
        work_item_id=item.id, obligation_id=obligation_id, grade=begun.grade.key, title=begun.grade.name,
        unit_id=item.unit_id, office_unit_id=item.office_unit_id, state=NoticeState.DRAFT,
        matter=content.matter, grounds=content.grounds, requirement=content.requirement,
        reply_on=content.reply_on, reply_form=content.reply_form, contact=content.contact,
        due_on=begun.facts.due_on, days_late=begun.facts.days_late, lead_name=begun.facts.lead_name,
        assisting_names=begun.facts.assisting_names, start_reason=None if begun.in_order else reason,
        former_id=begun.former.id if begun.former else None, drafted_at=ctx.clock.now(),
        drafted_by_id=ctx.actor.person_id, drafted_by_name=ctx.actor.name,
    )  # fmt: skip
    ctx.session.add(notice)
    ctx.session.flush()
    _record(ctx, notice, "notice.drafted", grade=notice.grade, reason=notice.start_reason)
    if ctx.actor.is_system and not by_itself:
        outbox.publish(ctx, "notice.drafted", ("notice", notice.id))
    process.start(
        ctx, "supervision_notice", ("notice", notice.id), work_item_id=item.id,
        variables={
            "responsible_unit_id": item.unit_id, "office_unit_id": item.office_unit_id, "automatic": by_itself,
            "to_leader": False, "agreed": False, "passed": False,
        },
    )  # fmt: skip
    ctx.session.send()
    return notice


def edit(ctx: Context, notice_id: int, *, content: Content, expected_version: int | None = None) -> Notice:
    """Change what a draft says, without sending it on."""
    notice = permissions.find(ctx, Permission.NOTICE_DRAFT, Notice, notice_id)
    check_state(notice.state, NoticeState.DRAFT)
    check_version(notice.version, expected_version)
    _write(ctx, notice, content)
    notice.version += 1
    _record(ctx, notice, "notice.edited")
    return notice


def submit(
    ctx: Context, notice_id: int, *, content: Content | None = None, expected_version: int | None = None
) -> Notice:
    """Send a draft to the one who issues it: the office's head, or the leader in charge, by its grade."""
    notice = permissions.find(ctx, Permission.NOTICE_DRAFT, Notice, notice_id)
    check_state(notice.state, NoticeState.DRAFT)
    check_version(notice.version, expected_version)
    item, obligation = _matter_of(ctx, notice)
    _check_wanted(item, obligation)
    if content is not None:
        _write(ctx, notice, content)
    rules.check_reply_on(notice.reply_on, local_date(ctx.clock.now()))
    notice.leader_unit_id = _leader_unit(ctx, notice, item)
    notice.state, notice.return_reasons = NoticeState.SUBMITTED, None
    notice.submitted_by_id, notice.submitted_by_name = ctx.actor.person_id, ctx.actor.name
    notice.version += 1
    to_leader = notice.leader_unit_id is not None
    _record(ctx, notice, "notice.submitted", to_leader=to_leader)
    kind = "notice.submitted_to_leader" if to_leader else "notice.submitted"
    outbox.publish(ctx, kind, ("notice", notice.id))
    variables: dict[str, bool | int] = {"to_leader": to_leader, "agreed": False}
    if notice.leader_unit_id is not None:
        variables["leader_unit_id"] = notice.leader_unit_id
    process.complete_user_task(ctx, ("notice", notice.id), "finalise", variables)
    return notice


def approve(
    ctx: Context, notice_id: int, *, agreed: bool, reasons: str = "", expected_version: int | None = None
) -> Notice:
    """签发 or send back to the office. What is agreed to is issued at once, with its number."""
    notice = permissions.find(ctx, Permission.NOTICE_ISSUE, Notice, notice_id)
    check_state(notice.state, NoticeState.SUBMITTED)
    check_version(notice.version, expected_version)
    subject, to_leader = ("notice", notice.id), notice.leader_unit_id is not None
    _check_issuer(ctx, notice)
    notice.version += 1
    if agreed:
        _check_wanted(*_matter_of(ctx, notice))
        rules.check_reply_on(notice.reply_on, local_date(ctx.clock.now()))
        notice.issued_by_id, notice.issued_by_name = ctx.actor.person_id, ctx.actor.name
    else:
        notice.state = NoticeState.DRAFT
        notice.return_reasons = text_of(reasons, field="reasons", missing=N_("请写明退回的理由"))
        _record(ctx, notice, "notice.returned", reasons=notice.return_reasons)
        outbox.publish(ctx, "notice.returned", subject, reasons=notice.return_reasons)
    element = "approve_by_leader" if to_leader else "approve_by_head"
    process.complete_user_task(ctx, subject, element, {"agreed": agreed})
    ctx.session.send()  # with the number, so that the caller sees it
    return notice


def confirm_receipt(ctx: Context, notice_id: int) -> Notice:
    """签收: the unit confirms that the sheet has arrived."""
    notice = permissions.find(ctx, Permission.NOTICE_ANSWER, Notice, notice_id)
    check_state(notice.state, NoticeState.ISSUED)
    notice.state, notice.received_at = NoticeState.RECEIVED, ctx.clock.now()
    notice.received_by_name = ctx.actor.name
    notice.version += 1
    subject = ("notice", notice.id)
    deadlines.meet(ctx, subject, RECEIPT)
    _record(ctx, notice, "notice.received")
    outbox.publish(ctx, "notice.received", subject)
    process.complete_user_task(ctx, subject, "sign_for")
    return notice


def reply(ctx: Context, notice_id: int, *, text: str) -> NoticeReply:
    """反馈: the unit answers. Its clock stops until the office has looked at it."""
    notice = permissions.find(ctx, Permission.NOTICE_ANSWER, Notice, notice_id)
    check_state(notice.state, NoticeState.RECEIVED)
    said = text_of(text, field="text", missing=N_("请填写办理情况"))
    notice.state = NoticeState.REPLIED
    notice.round += 1
    notice.version += 1
    row = NoticeReply(
        notice_id=notice.id, round=notice.round, text=said, replied_at=ctx.clock.now(),
        replied_by_id=ctx.actor.person_id, replied_by_name=ctx.actor.name,
    )  # fmt: skip
    ctx.session.add(row)
    ctx.session.flush()
    subject = ("notice", notice.id)
    deadlines.meet(ctx, subject, REPLY)
    _record(ctx, notice, "notice.replied", round=notice.round)
    outbox.publish(ctx, "notice.replied", subject)
    process.complete_user_task(ctx, subject, "reply")
    return row


def verify(ctx: Context, notice_id: int, *, satisfied: bool, reasons: str = "") -> Notice:
    """核查: the office is satisfied, and the sheet is done with; or the unit has to answer again."""
    notice = permissions.find(ctx, Permission.NOTICE_VERIFY, Notice, notice_id)
    check_state(notice.state, NoticeState.REPLIED)
    row = ctx.session.scalars(
        select(NoticeReply).where(NoticeReply.notice_id == notice.id, NoticeReply.round == notice.round)
    ).one()
    words = reasons.strip()
    if not satisfied:
        words = text_of(reasons, field="reasons", missing=N_("请写明退回的理由"))
    row.satisfied, row.reasons, row.verified_at = satisfied, words or None, ctx.clock.now()
    row.verified_by_name = ctx.actor.name
    notice.version += 1
    subject = ("notice", notice.id)
    if satisfied:
        _record(ctx, notice, "notice.satisfied", round=notice.round, reasons=words)
    else:
        notice.state = NoticeState.RECEIVED
        again = deadlines.reopen(ctx, subject, REPLY, at_least=EXTRA_DAYS, reason=N_("反馈退回，补充办理"))
        notice.reply_on = again.due_on
        _record(ctx, notice, "notice.reply_returned", round=notice.round, reasons=words)
        outbox.publish(ctx, "notice.reply_returned", subject, reasons=words, due_on=again.due_on.isoformat())
    process.complete_user_task(ctx, subject, "verify", {"passed": satisfied})
    return notice


def cancel(ctx: Context, notice_id: int, *, reason: str) -> Notice:
    """作废: with a reason. A number once given is kept and stays in the register."""
    notice = permissions.find(ctx, Permission.NOTICE_DRAFT, Notice, notice_id)
    check_state(notice.state, *OPEN)
    was_out = notice.state not in UNISSUED
    _end(ctx, notice, NoticeState.CANCELLED, text_of(reason, field="reason", missing=N_("请填写作废理由")))
    _record(ctx, notice, "notice.cancelled", reason=notice.cancel_reason, number=notice.number_text)
    if was_out:
        outbox.publish(ctx, "notice.cancelled", ("notice", notice.id), reason=notice.cancel_reason)
    return notice


# What the diagram does by itself.


def issue(ctx: Context, subject: tuple[str, int]) -> None:
    """Operator: the sheet goes out. Its limits begin, milder ones give way, its papers are rendered soon.

    The audit comes after everything that reads or locks, and the number after the audit: both heads are held briefly.
    """
    notice = ctx.session.get_one(Notice, subject[1])
    item, obligation = _matter_of(ctx, notice)
    facts, today = drafting.facts_of(ctx, item, obligation), local_date(ctx.clock.now())
    notice.days_late = facts.days_late
    if notice.issued_by_name is None:
        notice.issued_by_name = ctx.actor.name
    superseded = _supersede(ctx, notice)
    days = ctx.settings.notice_receipt_working_days
    limits = (
        (RECEIPT, Basis.working_days_after(today, days, N_("督办单签发之日起签收"))),
        (REPLY, Basis.fixed_date(notice.reply_on, N_("督办单载明的反馈期限"))),
    )
    deadlines.open_many(
        ctx, [Opening(subject, kind, basis, notice.unit_id, stream(item.id)) for kind, basis in limits]
    )
    queue.put(ctx, RENDER, f"{RENDER}:{notice.id}", {"notice_id": notice.id})
    office = ctx.session.get_one(Unit, notice.office_unit_id)
    for former in superseded:
        fact = "notice.cancelled" if former.state == NoticeState.CANCELLED else "notice.escalated"
        _record(ctx, former, fact, by_notice_id=notice.id, reason=former.cancel_reason)
    _record(ctx, notice, "notice.issued", grade=notice.grade, days_late=notice.days_late)
    numbers.give_at_end(ctx, notice, office)


def close(ctx: Context, subject: tuple[str, int]) -> None:
    """Operator: the office is satisfied with the answer."""
    notice = ctx.session.get_one(Notice, subject[1])
    notice.state, notice.closed_at = NoticeState.CLOSED, ctx.clock.now()
    _record(ctx, notice, "notice.closed")
    outbox.publish(ctx, "notice.closed", subject)


def mark_receipt_late(ctx: Context, subject: tuple[str, int]) -> None:
    """Operator: the limit for the receipt has passed."""
    notice = ctx.session.get_one(Notice, subject[1])
    if notice.receipt_late_at is None:
        notice.receipt_late_at = ctx.clock.now()
        _record(ctx, notice, "notice.receipt_fell_late")


def mark_reply_late(ctx: Context, subject: tuple[str, int]) -> None:
    """Operator: the limit for the reply has passed. From here on the next grade may follow."""
    notice = ctx.session.get_one(Notice, subject[1])
    if notice.reply_late_at is None:
        notice.reply_late_at = ctx.clock.now()
        _record(ctx, notice, "notice.reply_fell_late")


def _supersede(ctx: Context, notice: Notice) -> Sequence[Notice]:
    """一事一单: what is still running of milder grades about the same matter ends here. Only milder ones are locked, so
    that two grades issued at once never wait for each other."""
    ladder = [grade.key for grade in drafting.offered(ctx)]
    milder = ladder[: ladder.index(NoticeGrade(notice.grade))]
    rows = ctx.session.scalars(
        select(Notice)
        .where(
            Notice.work_item_id == notice.work_item_id,
            Notice.obligation_id.is_not_distinct_from(notice.obligation_id),
            Notice.grade.in_(milder), Notice.state.in_(OPEN),
        )
        .order_by(Notice.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()  # fmt: skip
    for former in rows:
        if former.state in UNISSUED:
            _end(ctx, former, NoticeState.CANCELLED, N_("已发出等级更高的督办单"))
        else:
            _end(ctx, former, NoticeState.ESCALATED)
    return rows


def _lapse(ctx: Context, ended: Sequence[Obligation]) -> None:
    """Reports, locked, were accepted or have fallen away: a sheet that has not gone out about them is not needed."""
    items = {row.work_item_id for row in ended}
    about = Notice.obligation_id.in_([row.id for row in ended])
    dropped = [id for id in items if ctx.session.get_one(WorkItem, id).state == WorkItemState.CANCELLED]
    rows = ctx.session.scalars(
        select(Notice)
        .where(about | Notice.work_item_id.in_(dropped), Notice.state.in_(UNISSUED))
        .order_by(Notice.id)
        .with_for_update()
    ).all()
    for notice in rows:
        _end(ctx, notice, NoticeState.CANCELLED, N_("应报事项已办结或者撤销"))
        _record(ctx, notice, "notice.cancelled", reason=notice.cancel_reason)


work_items.when_obligations_end(_lapse)


def _end(ctx: Context, notice: Notice, state: NoticeState, reason: str | None = None) -> None:
    notice.state, notice.closed_at, notice.cancel_reason = state, ctx.clock.now(), reason
    notice.version += 1
    process.cancel(ctx, ("notice", notice.id))
    deadlines.cancel(ctx, ("notice", notice.id))


def _write(ctx: Context, notice: Notice, content: Content) -> None:
    said = _checked(ctx, content)
    notice.matter, notice.grounds, notice.requirement = said.matter, said.grounds, said.requirement
    notice.reply_on, notice.reply_form, notice.contact = said.reply_on, said.reply_form, said.contact


def _checked(ctx: Context, content: Content) -> Content:
    rules.check_reply_on(content.reply_on, local_date(ctx.clock.now()))
    contact = content.contact.strip()
    if len(contact) > 200:
        raise InvalidInput("text.too_long", "内容不得超过{max}字", field="contact", max=200)
    return Content(
        matter=text_of(content.matter, field="matter", missing=N_("请填写督办事项")),
        grounds=text_of(content.grounds, field="grounds", missing=N_("请填写督办依据")),
        requirement=text_of(content.requirement, field="requirement", missing=N_("请填写办理要求")),
        reply_on=content.reply_on,
        reply_form=text_of(content.reply_form, field="reply_form", missing=N_("请填写反馈方式")),
        contact=contact,
    )


def _matter_of(ctx: Context, notice: Notice) -> tuple[WorkItem, Obligation | None]:
    item = ctx.session.get_one(WorkItem, notice.work_item_id, populate_existing=True)
    if notice.obligation_id is None:
        return item, None
    return item, ctx.session.get_one(Obligation, notice.obligation_id, populate_existing=True)


def _check_wanted(item: WorkItem, obligation: Obligation | None) -> None:
    item_over, report_over = drafting.is_over(item, obligation)
    rules.check_wanted(item_over=item_over, report_over=report_over)


def _leader_unit(ctx: Context, notice: Notice, item: WorkItem) -> int | None:
    """Where the leader sits who issues the sheet; None where the head of the office does, who has to exist."""
    grade = rules.grade_of(drafting.offered(ctx), notice.grade)
    today = local_date(ctx.clock.now())
    if not grade.needs_leader and any(
        person.id != ctx.actor.person_id
        for person in holders(ctx.session, notice.office_unit_id, Role.HEAD, today)
    ):
        return None
    found = leaders.leader_unit(ctx, item)
    if found is None:
        raise RuleViolation("notices.nobody_issues", "没有可以签发的负责人或者分管领导，请先由安全管理员任命")
    return found


def _check_issuer(ctx: Context, notice: Notice) -> None:
    """The permission knows heads and leaders; whose turn it is the sheet says."""
    unit_id, role = notice.office_unit_id, Role.HEAD
    if notice.leader_unit_id is not None:
        unit_id, role = notice.leader_unit_id, Role.LEADER
    permissions.require_post(ctx, Permission.NOTICE_ISSUE, unit_id, role)


def _record(ctx: Context, notice: Notice, fact: str, **facts: Any) -> None:
    audit.record(
        ctx,
        stream(notice.work_item_id),
        fact,
        ("notice", notice.id),
        obligation_id=notice.obligation_id,
        **facts,
    )


def _lock(ctx: Context, id: int) -> Notice:
    return ctx.session.get_one(Notice, id, with_for_update=True, populate_existing=True)


def _passed(ctx: Context, deadline: Deadline) -> None:
    """The diagram hears of it where a timer waits; what was done late before any sweep is marked too."""
    process.fire_deadline(ctx, deadline.subject, deadline.kind)
    (mark_receipt_late if deadline.kind == RECEIPT else mark_reply_late)(ctx, deadline.subject)


def _changed(ctx: Context, deadline: Deadline) -> None:
    """A changed calendar may have moved it; where it has not gone by after all, the sheet is not marked any more."""
    notice = ctx.session.get_one(Notice, deadline.subject_id)
    if deadline.kind == REPLY and notice.state in RUNNING:
        notice.reply_on = deadline.due_on
    if deadline.passed_at is None:
        if deadline.kind == RECEIPT:
            notice.receipt_late_at = None
        else:
            notice.reply_late_at = None
    process.set_due(ctx, deadline.subject, deadline.kind, deadline.due_at)


deadlines.register_subject("notice", lock=_lock, on_passed=_passed, on_changed=_changed, model=Notice)
