"""The parts of pages: typed text is kept, errors stand with their field, lights say their word."""

from datetime import date
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader
from lxml import html

from engine.deadlines import Scheme
from webapp import formats

TEMPLATES = Path(__file__).parents[2] / "webapp" / "templates"


@pytest.fixture(scope="module")
def page() -> Environment:
    env = Environment(loader=FileSystemLoader(TEMPLATES), extensions=["jinja2.ext.i18n"], autoescape=True)
    env.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    env.globals["csrf_token"] = lambda: "token"
    env.globals["light_words"] = lambda: {colour.value: word for colour, word in Scheme().words.items()}
    for write in (formats.day, formats.moment, formats.filesize):
        env.filters[write.__name__] = write
    return env


def render(page: Environment, source: str, **context: object) -> html.HtmlElement:
    imports = (
        '{% import "macros/form.html" as form %}{% import "macros/status.html" as status %}'
        '{% import "macros/lists.html" as lists %}{% import "macros/plan_import.html" as plan %}'
    )
    return html.fromstring("<div>" + page.from_string(imports + source).render(context) + "</div>")


def test_a_refused_field_keeps_what_was_typed_and_is_described_by_its_error(page: Environment) -> None:
    typed = '<b>"太忙"</b>'
    source = '{{ form.text("reason", "理由", typed, ["太短。", "须写明。"], hint="一句话") }}'
    tree = render(page, source, typed=typed)
    [field] = tree.xpath("//input")
    assert field.get("value") == typed
    assert field.get("aria-invalid") == "true"
    assert field.get("aria-describedby") == "reason-hint reason-error"
    assert tree.get_element_by_id("reason-error").text_content() == "太短。；须写明。"
    assert tree.xpath("//label/@for") == ["reason"]


def test_a_password_is_never_sent_back(page: Environment) -> None:
    tree = render(page, '{{ form.text("password", "密码", "secret", type="password") }}')
    assert tree.xpath("//input/@value") == [""]


@pytest.mark.parametrize("typed", [2, "2"])
def test_a_choice_is_kept_whether_number_or_text(page: Environment, typed: object) -> None:
    source = """{{ form.select("unit", "单位", [(1, "甲"), ("县区", [(2, "乙")])], typed) }}
                {{ form.radios("way", "方式", [(1, "一"), (2, "二")], typed) }}"""
    tree = render(page, source, typed=typed)
    assert tree.xpath("//option[@selected]/text()") == ["乙"]
    assert tree.xpath("//input[@checked]/@value") == ["2"]


@pytest.mark.parametrize(
    ("value", "kept"), [(date(2026, 10, 13), "2026-10-13"), ("明天", "明天"), (None, "")]
)
def test_a_date_field_keeps_even_what_is_no_date(page: Environment, value: object, kept: str) -> None:
    tree = render(page, '{{ form.date("until", "期限", value) }}', value=value)
    assert tree.xpath("//input/@value") == [kept]


def test_staged_files_survive_a_refused_form(page: Environment) -> None:
    staged = [{"id": "f1", "name": "台账.pdf", "size": 2048}]
    tree = render(page, '{{ form.file_upload("files", "材料", "/staged", staged=staged) }}', staged=staged)
    assert tree.xpath("//input[@type='hidden']/@value") == ["f1"]
    assert tree.xpath("//input[@type='file']/@name") == [], "the bytes go to staging, never with the form"


@pytest.mark.parametrize(
    ("colour", "word"),
    [
        ("green", "正常"),
        ("blue", "临期"),
        ("yellow", "预警"),
        ("red", "逾期"),
        ("grey", "已结"),
        (None, "已结"),
    ],
)
def test_a_light_has_colour_word_and_its_own_shape(page: Environment, colour: str | None, word: str) -> None:
    tree = render(page, "{{ status.light(colour) }}", colour=colour)
    assert tree.text_content().strip() == word
    assert tree.xpath("count(//*[local-name()='svg'][@aria-hidden='true'])") == 1


@pytest.mark.parametrize(
    ("days", "words"), [(3, "还有 3 个工作日"), (0, "今日到期"), (-2, "已逾期 2 个工作日"), (None, "")]
)
def test_a_due_date_says_what_is_left(page: Environment, days: int | None, words: str) -> None:
    source = '{{ status.due(on, why="/why", days=days, light="red") }}'
    tree = render(page, source, on=date(2026, 10, 13), days=days)
    assert tree.xpath("string(//time/@datetime)") == "2026-10-13"
    assert tree.xpath("string(//*[contains(@class, 'due-left')])") == words
    assert tree.xpath("//a[@href='/why']")
    assert "逾期" in tree.text_content()


def test_progress_asks_again_only_while_told_to(page: Environment) -> None:
    tree = render(page, '{{ status.progress(1, 4, "下发", poll="/p") }}{{ status.progress(4, 4, "下发") }}')
    assert tree.xpath("//@hx-get") == ["/p"]


def test_active_chips_are_marked_and_counted(page: Environment) -> None:
    chips = [{"href": "?a", "label": "全部", "active": True, "count": 0}, {"href": "?b", "label": "逾期"}]
    tree = render(page, '{{ lists.chips(chips, "筛选") }}', chips=chips)
    assert [chip.get("aria-current") for chip in tree.xpath("//a")] == ["true", None]
    assert tree.xpath("//*[contains(@class, 'chip-count')]/text()") == ["0"]


def test_every_piece_of_the_document_stays_and_spans_carry_their_key(page: Environment) -> None:
    paragraph = [{"text": "<一>"}, {"text": "市司法局", "key": 0, "kind": "unit"}, {"text": "。", "key": 0}]
    tree = render(page, "{{ plan.document([paragraph]) }}", paragraph=paragraph)
    assert tree.xpath("string(//p)") == "<一>市司法局。"
    assert tree.xpath("//span/@data-key") == ["0", "0"]
