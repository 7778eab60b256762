"""Plan import: a document goes in, its reading stands beside it, a person settles what is open and confirms.

Every change of a task is a small form that htmx sends; the answer holds the task again and whatever else has changed
on the page. Without scripts the same forms lead back to the page.
"""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from engine import files, permissions
from engine.campaigns import from_plan
from engine.campaigns.models import Campaign
from engine.clock import local_date
from engine.context import Context, Role
from engine.errors import DubanError, InvalidInput, NotFound, RuleViolation, StaleForm, UnreadableDocument
from engine.organisation import matching
from engine.organisation.queries import units_by_id
from engine.permissions import Permission
from engine.plans import editing, queries, rules, service
from engine.plans.models import LimitKind, PartRole, Plan, PlanTaskUnit
from engine.plans.parsing.reading import MAX_BYTES
from engine.plans.rules import LimitForm
from engine.texts import N_
from webapp import downloads, plan_document, plan_intake, plan_words
from webapp.errors import field_errors, sentence, status_of
from webapp.language import gettext, translate
from webapp.navigation import navigation
from webapp.requests import actor, context, ground, in_transaction, largest_body, own_transactions, read

blueprint = Blueprint("plans", __name__, url_prefix="/plans")
navigation.add("plans.index", N_("方案导入"), order=25, roles={Role.OFFICER})

PAGE = 30
ROLES = tuple(PartRole)


@dataclass(frozen=True)
class Attempt:
    """A refused form: which one, what was typed, and why it was refused."""

    form: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


NO_ATTEMPT = Attempt()


# Bringing a document in.


@blueprint.get("")
def index() -> str:
    before = request.args.get("before", "")
    ctx = context()
    found = queries.page(ctx, before=int(before) if before.isdigit() else None, limit=PAGE)
    more = url_for("plans.index", before=found[-1].id) if len(found) == PAGE else None
    kept = queries.counts(ctx.session, [plan.id for plan in found])
    return render_template("plans/index.html", plans=found, counts=kept, next=more)


@blueprint.get("/new")
def new() -> str:
    permissions.require(context(), Permission.PLAN_IMPORT)
    return _new_page(NO_ATTEMPT)


@blueprint.post("/upload")
@largest_body(lambda settings: settings.max_upload_bytes)
@own_transactions
def upload() -> ResponseReturnValue:
    """Stream a document to staging and say at once whether it can be read as a plan."""
    in_transaction(lambda ctx: permissions.require(ctx, Permission.PLAN_IMPORT), read_only=True)
    name, stream, length = downloads.body_stream(request)
    # One byte beyond the limit is enough for the reading to refuse it.
    data = stream.read(MAX_BYTES + 1)
    service.read(data, name)
    base = ground()
    staged = files.stage(
        base.db, base.settings, base.clock, io.BytesIO(data), name=name, staged_by=actor(),
        content_length=length,
    )  # fmt: skip
    return jsonify(downloads.staged_json(staged)), 201


@blueprint.post("")
@own_transactions
def create() -> ResponseReturnValue:
    """Read the document that was uploaded or pasted, with no transaction open, and store the reading."""
    given, office = request.form.get("document", ""), request.form.get("office_unit_id", "")
    staged_id = int(given) if given.isdigit() else None
    office_unit_id = int(office) if office.isdigit() else None
    try:
        draft, name = plan_intake.read_draft(staged_id, request.form.get("text", ""))
        plan_id = in_transaction(
            lambda ctx: plan_intake.store(ctx, draft, staged_id, name, office_unit_id).id
        )
    except UnreadableDocument as error:
        where = "document" if staged_id is not None else "text"
        return _new_page(Attempt("new", request.form, {where: sentence(error)})), status_of(error)
    except (InvalidInput, NotFound) as error:
        known = getattr(error, "field", None)
        shown = {known if known in ("office_unit_id", "text") else "document": sentence(error)}
        return _new_page(Attempt("new", request.form, shown)), 422
    return redirect(url_for("plans.show", id=plan_id), code=303)


def _new_page(attempt: Attempt) -> str:
    own = actor().units(Role.OFFICER)
    offices = read(lambda ctx: sorted(units_by_id(ctx.session, own).values(), key=lambda unit: unit.path))
    return render_template("plans/new.html", attempt=attempt, offices=offices, staged=_staged(attempt))


def _staged(attempt: Attempt) -> list[dict[str, Any]]:
    """The uploaded file that a refused form keeps, unless it is the file itself that was refused."""
    staged_id = attempt.values.get("document", "")
    if not staged_id.isdigit() or "document" in attempt.errors:
        return []
    found = in_transaction(lambda ctx: files.staged_bytes(ctx, int(staged_id))[0], read_only=True)
    return [{"id": found.id, "name": found.name, "size": found.size}]


# The page.


@blueprint.get("/<int:id>")
def show(id: int) -> str:
    ctx = context()
    return _page(ctx, permissions.find(ctx, Permission.PLAN_READ, Plan, id, lock=False))


def _page(ctx: Context, plan: Plan, refusal: str | None = None) -> str:
    view = queries.view(ctx, plan)
    return render_template(
        "plans/show.html", paragraphs=plan_document.paragraphs(plan, view.entries),
        campaign_id=ctx.session.scalar(select(Campaign.id).where(Campaign.plan_id == plan.id)),
        refusal=refusal, unit_labels=sorted(_labels(ctx)), **_shown(ctx, view),
    )  # fmt: skip


def _shown(ctx: Context, view: queries.PlanView) -> dict[str, Any]:
    """What every part of the page needs."""
    today = local_date(ctx.clock.now())
    editable = view.plan.state == "draft" and permissions.permits(
        ctx, Permission.PLAN_EDIT, Plan, view.plan.id
    )
    return {
        "view": view, "plan": view.plan, "editable": editable, "roles": ROLES, "today": today,
        "year_end": date(max(view.plan.document_year or 0, today.year), 12, 31), "attempt": NO_ATTEMPT,
        "words": plan_words, "changed": [],
    }  # fmt: skip


@blueprint.get("/<int:id>/units/<int:part_id>/choice")
def choice(id: int, part_id: int) -> str:
    """The units that a group expression may mean, to be ticked."""
    ctx = context()
    plan = permissions.find(ctx, Permission.PLAN_EDIT, Plan, id, lock=False)
    return _choice_page(ctx, plan, part_id)


def _choice_page(ctx: Context, plan: Plan, part_id: int, error: str | None = None) -> str:
    part = ctx.session.get(PlanTaskUnit, part_id)
    if part is None:
        raise NotFound()
    entry = queries.entry(ctx, plan, part.plan_task_id)
    shown = "plans/choice_form.html" if _is_htmx() else "plans/choice.html"
    offered = queries.group_choice(ctx, plan, part)
    return render_template(
        shown, plan=plan, part=part, entry=entry, choice=offered, error=error,
        alike=not rules.is_vague(part.written),
        unit_labels=sorted(_labels(ctx)) if not _is_htmx() else [],
    )  # fmt: skip


# Changes. Each form names its task and the version that was shown.


@blueprint.post("/<int:id>/key-tasks/<int:entry_id>/wording")
def edit(id: int, entry_id: int) -> ResponseReturnValue:
    title, text = request.form.get("title", ""), request.form.get("text", "")
    return _change(
        id, f"wording-{entry_id}", entry_id,
        lambda ctx: editing.edit(ctx, id, entry_id, title=title, text=text, expected_version=_version()),
    )  # fmt: skip


@blueprint.post("/<int:id>/key-tasks/<int:entry_id>/drop")
def drop(id: int, entry_id: int) -> ResponseReturnValue:
    return _change(id, "", entry_id, lambda ctx: editing.drop(ctx, id, entry_id, expected_version=_version()))


@blueprint.post("/<int:id>/key-tasks/<int:entry_id>/restore")
def restore(id: int, entry_id: int) -> ResponseReturnValue:
    return _change(
        id, "", entry_id, lambda ctx: editing.restore(ctx, id, entry_id, expected_version=_version())
    )


@blueprint.post("/<int:id>/key-tasks/<int:entry_id>/checked")
def mark_checked(id: int, entry_id: int) -> ResponseReturnValue:
    return _change(
        id, "", entry_id, lambda ctx: editing.mark_checked(ctx, id, entry_id, expected_version=_version())
    )


@blueprint.post("/<int:id>/key-tasks/<int:entry_id>/reviewer")
def set_reviewer(id: int, entry_id: int) -> ResponseReturnValue:
    """With the button `by_rule`, back to what follows from the lead units."""

    def act(ctx: Context) -> object:
        unit_id = None if "by_rule" in request.form else _unit_id(ctx)
        return editing.set_reviewer(ctx, id, entry_id, unit_id, expected_version=_version())

    return _change(id, f"reviewer-{entry_id}", entry_id, act)


@blueprint.post("/<int:id>/key-tasks/<int:entry_id>/units")
def add_unit(id: int, entry_id: int) -> ResponseReturnValue:
    def act(ctx: Context) -> object:
        role = request.form.get("role", "")
        if role not in ROLES:
            raise InvalidInput("plans.role", "请选择单位的职责", field="role")
        return editing.add_unit(
            ctx, id, entry_id, role=PartRole(role), unit_id=_unit_id(ctx), expected_version=_version()
        )

    return _change(id, f"add-{entry_id}", entry_id, act)


@blueprint.post("/<int:id>/units/<int:part_id>/match")
def match_unit(id: int, part_id: int) -> ResponseReturnValue:
    """By a proposal's button (`unit_id`) or by what was typed (`unit`)."""

    def act(ctx: Context) -> object:
        given = request.form.get("unit_id", "")
        unit_id = int(given) if given.isdigit() else _unit_id(ctx)
        return editing.match_unit(ctx, id, part_id, unit_id, expected_version=_version())

    return _change(id, f"unit-{part_id}", _owner(part_id), act)


@blueprint.post("/<int:id>/units/<int:part_id>/expand")
def expand_group(id: int, part_id: int) -> ResponseReturnValue:
    owner = _owner(part_id)
    chosen = [int(value) for value in request.form.getlist("unit_ids") if value.isdigit()]

    def act(ctx: Context) -> object:
        return editing.expand_group(
            ctx, id, part_id, chosen, everywhere="everywhere" in request.form, expected_version=_version()
        )

    return _change(id, f"unit-{part_id}", owner, act)


@blueprint.post("/<int:id>/units/<int:part_id>/drop")
def drop_unit(id: int, part_id: int) -> ResponseReturnValue:
    return _change(
        id, "", _owner(part_id), lambda ctx: editing.drop_unit(ctx, id, part_id, expected_version=_version())
    )


@blueprint.post("/<int:id>/units/<int:part_id>/restore")
def restore_unit(id: int, part_id: int) -> ResponseReturnValue:
    return _change(
        id, "", _owner(part_id),
        lambda ctx: editing.restore_unit(ctx, id, part_id, expected_version=_version()),
    )  # fmt: skip


@blueprint.post("/<int:id>/key-tasks/<int:entry_id>/limits")
def add_limit(id: int, entry_id: int) -> ResponseReturnValue:
    return _change(
        id, f"limit-new-{entry_id}", entry_id,
        lambda ctx: editing.set_limit(ctx, id, entry_id, _limit_form(), expected_version=_version()),
    )  # fmt: skip


@blueprint.post("/<int:id>/key-tasks/<int:entry_id>/limits/<int:limit_id>")
def set_limit(id: int, entry_id: int, limit_id: int) -> ResponseReturnValue:
    def act(ctx: Context) -> object:
        form = _limit_form()
        return editing.set_limit(ctx, id, entry_id, form, limit_id=limit_id, expected_version=_version())

    return _change(id, f"limit-{limit_id}", entry_id, act)


@blueprint.post("/<int:id>/key-tasks/<int:entry_id>/limits/<int:limit_id>/remove")
def remove_limit(id: int, entry_id: int, limit_id: int) -> ResponseReturnValue:
    return _change(
        id, "", entry_id,
        lambda ctx: editing.remove_limit(ctx, id, entry_id, limit_id, expected_version=_version()),
    )  # fmt: skip


@blueprint.post("/<int:id>/limits")
def set_default_limits(id: int) -> ResponseReturnValue:
    """For the whole plan: what has no limit reports each period and ends on one date."""
    ctx = context()
    try:
        changed = editing.set_default_limits(
            ctx, id, final_on=_date("final_on"), period=request.form.get("period", ""),
            replace_past="replace_past" in request.form,
        )  # fmt: skip
    except (InvalidInput, RuleViolation) as error:
        return _refused_page(id, sentence(error))
    flash(translate(N_("已为{count}项任务确定时限。"), count=len(changed)), "success")
    return redirect(url_for("plans.show", id=id), code=303)


@blueprint.post("/<int:id>/confirm")
def confirm(id: int) -> ResponseReturnValue:
    try:
        campaign = from_plan.confirm_plan(context(), id, expected_version=_version())
    except (RuleViolation, InvalidInput, StaleForm) as error:
        return _refused_page(id, sentence(error))
    flash(gettext(N_("方案已确认，专项行动已建立。请逐项确认分工后交办。")), "success")
    return redirect(url_for("campaigns.show", id=campaign.id), code=303)


@blueprint.post("/<int:id>/discard")
def discard(id: int) -> ResponseReturnValue:
    plan = service.discard(context(), id)
    flash(translate(N_("已废弃“{title}”。"), title=plan.title), "success")
    return redirect(url_for("plans.index"), code=303)


def _refused_page(id: int, refusal: str) -> ResponseReturnValue:
    ctx = context()
    ctx.session.rollback()
    plan = permissions.find(ctx, Permission.PLAN_READ, Plan, id, lock=False)
    return _page(ctx, plan, refusal), 422


def _change(id: int, form: str, entry_id: int, act: Callable[[Context], object]) -> ResponseReturnValue:
    """Run one verb and answer with the task as it stands now, refused or not."""
    ctx = context()
    attempt, status = NO_ATTEMPT, 200
    also: Sequence[int] = ()
    try:
        result = act(ctx)
        also = [other for other in result if other != entry_id] if isinstance(result, list) else ()
    except (InvalidInput, RuleViolation, StaleForm) as error:
        ctx.session.rollback()
        attempt, status = _attempt(form, error), 422
    if not _is_htmx():
        if attempt.errors:
            flash("；".join(attempt.errors.values()), "error")
        # A refused form leads back as well; its transaction was rolled back above.
        return redirect(url_for("plans.show", id=id, _anchor=f"read-{entry_id}"), code=303)
    plan = permissions.find(ctx, Permission.PLAN_READ, Plan, id, lock=False)
    shown = _shown(ctx, queries.view(ctx, plan))
    entry = next((one for one in shown["view"].entries if one.row.id == entry_id), None)
    if entry is None:
        raise NotFound()
    shown |= {"entry": entry, "changed": [one for one in shown["view"].entries if one.row.id in also]}
    return render_template("plans/changed.html", **(shown | {"attempt": attempt})), status


def _attempt(form: str, error: DubanError) -> Attempt:
    """Beside its field where the form has it; else as one sentence for the form or, failing that, the task."""
    errors = field_errors(error)
    if isinstance(error, StaleForm) or not form:
        errors = {"": sentence(error)}
    return Attempt(form, request.form, errors)


def _owner(part_id: int) -> int:
    part = context().session.get(PlanTaskUnit, part_id)
    if part is None:
        raise NotFound()
    return part.plan_task_id


def _version() -> int | None:
    given = request.form.get("version", "")
    return int(given) if given.isdigit() else None


def _is_htmx() -> bool:
    return request.headers.get("HX-Request") == "true"


def _limit_form() -> LimitForm:
    kind = request.form.get("kind", "")
    given = {name: request.form.get(name, "") for name in ("on", "period", "days", "counting", "event")}
    return LimitForm(LimitKind(kind) if kind in set(LimitKind) else LimitKind.OPEN, given)


def _date(name: str) -> date:
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError:
        raise InvalidInput("plans.limit_date", "请填写日期，例如2026-06-30", field=name) from None


def _labels(ctx: Context) -> dict[str, int]:
    """What the fields for units offer: names, with the unit above where a name is not the only one."""
    units = queries.directory(ctx.session, local_date(ctx.clock.now()))
    by_id = {unit.id: unit for unit in units}
    names: dict[str, int] = {}
    for unit in units:
        names[unit.name] = names.get(unit.name, 0) + 1
    labels: dict[str, int] = {}
    for unit in units:
        above = by_id.get(unit.parent_id or 0)
        lone = names[unit.name] == 1 or above is None
        labels[unit.name if lone or above is None else f"{unit.name}（{above.short_name}）"] = unit.id
    return labels


def _unit_id(ctx: Context) -> int:
    """The unit that was typed: as offered, or any exact way of writing it that means one unit only."""
    typed = request.form.get("unit", "").strip()
    if not typed:
        raise InvalidInput("plans.unit_missing", "请填写或选择单位", field="unit")
    labels = _labels(ctx)
    if typed in labels:
        return labels[typed]
    known = matching.load(ctx.session, local_date(ctx.clock.now())).propose(typed)
    found = [proposal for proposal in known if proposal.unit_id is not None]
    units = [proposal.unit_id for proposal in found if proposal.how == found[0].how]
    if len(units) != 1:
        text = (
            N_("“{name}”可以指多个单位，请从列表中选择")
            if units
            else N_("单位名录中没有“{name}”，请从列表中选择")
        )
        raise InvalidInput("plans.unit_unknown", text, field="unit", name=typed)
    return units[0]
