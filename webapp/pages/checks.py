"""A check on site, for the inspector's phone: what was promised and handed in, and the form for what was found."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError
from sqlalchemy import select

from engine import audit, permissions
from engine.campaigns import queries as campaigns
from engine.campaigns.models import WorkItem
from engine.clock import local_date
from engine.context import Context, Role
from engine.deadlines import queries as deadlines
from engine.errors import InvalidInput, RuleViolation
from engine.evidence import queries as evidence
from engine.inspections import checks, queries, service
from engine.inspections.models import CheckState, InspectionRound, SiteCheck
from engine.organisation.queries import units_by_id
from engine.permissions import Permission
from engine.process import inbox
from engine.process.models import UserTask
from engine.texts import N_
from webapp import due_dates, history, keyset, task_forms
from webapp.errors import field_errors
from webapp.language import gettext
from webapp.navigation import navigation
from webapp.pages import diagrams
from webapp.requests import context
from webapp.schemas.inspections import ReasonSchema, RecordCheckSchema
from webapp.subjects import NO_ATTEMPT, Attempt, shows

blueprint = Blueprint("checks", __name__, url_prefix="/checks")

navigation.add("checks.index", N_("我的检查"), order=32, roles={Role.INSPECTOR})


@blueprint.get("")
def index() -> str:
    """What the actor was drawn for and has not finished."""
    ctx = context()
    after = keyset.number(request.args.get("after"))
    mine = queries.my_checks(ctx, after=after or 0, limit=keyset.PAGE)
    items = {
        item.id: item
        for item in ctx.session.scalars(
            select(WorkItem).where(WorkItem.id.in_([c.work_item_id for c in mine]))
        )
    }
    due = deadlines.latest_of_many(ctx.session, "check", [check.id for check in mine], checks.CHECK_DUE)
    return render_template(
        "checks/index.html", checks=mine, items=items,
        units=units_by_id(ctx.session, {item.unit_id for item in items.values()}),
        due={id: due_dates.shown(ctx, deadline) for id, deadline in due.items()},
        next=url_for("checks.index", after=mine[-1].id) if len(mine) == keyset.PAGE else None,
    )  # fmt: skip


@blueprint.get("/<int:id>")
def show(id: int) -> str:
    return _page(id, NO_ATTEMPT)


@shows("check")
def _page_of(user_task: UserTask, attempt: Attempt) -> str:
    return _page(user_task.subject_id, attempt)


@blueprint.post("/<int:id>/rows")
def rows(id: int) -> str:
    """The same form with one more finding, or without one of them. Nothing is saved; works without scripts."""
    values = task_forms.posted(RecordCheckSchema)
    removed = keyset.number(request.form.get("remove"))
    if removed is not None:
        values["findings"] = task_forms.rows_typed("findings", RecordCheckSchema, without=removed)
    added = len(values["findings"]) + 1 if request.form.get("add") else None
    if added:
        values["findings"].append({})
    return _page(id, Attempt(values=values), new_row=added)


@blueprint.post("/<int:id>/redraw")
def redraw(id: int) -> ResponseReturnValue:
    """Draw another inspector for the item of a check that is not recorded yet."""
    ctx = context()
    try:
        made = service.redraw_inspector(ctx, id, **task_forms.read_form(ReasonSchema))
    except ValidationError as error:
        return _page(id, Attempt(values=dict(request.form), errors=task_forms.messages(error))), 422
    except (InvalidInput, RuleViolation) as error:
        ctx.session.rollback()
        return _page(id, Attempt(values=dict(request.form), errors=field_errors(error))), 422
    flash(gettext("已另行抽取检查员。"), "success")
    return redirect(url_for("checks.show", id=made.id), code=303)


def _page(id: int, attempt: Attempt, *, new_row: int | None = None) -> str:
    ctx = context()
    check = queries.find_check(ctx, id)
    page = campaigns.work_item_page(ctx, check.work_item_id)
    open_tasks = inbox.find_open(ctx.session, ("check", id))
    may_record = permissions.permits(ctx, Permission.CHECK_RECORD, SiteCheck, id)
    acting = open_tasks[0] if open_tasks and may_record else None
    findings = queries.findings_of(ctx, id)
    deadline = deadlines.latest(ctx.session, ("check", id), checks.CHECK_DUE)
    return render_template(
        "checks/show.html",
        check=check, page=page, item=page.item, attempt=attempt, acting=acting,
        form=task_forms.form_of(acting) if acting else None, new_row=new_row,
        round=ctx.session.get_one(InspectionRound, check.round_id),
        unit=units_by_id(ctx.session, {check.inspector_unit_id})[check.inspector_unit_id],
        owners=_owners(ctx, page.item) if acting else [], today=local_date(ctx.clock.now()),
        due=due_dates.shown(ctx, deadline) if check.state == CheckState.OPEN else None,
        findings=findings, rounds=evidence.rounds(ctx, check.work_item_id),
        diagram=diagrams.live(ctx, ("check", id)),
        history=history.timeline(_own(page.history, check, {d.rectification.id for d in findings if d.rectification})),
        may_redraw=check.state == CheckState.OPEN
        and check.inspector_person_id != ctx.actor.person_id
        and permissions.permits(ctx, Permission.ROUND_DRAW, SiteCheck, id),
    )  # fmt: skip


def _owners(ctx: Context, item: WorkItem) -> list[tuple[int, str]]:
    """Who may be told to put a finding right, as choices."""
    ids = checks.possible_owners(ctx, item)
    units = units_by_id(ctx.session, ids)
    return [(id, units[id].name) for id in ids]


def _own(entries: Any, check: SiteCheck, rectification_ids: set[int]) -> list[audit.AuditEntry]:
    """What happened in this check and its rectifications."""
    return [
        entry
        for entry in entries
        if (entry.subject_type == "check" and entry.subject_id == check.id)
        or (entry.subject_type == "rectification" and entry.subject_id in rectification_ids)
    ]
