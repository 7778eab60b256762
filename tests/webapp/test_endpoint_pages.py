"""Webhooks and group robots on their page: added, their secret shown once, stopped and resumed."""

import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from engine.context import Actor, Context, Role
from engine.organisation.models import Unit
from notifications.models import Delivery, DeliveryState, Endpoint
from tests import factories
from tests.webapp.conftest import Browser

FORM = {
    "channel": "webhook",
    "name": "政务协同平台",
    "url": "https://hooks.example/in?key=hush-hush",
    "language": "zh",
}
TOPICS = ["duty", "time"]


def admin(browser: Browser, act: Callable[..., Any], unit: Unit) -> Browser:
    def make(ctx: Context) -> Actor:
        actor = factories.make_person(ctx, unit, Role.SYSTEM_ADMIN)
        factories.make_account(ctx, actor, "keeper")
        return actor

    act(make)
    browser.sign_in("keeper")
    return browser


def test_from_the_first_to_the_last_button(browser: Browser, act: Callable[..., Any], unit: Unit) -> None:
    page = admin(browser, act, unit)
    assert "还没有推送地址" in page.get("/messages/endpoints").text
    added = page.submit("/messages/endpoints/new", {**FORM, "topics": TOPICS, "unit": unit.name})
    assert added.status_code == 200
    secret = re.search(r"<code[^>]*>([\w-]{43})</code>", added.text)
    assert secret is not None
    shown = page.get("/messages/endpoints").text
    assert "https://hooks.example" in shown
    assert f"仅限{unit.short_name}" in shown
    assert "催办、到期提醒和逾期" in shown
    for hidden in (secret.group(1), "hush-hush"):
        assert hidden not in shown
    [id] = act(lambda ctx: ctx.session.scalars(select(Endpoint.id)).all())
    at = f"/messages/endpoints/{id}"
    assert page.submit(f"{at}/trial").status_code == 303
    assert act(lambda ctx: ctx.session.scalars(select(Delivery.state)).all()) == [DeliveryState.WAITING]
    assert page.submit(f"{at}/stop").status_code == 303
    assert act(lambda ctx: ctx.session.scalars(select(Delivery.state)).all()) == [DeliveryState.DROPPED]
    assert "已停用" in page.get("/messages/endpoints").text
    assert page.submit(f"{at}/trial").status_code == 422
    assert page.submit(f"{at}/resume").status_code == 303
    assert "将重新发送 0 条消息" in page.submit(f"{at}/retry", follow_redirects=True).text
    assert page.submit("/messages/endpoints/987654/stop").status_code == 404


def test_a_wrong_address_stands_beside_its_field_and_the_rest_is_kept(
    browser: Browser, act: Callable[..., Any], unit: Unit
) -> None:
    page = admin(browser, act, unit)
    for wrong, words in [
        ({"url": "http://10.1.1.1/x?key=hush-hush"}, "地址须为 https 地址"),
        ({"unit": "没有这个单位"}, "单位不存在"),
        ({"topics": []}, "请至少选择一类消息"),
    ]:
        answer = page.submit("/messages/endpoints/new", {**FORM, "topics": TOPICS, **wrong})
        assert answer.status_code == 422
        assert words in answer.text
        assert "政务协同平台" in answer.text
        assert "hush-hush" not in answer.text
    assert act(lambda ctx: ctx.session.scalars(select(Endpoint.id)).all()) == []
