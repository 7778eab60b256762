"""The verbs: draft, edit, submit, approve (which issues), confirm receipt, reply, verify, cancel.

Drafting locks the work item and the report, so that two sheets of a grade about one matter never meet; every later
verb locks the sheet alone. The number is given by `numbers`, last of all.
"""

from sqlalchemy import select

from engine import deadlines, outbox, permissions, process
from engine.campaigns import leaders
from engine.campaigns.models import Obligation, WorkItem
from engine.campaigns.rules import check_state, check_version, text_of
from engine.clock import local_date
from engine.context import Context, Role
from engine.errors import InvalidInput, RuleViolation
from engine.notices import drafting, rules
from engine.notices.drafting import Content
from engine.notices.models import OPEN, UNISSUED, Notice, NoticeReply, NoticeState
from engine.notices.steps import RECEIPT, REPLY, end, matter_of, record
from engine.organisation.queries import holders
from engine.permissions import Permission
from engine.texts import N_

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
    if obligation_id is not None:
        # Whoever accepts the report ends the drafts that he sees: this one comes wholly before or after.
        report = select(Obligation.id).where(
            Obligation.id == obligation_id, Obligation.work_item_id == item.id
        )
        ctx.session.execute(report.with_for_update())
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
    record(ctx, notice, "notice.drafted", grade=notice.grade, reason=notice.start_reason)
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
    record(ctx, notice, "notice.edited")
    return notice


def submit(
    ctx: Context, notice_id: int, *, content: Content | None = None, expected_version: int | None = None
) -> Notice:
    """Send a draft to the one who issues it: the office's head, or the leader in charge, by its grade."""
    notice = permissions.find(ctx, Permission.NOTICE_DRAFT, Notice, notice_id)
    check_state(notice.state, NoticeState.DRAFT)
    check_version(notice.version, expected_version)
    item, obligation = matter_of(ctx, notice)
    _check_wanted(item, obligation)
    if content is not None:
        _write(ctx, notice, content)
    rules.check_reply_on(notice.reply_on, local_date(ctx.clock.now()))
    notice.leader_unit_id = _leader_unit(ctx, notice, item)
    notice.state, notice.return_reasons = NoticeState.SUBMITTED, None
    notice.submitted_by_id, notice.submitted_by_name = ctx.actor.person_id, ctx.actor.name
    notice.version += 1
    to_leader = notice.leader_unit_id is not None
    record(ctx, notice, "notice.submitted", to_leader=to_leader)
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
        _check_wanted(*matter_of(ctx, notice))
        rules.check_reply_on(notice.reply_on, local_date(ctx.clock.now()))
        notice.issued_by_id, notice.issued_by_name = ctx.actor.person_id, ctx.actor.name
    else:
        notice.state = NoticeState.DRAFT
        notice.return_reasons = text_of(reasons, field="reasons", missing=N_("请写明退回的理由"))
        record(ctx, notice, "notice.returned", reasons=notice.return_reasons)
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
    record(ctx, notice, "notice.received")
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
    record(ctx, notice, "notice.replied", round=notice.round)
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
        record(ctx, notice, "notice.satisfied", round=notice.round, reasons=words)
    else:
        notice.state = NoticeState.RECEIVED
        again = deadlines.reopen(ctx, subject, REPLY, at_least=EXTRA_DAYS, reason=N_("反馈退回，补充办理"))
        notice.reply_on = again.due_on
        record(ctx, notice, "notice.reply_returned", round=notice.round, reasons=words)
        outbox.publish(ctx, "notice.reply_returned", subject, reasons=words, due_on=again.due_on.isoformat())
    process.complete_user_task(ctx, subject, "verify", {"passed": satisfied})
    return notice


def cancel(ctx: Context, notice_id: int, *, reason: str) -> Notice:
    """作废: with a reason. A number once given is kept and stays in the register."""
    notice = permissions.find(ctx, Permission.NOTICE_DRAFT, Notice, notice_id)
    check_state(notice.state, *OPEN)
    was_out = notice.state not in UNISSUED
    end(ctx, notice, NoticeState.CANCELLED, text_of(reason, field="reason", missing=N_("请填写作废理由")))
    record(ctx, notice, "notice.cancelled", reason=notice.cancel_reason, number=notice.number_text)
    if was_out:
        outbox.publish(ctx, "notice.cancelled", ("notice", notice.id), reason=notice.cancel_reason)
    return notice


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
