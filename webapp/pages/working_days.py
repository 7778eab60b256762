"""The calendar of working days: a year at a glance, a change of it with what it would move, and its editions.

Everyone reads it; the system administrator changes it. A change goes through one page that shows its effects, and
carries it along in a field, so that nothing is kept that was not put in force.
"""

import calendar as weeks
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError
from werkzeug import Response

from engine import permissions, working_days
from engine.clock import local_date
from engine.context import Context, Role
from engine.errors import InvalidInput, NotFound, RuleViolation
from engine.organisation.models import Unit
from engine.organisation.queries import lines, units_by_id
from engine.permissions import Permission
from engine.texts import N_
from engine.working_days import Change, Why, WorkingCalendar, changes, notices, queries
from engine.working_days.calendar import ONE_DAY
from engine.working_days.changes import YEARS
from engine.working_days.notices import MAX_BYTES, NoticeRefused
from webapp import calendar_changes, downloads, sheets, task_forms
from webapp.errors import field_errors, sentence
from webapp.keyset import number
from webapp.language import gettext
from webapp.navigation import navigation
from webapp.pages.organisation.part import choices, unit_named
from webapp.requests import context
from webapp.schemas.calendar import ApplySchema, ChangeSchema, change_of, written
from webapp.subjects import NO_ATTEMPT, Attempt

blueprint = Blueprint("working_days", __name__, url_prefix="/working-days")

#: The others find it beside what falls due.
navigation.add("working_days.index", N_("工作日历"), order=55, roles={Role.SYSTEM_ADMIN})

PAGE = 30
#: Why a day is worked or not -> its mark in the year's view, and the word beside it.
MARKS = {
    Why.WORKDAY: "",
    Why.WEEKEND: "",
    Why.HOLIDAY: N_("休"),
    Why.MAKE_UP: N_("班"),
    Why.LOCAL_HOLIDAY: N_("休"),
    Why.LOCAL_WORKDAY: N_("班"),
}


@dataclass(frozen=True)
class Cell:
    """One day of the year's view."""

    on: date
    why: Why
    name: str
    source: str

    @property
    def mark(self) -> str:
        return MARKS[self.why]


def _reading() -> Context:
    ctx = context()
    permissions.require(ctx, Permission.CALENDAR_READ)
    return ctx


def _managing() -> Context:
    ctx = context()
    permissions.require(ctx, Permission.CALENDAR_MANAGE)
    return ctx


def _year(ctx: Context, given: str | None) -> int:
    """The year that is asked for, else this one."""
    asked = number(given)
    return asked if asked is not None and asked in YEARS else local_date(ctx.clock.now()).year


def _unit(ctx: Context, given: str | None) -> Unit | None:
    """The unit of an id in the address."""
    id = number(given)
    if id is None:
        return None
    found = ctx.session.get(Unit, id)
    if found is None:
        raise NotFound()
    return found


@blueprint.get("")
def index() -> ResponseReturnValue:
    ctx = _reading()
    year, errors = _year(ctx, request.args.get("year")), {}
    unit = _unit(ctx, request.args.get("unit"))
    if asked := request.args.get("named", "").strip():
        try:
            return redirect(url_for("working_days.index", year=year, unit=unit_named(ctx, asked, "named").id))
        except InvalidInput as error:
            errors = field_errors(error)
    calendar = working_days.load(ctx.session)
    line = lines(ctx.session, [unit.id])[unit.id] if unit else []
    named = queries.year(ctx.session, year, line)
    setting = queries.setting_units(ctx.session)
    units = units_by_id(ctx.session, {*line, *(id for id, _ in setting)})
    return render_template(
        "working_days/index.html", year=year, years=YEARS, unit=unit, units=units, setting=setting,
        months=_months(year, calendar.of(line)), named=_spans(named), official=year in calendar.official_years,
        today=local_date(ctx.clock.now()), marks=MARKS, errors=errors, asked=asked,
        choices=choices(ctx, local_date(ctx.clock.now())),
        may=permissions.holds(ctx, Permission.CALENDAR_MANAGE),
        latest=queries.editions(ctx.session, limit=5),
    )  # fmt: skip


def _months(year: int, calendar: WorkingCalendar) -> list[list[list[Cell | None]]]:
    """Twelve months of weeks from Monday to Sunday; None for days of the months beside."""
    found = []
    for month in range(1, 13):
        rows = weeks.Calendar().monthdatescalendar(year, month)
        found.append(
            [[Cell(on, *calendar.why(on)) if on.month == month else None for on in week] for week in rows]
        )
    return found


@dataclass
class Span:
    """Days in a row that are named alike."""

    on: date
    to: date
    is_workday: bool
    name: str
    source: str
    unit_id: int | None


def _spans(days: Sequence[queries.NamedDay]) -> list[Span]:
    """The named days as a notice lists them: 10-01 – 10-07."""
    found: list[Span] = []
    for day in sorted(days, key=lambda day: (day.unit_id or 0, day.on)):
        last = found[-1] if found else None
        alike = (day.is_workday, day.name, day.source, day.unit_id)
        if (
            last
            and (last.is_workday, last.name, last.source, last.unit_id) == alike
            and day.on - last.to == ONE_DAY
        ):
            last.to = day.on
        else:
            found.append(Span(day.on, day.on, *alike))
    return sorted(found, key=lambda span: span.on)


@blueprint.get("/day")
def day() -> str:
    ctx = _managing()
    try:
        on = date.fromisoformat(request.args.get("on", ""))
    except ValueError as error:
        raise NotFound() from error
    if on.year not in YEARS:
        raise NotFound()
    return _day_page(ctx, on, _unit(ctx, request.args.get("unit")), NO_ATTEMPT)


def _day_page(ctx: Context, on: date, unit: Unit | None, attempt: Attempt) -> str:
    calendar = working_days.load(ctx.session)
    line = lines(ctx.session, [unit.id])[unit.id] if unit else []
    own = calendar.local.get(unit.id, {}) if unit else calendar.days
    return render_template(
        "working_days/day.html", on=on, unit=unit, cell=Cell(on, *calendar.of(line).why(on)), fact=own.get(on),
        attempt=attempt, official=on.year in calendar.official_years,
    )  # fmt: skip


@blueprint.post("/day")
def change_day() -> ResponseReturnValue:
    """Shows what the change of one day would move."""
    ctx = _managing()
    try:
        on = date.fromisoformat(request.form.get("on", ""))
    except ValueError as error:
        raise NotFound() from error
    unit = _unit(ctx, request.form.get("unit"))
    typed = {name: request.form.get(name, "").strip() for name in ("kind", "name", "source")}
    given = {
        "year": on.year, "source": typed["source"], "unit_id": unit.id if unit else None,
        "days": [{"on": on.isoformat(), "kind": typed["kind"], "name": typed["name"]}],
    }  # fmt: skip
    errors = {}
    if typed["kind"] not in ("holiday", "workday", "plain"):
        errors["kind"] = gettext("请选择放假、上班或者恢复")
    if not typed["source"]:
        errors["source"] = gettext("请填写依据（文件名称或文号）")
    if not typed["name"] and (typed["kind"] == "holiday" or (unit and typed["kind"] == "workday")):
        errors["name"] = gettext("请写明名称")
    if not errors:
        try:
            return _preview_page(ctx, change_of(ChangeSchema().load(given)))
        except ValidationError as error:
            errors = {name.rpartition(".")[2]: text for name, text in task_forms.messages(error).items()}
        except (InvalidInput, RuleViolation) as error:
            errors = field_errors(error)
    return _day_page(ctx, on, unit, Attempt(values=typed, errors=errors)), 422


def _preview_page(ctx: Context, wanted: Change) -> str:
    shown = calendar_changes.preview(ctx, wanted)
    concerned = {one.deadline.unit_id for one in shown.moved.first}
    units = units_by_id(ctx.session, concerned | ({wanted.unit_id} if wanted.unit_id else set()))
    carried = json.dumps({**written(wanted), "digest": shown.digest}, ensure_ascii=False)
    return render_template(
        "working_days/preview.html", wanted=wanted, shown=shown, units=units, carried=carried,
        unit=units.get(wanted.unit_id or 0),
    )  # fmt: skip


@blueprint.post("/apply")
def apply() -> ResponseReturnValue:
    ctx = _managing()
    try:
        given = ApplySchema().load(json.loads(request.form.get("change", "")))
    except (ValueError, RecursionError, ValidationError) as error:
        raise InvalidInput("working_days.lost", "提交的更改不完整，请重新填写") from error
    made = calendar_changes.apply(ctx, change_of(given), given["digest"])
    flash(gettext("日历已更改，正在重新计算期限。"), "success")
    return redirect(url_for("working_days.edition", id=made.id), code=303)


@blueprint.get("/import")
def new_import() -> str:
    ctx = _managing()
    return _import_page(
        ctx, _year(ctx, request.args.get("year")), NO_ATTEMPT, _unit(ctx, request.args.get("unit"))
    )


def _import_page(
    ctx: Context, year: int, attempt: Attempt, unit: Unit | None = None, problems: list[str] | None = None
) -> str:
    return render_template(
        "working_days/import.html", year=year, attempt=attempt, unit=unit, problems=problems or [],
        years=[year for year in YEARS if year >= local_date(ctx.clock.now()).year - 1][:12],
        official=year in working_days.load(ctx.session).official_years,
    )  # fmt: skip


@blueprint.post("/import")
def preview_import() -> ResponseReturnValue:
    """Reads the file and shows what it would change and move. Nothing of a file with a wrong line is taken."""
    uploaded = request.files.get("file")
    data = uploaded.read(MAX_BYTES + 1) if uploaded and uploaded.filename else b""
    pasted = request.form.get("text", "")
    ctx = _managing()
    year = _year(ctx, request.form.get("year"))
    unit = _unit(ctx, request.form.get("unit"))
    values: dict[str, Any] = {
        "text": pasted or data[:MAX_BYTES].decode("utf-8-sig", "ignore").replace("\0", ""),
        "source": request.form.get("source", "").strip(),
        "standing": request.form.get("standing", "official"),
    }
    problems: list[str] = []
    try:
        notice = notices.read(data or pasted.encode(), year, local=unit is not None)
        values["source"] = values["source"] or notice.source
        official = values["standing"] == "official"
        wanted = Change(
            year, notice.days, values["source"], unit.id if unit else None, whole_year=True, official=official
        )
        return _preview_page(ctx, wanted)
    except NoticeRefused as error:
        problems = [sentence(problem) for problem in error.problems]
        errors = {"file": sentence(error)}
    except (InvalidInput, RuleViolation) as error:
        errors = field_errors(error)
    return _import_page(ctx, year, Attempt(values=values, errors=errors), unit, problems), 422


@blueprint.get("/template.csv")
def template_csv() -> Response:
    year = _year(_reading(), request.args.get("year"))
    text = sheets.lines([notices.COLUMNS, *notices.template(year)])
    return downloads.attachment(downloads.BOM + text.encode(), f"calendar-{year}.csv", "text/csv")


@blueprint.get("/template.json")
def template_json() -> Response:
    year = _year(_reading(), request.args.get("year"))
    days = [{"date": on, "kind": "holiday", "name": name} for on, _, _, name in notices.template(year)]
    text = json.dumps(
        {"year": year, "source": "", "official": True, "days": days}, ensure_ascii=False, indent=1
    )
    return downloads.attachment(text.encode(), f"calendar-{year}.json", "application/json")


@blueprint.get("/editions")
def editions() -> str:
    ctx = _reading()
    found = queries.editions(ctx.session, after=number(request.args.get("after")), limit=PAGE)
    more = url_for("working_days.editions", after=found[-1].id) if len(found) == PAGE else None
    counts = {edition.id: len(changes.parse(edition.changes)) for edition in found}
    units = units_by_id(ctx.session, {edition.unit_id for edition in found if edition.unit_id})
    return render_template(
        "working_days/editions.html", editions=found, counts=counts, units=units, next=more
    )


@blueprint.get("/editions/<int:id>")
def edition(id: int) -> str:
    ctx = _reading()
    found = queries.edition(ctx.session, id)
    unit = ctx.session.get(Unit, found.unit_id) if found.unit_id else None
    return render_template(
        "working_days/edition.html", edition=found, days=changes.parse(found.changes), unit=unit,
        counting=_counting(ctx, id), poll=url_for("working_days.progress", id=id),
    )  # fmt: skip


@blueprint.get("/editions/<int:id>/progress")
def progress(id: int) -> str:
    """The progress line alone, asked again every two seconds until counting is over."""
    ctx = _reading()
    return render_template(
        "working_days/progress.html",
        counting=_counting(ctx, id),
        poll=url_for("working_days.progress", id=id),
    )


def _counting(ctx: Context, id: int) -> dict[str, Any] | None:
    item = calendar_changes.progress(ctx, queries.edition(ctx.session, id))
    if item is None:
        return None
    done, total = item.steps or (0, 0)
    return {"done": done, "total": total, "parked": item.state == "parked"}
