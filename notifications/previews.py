"""How a piece of news would look in the given words, by every channel: on a real recent message, else on an example."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import func, select

from engine.context import Context
from engine.permissions import Permission, require
from engine.texts import LANGUAGES, N_, gettext
from notifications import links
from notifications.channels import email, group_text, robots, sms, webhook
from notifications.channels.content import Mail, Piece
from notifications.models import Notification
from notifications.placeholders import Wording
from notifications.templates import render

#: Among so many of the newest messages a real one is looked for.
LOOKED_AT = 20_000
#: What the names stand for where no message of the kind was told lately.
EXAMPLE: Mapping[str, Any] = {
    "number": "3-01", "title": N_("清理行政规范性文件"), "unit": N_("市教育局"), "part": N_("办结报告"),
    "actor": N_("张三"), "due_on": "2026-03-20", "owner": N_("市教育局"), "deadline_kind": "obligation.due",
    "document": N_("《工作方案（修订版）》"), "role": "responsible", "count": 3, "reasons": N_("佐证材料不全"),
}  # fmt: skip


@dataclass(frozen=True)
class Form:
    """One channel's form of the news: its first line, and what stands below or around it."""

    channel: str
    title: str
    text: str


@dataclass(frozen=True)
class Preview:
    #: When the real message was told that is shown; None for an example.
    told_at: datetime | None
    #: By language.
    forms: Mapping[str, list[Form]]


def show(ctx: Context, kind: str, wording: Wording) -> Preview:
    """``wording`` need not be right, so that an author sees what becomes of it."""
    require(ctx, Permission.MESSAGE_TEMPLATE_MANAGE)
    real = _recent(ctx, kind)
    return Preview(
        real.created_at if real is not None else None,
        {language: _forms(ctx, kind, real, wording, language) for language in LANGUAGES},
    )


def _recent(ctx: Context, kind: str) -> Notification | None:
    newest = ctx.session.scalar(select(func.max(Notification.id))) or 0
    query = select(Notification).where(Notification.id > newest - LOOKED_AT, Notification.kind == kind)
    return ctx.session.scalars(query.order_by(Notification.id.desc()).limit(1)).one_or_none()


def _forms(ctx: Context, kind: str, real: Notification | None, wording: Wording, language: str) -> list[Form]:
    params = _example(language) if real is None else _unwritten(real.params, _example(language)["reasons"])
    text = render(kind, params, language, wording.cleaned.in_language(language))
    now = ctx.clock.now()
    news = real or Notification(
        message_id=str(uuid.UUID(int=0)), kind=kind, subject_type="work_item", subject_id=1, work_item_id=1,
        params=dict(params), created_at=now,
    )  # fmt: skip
    piece = Piece(
        text.title, text.detail, links.url(ctx.settings.base_url, news), news.created_at, kind=kind,
        message_id=news.message_id, subject=(news.subject_type, news.subject_id),
        unit=str(params.get("unit") or ""),
    )  # fmt: skip
    mail = Mail(news.message_id, ctx.actor.name, "name@example.invalid", language, now, [piece])
    composed = email.compose(ctx.settings, mail)
    plain = composed.get_body(("plain",))
    assert plain is not None
    return [
        Form("in_app", text.title, text.detail),
        Form("email", str(composed["Subject"]), plain.get_content().strip()),
        Form("sms", "", sms.text(ctx.settings, mail)),
        Form("wecom", "", group_text.compose(mail, robots.WECOM_LONGEST)),
        Form("dingtalk", "", group_text.compose(mail, robots.DINGTALK_LONGEST)),
        Form(
            "webhook", "", orjson.dumps(orjson.loads(webhook.body(mail)), option=orjson.OPT_INDENT_2).decode()
        ),
    ]


def _example(language: str) -> dict[str, Any]:
    return {
        name: gettext(value, language) if isinstance(value, str) else value for name, value in EXAMPLE.items()
    }


def _unwritten(params: Mapping[str, Any], instead: str) -> dict[str, Any]:
    """A real message without what people wrote about the case: who words messages is no reader of cases."""
    shown: dict[str, Any] = {
        name: instead if name in ("reasons", "text") and value else value for name, value in params.items()
    }
    if shown.get("urged"):
        shown["urged"] = [{**one, "text": ""} for one in shown["urged"]]
    return shown
