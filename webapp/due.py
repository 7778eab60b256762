"""Which deadlines an address asks for, and the chips that change it: one set of filters for the month, its days, the
list of one's own, and the lights."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from flask import request, url_for
from sqlalchemy import select

from engine import deadlines, permissions, working_days
from engine.campaigns import queries
from engine.campaigns.due import URGENCY, DueRow, Wanted
from engine.campaigns.models import Campaign, KeyTask
from engine.clock import local_date
from engine.context import Context, Role
from engine.deadlines import Colour, DeadlineState
from engine.organisation.models import Unit
from engine.permissions import Permission
from engine.texts import N_
from engine.working_days import WorkingCalendar
from webapp import matters
from webapp.keyset import number
from webapp.language import gettext, stored
from webapp.words import WORDS

SCOPES = {"mine": N_("待我办理"), "unit": N_("本单位"), "all": N_("全部可见")}
#: Campaigns offered in the filter.
OFFERED = 50
#: Who sees the lights of others first.
OVERSEEING = {Role.LEADER, Role.OFFICER}


@dataclass(frozen=True)
class Asked:
    """The filters of an address, under the names that they have in it."""

    of: str
    campaign: int | None = None
    task: int | None = None
    unit: int | None = None
    kind: str | None = None
    light: str | None = None

    def wanted(self, **more: Any) -> Wanted:
        return Wanted(
            own=self.of == "unit", waiting=self.of == "mine", campaign_id=self.campaign, key_task_id=self.task,
            unit_id=self.unit, kind=self.kind, colour=Colour(self.light) if self.light else None, **more,
        )  # fmt: skip

    def but(self, **other: Any) -> dict[str, Any]:
        """The parameters of an address that asks otherwise in some point."""
        return {name: value for name, value in asdict(replace(self, **other)).items() if value}


def asked(default: str) -> Asked:
    """What the request asks for; what nobody offered is taken for nothing."""
    args = request.args
    of, kind, light = args.get("of", ""), args.get("kind", ""), args.get("light", "")
    return Asked(
        of if of in SCOPES else default,
        number(args.get("campaign")), number(args.get("task")), number(args.get("unit")),
        kind if kind in WORDS["deadline_kind"] else None, light if light in set(Colour) else None,
    )  # fmt: skip


def scope_chips(endpoint: str, had: Asked, **place: Any) -> list[dict[str, Any]]:
    return [
        {
            "href": url_for(endpoint, **place, **had.but(of=of)), "label": gettext(label),
            "active": had.of == of,
        }
        for of, label in SCOPES.items()
    ]  # fmt: skip


def words(ctx: Context) -> dict[Colour, str]:
    """The word beside each colour, as the installation has set it."""
    return {colour: gettext(word) for colour, word in deadlines.scheme(ctx.session).words.items()}


def light_chips(
    ctx: Context, endpoint: str, had: Asked, counts: Mapping[Colour, int], *, live: bool = False, **place: Any
) -> list[dict[str, Any]]:
    """All colours with how many there are. ``live``: nothing of it is done, so that grey is what stands still."""
    said = words(ctx)
    said[Colour.GREY] = gettext("暂停") if live else gettext("已结或暂停")
    return [
        {"href": url_for(endpoint, **place, **had.but(light=None)), "label": gettext("全部"), "active": not had.light},
        *(
            {
                "href": url_for(endpoint, **place, **had.but(light=one.value)),
                "label": said[one],
                "count": counts.get(one, 0), "colour": one.value, "active": had.light == one,
            }
            for one in URGENCY
        ),
    ]  # fmt: skip


def campaigns(ctx: Context) -> list[tuple[str, str]]:
    """The campaigns to choose from, newest first, as options of a field."""
    return [(str(one.id), one.title) for one in queries.campaigns(ctx, limit=OFFERED)]


def named(ctx: Context, had: Asked, endpoint: str, **place: Any) -> list[dict[str, Any]]:
    """Chips for the key task and the unit that an address narrows to, which lead back to all."""
    found = []
    if had.task is not None:
        readable = permissions.narrow(ctx, Permission.KEY_TASK_READ, KeyTask, select(KeyTask))
        key_task = ctx.session.scalar(readable.where(KeyTask.id == had.task))
        label = gettext("重点任务 %(number)s") % {"number": key_task.number if key_task else "?"}
        found.append(
            {"href": url_for(endpoint, **place, **had.but(task=None)), "label": f"{label} ×", "active": True}
        )
    if had.unit is not None:
        unit = ctx.session.get(Unit, had.unit)
        label = unit.short_name if unit else "?"
        found.append(
            {"href": url_for(endpoint, **place, **had.but(unit=None)), "label": f"{label} ×", "active": True}
        )
    return found


def lines(ctx: Context, rows: list[DueRow]) -> list[dict[str, Any]]:
    """Rows as the lists show them."""
    calendars = working_days.of_units(
        ctx.session, working_days.load(ctx.session), {row.deadline.unit_id for row in rows}
    )
    today, said = local_date(ctx.clock.now()), words(ctx)
    return [_line(row, said, today, calendars[row.deadline.unit_id]) for row in rows]


def _line(row: DueRow, said: Mapping[Colour, str], today: date, calendar: WorkingCalendar) -> dict[str, Any]:
    deadline, todo = row.deadline, row.user_task
    runs = deadline.state in (DeadlineState.OPEN, DeadlineState.PASSED)
    still = deadline.state == DeadlineState.PAUSED
    return {
        "deadline": deadline,
        "item": row.item,
        "unit": row.unit,
        "part": stored(row.part) if row.part else "",
        "colour": row.light.colour,
        "word": gettext("暂停") if still else said[row.light.colour],
        "days": calendar.working_days_between(today, deadline.due_on) if runs else None,
        "press": {"href": matters.href(todo), "label": todo.name} if todo else None,
    }


def tabs(ctx: Context, active: str) -> list[dict[str, Any]]:
    """The pages of time, side by side."""
    found = [("my_deadlines.index", N_("我的期限")), ("due_calendar.month", N_("到期日历"))]
    wall = ("lights.wall", N_("亮灯墙"))
    found = [wall, *found] if ctx.actor.holds(*OVERSEEING) else [*found, wall]
    return [
        {"href": url_for(endpoint), "label": gettext(label), "active": endpoint == active}
        for endpoint, label in found
    ]


def choice(ctx: Context, id: int | None) -> Campaign | None:
    """The campaign that is asked for, else the newest that one may read."""
    if id is not None:
        return ctx.session.get(Campaign, id)
    newest = queries.campaigns(ctx, limit=1)
    return newest[0] if newest else None
