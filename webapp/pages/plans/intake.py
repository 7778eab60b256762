"""Bringing a document in: the list of plans, the upload, the pasted text."""

import io
from typing import Any

from flask import jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import files, permissions
from engine.context import Role
from engine.errors import InvalidInput, NotFound, UnreadableDocument
from engine.organisation.queries import units_by_id
from engine.permissions import Permission
from engine.plans import queries, readings, service
from engine.plans.models import Plan
from engine.plans.parsing.reading import MAX_BYTES
from webapp import downloads, plan_intake
from webapp.errors import sentence, status_of
from webapp.keyset import number
from webapp.pages.plans.part import NO_ATTEMPT, Attempt, blueprint
from webapp.plain_input import LARGEST_FORM
from webapp.requests import actor, context, ground, in_transaction, largest_body, own_transactions, read

PAGE = 30


@blueprint.get("")
def index() -> str:
    ctx = context()
    found = queries.page(ctx, before=number(request.args.get("before")), limit=PAGE)
    more = url_for("plans.index", before=found[-1].id) if len(found) == PAGE else None
    kept = queries.counts(ctx.session, [plan.id for plan in found])
    waiting = readings.unfinished(ctx) if "before" not in request.args else ()
    return render_template("plans/index.html", plans=found, counts=kept, next=more, waiting=waiting)


@blueprint.get("/new")
def new() -> str:
    permissions.require(context(), Permission.PLAN_IMPORT)
    return _new_page(NO_ATTEMPT)


@blueprint.post("/upload")
@largest_body(lambda settings: settings.max_upload_bytes)
@own_transactions
def upload() -> ResponseReturnValue:
    """Stream a document to staging; of a small one say at once whether it can be read."""
    in_transaction(lambda ctx: permissions.require(ctx, Permission.PLAN_IMPORT), read_only=True)
    name, stream, length = downloads.body_stream(request)
    # One byte beyond the limit is enough for the reading to refuse it.
    data = stream.read(MAX_BYTES + 1)
    if len(data) <= readings.LARGE or len(data) > MAX_BYTES:
        service.read(data, name)
    base = ground()
    staged = files.stage(
        base.db, base.settings, base.clock, io.BytesIO(data), name=name, staged_by=actor(),
        content_length=length, pages=True,
    )  # fmt: skip
    return jsonify(downloads.staged_json(staged)), 201


@blueprint.post("")
@largest_body(lambda settings: LARGEST_FORM)
@own_transactions
def create() -> ResponseReturnValue:
    """Read the document that was uploaded or pasted, with no transaction open, and store the reading."""
    in_transaction(lambda ctx: permissions.require(ctx, Permission.PLAN_IMPORT), read_only=True)
    staged_id = number(request.form.get("document"))
    office_unit_id = number(request.form.get("office_unit_id"))
    amends_id = number(request.form.get("amends"))
    try:
        if staged_id is not None and _size(staged_id) > readings.LARGE:
            begun = in_transaction(
                lambda ctx: readings.begin(ctx, staged_id, office_unit_id=office_unit_id).id
            )
            return redirect(url_for("plans.reading", id=begun), code=303)
        draft, name = plan_intake.read_draft(staged_id, request.form.get("text", ""))
        plan_id = in_transaction(
            lambda ctx: plan_intake.store(ctx, draft, staged_id, name, office_unit_id, amends_id).id
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
    return render_template(
        "plans/new.html", attempt=attempt, offices=offices, staged=_staged(attempt), amended=_amended(attempt)
    )


def _amended(attempt: Attempt) -> Plan | None:
    """The plan whose amended version comes in, where one was chosen."""
    id = number(attempt.values.get("amends") or request.args.get("amends"))
    if id is None:
        return None
    return read(lambda ctx: permissions.find(ctx, Permission.PLAN_READ, Plan, id, lock=False))


def _size(staged_id: int) -> int:
    return in_transaction(lambda ctx: files.staged_bytes(ctx, staged_id)[0].size, read_only=True)


def _staged(attempt: Attempt) -> list[dict[str, Any]]:
    """The uploaded file that a refused form keeps, unless it is the file itself that was refused."""
    staged_id = number(attempt.values.get("document"))
    if staged_id is None or "document" in attempt.errors:
        return []
    found = in_transaction(lambda ctx: files.staged_bytes(ctx, staged_id)[0], read_only=True)
    return [{"id": found.id, "name": found.name, "size": found.size}]
