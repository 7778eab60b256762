"""Quantities in running text: 98%, 八成, 三分之一, 1.2万人, 两次, 5-15个工作日, 翻一番, 前三名.

Only what is written stands here; whether a quantity is a figure to reach decides indicators.py.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..text.numerals import to_int

_S = r"[ \n]{0,2}"
_A = r"(?:\d{1,3}(?:,\d{3}){1,3}(?!\d)|\d{1,9}(?:\.\d{1,4})?)"
_H = r"[一二三四五六七八九十百两]{1,5}"
_TO = rf"{_S}(?:-{{1,2}}|~|至|到){_S}"
_MEASURE = (
    r"(?:个?工作日|自然日|个?小时|分钟|秒(?!杀)|个月|个百分点|百分点|[天周](?!然|边|围|期|桥)|"
    r"日(?!前|起|至|以前|之前|-|~)|年(?![底末度代来前后版内至级份\-~]|以来|行动|计划|规划|以内)|"
    r"(?:[千万亿]|百万|千万)?(?:人次|件次|家次|户次|车次|平方公里|平方米|立方米|公里|千米|公顷|公斤|千瓦时|千瓦|兆瓦|"
    r"吨标准煤|吨|亩|元|课时|学时|微克/立方米|毫克/升|人(?![大民均行])|个(?!别|体|性|人)|项|件|次(?!会议|全会|日|年)|"
    r"名|户|家(?!庭|属|长|政|园)|位(?!于|列|居)|场(?!所|景|地)|期(?!间|限)|轮|批(?!准|复|示)|篇|条|宗|处(?!罚|理|置|级|长|分)|"
    r"份|所(?![有在涉以])|座|台|辆|套|支|例|只|间|张|册|本(?![级市县区单年月部镇])|类|种(?!植)|款|幢|栋|倍|家庭|"
    r"起|米|分(?![之管局类级别工为组散析布])))"
)
_QUANTITY = re.compile(
    rf"(?<![\d.第A-Za-z/〔\-])(?:"
    rf"(?P<low>{_A}){_S}%?{_TO}(?P<high>{_A}){_S}%|"
    rf"(?P<rate>{_A}){_S}%|"
    rf"百分之(?P<hanlow>{_H}){_S}(?:至|到)百分之(?P<hanhigh>{_H})|"
    rf"百分之(?P<hanrate>{_H})(?:点(?P<point>[一二三四五六七八九零〇]{{1,3}}))?|(?P<all>百分百)|"
    rf"(?P<denominator>{_H})分之(?P<numerator>{_H})|(?P<tenths>[一二三四五六七八九])成(?=以上|以下|左右|以内|的)|"
    rf"(?P<half>半数|一半)(?=以上|左右)|翻(?P<doubled>[一两三])番|前{_S}(?P<rank>\d{{1,3}}|{_H}){_S}[名位](?!领导)|"
    rf"(?P<first>{_A}|{_H}){_S}(?P<mid>{_MEASURE})?{_TO}(?P<last>{_A}|{_H}){_S}(?P<span_unit>{_MEASURE})|"
    rf"(?P<count>{_A}|{_H}){_S}(?P<unit>{_MEASURE}))"
)
_UNITS = {
    "工作日": "working_day", "个工作日": "working_day", "自然日": "day", "日": "day", "天": "day",
    "小时": "hour", "个小时": "hour", "分钟": "minute", "个月": "month", "年": "year", "周": "week",
    "人": "person", "百分点": "个百分点", "家庭": "户",
}  # fmt: skip
DURATIONS = frozenset({"working_day", "day", "hour", "minute", "秒", "month", "year", "week"})


@dataclass(frozen=True, slots=True)
class Quantity:
    """`low` alone, or a range from `low` to `high`. `form` is rate, share, count, range, doubled or rank;
    `unit` is %, a measure word, or working_day, day, hour, minute, month, year, week, person."""

    start: int
    end: int
    low: float
    high: float | None
    unit: str
    form: str


def find_quantities(text: str, start: int, end: int) -> Iterator[Quantity]:
    """Every quantity between `start` and `end`, in text order."""
    for match in _QUANTITY.finditer(text, start, end):
        if quantity := _quantity(match):
            yield quantity


def _quantity(m: re.Match[str]) -> Quantity | None:
    low: float | None
    high: float | None = None
    unit, form = "%", "rate"
    if m["rate"]:
        low = _number(m["rate"])
    elif m["low"]:
        low, high, form = _number(m["low"]), _number(m["high"]), "range"
    elif m["hanlow"]:
        low, high, form = _number(m["hanlow"]), _number(m["hanhigh"]), "range"
    elif m["hanrate"]:
        low = _number(m["hanrate"])
        if low is not None and m["point"]:
            low += float("0." + "".join(str(to_int(c)) for c in m["point"]))
    elif m["all"]:
        low = 100
    elif m["denominator"]:
        top, bottom = _number(m["numerator"]), _number(m["denominator"])
        low, form = (round(top * 100 / bottom, 2) if top and bottom else None), "share"
    elif m["tenths"]:
        low, form = (_number(m["tenths"]) or 0) * 10, "share"
    elif m["half"]:
        low, form = 50, "share"
    elif m["doubled"]:
        low, unit, form = 2 ** (_number(m["doubled"]) or 1), "倍", "doubled"
    elif m["rank"]:
        low, unit, form = _number(m["rank"]), "名", "rank"
    elif m["first"]:
        low, high, form = _number(m["first"]), _number(m["last"]), "range"
        unit = _unit(m["span_unit"])
        if m["mid"] and _unit(m["mid"]) != unit:
            return None
    else:
        low, unit, form = _number(m["count"]), _unit(m["unit"]), "count"
    if low is None or (form == "range" and (high is None or high <= low)):
        return None
    if unit == "year" and (high or low) > 100:
        return None  # 2021年, 2021-2025年
    return Quantity(m.start(), m.end(), float(low), high, unit, form)


def _number(written: str) -> float | None:
    plain = written.replace(",", "")
    if plain[0].isascii():
        return float(plain)
    value = to_int(plain)
    return None if value is None else float(value)


def _unit(written: str) -> str:
    return _UNITS.get(written, written)
