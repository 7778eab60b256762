"""The month: what falls due on each day, with holidays and what is provisional; a day opens its list."""

import calendar as weeks
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask import Blueprint, render_template, request, url_for

from engine import working_days
from engine.campaigns import due as engine_due
from engine.campaigns.due import Day
from engine.clock import local_date
from engine.context import Context, Role
from engine.deadlines import Colour
from engine.errors import NotFound
from engine.texts import N_
from engine.working_days import Why, WorkingCalendar
from engine.working_days.calendar import ONE_DAY
from engine.working_days.changes import YEARS
from webapp import due, keyset
from webapp.navigation import navigation
from webapp.pages.working_days import MARKS
from webapp.requests import context

blueprint = Blueprint("due_calendar", __name__, url_prefix="/due-calendar")

WORKING = {Role.REPORTER, Role.HEAD, Role.INSPECTOR, Role.OFFICER, Role.LEADER}
navigation.add(
    "due_calendar.month", N_("期限"), order=15, roles=WORKING, also={"my_deadlines", "lights", "deadlines"}
)


@dataclass(frozen=True)
class Cell:
    """One day of the month. ``more``: how many fall due besides those that are named."""

    on: date
    why: Why
    name: str
    is_provisional: bool
    due: Day

    @property
    def mark(self) -> str:
        return MARKS[self.why]

    @property
    def total(self) -> int:
        return self.due.counts.total()

    @property
    def more(self) -> int:
        return self.total - len(self.due.first)


def first_and_last(month: date) -> tuple[date, date]:
    """Of the month that a day lies in."""
    return month.replace(day=1), month.replace(day=weeks.monthrange(month.year, month.month)[1])


@blueprint.get("")
def month() -> str:
    ctx = context()
    today, had = local_date(ctx.clock.now()), due.asked("all")
    first, last = first_and_last(_month(request.args.get("month")) or today)
    calendar = _calendar(ctx)
    found = engine_due.by_day(ctx, had.wanted(since=first, until=last))
    every = (
        engine_due.count(ctx, replace(had, light=None).wanted(since=first, until=last)) if had.light else None
    )
    counts = every if every is not None else _sum(found)
    place: dict[str, Any] = {"month": f"{first:%Y-%m}"}
    return render_template(
        "due_calendar/month.html",
        first=first, today=today, had=had, cells=[_cell(calendar, on, found) for on in _days(first, last)],
        provisional=calendar.is_provisional(first), total=sum(day.counts.total() for day in found.values()),
        previous=_beside(first - ONE_DAY, had), next=_beside(last + ONE_DAY, had), place=place,
        now=url_for("due_calendar.month", **had.but()),
        tabs=due.tabs(ctx, "due_calendar.month"), scopes=due.scope_chips("due_calendar.month", had, **place),
        lights=due.light_chips(ctx, "due_calendar.month", had, counts, **place),
        named=due.named(ctx, had, "due_calendar.month", **place),
        campaigns=due.campaigns(ctx), words=due.words(ctx), urgency=engine_due.URGENCY,
    )  # fmt: skip


@blueprint.get("/<on>")
def day(on: str) -> str:
    """What falls due on one day, whatever has become of it."""
    ctx, chosen, had = context(), _day(on), due.asked("all")
    calendar = _calendar(ctx)
    wanted = had.wanted(since=chosen, until=chosen)
    rows = engine_due.listed(ctx, wanted, after=keyset.after(), limit=keyset.PAGE)
    counts = engine_due.count(ctx, replace(had, light=None).wanted(since=chosen, until=chosen))
    place: dict[str, Any] = {"on": chosen.isoformat()}
    return render_template(
        "due_calendar/day.html",
        cell=_cell(calendar, chosen, {}), had=had, lines=due.lines(ctx, rows),
        total=counts[Colour(had.light)] if had.light else counts.total(),
        back=url_for("due_calendar.month", month=f"{chosen:%Y-%m}", **had.but()),
        scopes=due.scope_chips("due_calendar.day", had, **place),
        lights=due.light_chips(ctx, "due_calendar.day", had, counts, **place),
        named=due.named(ctx, had, "due_calendar.day", **place),
        previous=_day_beside(chosen - ONE_DAY, had), following=_day_beside(chosen + ONE_DAY, had),
        next=keyset.next_page([row.deadline for row in rows], "due_at"),
    )  # fmt: skip


def _month(given: str | None) -> date | None:
    """2026-11; None for nothing, NotFound for what is no month of the calendar."""
    return _day(f"{given}-01") if given else None


def _day(given: str) -> date:
    try:
        found = date.fromisoformat(given)
    except ValueError as error:
        raise NotFound() from error
    if found.year not in YEARS:
        raise NotFound()
    return found


def _calendar(ctx: Context) -> WorkingCalendar:
    """That of one's own unit; the country's for who sits in several."""
    units = ctx.actor.units()
    if len(units) != 1:
        return working_days.load(ctx.session)
    return working_days.load_of(ctx.session, next(iter(units)))


def _days(first: date, last: date) -> list[date]:
    return [first + n * ONE_DAY for n in range((last - first).days + 1)]


def _cell(calendar: WorkingCalendar, on: date, found: dict[date, Day]) -> Cell:
    why, name, _ = calendar.why(on)
    return Cell(on, why, name, calendar.is_provisional(on), found.get(on, Day()))


def _sum(found: dict[date, Day]) -> dict[Colour, int]:
    counts = dict.fromkeys(Colour, 0)
    for one in found.values():
        for colour, n in one.counts.items():
            counts[colour] += n
    return counts


def _beside(on: date, had: due.Asked) -> str | None:
    return url_for("due_calendar.month", month=f"{on:%Y-%m}", **had.but()) if on.year in YEARS else None


def _day_beside(on: date, had: due.Asked) -> str | None:
    return url_for("due_calendar.day", on=on.isoformat(), **had.but()) if on.year in YEARS else None
