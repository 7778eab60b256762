"""What the colours of lights mean here: which reason has which colour, in which words, from when a date is near."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import deadlines, permissions
from engine.context import Context
from engine.deadlines import Colour, Reason, lights, schemes
from engine.errors import InvalidInput, RuleViolation
from engine.permissions import Permission
from webapp import light_words
from webapp.errors import field_errors
from webapp.keyset import number
from webapp.language import gettext
from webapp.requests import context

blueprint = Blueprint("light_meanings", __name__, url_prefix="/light-meanings")


@blueprint.get("")
def show() -> str:
    ctx = context()
    permissions.require(ctx, Permission.ESCALATION_READ)
    scheme = deadlines.scheme(ctx.session)
    return _page(ctx, {**_values(scheme), "version": scheme.version}, {})


@blueprint.post("")
def save() -> ResponseReturnValue:
    ctx, form = context(), request.form
    permissions.require(ctx, Permission.ESCALATION_MANAGE)
    values = {name: form.get(name, "").strip() for name in (*_values(deadlines.Scheme()), "note", "version")}
    try:
        wanted = _wanted(values)
        schemes.publish(ctx, wanted, note=values["note"], expected=number(values["version"]) or 0)
    except (InvalidInput, RuleViolation) as error:
        return _page(ctx, values, field_errors(error)), 422
    flash(gettext("灯色含义已更改，即时生效。"), "success")
    return redirect(url_for("light_meanings.show"), code=303)


def _values(scheme: deadlines.Scheme) -> dict[str, Any]:
    """The fields of the form."""
    return {
        **{reason.value: scheme.colours[reason].value for reason in Reason},
        **{f"word_{colour.value}": scheme.words[colour] for colour in Colour},
        "yellow_days": scheme.yellow_days,
    }


def _wanted(values: dict[str, str]) -> deadlines.Scheme:
    days = number(values["yellow_days"])
    if days is None:
        days = -1 if values["yellow_days"] != "0" else 0
    for reason in Reason:
        if values[reason.value] not in tuple(Colour):
            raise InvalidInput("lights.colour", "请选择灯色", field=reason.value)
    return lights.of_dict(
        {
            "colours": {reason.value: values[reason.value] for reason in Reason},
            "words": {colour.value: values[f"word_{colour.value}"] for colour in Colour},
            "yellow_days": days,
        }
    )


def _page(ctx: Context, values: dict[str, Any], errors: dict[str, str]) -> str:
    found = schemes.versions(ctx.session)
    known = [lights.parse(row.content, row.version) for row in found]
    return render_template(
        "policies/lights.html", values=values, errors=errors, reasons=list(Reason), colours=list(Colour),
        words=light_words, scheme=deadlines.scheme(ctx.session),
        versions=[
            (row, light_words.differences(known[n + 1] if n + 1 < len(known) else deadlines.Scheme(), known[n]))
            for n, row in enumerate(found)
        ],
        may=permissions.holds(ctx, Permission.ESCALATION_MANAGE),
    )  # fmt: skip
