"""Notification settings on their page: kept, wrong times beside their field."""

from collections.abc import Callable
from datetime import time
from typing import Any

from engine.context import Actor
from engine.organisation.models import Person
from notifications.models import Preference
from tests.webapp.conftest import Browser

FORM = {
    "email_topics": ["time", "review"],
    "quiet_from": "22:00",
    "quiet_until": "7:30",
    "digest": "1",
    "language": "en",
}


def test_settings_are_kept(browser: Browser, act: Callable[..., Any], reporter: Actor) -> None:
    browser.sign_in("li.na")
    assert "/messages/settings" in browser.get("/messages").text
    page = browser.get("/messages/settings").text
    assert page.count("checked") == 5  # mails about everything, nothing else
    assert browser.submit("/messages/settings", FORM).status_code == 303

    def look(ctx: Any) -> tuple[Any, ...]:
        row = ctx.session.get_one(Preference, reporter.person_id)
        return row.email_muted, row.sms_topics, row.quiet_from, row.quiet_until, row.digest

    assert act(look) == (["duty", "inspection", "other"], [], time(22), time(7, 30), True)
    assert act(lambda ctx: ctx.session.get_one(Person, reporter.person_id).language) == "en"
    page = browser.get("/messages/settings?lang=zh").text
    assert 'value="22:00"' in page
    assert page.count("checked") == 3


def test_what_cannot_be_is_said_beside_its_field(
    browser: Browser, act: Callable[..., Any], reporter: Actor
) -> None:
    browser.sign_in("li.na")
    for wrong, words in [
        ({"quiet_until": ""}, "免打扰时段的起止时间须同时填写"),
        ({"quiet_until": "25:00"}, "时间请填写为 22:00 的形式"),
        ({"quiet_until": "abc"}, "时间请填写为 22:00 的形式"),
        ({"sms_topics": ["gossip"]}, "没有这类消息"),
        ({"language": "fr"}, "请选择语言"),
    ]:
        answer = browser.submit("/messages/settings", {**FORM, **wrong})
        assert answer.status_code == 422, wrong
        assert words in answer.text
        assert 'value="22:00"' in answer.text
    assert act(lambda ctx: ctx.session.get(Preference, reporter.person_id)) is None
