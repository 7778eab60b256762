"""Groups of units that documents name together, such as 各县（市、区）人民政府."""

from typing import Any

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue

from engine import permissions
from engine.context import Context
from engine.errors import NotFound
from engine.organisation import queries, service
from engine.organisation.models import UnitGroup
from engine.permissions import Permission
from webapp.language import gettext
from webapp.pages.organisation.part import blueprint, may, reading, submit, units_named
from webapp.schemas.organisation import GroupSchema, MembersSchema
from webapp.subjects import NO_ATTEMPT, Attempt


@blueprint.get("/groups")
def groups() -> str:
    ctx, _ = reading()
    return render_template("organisation/groups.html", groups=queries.groups(ctx.session), may=may(ctx))


@blueprint.get("/groups/new")
def new_group() -> str:
    permissions.require(reading()[0], Permission.ORGANISATION_MANAGE)
    return _new(NO_ATTEMPT)


def _new(attempt: Attempt) -> str:
    return render_template("organisation/new_group.html", attempt=attempt)


@blueprint.post("/groups/new")
def create_group() -> ResponseReturnValue:
    def verb(ctx: Context, given: dict[str, Any]) -> str:
        made = service.create_group(ctx, given["name"], units_named(ctx, given["members"], "members"))
        flash(gettext("单位组已建立。"), "success")
        return url_for("organisation.group", id=made.id)

    return submit(Permission.ORGANISATION_MANAGE, GroupSchema, verb, _new)


@blueprint.get("/groups/<int:id>")
def group(id: int) -> str:
    return _page(id, NO_ATTEMPT)


def _page(id: int, attempt: Attempt) -> str:
    ctx, _ = reading()
    row = ctx.session.get(UnitGroup, id)
    if row is None:
        raise NotFound()
    members = queries.group_members(ctx.session, id)
    return render_template(
        "organisation/group.html", group=row, members=members, attempt=attempt, may=may(ctx)
    )


@blueprint.post("/groups/<int:id>/members")
def set_members(id: int) -> ResponseReturnValue:
    def verb(ctx: Context, given: dict[str, Any]) -> str:
        service.set_members(ctx, id, units_named(ctx, given["members"], "members"))
        flash(gettext("成员已保存。"), "success")
        return url_for("organisation.group", id=id)

    return submit(Permission.ORGANISATION_MANAGE, MembersSchema, verb, lambda attempt: _page(id, attempt))
