"""What an amended document changes: tables of cases, and that five hundred tasks are no trouble."""

from typing import Any

import pytest

from engine.plans.amendment import LimitSide, Side, changes, likeness, match
from engine.plans.models import PartRole

LEAD, RESPONSIBLE, COOPERATING = PartRole.LEAD, PartRole.RESPONSIBLE, PartRole.COOPERATING


def final(on: str, id: int | None = None, **values: Any) -> LimitSide:
    return LimitSide("final", {"rule": "fixed_date", "on": on, "text": f"{on}前"}, id=id, **values)


def milestone(on: str, text: str, id: int | None = None) -> LimitSide:
    return LimitSide("milestone", {"rule": "fixed_date", "on": on, "text": text}, text, id)


def each(period: str, id: int | None = None, **values: Any) -> LimitSide:
    return LimitSide("cadence", {"rule": "each", "period": period, "text": "报告进展"}, id=id, **values)


def side(id: int, title: str = "压减行政审批时限", **values: Any) -> Side:
    return Side(id, **({"number": id, "title": title} | values))


def told(old: Side, new: Side) -> list[tuple[str, Any, Any]]:
    return [(change.kind.value, change.old, change.new) for change in changes(match([old], [new]))]


def pairs(old: list[Side], new: list[Side]) -> list[tuple[int | None, int | None]]:
    return [(p.old and p.old.id, p.new and p.new.id) for p in match(old, new)]


A = "编制并公布部门权责清单"
B = "开展涉企收费专项检查"
C = "推进政务服务事项一网通办"

MATCHES: dict[str, tuple[list[Side], list[Side], list[tuple[int | None, int | None]]]] = {
    "the same titles": ([side(1, A), side(2, B)], [side(11, A), side(12, B)], [(1, 11), (2, 12)]),
    "renumbered and in another order": (
        [side(1, A, number=1), side(2, B, number=2)],
        [side(11, B, number=1), side(12, A, number=2)],
        [(2, 11), (1, 12)],
    ),
    "one inserted before": (
        [side(1, A, number=1), side(2, B, number=2)],
        [side(11, C, number=1), side(12, A, number=2), side(13, B, number=3)],
        [(None, 11), (1, 12), (2, 13)],
    ),
    "one dropped": ([side(1, A), side(2, B), side(3, C)], [side(11, A), side(13, C)], [(1, 11), (3, 13), (2, None)]),
    "punctuation and width are no difference": (
        [side(1, "公布“清单”，接受监督")], [side(11, "公布「清单」,接受监督")], [(1, 11)],
    ),
    "reworded in its place": (
        [side(1, "开展涉企收费专项检查", section="一、减负", number=3)],
        [side(11, "开展涉企乱收费专项整治检查", section="一、减负", number=3)],
        [(1, 11)],
    ),
    "reworded and renumbered": (
        [side(1, "开展涉企收费专项检查", number=3), side(2, C, number=4)],
        [side(11, "开展涉企收费专项检查和整治", number=9)],
        [(1, 11), (2, None)],
    ),
    "another title, the same text": (
        [side(1, "减负", text="全面清理行政事业性收费目录并按月公示结果接受群众监督", number=1)],
        [side(11, "清费", text="全面清理行政事业性收费目录，并按月公示结果，接受群众监督", number=7)],
        [(1, 11)],
    ),
    "the same place with another matter is no match": (
        [side(1, A, number=1, section="一")],
        [side(11, C, number=1, section="一")],
        [(None, 11), (1, None)],
    ),
    "one title in two sections": (
        [side(1, A, section="一、市级", number=1), side(2, A, section="二、县级", number=2)],
        [side(11, A, section="二、县级", number=1), side(12, A, section="一、市级", number=2)],
        [(2, 11), (1, 12)],
    ),
    "a date that both titles end on does not make them one": (
        [side(1, "清理涉企收费目录并公示结果，2026年6月30日前完成", number=1),
         side(2, "建立企业诉求台账，2026年12月31日前完成", number=2)],
        [side(11, "统筹涉企检查计划，2026年10月31日前完成", number=1),
         side(12, "清理涉企收费和保证金目录并公示结果，2026年9月30日前完成", number=2)],
        [(None, 11), (1, 12), (2, None)],
    ),
    "neither do the units": (
        [side(1, A, number=1, text=A + "（牵头单位：云川市司法局，责任单位：云川市公安局、云川市医疗保障局）")],
        [side(11, C, number=1, text=C + "（牵头单位：云川市司法局，责任单位：云川市公安局、云川市医疗保障局）")],
        [(None, 11), (1, None)],
    ),
    "ids of both sides may be equal": ([side(1, A), side(2, B)], [side(2, A), side(1, B)], [(1, 2), (2, 1)]),
    "nothing at all": ([], [], []),
}  # fmt: skip


@pytest.mark.parametrize("name", MATCHES)
def test_tasks_find_their_counterparts(name: str) -> None:
    old, new, expected = MATCHES[name]
    assert pairs(old, new) == expected


F6, F9 = "2026-06-30", "2026-09-30"

CHANGES: dict[str, tuple[dict[str, Any], dict[str, Any], list[tuple[str, Any, Any]]]] = {
    "nothing": ({"limits": [final(F6, 5)]}, {"limits": [final(F6)]}, []),
    "only the words of a limit": (
        {"limits": [LimitSide("final", {"rule": "fixed_date", "on": F6, "text": "6月底前"}, id=5)]},
        {"limits": [final(F6)]},
        [],
    ),
    "a date moved": (
        {"limits": [final(F6, 5)]},
        {"limits": [final(F9)]},
        [("limit_moved", final(F6, 5).told(), final(F9).told())],
    ),
    "a milestone before a later end": (
        {"limits": [final(F6, 5)]},
        {"limits": [final(F9), milestone(F6, "阶段报告")]},
        [
            ("limit_moved", final(F6, 5).told(), final(F9).told()),
            ("limit_added", None, milestone(F6, "阶段报告").told()),
        ],
    ),
    "one of two milestones moved": (
        {"limits": [milestone("2026-04-30", "4月底前公布清单", 5), milestone("2026-05-31", "5月底前完成试点", 6)]},
        {"limits": [milestone("2026-05-31", "5月底前完成试点"), milestone("2026-06-15", "6月15日前公布清单")]},
        [("limit_moved", milestone("2026-04-30", "4月底前公布清单", 5).told(),
          milestone("2026-06-15", "6月15日前公布清单").told())],
    ),
    "another cadence": (
        {"limits": [each("quarter", 5)]}, {"limits": [each("month")]},
        [("limit_moved", each("quarter", 5).told(), each("month").told())],
    ),
    "a cadence dropped": ({"limits": [each("quarter", 5)]}, {}, [("limit_removed", each("quarter", 5).told(), None)]),
    "what the office set is not missed": (
        {"limits": [each("quarter", 5, by_office=True), final(F6, 6, by_office=True)]}, {}, [],
    ),
    "what the office set gives way to the document": (
        {"limits": [final(F6, 6, by_office=True)]}, {"limits": [final(F9)]},
        [("limit_moved", final(F6, 6).told(), final(F9).told())],
    ),
    "a unit more": (
        {"units": {RESPONSIBLE: [1]}}, {"units": {RESPONSIBLE: [1, 2]}},
        [("unit_added", None, {"unit_id": 2, "role": "responsible"})],
    ),
    "a unit less": (
        {"units": {RESPONSIBLE: [1, 2]}}, {"units": {RESPONSIBLE: [2]}},
        [("unit_removed", {"unit_id": 1, "role": "responsible"}, None)],
    ),
    "a unit in another role": (
        {"units": {RESPONSIBLE: [1, 2]}}, {"units": {RESPONSIBLE: [2], COOPERATING: [1]}},
        [("unit_moved", {"unit_id": 1, "role": "responsible"}, {"unit_id": 1, "role": "cooperating"})],
    ),
    "a unit that leads and is responsible loses one": (
        {"units": {LEAD: [1], RESPONSIBLE: [1, 2]}}, {"units": {LEAD: [1], RESPONSIBLE: [2]}},
        [("unit_removed", {"unit_id": 1, "role": "responsible"}, None)],
    ),
    "the order of units is no change": ({"units": {RESPONSIBLE: [1, 2]}}, {"units": {RESPONSIBLE: [2, 1]}}, []),
    "another reviewer": ({"review_unit_id": 1}, {"review_unit_id": 2}, [("reviewer", {"unit_id": 1}, {"unit_id": 2})]),
    "another text": (
        {"text": "公布一次"}, {"text": "公布两次"},
        [("wording", {"title": "压减行政审批时限", "text": "公布一次", "section": ""},
          {"title": "压减行政审批时限", "text": "公布两次", "section": ""})],
    ),
    "another number and section": ({"number": 3, "section": "一、重点"}, {"number": 8, "section": "二、重点任务"}, []),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_each_difference_is_one_change(name: str) -> None:
    old, new, expected = CHANGES[name]
    assert told(side(1, **old), side(1, **new)) == expected


def test_keys_are_unique_and_stay_the_same() -> None:
    old = side(1, units={RESPONSIBLE: [1, 2], LEAD: [3]}, limits=[final(F6, 5), each("month", 6)], text="甲")
    new = side(
        9, units={RESPONSIBLE: [3, 4], COOPERATING: [2]}, limits=[final(F9), milestone(F6, "阶段")], text="乙"
    )
    keys = [change.key for change in changes(match([old, side(2, A)], [new, side(10, B)]))]
    again = [change.key for change in changes(match([side(2, A), old], [side(10, B), new]))]
    assert len(set(keys)) == len(keys) > 8
    assert sorted(keys) == sorted(again)


def test_what_ends_work_under_way_is_destructive() -> None:
    old = side(
        1, units={RESPONSIBLE: [1, 2, 5], LEAD: [3]}, limits=[final(F6, 5), each("month", 6), milestone(F6, "阶段", 7)]
    )  # fmt: skip
    new = side(
        9, units={RESPONSIBLE: [3, 4], COOPERATING: [2, 3]}, limits=[final(F9), each("quarter")], text="乙"
    )
    found = {
        change.key: change.destructive for change in changes(match([old, side(2, A)], [new, side(10, B)]))
    }
    assert {key for key, destructive in found.items() if destructive} == {
        "drop:2", "unit-:1:1:responsible", "unit-:1:5:responsible", "unit-:1:3:lead", "unit:1:2", "limit-removed:1:7",
        "limit-moved:1:6",
    }  # fmt: skip


LIKE: dict[str, tuple[tuple[str, str | None, str | None], tuple[str, str | None, str | None], bool]] = {
    "the same title": (("云川市优化营商环境方案", None, None), ("云川市优化营商环境方案", None, None), True),
    "marked as amended": (
        ("云川市优化营商环境方案（修订版）", "云政办〔2026〕9号", None),
        ("云川市优化营商环境方案", "云政办〔2026〕3号", None),
        True,
    ),
    "the same 文号": (("方案", "云政办〔2026〕3号", None), ("别的题目", "云政办[2026]3号", None), True),
    "next year's": (("云川市2027年法治建设要点", None, "市府办"), ("云川市2026年法治建设要点", None, "市府办"), False),
    "another matter": (("云川市安全生产整治方案", None, "市府办"), ("云川市优化营商环境方案", None, "市府办"), False),
}  # fmt: skip


@pytest.mark.parametrize("name", LIKE)
def test_which_plan_a_document_may_amend(name: str) -> None:
    (title, number, issuer), other, expected = LIKE[name]
    assert (likeness(title, number, issuer, of=other) >= 0.75) is expected


def test_five_hundred_tasks_that_are_all_reworded_are_compared_without_comparing_all_with_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import engine.plans.amendment as amendment

    calls = 0
    ratio = amendment._ratio

    def counted(left: str, right: str) -> float:
        nonlocal calls
        calls += 1
        return ratio(left, right)

    monkeypatch.setattr(amendment, "_ratio", counted)
    body = "各责任单位要加强组织领导压实工作责任推进任务落实建立健全长效机制"
    old = [
        side(n, f"第{n}类事项{chr(0x4E00 + n * 7)}{chr(0x5E00 + n * 3)}整治", text=body, section="一")
        for n in range(1, 501)
    ]
    new = [
        side(n, f"{chr(0x4E00 + n * 7)}{chr(0x5E00 + n * 3)}专项整治第{n}类", text=body, section="二")
        for n in range(1, 501)
    ]
    found = match(old, new)
    assert len({p.old.id for p in found if p.old}) == 500
    assert calls < 500 * 20


@pytest.mark.parametrize(
    ("old", "new", "is_change"),
    [
        ("3.公开清单。", "4.公开清单。", False),
        ("（三）公开清单。", "（十二）公开清单。", False),
        ("3、公开清单。", "公开清单。", False),
        ("3.5万户企业受益。", "4.5万户企业受益。", True),
        ("3.公开清单30项。", "4.公开清单40项。", True),
    ],
)
def test_the_number_before_a_text_is_no_wording(old: str, new: str, is_change: bool) -> None:
    assert bool(told(side(1, text=old), side(11, text=new))) is is_change
