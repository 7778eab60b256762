"""Units: the tree, one unit with what stands under it and who works there; new ones, new names, further writings."""

from typing import Any

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import permissions
from engine.context import Context
from engine.errors import NotFound
from engine.organisation import queries, service
from engine.organisation.models import Unit
from engine.permissions import Permission
from webapp.keyset import PAGE, number
from webapp.language import gettext
from webapp.pages.organisation.part import (
    KINDS,
    LEVELS,
    blueprint,
    choices,
    may,
    reading,
    submit,
    unit_named,
)
from webapp.personas import ROLE_NAMES
from webapp.schemas.organisation import AliasSchema, RenameUnitSchema, UnitSchema
from webapp.subjects import NO_ATTEMPT, Attempt


@blueprint.get("")
def index() -> str:
    """The upper two levels of the tree; with `?q=`, units by name."""
    ctx, today = reading()
    asked = request.args.get("q", "").strip()
    more = None
    if asked:
        after = number(request.args.get("after"))
        last = ctx.session.get(Unit, after) if after else None
        place = (last.pinyin_key, last.id) if last else None
        found = queries.unit_page(ctx.session, on=today, search=asked, after=place, limit=PAGE)
        if len(found) == PAGE:
            more = url_for("organisation.index", q=asked, after=found[-1].id)
        tree: list[tuple[Unit | None, list[Unit]]] = [(None, list(found))]
    else:
        roots = queries.roots(ctx.session, today)
        under: dict[int | None, list[Unit]] = {}
        for unit in queries.children(ctx.session, [root.id for root in roots], today):
            under.setdefault(unit.parent_id, []).append(unit)
        tree = [(root, under.get(root.id, [])) for root in roots]
    shown = {unit.id for root, units in tree for unit in (root, *units) if unit is not None}
    return render_template(
        "organisation/index.html", tree=tree, counts=queries.counts(ctx.session, shown, today), asked=asked,
        next=more, may=may(ctx), levels=LEVELS, kinds=KINDS,
    )  # fmt: skip


@blueprint.get("/units/<int:id>")
def unit(id: int) -> str:
    return _page(id, NO_ATTEMPT)


def _page(id: int, attempt: Attempt) -> str:
    ctx, today = reading()
    row = ctx.session.get(Unit, id)
    if row is None:
        raise NotFound()
    under = queries.children(ctx.session, [id], today)
    return render_template(
        "organisation/unit.html", unit=row, above=queries.above(ctx.session, row), under=under,
        counts=queries.counts(ctx.session, {unit.id for unit in under}, today),
        people=queries.people_of(ctx.session, id, today), aliases=queries.aliases_of(ctx.session, id),
        successions=queries.successions_of(ctx.session, id), groups=queries.groups_of(ctx.session, id),
        attempt=attempt, may=may(ctx), levels=LEVELS, kinds=KINDS, role_names=ROLE_NAMES,
    )  # fmt: skip


@blueprint.get("/units/new")
def new_unit() -> str:
    permissions.require(reading()[0], Permission.ORGANISATION_MANAGE)
    return _new(
        Attempt(values={"parent": request.args.get("parent", ""), "level": "city", "kind": "department"})
    )


def _new(attempt: Attempt) -> str:
    ctx, today = reading()
    return render_template(
        "organisation/new_unit.html", attempt=attempt, levels=LEVELS, kinds=KINDS, units=choices(ctx, today)
    )


@blueprint.post("/units/new")
def create_unit() -> ResponseReturnValue:
    def verb(ctx: Context, given: dict[str, Any]) -> str:
        parent = given.pop("parent")
        made = service.create_unit(
            ctx, **given, parent_id=unit_named(ctx, parent, "parent").id if parent.strip() else None
        )
        flash(gettext("单位已建立。"), "success")
        return url_for("organisation.unit", id=made.id)

    return submit(Permission.ORGANISATION_MANAGE, UnitSchema, verb, _new)


@blueprint.post("/units/<int:id>/rename")
def rename_unit(id: int) -> ResponseReturnValue:
    def verb(ctx: Context, given: dict[str, Any]) -> str:
        service.rename_unit(ctx, id, **given)
        flash(gettext("单位已更名，原名称保留为别称。"), "success")
        return url_for("organisation.unit", id=id)

    return submit(Permission.ORGANISATION_MANAGE, RenameUnitSchema, verb, lambda attempt: _page(id, attempt))


@blueprint.post("/units/<int:id>/aliases")
def add_alias(id: int) -> ResponseReturnValue:
    def verb(ctx: Context, given: dict[str, Any]) -> str:
        service.add_alias(ctx, id, given["alias"])
        flash(gettext("别称已增加。"), "success")
        return url_for("organisation.unit", id=id)

    return submit(Permission.ORGANISATION_MANAGE, AliasSchema, verb, lambda attempt: _page(id, attempt))
