"""An installation's own words: what may be saved, what becomes of it, and that nothing typed is ever evaluated."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine import audit
from engine.clock import FixedClock
from engine.context import Actor, Context, Role
from engine.db import transaction
from engine.errors import AccessDenied, InvalidInput, NotFound, StaleForm
from engine.organisation.models import Person
from engine.settings import Settings
from engine.texts import LANGUAGES
from notifications import endpoints, placeholders, previews, wordings
from notifications.channels import sms
from notifications.models import Announcement, MessageTemplate, Notification
from notifications.placeholders import Wording
from notifications.templates import NEWS, fill, render, told
from tests import factories
from tests.notifications.conftest import Office, Post, copied

GOOD = Wording("【请示】{title}已办结", "{detail}", "Done: {title}", "{detail}")


@pytest.mark.parametrize("kind", sorted(NEWS))
def test_the_products_own_words_may_be_saved(settings: Settings, kind: str) -> None:
    assert placeholders.problems(settings, kind, wordings.default(kind)) == {}
    assert set(placeholders.mandatory(kind)) <= set(placeholders.allowed(kind))


@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        ({"title_zh": ""}, "title_zh", "empty"),
        ({"body_en": " \n "}, "body_en", "empty"),
        ({"title_en": "{title} {secret_key}"}, "title_en", "unknown"),
        ({"title_zh": "{title}{due_on}"}, "title_zh", "unknown"),
        ({"title_zh": "已办结"}, "title_zh", "missing"),
        ({"body_zh": "{title}"}, "body_zh", "missing"),
        ({"title_zh": "{title.__class__}"}, "title_zh", "braces"),
        ({"title_zh": "{title!r}{title}"}, "title_zh", "braces"),
        ({"title_zh": "{title:>99999999}{title}"}, "title_zh", "braces"),
        ({"title_zh": "{{title}}"}, "title_zh", "braces"),
        ({"title_zh": "{}{title}"}, "title_zh", "braces"),
        ({"title_zh": "{ title }{title}"}, "title_zh", "braces"),
        ({"body_zh": "{detail}{% for x in y %}"}, "body_zh", "braces"),
        ({"title_zh": "{title}" + "长" * 194}, "title_zh", "long"),
        ({"body_zh": "{detail}" + "长" * 1993}, "body_zh", "long"),
        ({"body_zh": "{detail}\x00"}, "body_zh", "control"),
        ({"title_en": "{title}" * 8}, "title_en", "sms"),
    ],
)
def test_what_cannot_be_saved(settings: Settings, changed: dict[str, str], field: str, code: str) -> None:
    found = placeholders.problems(settings, "campaign.closed", replace(GOOD, **changed).cleaned)
    assert {name: error.code for name, error in found.items()} == {field: f"wordings.{code}"}
    assert all(error.field == field for error in found.values())


def test_a_long_frame_leaves_less_room_for_a_short_message(settings: Settings) -> None:
    long = replace(settings, sms_template="{organisation}" + "请" * (sms.LONGEST - 30) + "{text}")
    assert placeholders.problems(settings, "campaign.closed", GOOD) == {}
    assert {error.code for error in placeholders.problems(long, "campaign.closed", GOOD).values()} == {
        "wordings.sms"
    }


def test_filling_replaces_names_and_does_nothing_else() -> None:
    params = {"title": "{detail}{0.__class__}", "number": 3}
    assert fill("{number}{title}{absent}{title.x}{{number}}", params) == "3{detail}{0.__class__}{title.x}{3}"
    shown = render(
        "campaign.closed", {"title": "<b>&", "reasons": "缺章"}, "zh", ("{title}!", "据：{detail}")
    )
    assert (shown.title, shown.detail) == ("<b>&!", "据：理由：缺章")
    assert render("campaign.closed", {"title": "a"}, "zh", ("{title}", "{detail}")).detail == ""


@pytest.fixture
def office(template: Office, tmp_path: Path, clock: FixedClock, mail_settings: Settings) -> Iterator[Office]:
    with copied(template, tmp_path, clock, mail_settings) as office:
        with transaction(office.db) as session:
            session.get_one(Person, office.officers[0].person_id).email = "jia@yunshan.example"
        yield office


@pytest.fixture
def act(office: Office) -> Callable[..., Any]:
    with transaction(office.db) as session:
        ctx = office.ctx(session)
        keeper = factories.make_person(ctx, factories.make_unit(ctx), Role.SYSTEM_ADMIN, name="管理员")

    def run(verb: Callable[..., Any], *given: Any, actor: Actor = keeper, **more: Any) -> Any:
        with transaction(office.db) as session:
            return verb(Context(session, actor, office.clock, office.settings), *given, **more)

    return run


def test_words_hold_from_now_on_and_what_was_told_stays_as_it_was(
    office: Office, post: Post, act: Callable[..., Any]
) -> None:
    kind = "campaign.closed"
    post.data_answers = ["451 later"]
    office.news()
    office.later(minutes=3)  # tried in the product's words
    act(wordings.change, kind, replace(GOOD, body_zh="请阅。\n{detail}"), version=0)
    office.later(minutes=1)
    assert post.mails[0]["Subject"] == "【督办】专项行动“秋季专项行动”已全部办结"
    office.news()
    office.later(minutes=2)
    assert post.mails[1]["Subject"] == "【督办】【请示】秋季专项行动已办结"
    plain = post.mails[1].get_body(("plain",))
    assert plain is not None
    assert "请阅。" in plain.get_content()
    with transaction(office.db) as session:
        seen = [
            told(row, "en").title for row in session.scalars(select(Notification).order_by(Notification.id))
        ]
    assert seen[-1] == "Done: 秋季专项行动"
    assert seen[-2] != seen[-1]
    with pytest.raises(StaleForm):
        act(wordings.change, kind, GOOD, version=0)
    act(wordings.reset, kind, version=1)
    with pytest.raises(StaleForm):
        act(wordings.reset, kind, version=1)
    office.news()
    office.later(minutes=2)
    assert post.mails[2]["Subject"] == post.mails[0]["Subject"]
    with transaction(office.db) as session:
        versions = wordings.versions(session, kind)
        assert [(row.version, row.is_own, row.author) for row in versions] == [
            (2, False, "管理员"),
            (1, True, "管理员"),
        ]
        acts = [entry.action for entry in audit.history(session, "notifications", limit=9)]
    assert acts == ["message_template.reset", "message_template.changed"]


def test_only_system_administrators_word_what_there_is(office: Office, act: Callable[..., Any]) -> None:
    for verb, given in (
        (wordings.change, {"wording": GOOD, "version": 0}),
        (wordings.reset, {"version": 0}),
        (previews.show, {"wording": GOOD}),
    ):
        with pytest.raises(AccessDenied):
            act(verb, "campaign.closed", actor=office.officers[0], **given)
    with pytest.raises(NotFound):
        act(wordings.change, "no.such_kind", GOOD, version=0)
    with pytest.raises(InvalidInput):
        act(wordings.change, "campaign.closed", replace(GOOD, title_zh="x"), version=0)
    with transaction(office.db) as session:
        assert session.scalars(select(MessageTemplate)).all() == []


def test_a_preview_shows_each_channel_on_a_real_message_else_on_an_example(
    office: Office, act: Callable[..., Any]
) -> None:
    office.news()
    found = act(previews.show, "campaign.closed", GOOD)
    assert found.told_at == office.clock.now()
    by_channel = {form.channel: form for form in found.forms["zh"]}
    assert list(by_channel) == ["in_app", "email", "sms", "wecom", "dingtalk", "webhook"]
    assert by_channel["in_app"].title == "【请示】秋季专项行动已办结"
    assert by_channel["email"].title == "【督办】【请示】秋季专项行动已办结"
    assert by_channel["sms"].text == "【督办中心】【请示】秋季专项行动已办结"
    assert '"title": "【请示】秋季专项行动已办结"' in by_channel["webhook"].text
    for kind in NEWS:
        shown = act(previews.show, kind, wordings.default(kind))
        assert (shown.told_at is None) == (kind != "campaign.closed")
        for language in LANGUAGES:
            assert all(form.title or form.text for form in shown.forms[language])
    broken = act(previews.show, "campaign.closed", replace(GOOD, title_zh="{nothing}{"))
    assert broken.forms["zh"][0].title == "{"


def test_a_preview_keeps_what_was_written_about_a_case_to_its_readers(
    office: Office, act: Callable[..., Any]
) -> None:
    with transaction(office.db) as session:
        real = Notification(
            message_id="m", kind="review.returned", person_id=office.officers[0].person_id, subject_type="work_item",
            subject_id=1, work_item_id=1, created_at=office.clock.now(),
            params={"number": "1-01", "title": "甲", "part": "乙", "reasons": "涉密缘由", "unit": "丙", "actor": "丁"},
        )  # fmt: skip
        session.add(real)
    shown = act(previews.show, "review.returned", wordings.default("review.returned"))
    assert shown.told_at is not None
    assert "涉密缘由" not in repr(shown.forms)
    assert "佐证材料不全" in repr(shown.forms)


def test_endpoints_are_told_in_the_installations_words(office: Office, act: Callable[..., Any]) -> None:
    act(endpoints.add, channel="webhook", name="平台", url="https://hooks.example/", secret="s" * 20)
    act(wordings.change, "campaign.closed", GOOD, version=0)
    office.news()
    with transaction(office.db) as session:
        row = session.scalars(select(Announcement).order_by(Announcement.id.desc())).first()
        assert row is not None
        assert told(row, "zh").title == "【请示】秋季专项行动已办结"
