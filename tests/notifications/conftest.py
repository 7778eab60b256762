"""A real SMTP server on the loopback, and an office whose officers are told things."""

import asyncio
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import Envelope, Session
from sqlalchemy import Engine, select

from engine import outbox
from engine.campaigns import service as campaigns
from engine.clock import FixedClock
from engine.context import Actor, Context, Role
from engine.db import make_engine, transaction
from engine.settings import Settings
from notifications import delivery
from notifications.models import Delivery, DeliveryAttempt
from tests import factories
from tests.conftest import START
from tests.engine.inspections.conftest import cities, world
from tests.schema import prepare

__all__ = ["cities", "world"]


@dataclass
class Post:
    """What the server does: answers in turn (then 250), and every mail that it took."""

    port: int = 0
    rcpt_answers: list[str] = field(default_factory=list)
    data_answers: list[str] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)
    #: Called when a mail is taken, before the answer.
    on_data: Any = None
    #: Mails are taken and the line is cut instead of an answer.
    hangs_up: bool = False

    async def handle_RCPT(
        self, server: Server, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.rcpt_answers.pop(0) if self.rcpt_answers else "250 OK"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Server, session: Session, envelope: Envelope) -> str:
        answer = self.data_answers.pop(0) if self.data_answers else "250 OK"
        if answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            parsed = message_from_bytes(envelope.content, policy=default)
            assert isinstance(parsed, EmailMessage)
            self.mails.append(parsed)
        if self.on_data is not None:
            await asyncio.get_running_loop().run_in_executor(None, self.on_data)
        if self.hangs_up:
            server.transport.abort()
        return answer


@pytest.fixture
def post() -> Iterator[Post]:
    """A mail server that takes everything, unless told otherwise."""
    taken = Post()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        taken.port = probe.getsockname()[1]
    controller = Controller(taken, hostname="127.0.0.1", port=taken.port)
    controller.start()
    yield taken
    controller.stop()


@dataclass
class Office:
    """Officers with addresses, to be told about a campaign."""

    db: Engine
    clock: FixedClock
    settings: Settings
    campaign_id: int
    officers: list[Actor]

    def ctx(self, session: Any, actor: Actor | None = None) -> Context:
        return Context(session, actor or Actor.system("test"), self.clock, self.settings)

    def news(self, count: int = 1) -> None:
        """Publish so many facts, each told to all officers, and dispatch them."""
        with transaction(self.db) as session:
            for _ in range(count):
                outbox.publish(self.ctx(session), "campaign.closed", ("campaign", self.campaign_id))
        assert delivery.dispatch(self.db, self.clock, self.settings) == count

    def later(self, **by: float) -> int:
        """Let time pass, then send what is due; returns how many mails were tried."""
        self.clock.move(**by)
        return delivery.deliver_due(self.db, self.clock, self.settings)

    def deliveries(self) -> list[Delivery]:
        with transaction(self.db, read_only=True) as session:
            return list(session.scalars(select(Delivery).order_by(Delivery.id)))

    def attempts(self) -> list[str | None]:
        with transaction(self.db, read_only=True) as session:
            return list(session.scalars(select(DeliveryAttempt.outcome).order_by(DeliveryAttempt.id)))


def build_office(db: Engine, clock: FixedClock, settings: Settings, *officers: dict[str, Any]) -> Office:
    with transaction(db) as session:
        ctx = Context(session, Actor.system("test"), clock, settings)
        unit = factories.make_unit(ctx, "市政府督查室")
        people = [factories.make_person(ctx, unit, Role.OFFICER, **given) for given in officers]
        lead, owner = factories.make_unit(ctx, "市司法局"), factories.make_unit(ctx, "市教育局")
        campaign = campaigns.create(
            ctx,
            title="秋季专项行动",
            office_unit_id=unit.id,
            year=2026,
            key_tasks=[
                campaigns.NewKeyTask(number=1, title="清理文件", lead=[lead.id], responsible=[owner.id])
            ],
        )
    office = Office(db, clock, settings, campaign.id, people)
    without_mail = replace(settings, smtp_host="")
    delivery.dispatch(db, clock, without_mail)  # what building it has published
    return office


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With the receivers on the loopback allowed."""
    return replace(settings, outbound_allow="127.0.0.1, localhost")


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """An office in an SQLite file, to be copied: building one takes far longer than most tests."""
    file = tmp_path_factory.mktemp("office") / "duban.db"
    db = make_engine(f"sqlite:///{file}")
    prepare(db)
    settings = Settings(secret_key="only-for-tests")
    office = build_office(db, FixedClock(START), settings, {"name": "甲", "phone": "138 0000 0001"})
    db.dispose()
    return office


@contextmanager
def copied(template: Office, folder: Path, clock: FixedClock, settings: Settings) -> Iterator[Office]:
    shutil.copy(str(template.db.url.database), folder / "office.db")
    db = make_engine(f"sqlite:///{folder / 'office.db'}")
    yield replace(template, db=db, clock=clock, settings=settings)
    db.dispose()


@pytest.fixture
def mail_settings(settings: Settings, post: Post) -> Settings:
    return replace(
        settings,
        smtp_host="127.0.0.1",
        smtp_port=post.port,
        smtp_timeout_seconds=5,
        mail_from="duban@yunshan.example",
        mail_gather_seconds=120,
        mail_attempts=3,
        base_url="http://duban.yunshan.example/",
    )


@pytest.fixture
def office(any_db: Engine, clock: FixedClock, mail_settings: Settings) -> Office:
    """One officer with an address; on both databases."""
    return build_office(any_db, clock, mail_settings, {"name": "张三", "email": "zhangsan@yunshan.example"})
