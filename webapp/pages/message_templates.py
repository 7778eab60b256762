"""Message templates 消息模板: the installation's own words for each kind of message, tried out before they are saved."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.context import Context
from engine.permissions import Permission, require
from engine.texts import N_
from notifications import placeholders, previews, wordings
from notifications.models import MessageTemplate
from notifications.placeholders import Wording
from notifications.templates import NEWS
from notifications.topics import NAMES, topic
from webapp.errors import sentence
from webapp.keyset import number
from webapp.language import gettext
from webapp.pages.endpoints import CHANNELS
from webapp.requests import context

blueprint = Blueprint("message_templates", __name__, url_prefix="/messages/templates")

FIELDS = ("title_zh", "body_zh", "title_en", "body_en")
#: How a preview's forms are called.
FORMS: dict[str, str] = {"in_app": N_("站内消息")} | {
    str(channel): name for channel, name in CHANNELS.items()
}


@blueprint.get("")
def index() -> str:
    """All kinds under their topics, those with words of their own marked."""
    ctx = _managing()
    current = wordings.current(ctx.session)
    rows = [(kind, current.get(kind), wordings.of(current.get(kind), kind)) for kind in sorted(NEWS)]
    groups = [(NAMES[one], [row for row in rows if topic(row[0]) == one]) for one in NAMES]
    return render_template("messages/templates.html", groups=groups)


@blueprint.get("/<kind>")
def show(kind: str) -> str:
    ctx = _managing()
    rows = wordings.versions(ctx.session, kind)
    return _form(ctx, kind, rows, wordings.of(rows[0] if rows else None, kind), {})


@blueprint.post("/<kind>")
def change(kind: str) -> ResponseReturnValue:
    """Save, or show what would become of the words."""
    ctx, wording = _managing(), Wording(*(request.form.get(field, "") for field in FIELDS))
    rows = wordings.versions(ctx.session, kind)
    wordings.default(kind)
    wrong = placeholders.problems(ctx.settings, kind, wording.cleaned)
    if wrong or request.form.get("act") == "preview":
        errors = {field: sentence(error) for field, error in wrong.items()}
        return _form(ctx, kind, rows, wording, errors), 422 if wrong else 200
    wordings.change(ctx, kind, wording, version=_seen())
    flash(gettext("消息模板已保存，今后的消息按新模板发送。"), "success")
    return redirect(url_for("message_templates.show", kind=kind), code=303)


@blueprint.post("/<kind>/reset")
def reset(kind: str) -> ResponseReturnValue:
    wordings.reset(context(), kind, version=_seen())
    flash(gettext("已恢复默认模板。"), "success")
    return redirect(url_for("message_templates.show", kind=kind), code=303)


def _form(ctx: Context, kind: str, rows: Any, wording: Wording, errors: dict[str, str]) -> str:
    newest: MessageTemplate | None = rows[0] if rows else None
    return render_template(
        "messages/template.html", kind=kind, wording=wording, errors=errors, rows=rows,
        version=_seen() if request.method == "POST" else newest.version if newest else 0,
        is_own=newest is not None and newest.is_own, default=wordings.default(kind), channels=FORMS,
        names=[(name, placeholders.NAMES.get(name, name)) for name in placeholders.allowed(kind)],
        mandatory=placeholders.mandatory(kind), preview=previews.show(ctx, kind, wording),
    )  # fmt: skip


def _managing() -> Context:
    ctx = context()
    require(ctx, Permission.MESSAGE_TEMPLATE_MANAGE)
    return ctx


def _seen() -> int:
    """The version that the form was made from."""
    return number(request.form.get("version")) or 0
