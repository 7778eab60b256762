"""What a new sheet would say, from the facts of the matter: the office finds it filled in and changes what it likes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import working_days
from engine.campaigns import obligations, work_items
from engine.campaigns.models import Campaign, KeyTaskUnit, Obligation, ObligationState, UnitRole, WorkItem
from engine.clock import local_date
from engine.context import Context
from engine.deadlines import Deadline, queries
from engine.errors import NotFound
from engine.notices import rules
from engine.notices.models import RUNNING, Notice, NoticeGrade
from engine.notices.rules import Former, Grade
from engine.organisation.models import Person, Unit
from engine.plans.models import Plan
from engine.texts import N_


@dataclass(frozen=True)
class Content:
    """What the office may write itself."""

    matter: str
    grounds: str
    requirement: str
    reply_on: date
    reply_form: str
    contact: str


@dataclass(frozen=True)
class Facts:
    """What stands in the books about the matter on the day."""

    due_on: date | None
    days_late: int
    lead_name: str
    assisting_names: str


@dataclass(frozen=True)
class Suggestion:
    """A sheet as it would begin, and whether its grade comes by the order or wants a reason."""

    item: WorkItem
    obligation: Obligation | None
    unit: Unit
    grade: Grade
    former: Former | None
    in_order: bool
    content: Content
    facts: Facts


#: What is asked, by grade. Chinese only: it is the text of an official paper.
REQUIREMENTS: Mapping[NoticeGrade, str] = {
    NoticeGrade.REMINDER_LETTER: "请贵单位对照任务要求抓紧办理，于反馈期限前报送办理情况和完成时间安排。",
    NoticeGrade.SUPERVISION_NOTICE: (
        "请贵单位主要负责人牵头，逐项查明未按期办结的原因，制定赶办措施，明确责任人和完成时间，"
        "于反馈期限前书面反馈办理结果。"
    ),
    NoticeGrade.CIRCULAR: (
        "经提醒、督办后仍未按要求办结，现予通报批评。请责任单位深刻剖析原因，立即整改，"
        "于反馈期限前报送整改情况。"
    ),
    NoticeGrade.TALK: (
        "请贵单位主要负责人于反馈期限前到督办机构接受约谈，说明未按期办结的原因、下一步措施和完成时限，"
        "并提交书面材料。"
    ),
}
REPLY_FORM = "填写《督办事项办理情况反馈表》，由单位主要负责人审定后在督办系统反馈，并附佐证材料。"

#: 原因 of a sheet that a ladder has asked for out of turn.
BY_LADDER = N_("按督办规则到期自动拟稿")


def offered(ctx: Context) -> tuple[Grade, ...]:
    """The grades of the installation, the mildest first."""
    return rules.grades(ctx.settings.notice_grades)


def sent(ctx: Context, item_id: int, obligation_id: int | None) -> list[Former]:
    """The sheets about the same matter, oldest first."""
    rows = ctx.session.scalars(
        select(Notice)
        .where(Notice.work_item_id == item_id, Notice.obligation_id.is_not_distinct_from(obligation_id))
        .order_by(Notice.id)
    )
    return [
        Former(row.id, row.grade, row.state, row.state in RUNNING and row.reply_late_at is not None)
        for row in rows
    ]


def suggest(ctx: Context, item: WorkItem, obligation_id: int | None, grade_key: str) -> Suggestion:
    """Everything that a new sheet of the grade would begin with. NotFound for a report of another item."""
    ladder = offered(ctx)
    grade = rules.grade_of(ladder, grade_key)
    obligation = _obligation(ctx, item, obligation_id)
    unit = ctx.session.get_one(Unit, item.unit_id)
    before = sent(ctx, item.id, obligation_id)
    former = rules.former_of(ladder, grade, before)
    facts = facts_of(ctx, item, obligation)
    content = Content(
        matter=_matter(item, obligation),
        grounds=_grounds(ctx, item, obligation),
        requirement=REQUIREMENTS[grade.key],
        reply_on=_reply_on(ctx, item),
        reply_form=REPLY_FORM,
        contact=_contact(ctx, item),
    )
    if former is not None and former.is_unanswered:
        number = ctx.session.scalar(select(Notice.number_text).where(Notice.id == former.id))
        content = replace(content, grounds=f"{content.grounds}此前已发{number}，期限届满未见反馈。")
    return Suggestion(
        item, obligation, unit, grade, former, rules.may_follow(ladder, grade, former), content, facts
    )


def facts_of(ctx: Context, item: WorkItem, obligation: Obligation | None) -> Facts:
    """The limit that the matter is about and by how many working days it is over, today."""
    deadline = _deadline(ctx.session, item, obligation)
    late = 0
    if deadline is not None and ctx.clock.now() >= deadline.due_at:
        calendar = working_days.load_of(ctx.session, deadline.unit_id)
        late = max(0, -calendar.working_days_between(local_date(ctx.clock.now()), deadline.due_on))
    unit = ctx.session.get_one(Unit, item.unit_id)
    return Facts(deadline.due_on if deadline else None, late, unit.name, _assisting(ctx.session, item))


def is_over(item: WorkItem, obligation: Obligation | None) -> tuple[bool, bool]:
    """Whether the item, or the report, needs no pressing any more."""
    report_over = obligation is not None and obligation.state in (
        ObligationState.ACCEPTED, ObligationState.CANCELLED,
    )  # fmt: skip
    return item.state not in work_items.WORKING, report_over


def _obligation(ctx: Context, item: WorkItem, obligation_id: int | None) -> Obligation | None:
    if obligation_id is None:
        return None
    found = ctx.session.get(Obligation, obligation_id, populate_existing=True)
    if found is None or found.work_item_id != item.id:
        raise NotFound()
    return found


def _deadline(session: Session, item: WorkItem, obligation: Obligation | None) -> Deadline | None:
    """Of the report; for an item as a whole the limit that its unit owes first."""
    if obligation is not None:
        return queries.latest(session, ("obligation", obligation.id), obligations.DUE)
    own = [
        d
        for d in queries.of_subject(session, ("work_item", item.id))
        if d.is_live and d.kind != work_items.SAMPLING
    ]
    ids = session.scalars(select(Obligation.id).where(Obligation.work_item_id == item.id)).all()
    reports = queries.latest_of_many(session, "obligation", ids, obligations.DUE).values()
    live = own + [d for d in reports if d.is_live]
    return min(live, key=lambda d: (d.due_at, d.id), default=None)


def _matter(item: WorkItem, obligation: Obligation | None) -> str:
    said = f"{item.title}（事项编号{item.number}）"
    return f"{said}：{obligation.title}" if obligation is not None else said


def _grounds(ctx: Context, item: WorkItem, obligation: Obligation | None) -> str:
    """依据: the plan with its number, and the words of the limit where the plan has some."""
    title, plan_id = ctx.session.execute(
        select(Campaign.title, Campaign.plan_id).where(Campaign.id == item.campaign_id)
    ).one()
    number = ctx.session.scalar(select(Plan.document_number).where(Plan.id == plan_id)) if plan_id else None
    said = f"《{title}》" + (f"（{number}）" if number else "")
    deadline = _deadline(ctx.session, item, obligation)
    if deadline is None:
        return f"{said}。"
    day = deadline.due_on
    return f"{said}，该事项应于{day.year}年{day.month}月{day.day}日前办结。"


def _reply_on(ctx: Context, item: WorkItem) -> date:
    calendar = working_days.load_of(ctx.session, item.unit_id)
    today = local_date(ctx.clock.now())
    return calendar.count_working_days(today, ctx.settings.notice_reply_working_days).due_on


def _contact(ctx: Context, item: WorkItem) -> str:
    office = ctx.session.get_one(Unit, item.office_unit_id)
    if ctx.actor.person_id is None:
        return office.name
    phone = ctx.session.scalar(select(Person.phone).where(Person.id == ctx.actor.person_id))
    return f"{office.name} {ctx.actor.name}" + (f"，电话：{phone}" if phone else "")


def _assisting(session: Session, item: WorkItem) -> str:
    names: Sequence[str] = session.scalars(
        select(Unit.name)
        .join(KeyTaskUnit, KeyTaskUnit.unit_id == Unit.id)
        .where(KeyTaskUnit.key_task_id == item.key_task_id, KeyTaskUnit.role == UnitRole.COOPERATING)
        .order_by(KeyTaskUnit.position)
    ).all()
    return "、".join(names)
