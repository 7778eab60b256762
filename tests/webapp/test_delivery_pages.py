"""Delivery on its pages: the figures and what they count, and the words of messages tried, saved and taken back."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from engine.context import Context, Role
from engine.organisation.models import Unit
from engine.settings import Settings
from notifications.models import (
    AttemptOutcome,
    Channel,
    Delivery,
    DeliveryAttempt,
    DeliveryState,
    Gateway,
    MessageTemplate,
)
from tests import factories
from tests.webapp.conftest import Browser

TEMPLATE = "/messages/templates/deadline.reminded"
WORDS = {
    "title_zh": "请于 {due_on} 前办结 {number}《{title}》", "body_zh": "承办：{unit}\n{detail}",
    "title_en": "Due {due_on}: {number} {title}", "body_en": "{detail}", "version": "0", "act": "save",
}  # fmt: skip


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, smtp_host="mail.yunshan.example")


@pytest.fixture
def keeper(browser: Browser, act: Callable[..., Any], unit: Unit) -> Browser:
    def make(ctx: Context) -> None:
        factories.make_account(ctx, factories.make_person(ctx, unit, Role.SYSTEM_ADMIN), "keeper")

    act(make)
    browser.sign_in("keeper")
    return browser


def troubled(ctx: Context) -> int:
    """A mail that waits after a lost answer and one that was given up; the mail server rests."""
    now, person = ctx.clock.now(), factories.make_person(ctx)
    given_up = None
    for state, outcomes in [
        (DeliveryState.WAITING, [AttemptOutcome.UNKNOWN, AttemptOutcome.DEFERRED]),
        (DeliveryState.FAILED, [AttemptOutcome.REFUSED]),
    ]:
        row = Delivery(
            channel=Channel.EMAIL, person_id=person.person_id, state=state, mail_id=f"mail-{state}", created_at=now,
            due_at=None if state == "failed" else now, ended_at=now if state == "failed" else None,
            attempts=len(outcomes), last_error="550 no such user",
        )  # fmt: skip
        ctx.session.add(row)
        ctx.session.flush()
        given_up = row.id
        for number, outcome in enumerate(outcomes, 1):
            ctx.session.add(
                DeliveryAttempt(
                    delivery_id=row.id, number=number, channel=row.channel, started_at=now, ended_at=now,
                    outcome=outcome, may_repeat=number > 1, detail=f"{outcome} it was",
                )
            )  # fmt: skip
    ctx.session.add(
        Gateway(channel="email", failures=6, rests_until=now.replace(year=now.year + 1), last_error="silent")
    )
    assert given_up is not None
    return given_up


def test_figures_lead_to_what_they_count(keeper: Browser, act: Callable[..., Any]) -> None:
    given_up = act(troubled)
    home = keeper.get("/messages/failures").text
    for link in ("/messages/health", "/messages/templates", "/messages/endpoints"):
        assert f'href="{link}"' in home
    page = keeper.get("/messages/health").text
    assert "暂停发送，等待重试" in page
    assert "连续失败 6 次" in page
    assert "100.0%" in page
    assert "3 / 3" in page
    for link, found, not_found in [
        ("/messages/health/deliveries?channel=email&amp;state=waiting", "待发送", "重新发送"),
        ("/messages/health/deliveries?channel=email&amp;state=failed", "重新发送", "badge-info"),
        (
            "/messages/health/attempts?channel=email&amp;within=day&amp;outcome=failed",
            "unknown it was",
            "badge-good",
        ),
    ]:
        assert link in page
        listed = keeper.get(link.replace("&amp;", "&")).text
        assert found in listed
        assert not_found not in listed
    repeated = keeper.get("/messages/health/attempts?outcome=repeated").text
    assert "deferred it was" in repeated
    assert "refused it was" not in repeated
    assert "没有符合条件的记录" in keeper.get("/messages/health/deliveries?state=dropped&to=9").text
    assert keeper.get("/messages/health/deliveries?state=nonsense&channel=fax&after=x").status_code == 200
    assert "（可能重复）" in keeper.get(f"/messages/failures/{given_up - 1}/attempts").text
    assert keeper.submit(f"/messages/failures/{given_up}/retry").status_code == 303
    assert act(lambda ctx: ctx.session.get_one(Gateway, "email").rests_until) is None


def test_words_are_tried_saved_and_taken_back(keeper: Browser, act: Callable[..., Any]) -> None:
    assert TEMPLATE in keeper.get("/messages/templates").text
    assert "近期没有这类消息" in keeper.get(TEMPLATE).text
    tried = keeper.submit(TEMPLATE, {**WORDS, "act": "preview"})
    assert tried.status_code == 200
    assert "【督办】请于 2026-03-20 前办结 3-01《清理行政规范性文件》" in tried.text
    assert "Due 2026-03-20" in tried.text
    wrong = keeper.submit(
        TEMPLATE, {**WORDS, "title_zh": "请办 {number} {title} {secret}", "title_en": "<b>"}
    )
    assert wrong.status_code == 422
    assert "这类消息没有占位符{secret}" in wrong.text
    assert "必须含有占位符{number}" in wrong.text
    assert "<b>" not in wrong.text
    assert act(lambda ctx: ctx.session.scalars(select(MessageTemplate.id)).all()) == []
    assert keeper.submit(TEMPLATE, WORDS).status_code == 303
    assert "已修改" in keeper.get(TEMPLATE).text
    stale = keeper.submit(TEMPLATE, WORDS)
    assert stale.status_code == 409
    assert keeper.submit(f"{TEMPLATE}/reset", {"version": "1"}).status_code == 303
    shown = keeper.get(TEMPLATE).text
    assert "恢复默认" in shown
    assert "请于 {due_on} 前办结" in shown  # in the list of versions
    assert keeper.get("/messages/templates/no.such").status_code == 404
    assert keeper.submit("/messages/templates/no.such", WORDS).status_code == 404
