"""Where a text may be cut, and what belongs to which piece."""

import pytest

from engine.errors import InvalidInput
from engine.plans import division
from engine.plans.parsing import Span


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("编制清单。开展清理；公布结果", ["编制清单。", "开展清理；", "公布结果"]),
        ("他说：“办好了。”随后公布。", ["他说：“办好了。”", "随后公布。"]),
        ("第一行\n第二行\n", ["第一行", "第二行"]),
        ("序号\t任务\t单位", ["序号", "任务", "单位"]),
        ("编制清单,开展清理，公布结果", ["编制清单,", "开展清理，", "公布结果"]),
        ("一句话。", ["一句话。"]),
        ("", []),
    ],
)
def test_sentences_and_lines_are_offered_for_a_cut(text: str, found: list[str]) -> None:
    assert [one.text for one in division.sentences(text)] == found
    assert "".join(text[one.start : one.end] for one in division.sentences(text)).strip() == text.strip()


def test_pieces_cover_the_text_and_none_is_empty() -> None:
    assert division.pieces("甲事。乙事。", [3]) == [Span(0, 3), Span(3, 6)]
    for at in ([], [0], [6], [-1], [7], [5]):
        with pytest.raises(InvalidInput):
            division.pieces("甲事。乙事。", at)
    with pytest.raises(InvalidInput, match="最多分成50项"):
        division.pieces("甲" * 60, range(1, 60))


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("3.开展清理。（责任单位：市司法局）", "开展清理"),
        ("（二）开展清理（责任单位：市司法局）", "开展清理"),
        ("开展清理，公布结果；办结", "开展清理，公布结果"),
        ("（责任单位：市司法局）", "（责任单位：市司法局）"),
        ("2026年底前完成。", "2026年底前完成"),
    ],
)
def test_a_piece_is_called_by_its_first_sentence(text: str, title: str) -> None:
    assert division.title_of(text) == title


def test_a_marked_text_is_found_whatever_its_blanks() -> None:
    source = "\u3000\u3000一、开展\n清理。\n二、开展清理。"
    assert division.find(source, "开展清理。") == Span(4, 10)
    assert division.find(source, " 开展 清理。", [Span(4, 10)]) == Span(13, 18)
    assert division.find(source, "没有") is None
    assert division.find(source, " \n") is None


def test_everybody_gets_all_unless_each_piece_has_some_of_its_own() -> None:
    spans = [Span(0, 10), Span(10, 20)]
    start = {"甲": 2, "乙": 12, "丙": None}.get
    assert division.share(["甲", "乙", "丙"], spans, start) == [["甲", "丙"], ["乙", "丙"]]
    assert division.share(["乙", "丙"], spans, start) == [["乙", "丙"]] * 2
    assert division.share(["甲", "乙"], [Span(0, 20)] * 2, start) == [["甲", "乙"]] * 2
    assert division.share([], spans, start) == [[], []]


def test_pieces_of_a_reworded_text_keep_the_whole_place_where_they_are_not_found() -> None:
    source = "前文。甲事。乙事。后文。"
    assert division.spans_of(source, Span(3, 9), "甲事。乙事。", [Span(0, 3), Span(3, 6)]) == [
        Span(3, 6),
        Span(6, 9),
    ]
    assert division.spans_of(source, Span(3, 9), "甲事。 乙事。", [Span(0, 4), Span(4, 7)]) == [
        Span(3, 6),
        Span(6, 9),
    ]
    assert division.spans_of(source, Span(3, 9), "改了。乙事。", [Span(0, 3), Span(3, 6)]) == [Span(3, 9)] * 2
