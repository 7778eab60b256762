"""Which leader decides about a work item."""

from sqlalchemy import select

from engine.campaigns.models import Campaign, WorkItem
from engine.clock import local_date
from engine.context import Context, Role
from engine.organisation.queries import holders, lines, posts_of


def leader_unit(ctx: Context, item: WorkItem) -> int | None:
    """Where the leader sits: the campaign's leader in charge, else the nearest one above the office.

    Never in the responsible unit itself. None when nobody holds such a post.
    """
    today = local_date(ctx.clock.now())
    leader = ctx.session.scalar(select(Campaign.leader_person_id).where(Campaign.id == item.campaign_id))
    posts = posts_of(ctx.session, leader, today) if leader is not None else ()
    line = lines(ctx.session, [item.office_unit_id])[item.office_unit_id]
    for unit_id in [*(post.unit_id for post in posts if post.role == Role.LEADER), *reversed(line)]:
        if unit_id != item.unit_id and holders(ctx.session, unit_id, Role.LEADER, today):
            return unit_id
    return None
