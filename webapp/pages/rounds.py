"""Rounds of inspection: freeze the lists, publish what binds the draw, draw, and let anybody repeat it."""

import json
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError
from sqlalchemy import select

from engine import permissions, queue
from engine.campaigns.models import Campaign, WorkItem
from engine.context import Role
from engine.errors import InvalidInput, RuleViolation
from engine.inspections import certificate, queries, sampling, service
from engine.inspections.models import CheckState, InspectionRound, RoundState, SiteCheck
from engine.permissions import Permission
from engine.texts import N_
from webapp import downloads, keyset, task_forms
from webapp.errors import field_errors
from webapp.language import gettext
from webapp.navigation import navigation
from webapp.requests import context
from webapp.schemas.inspections import DrawSchema, PrepareRoundSchema, ReasonSchema
from webapp.subjects import NO_ATTEMPT, Attempt

blueprint = Blueprint("rounds", __name__, url_prefix="/rounds")

navigation.add(
    "rounds.index",
    N_("抽查"),
    order=30,
    roles={Role.OFFICER, Role.INSPECTOR, Role.LEADER, Role.HEAD, Role.REPORTER},
)

#: Lines of a list on one page of a round.
LINES = 100


@blueprint.get("")
def index() -> str:
    ctx = context()
    campaign_id, after = _number("campaign"), _number("after")
    campaign = None
    if campaign_id is not None:
        campaign = permissions.find(ctx, Permission.CAMPAIGN_READ, Campaign, campaign_id, lock=False)
    rounds = queries.rounds(ctx, campaign_id=campaign_id, after=after, limit=keyset.PAGE)
    titled = select(Campaign.id, Campaign.title).where(Campaign.id.in_({row.campaign_id for row in rounds}))
    titles = {id: title for id, title in ctx.session.execute(titled)}  # noqa: C416
    more = (
        url_for("rounds.index", campaign=campaign_id, after=rounds[-1].id)
        if len(rounds) == keyset.PAGE
        else None
    )
    return render_template(
        "rounds/index.html", rounds=rounds, titles=titles, campaign=campaign, next=more,
        may_draw=bool(_campaigns(limit=1)),
    )  # fmt: skip


@blueprint.get("/new")
def new() -> str:
    return _form({"campaign_id": request.args.get("campaign", "")}, {})


@blueprint.post("/new")
def prepare() -> ResponseReturnValue:
    """Freeze both lists; what binds the draw is public from this moment."""
    ctx = context()
    try:
        given = task_forms.read_form(PrepareRoundSchema)
        row = service.prepare_round(ctx, **given)
    except ValidationError as error:
        return _form(task_forms.posted(PrepareRoundSchema), task_forms.messages(error)), 422
    except (InvalidInput, RuleViolation) as error:
        ctx.session.rollback()
        return _form(task_forms.posted(PrepareRoundSchema), field_errors(error)), 422
    flash(gettext("名单已冻结。请先公布下列指纹，再等待随机数产生。"), "success")
    return redirect(url_for("rounds.show", id=row.id), code=303)


def _form(values: dict[str, Any], errors: dict[str, str]) -> str:
    return render_template("rounds/new.html", campaigns=_campaigns(), values=values, errors=errors)


def _campaigns(limit: int = 200) -> list[Campaign]:
    """Campaigns in which the actor may draw, newest first."""
    ctx = context()
    query = permissions.narrow(ctx, Permission.ROUND_DRAW, Campaign, select(Campaign))
    return list(ctx.session.scalars(query.order_by(Campaign.id.desc()).limit(limit)))


@blueprint.get("/<int:id>")
def show(id: int) -> str:
    return _page(id, NO_ATTEMPT)


@blueprint.post("/<int:id>/draw")
def draw(id: int) -> ResponseReturnValue:
    return _act(id, DrawSchema, service.draw, N_("已抽签，检查任务正在派发给检查员。"))


@blueprint.post("/<int:id>/withdraw")
def withdraw(id: int) -> ResponseReturnValue:
    return _act(id, ReasonSchema, service.withdraw_round, N_("该轮抽查方案已撤回，理由已记录。"))


@blueprint.post("/<int:id>/close")
def close(id: int) -> ResponseReturnValue:
    ctx = context()
    try:
        service.close_round(ctx, id)
    except RuleViolation as error:
        ctx.session.rollback()
        return _page(id, Attempt(errors=field_errors(error))), 422
    flash(gettext("该轮抽查已结束。"), "success")
    return redirect(url_for("rounds.show", id=id), code=303)


def _act(id: int, schema: Any, verb: Any, done: str) -> ResponseReturnValue:
    """Hand the form to a verb of the round. Refused: the same page with the sentence and what was typed."""
    ctx = context()
    try:
        verb(ctx, id, **task_forms.read_form(schema))
    except ValidationError as error:
        queries.find_round(ctx, id)
        return _page(id, Attempt(values=task_forms.posted(schema), errors=task_forms.messages(error))), 422
    except (InvalidInput, RuleViolation) as error:
        ctx.session.rollback()
        return _page(id, Attempt(values=task_forms.posted(schema), errors=field_errors(error))), 422
    flash(gettext(done), "success")
    return redirect(url_for("rounds.show", id=id), code=303)


@blueprint.get("/<int:id>/progress")
def progress(id: int) -> str:
    """The progress line alone, asked again until all checks are opened."""
    queries.find_round(context(), id)
    return render_template(
        "rounds/progress.html", opening=_opening(id), poll=url_for("rounds.progress", id=id)
    )


@blueprint.get("/<int:id>/certificate.json")
def certificate_json(id: int) -> Response:
    content = json.dumps(queries.certificate(context(), id).as_json(), ensure_ascii=False, indent=2)
    return downloads.attachment(content.encode(), f"draw-{id}.json", "application/json")


@blueprint.get("/<int:id>/certificate.csv")
def certificate_csv(id: int) -> Response:
    content = certificate.as_csv(queries.certificate(context(), id))
    return downloads.attachment(downloads.BOM + content.encode(), f"draw-{id}.csv", "text/csv")


def _page(id: int, attempt: Attempt) -> str:
    ctx = context()
    row = queries.find_round(ctx, id)
    counts = queries.check_counts(ctx, id)
    pool = queries.pool(ctx, id)
    after, from_rank = _number("after") or 0, _number("from_rank") or 0
    lines = queries.population(ctx, id, after=after, limit=LINES)
    drawn = queries.selected(ctx, id, after=from_rank, limit=LINES) if row.drawn_at else []
    opening = _opening(id)
    items = _readable(Permission.WORK_ITEM_READ, WorkItem, [lot.work_item_id for lot, _ in drawn])
    checks = _readable(Permission.CHECK_READ, SiteCheck, [check.id for _, check in drawn if check])
    running = counts.get(CheckState.OPEN, 0) + counts.get(CheckState.FINDINGS, 0)
    may_draw = permissions.permits(ctx, Permission.ROUND_DRAW, InspectionRound, id)
    return render_template(
        "rounds/show.html",
        round=row, campaign=ctx.session.get_one(Campaign, row.campaign_id), attempt=attempt,
        size=sampling.sample_size(row.population_size, row.rate), counts=counts,
        commitment=sampling.commitment(row.population_hash, row.inspector_hash, row.rate, row.seed_source),
        procedure=sampling.PROCEDURE, pool=pool, names={member.person_id: member for member in pool},
        lines=lines, drawn=drawn, readable_items=items, readable_checks=checks,
        exclusions=queries.exclusions(ctx, id), opening=opening,
        next_lines=url_for("rounds.show", id=id, after=lines[-1].work_item_id, _anchor="population")
        if len(lines) == LINES else None,
        next_drawn=url_for("rounds.show", id=id, from_rank=drawn[-1][0].rank, _anchor="drawn")
        if len(drawn) == LINES else None,
        may_draw=may_draw,
        may_close=may_draw and row.state == RoundState.DRAWN and not running and opening is None,
    )  # fmt: skip


def _readable(permission: Permission, model: type[WorkItem | SiteCheck], ids: list[int]) -> set[int]:
    """Of the drawn ones, those that the reader may open; the draw itself is shown whole."""
    query = select(model.id).where(model.id.in_(ids))
    return set(context().session.scalars(permissions.narrow(context(), permission, model, query)))


def _opening(id: int) -> dict[str, Any] | None:
    """How far the checks are opened; None when there is nothing to open or it is over."""
    item = queue.progress(context().session, f"{service.OPEN_CHECKS}:{id}")
    if item is None or item.state == "done":
        return None
    done, total = item.steps or (0, 0)
    return {"done": done, "total": total, "parked": item.state == "parked"}


def _number(name: str) -> int | None:
    return keyset.number(request.args.get(name))
