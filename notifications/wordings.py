"""The installation's own words for each kind of news: versions that are never changed, the newest holds.

What has been told keeps the version it was told in, so that a second attempt says the same as the first.
"""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine import audit
from engine.context import Context
from engine.errors import NotFound, StaleForm
from engine.permissions import Permission, require
from engine.texts import gettext
from notifications import placeholders
from notifications.models import MessageTemplate
from notifications.placeholders import Wording
from notifications.templates import NEWS

_STREAM = "notifications"


def default(kind: str) -> Wording:
    """The product's words. Raises NotFound for a kind that there is not."""
    if kind not in NEWS:
        raise NotFound()
    source, detail = NEWS[kind][1], "{" + placeholders.DETAIL + "}"
    return Wording(gettext(source, "zh"), detail, gettext(source, "en"), detail)


def of(row: MessageTemplate | None, kind: str) -> Wording:
    """What a version says; the product's words for none and for a return to them."""
    return Wording(*row.texts("zh"), *row.texts("en")) if row is not None and row.is_own else default(kind)


def current(session: Session) -> dict[str, MessageTemplate]:
    """The newest version of each kind that was ever worded, by kind."""
    newest = select(func.max(MessageTemplate.id)).group_by(MessageTemplate.kind)
    rows = session.scalars(select(MessageTemplate).where(MessageTemplate.id.in_(newest)))
    return {row.kind: row for row in rows}


def current_ids(session: Session) -> dict[str, int]:
    """For the dispatch: which version news are told in, by kind; kinds in the product's words are left out."""
    return {kind: row.id for kind, row in current(session).items() if row.is_own}


def versions(session: Session, kind: str) -> Sequence[MessageTemplate]:
    """Newest first."""
    query = select(MessageTemplate).where(MessageTemplate.kind == kind)
    return session.scalars(query.order_by(MessageTemplate.version.desc())).all()


def change(ctx: Context, kind: str, wording: Wording, *, version: int) -> MessageTemplate:
    """Tell news of the kind in these words from now on. ``version``: the newest that the author has seen, 0 for none.

    Raises InvalidInput for the first thing that is wrong, StaleForm if somebody was faster.
    """
    require(ctx, Permission.MESSAGE_TEMPLATE_MANAGE)
    before, wording = of(_newest(ctx, kind, version), kind), wording.cleaned
    for wrong in placeholders.problems(ctx.settings, kind, wording).values():
        raise wrong
    row = MessageTemplate(
        kind=kind, version=version + 1, title_zh=wording.title_zh, body_zh=wording.body_zh,
        title_en=wording.title_en, body_en=wording.body_en, created_at=ctx.clock.now(), author=ctx.actor.name,
    )  # fmt: skip
    return _add(ctx, row, "message_template.changed", before=before.title_zh, after=wording.title_zh)


def reset(ctx: Context, kind: str, *, version: int) -> MessageTemplate:
    """Tell news of the kind in the product's words again, from now on."""
    require(ctx, Permission.MESSAGE_TEMPLATE_MANAGE)
    before = of(_newest(ctx, kind, version), kind)
    row = MessageTemplate(kind=kind, version=version + 1, created_at=ctx.clock.now(), author=ctx.actor.name)
    return _add(ctx, row, "message_template.reset", before=before.title_zh)


def _newest(ctx: Context, kind: str, version: int) -> MessageTemplate | None:
    default(kind)
    query = select(MessageTemplate).where(MessageTemplate.kind == kind)
    row = ctx.session.scalars(query.order_by(MessageTemplate.version.desc()).limit(1)).one_or_none()
    if (row.version if row is not None else 0) != version:
        raise StaleForm()
    return row


def _add(ctx: Context, row: MessageTemplate, action: str, **detail: object) -> MessageTemplate:
    """The unique version makes the slower of two authors fail."""
    ctx.session.add(row)
    try:
        ctx.session.flush()
    except IntegrityError:
        raise StaleForm() from None
    audit.record(
        ctx, _STREAM, action, ("message_template", row.id), kind=row.kind, version=row.version, **detail
    )
    return row
