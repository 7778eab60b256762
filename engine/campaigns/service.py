"""Campaigns: created from a confirmed plan, closed by themselves when their last key task is."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import exists, select

from engine import audit, outbox, permissions, process, queue
from engine.campaigns import rules
from engine.campaigns.models import (
    Campaign,
    CampaignState,
    KeyTask,
    KeyTaskLimit,
    KeyTaskState,
    KeyTaskUnit,
    UnitRole,
)
from engine.campaigns.rules import Limit
from engine.clock import local_date
from engine.context import Context, Role
from engine.errors import AccessDenied, InvalidInput
from engine.permissions import Permission
from engine.texts import N_

SETTLE_TOPIC = "campaigns.settle"
#: States in which a key task keeps its campaign open no longer.
ENDED = (KeyTaskState.CLOSED, KeyTaskState.CANCELLED)


@dataclass(frozen=True)
class NewKeyTask:
    """A key task to be created. Units are ids in the document's order; the first lead unit leads."""

    number: int
    title: str
    text: str = ""
    section: str = ""
    lead: Sequence[int] = ()
    responsible: Sequence[int] = ()
    cooperating: Sequence[int] = ()
    supervising: Sequence[int] = ()
    limits: Sequence[Limit] = field(default_factory=tuple)
    #: Who reviews, where the plan settled it; else the first lead unit, else the office.
    review_unit_id: int | None = None

    @property
    def units(self) -> dict[UnitRole, list[int]]:
        """Unit ids per role, each once."""
        given = (self.lead, self.responsible, self.cooperating, self.supervising)
        return {role: list(dict.fromkeys(ids)) for role, ids in zip(UnitRole, given, strict=True)}


def create(
    ctx: Context,
    *,
    title: str,
    office_unit_id: int,
    year: int,
    key_tasks: Sequence[NewKeyTask],
    plan_id: int | None = None,
    leader_person_id: int | None = None,
    sampling_days: int = 10,
) -> Campaign:
    """Create a campaign; each key task waits for the office to confirm its assignment.

    Raises AccessDenied for who is no officer of the office, InvalidInput for key tasks without units.
    """
    permissions.require(ctx, Permission.CAMPAIGN_CREATE)
    if not ctx.actor.is_system and office_unit_id not in ctx.actor.units(Role.OFFICER):
        raise AccessDenied()
    check_key_tasks(ctx, key_tasks)
    campaign = Campaign(
        plan_id=plan_id, title=rules.text_of(title, field="title", missing=N_("请填写专项行动名称")), year=year,
        office_unit_id=office_unit_id, leader_person_id=leader_person_id, sampling_days=sampling_days,
        state=CampaignState.RUNNING, created_at=ctx.clock.now(),
    )  # fmt: skip
    ctx.session.add(campaign)
    ctx.session.flush()
    rows = make_key_tasks(ctx, campaign, key_tasks)
    subject = ("campaign", campaign.id)
    audit.record(
        ctx,
        stream(campaign.id),
        "campaign.created",
        subject,
        title=title,
        plan_id=plan_id,
        key_tasks=len(rows),
    )
    outbox.publish(ctx, "campaign.created", subject, title=title)
    begin(ctx, rows)
    return campaign


def make_key_tasks(ctx: Context, campaign: Campaign, key_tasks: Sequence[NewKeyTask]) -> list[KeyTask]:
    """The rows of checked key tasks, with their units and limits. Their processes begin with `begin`."""
    rows = [_key_task(campaign, new) for new in key_tasks]
    ctx.session.add_all(rows)
    ctx.session.flush()
    for row, new in zip(rows, key_tasks, strict=True):
        ctx.session.add_all(
            KeyTaskUnit(key_task_id=row.id, unit_id=unit_id, role=role, position=position)
            for role, ids in new.units.items()
            for position, unit_id in enumerate(ids, 1)
        )
        ctx.session.add_all(
            KeyTaskLimit(key_task_id=row.id, kind=limit.kind, title=limit.title, basis=limit.basis)
            for limit in new.limits
        )
    ctx.session.flush()
    return rows


def begin(ctx: Context, key_tasks: Sequence[KeyTask]) -> None:
    """Start the processes of new key tasks: each waits for the office to confirm its assignment."""
    for row in key_tasks:
        process.start(
            ctx, "key_task", ("key_task", row.id),
            variables={
                "lead_unit_id": row.review_unit_id, "office_unit_id": row.office_unit_id, "accepted": False,
            },
        )  # fmt: skip


def renumbered(new: NewKeyTask, number: int) -> NewKeyTask:
    """The same key task under another number."""
    return replace(new, number=number)


def stream(campaign_id: int) -> str:
    """The audit stream of a campaign and its key tasks."""
    return f"campaign:{campaign_id}"


def check_key_tasks(ctx: Context, key_tasks: Sequence[NewKeyTask]) -> None:
    """Raises InvalidInput for key tasks without units, of one number, or with limits that lie behind."""
    if not key_tasks:
        raise InvalidInput("campaigns.no_key_tasks", "专项行动至少要有一项重点任务", field="key_tasks")
    numbers = [new.number for new in key_tasks]
    if len(set(numbers)) != len(numbers):
        raise InvalidInput("campaigns.numbers", "重点任务序号重复", field="key_tasks")
    for new in key_tasks:
        if not new.units[UnitRole.RESPONSIBLE]:
            raise InvalidInput(
                "key_tasks.no_unit", "第{number}项重点任务没有责任单位", number=new.number, field="key_tasks"
            )
        rules.check_limits(new.limits, local_date(ctx.clock.now()))


def _key_task(campaign: Campaign, new: NewKeyTask) -> KeyTask:
    lead = next(iter(new.units[UnitRole.LEAD]), None)
    return KeyTask(
        campaign_id=campaign.id, number=new.number, section=new.section, text=new.text,
        title=rules.text_of(new.title, field="title", missing=N_("请填写重点任务名称")),
        lead_unit_id=lead, review_unit_id=new.review_unit_id or lead or campaign.office_unit_id,
        office_unit_id=campaign.office_unit_id, state=KeyTaskState.DRAFT,
    )  # fmt: skip


@queue.topic(SETTLE_TOPIC)
def settle(ctx: Context, payload: dict[str, Any], _progress: dict[str, Any]) -> None:
    """Queue handler, after a key task was closed: close the campaign when none of its key tasks is left."""
    campaign = ctx.session.scalars(
        select(Campaign).where(Campaign.id == payload["campaign_id"]).with_for_update()
    ).one()
    left = exists().where(KeyTask.campaign_id == campaign.id, KeyTask.state.not_in(ENDED))
    if campaign.state == CampaignState.CLOSED or ctx.session.scalar(select(left)):
        return
    campaign.state, campaign.closed_at = CampaignState.CLOSED, ctx.clock.now()
    audit.record(ctx, stream(campaign.id), "campaign.closed", ("campaign", campaign.id))
    outbox.publish(ctx, "campaign.closed", ("campaign", campaign.id), title=campaign.title)
