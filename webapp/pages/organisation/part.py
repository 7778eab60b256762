"""What the pages of the directory share: the blueprint, what the actor may do, and units named as people write them."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue
from marshmallow import Schema, ValidationError

from engine import permissions
from engine.clock import local_date
from engine.context import Context, Role
from engine.errors import InvalidInput, RuleViolation
from engine.organisation import queries
from engine.organisation.models import Unit, UnitKind, UnitLevel
from engine.permissions import Permission
from engine.texts import N_
from webapp import task_forms
from webapp.errors import field_errors
from webapp.navigation import navigation
from webapp.requests import context
from webapp.subjects import Attempt

blueprint = Blueprint("organisation", __name__, url_prefix="/organisation")

navigation.add(
    "organisation.index", N_("组织机构"), order=50,
    roles={Role.OFFICER, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN},
)  # fmt: skip

LEVELS = {
    UnitLevel.PROVINCE: N_("省级"),
    UnitLevel.CITY: N_("市级"),
    UnitLevel.COUNTY: N_("县级"),
    UnitLevel.TOWNSHIP: N_("乡级"),
}
KINDS = {
    UnitKind.GOVERNMENT: N_("人民政府、管委会"),
    UnitKind.PARTY: N_("党委工作机关、群团组织"),
    UnitKind.DEPARTMENT: N_("政府部门"),
    UnitKind.COURT: N_("人民法院"),
    UnitKind.PROCURATORATE: N_("人民检察院"),
    UnitKind.INSTITUTION: N_("事业单位"),
    UnitKind.ENTERPRISE: N_("企业"),
    UnitKind.OTHER: N_("其他"),
}


def reading() -> tuple[Context, date]:
    """The context of someone who may read the directory, and today."""
    ctx = context()
    permissions.require(ctx, Permission.ORGANISATION_READ)
    return ctx, local_date(ctx.clock.now())


def may(ctx: Context) -> dict[str, bool]:
    """What the templates may offer."""
    return {
        "manage": permissions.holds(ctx, Permission.ORGANISATION_MANAGE),
        "appoint": permissions.holds(ctx, Permission.ORGANISATION_APPOINT),
        "accounts": permissions.holds(ctx, Permission.ACCOUNT_MANAGE),
    }


def unit_named(ctx: Context, written: str, field: str) -> Unit:
    """The one unit that is written so. InvalidInput beside the field when there is none or several."""
    found = queries.named(ctx.session, written.strip(), local_date(ctx.clock.now()))
    if not found:
        raise InvalidInput(
            "organisation.unit_unknown", "没有找到单位“{name}”，请填写全称", field=field, name=written.strip()
        )
    if len(found) > 1:
        raise InvalidInput(
            "organisation.unit_ambiguous",
            "有多个单位写作“{name}”，请填写全称",
            field=field,
            name=written.strip(),
        )
    return found[0]


def units_named(ctx: Context, lines: str, field: str) -> list[int]:
    """Ids of the units written one a line."""
    return [unit_named(ctx, line, field).id for line in lines.splitlines() if line.strip()]


def choices(ctx: Context, today: date) -> Sequence[Unit]:
    """Names to choose from while typing; in a larger directory what is missing here is typed in full."""
    return queries.unit_page(ctx.session, on=today, limit=500)


def submit(
    needs: Permission,
    schema: type[Schema],
    verb: Callable[[Context, dict[str, Any]], str],
    again: Callable[[Attempt], str],
) -> ResponseReturnValue:
    """Hand a form to a verb, which says where to go on. Refused: the page again, with what was typed."""
    ctx = context()
    permissions.require(ctx, needs)
    try:
        return redirect(verb(ctx, task_forms.read_form(schema)), code=303)
    except ValidationError as error:
        errors = task_forms.messages(error)
    except (InvalidInput, RuleViolation) as error:
        ctx.session.rollback()
        errors = field_errors(error)
    return again(Attempt(values=task_forms.posted(schema), errors=errors)), 422
