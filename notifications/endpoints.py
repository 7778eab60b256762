"""Webhooks and group robots: where they listen, what they are told, and whether they still answer.

Only system administrators set them, so that nobody else can make this installation call an address. Address and secret
are kept encrypted and never shown again; a robot's address holds its key.
"""

import secrets
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from engine import audit
from engine.context import Context
from engine.errors import InvalidInput, NotFound, RuleViolation
from engine.organisation.models import Unit
from engine.permissions import Permission, require
from engine.texts import LANGUAGES
from notifications import gathering, secrecy, wordings
from notifications.channels import http
from notifications.channels.outcome import Refused
from notifications.models import PERSONAL, Announcement, Channel, Delivery, DeliveryState, Endpoint
from notifications.topics import Topic

#: Channels that reach an endpoint.
CHANNELS = tuple(channel for channel in Channel if channel not in PERSONAL)
LONGEST_URL = 1000
#: Failures in a row after which an administrator has to look.
TOO_MANY = 5
_STREAM = "notifications"


@dataclass(frozen=True)
class Health:
    """One endpoint as administrators see it."""

    endpoint: Endpoint
    unit: Unit | None
    waiting: int
    failed: int

    @property
    def is_failing(self) -> bool:
        return self.endpoint.stopped_at is None and self.endpoint.failures > 0


def overview(session: Session) -> list[Health]:
    """All endpoints, the running ones first."""
    waiting = (DeliveryState.GATHERING, DeliveryState.WAITING, DeliveryState.SENDING)
    counts = {
        endpoint_id: (pending, failed)
        for endpoint_id, pending, failed in session.execute(
            select(
                Delivery.endpoint_id,
                func.count().filter(Delivery.state.in_(waiting)),
                func.count().filter(Delivery.state == DeliveryState.FAILED),
            )
            .where(Delivery.endpoint_id.is_not(None))
            .group_by(Delivery.endpoint_id)
        )
    }
    query = select(Endpoint, Unit).outerjoin(Unit, Unit.id == Endpoint.unit_id)
    rows = session.execute(query.order_by(Endpoint.stopped_at.is_not(None), Endpoint.id)).all()
    return [Health(row, unit, *counts.get(row.id, (0, 0))) for row, unit in rows]


def one(session: Session, endpoint_id: int) -> Endpoint:
    found = session.get(Endpoint, endpoint_id)
    if found is None:
        raise NotFound()
    return found


def count_failing(session: Session) -> int:
    """Running endpoints that have failed many times in a row."""
    ailing = Endpoint.stopped_at.is_(None), Endpoint.failures >= TOO_MANY
    return session.scalar(select(func.count()).select_from(Endpoint).where(*ailing)) or 0


def add(
    ctx: Context,
    *,
    channel: str,
    name: str,
    url: str,
    secret: str = "",
    topics: Iterable[str] = tuple(Topic),
    unit_id: int | None = None,
    language: str = "zh",
) -> tuple[Endpoint, str | None]:
    """The new endpoint and, for a webhook without a secret given, the secret that was made: shown this once."""
    require(ctx, Permission.ENDPOINT_MANAGE)
    if channel not in CHANNELS:
        raise InvalidInput("endpoints.channel", "请选择推送方式", field="channel")
    name, url, secret = " ".join(name.split()), url.strip(), secret.strip()
    if not 0 < len(name) <= 100:
        raise InvalidInput("endpoints.name", "名称须为1至100个字符", field="name")
    chosen = [str(topic) for topic in Topic if topic in set(topics)]
    if not chosen:
        raise InvalidInput("endpoints.topics", "请至少选择一类消息", field="topics")
    if language not in LANGUAGES:
        raise InvalidInput("endpoints.language", "请选择语言", field="language")
    if unit_id is not None and ctx.session.get(Unit, unit_id) is None:
        raise InvalidInput("endpoints.unit", "单位不存在", field="unit_id")
    shown = _check_url(ctx, url)
    made = None
    if channel == Channel.WEBHOOK:
        if not secret:
            secret = made = secrets.token_urlsafe(32)
        elif len(secret) < 16:
            raise InvalidInput("endpoints.secret", "签名密钥至少16个字符", field="secret")
    elif channel == Channel.WECOM:
        secret = ""
    if len(secret) > 200 or not secret.isascii() or (secret and not secret.isprintable()):
        raise InvalidInput("endpoints.secret_characters", "签名密钥只能是200个以内的英文字符", field="secret")
    row = Endpoint(
        channel=channel, name=name, shown=shown, sealed_url=secrecy.seal(ctx.settings, url),
        sealed_secret=secrecy.seal(ctx.settings, secret) if secret else None, topics=chosen, unit_id=unit_id,
        language=language, created_at=ctx.clock.now(), failures=0,
    )  # fmt: skip
    ctx.session.add(row)
    ctx.session.flush()
    _note(ctx, row, "endpoint.added", channel=channel, host=shown)
    return row, made


def stop(ctx: Context, endpoint_id: int) -> None:
    """Nothing more is sent to it; what waits is dropped. A second time changes nothing."""
    row = _locked(ctx, endpoint_id)
    if row.stopped_at is None:
        row.stopped_at = now = ctx.clock.now()
        pending = (
            Delivery.endpoint_id == row.id,
            Delivery.state.in_([DeliveryState.GATHERING, DeliveryState.WAITING]),
        )
        ctx.session.execute(
            update(Delivery).where(*pending).values(state=DeliveryState.DROPPED, due_at=None, ended_at=now)
        )
        _note(ctx, row, "endpoint.stopped")


def resume(ctx: Context, endpoint_id: int) -> None:
    """It is told again, from now on. A second time changes nothing."""
    row = _locked(ctx, endpoint_id)
    if row.stopped_at is not None:
        row.stopped_at, row.failures, row.rests_until, row.last_error = None, 0, None, None
        _note(ctx, row, "endpoint.resumed")


def send_trial(ctx: Context, endpoint_id: int) -> int:
    """Put a message on its way that says no more than that it is one; ends a rest. Returns the delivery."""
    row = _locked(ctx, endpoint_id)
    if row.stopped_at is not None:
        raise RuleViolation("endpoints.stopped", "该推送地址已停用，请先启用")
    row.rests_until = None
    own = wordings.current_ids(ctx.session).get("endpoint.tried")
    news = Announcement(
        message_id=str(uuid.uuid4()), kind="endpoint.tried", subject_type="endpoint", subject_id=row.id,
        params={"title": row.name}, template_id=own, created_at=ctx.clock.now(),
    )  # fmt: skip
    ctx.session.add(news)
    ctx.session.flush()
    _note(ctx, row, "endpoint.tried")
    return gathering.announce(ctx, row, news.id)


def retry_failed(ctx: Context, endpoint_id: int) -> int:
    """Let all that was given up begin again, after the cause has been put right; returns how many."""
    row = _locked(ctx, endpoint_id)
    if row.stopped_at is not None:
        raise RuleViolation("endpoints.stopped", "该推送地址已停用，请先启用")
    now: datetime = ctx.clock.now()
    ids: Sequence[int] = ctx.session.scalars(
        update(Delivery)
        .where(Delivery.endpoint_id == row.id, Delivery.state == DeliveryState.FAILED)
        .values(state=DeliveryState.WAITING, due_at=now, ended_at=None, attempts_forgiven=Delivery.attempts)
        .returning(Delivery.id),
        execution_options={"synchronize_session": False},
    ).all()
    row.rests_until = None
    _note(ctx, row, "endpoint.retried", count=len(ids))
    return len(ids)


def _check_url(ctx: Context, url: str) -> str:
    """Scheme and host, which may be shown. Raises InvalidInput."""
    if len(url) > LONGEST_URL:
        raise InvalidInput("endpoints.url_long", "地址过长", field="url")
    try:
        http.place(ctx.settings, url)
    except Refused:
        raise InvalidInput(
            "endpoints.url", "地址须为 https 地址；内网和本机的地址须先由运维人员列入允许范围", field="url"
        ) from None
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _locked(ctx: Context, endpoint_id: int) -> Endpoint:
    require(ctx, Permission.ENDPOINT_MANAGE)
    row = ctx.session.get(Endpoint, endpoint_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound()
    return row


def _note(ctx: Context, row: Endpoint, action: str, **detail: object) -> None:
    audit.record(ctx, _STREAM, action, ("endpoint", row.id), name=row.name, **detail)
