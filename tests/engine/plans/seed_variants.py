"""Variants of the published sample, made when the tests run, with the answers changed alongside.

Each variant takes (text, answers) and gives both back; answers are {number, lead, responsible, limits, defects}
per key task. Nothing of the sample's text stands here.
"""

import random
import re
from dataclasses import dataclass, field, replace
from typing import Any

FULL_WIDTH = str.maketrans({c: chr(ord(c) + 0xFEE0) for c in ",:;()"})
_ENDINGS = ("局", "委", "办", "中心", "院", "厅", "处", "会", "队", "管理局", "委员会", "办公室", "管理中心")
_SYLLABLES = "云松石江岭溪湖峰林泉海原桥港星禾麦竹梅兰"


@dataclass(frozen=True)
class Answer:
    number: int
    lead: tuple[str, ...]
    responsible: tuple[tuple[str, ...], ...]  # as written, and completed
    limits: tuple[tuple[tuple[str, Any], ...], ...]
    defects: tuple[str, ...]


@dataclass(frozen=True)
class Case:
    text: str
    answers: tuple[Answer, ...]
    title: str
    issuer: str
    signed: str
    year: int
    sections: dict[int, str] = field(default_factory=dict)


LIMIT_KEYS = ("kind", "date", "start", "end", "days", "trigger", "period", "min_count")


def limits_of(deadlines: list[dict[str, Any]]) -> tuple[tuple[tuple[str, Any], ...], ...]:
    return tuple(tuple((k, d[k]) for k in LIMIT_KEYS if k in d) for d in deadlines)


def original(text: str, truth: dict[str, Any]) -> Case:
    meta = truth["meta"]
    answers = tuple(
        Answer(
            t["number"],
            tuple(t["lead_units"]),
            (tuple(t["responsible_units"]), tuple(t["responsible_units_normalised"])),
            limits_of(t["deadlines"]),
            tuple(sorted(t["malformed"])),
        )
        for t in truth["tasks"]
    )
    return Case(text, answers, meta["title"], meta["issuer"], meta["signed_date"], meta["document_year"])


def widen(case: Case, rng: random.Random) -> Case:
    def wide(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(n.translate(FULL_WIDTH) for n in names)

    answers = tuple(
        replace(
            a,
            lead=wide(a.lead),
            responsible=tuple(wide(r) for r in a.responsible),
            limits=_map_limits(a.limits, "trigger", lambda t: t.translate(FULL_WIDTH) if t else t),
        )
        for a in case.answers
    )
    return replace(
        case, text=case.text.translate(FULL_WIDTH), answers=answers, title=case.title.translate(FULL_WIDTH)
    )


def close_brackets(case: Case, rng: random.Random) -> Case:
    lines = [
        line + ")" if line.count("(") + line.count("（") > line.count(")") + line.count("）") else line
        for line in case.text.split("\n")
    ]
    answers = tuple(
        replace(a, defects=tuple(d for d in a.defects if d != "missing_closing_bracket"))
        for a in case.answers
    )
    return replace(case, text="\n".join(lines), answers=answers)


def rename_units(case: Case, rng: random.Random) -> Case:
    """Every single unit gets an invented name; group expressions keep their shape."""
    names = {n for a in case.answers for group in (a.lead, *a.responsible) for n in group}
    fresh: dict[str, str] = {}
    used: set[str] = set()
    for name in sorted(names, key=len, reverse=True):
        if name in fresh or "有关" in name:
            continue
        stem = ""
        while not stem or stem in used:
            stem = "".join(rng.sample(_SYLLABLES, rng.choice((2, 2, 3))))
        used.add(stem)
        if name.endswith("管委会"):
            place = name.removesuffix("管委会")
            fresh[name], fresh[place] = f"{stem}新区管委会", f"{stem}新区"
        elif name.startswith("各县"):
            fresh[name] = name[: name.index("〕") + 1] + (
                name[name.index("〕") + 1 :] if "政府" in name else stem + "局"
            )
        else:
            level = "市政府" if name.startswith("市政府") else "市委" if name.startswith("市委") else "市"
            fresh[name] = level + stem + rng.choice(_ENDINGS)
    pattern = re.compile("|".join(re.escape(n) for n in sorted(fresh, key=len, reverse=True)))

    def renamed(text: str) -> str:
        return pattern.sub(lambda m: fresh[m[0]], text)

    answers = tuple(
        replace(
            a,
            lead=tuple(map(renamed, a.lead)),
            responsible=tuple(tuple(map(renamed, r)) for r in a.responsible),
        )
        for a in case.answers
    )
    return replace(case, text=renamed(case.text), answers=answers)


def move_dates(case: Case, rng: random.Random) -> Case:
    """Years, months, days and counts change; the answers change with them."""
    year = case.year + rng.choice((-3, 2, 5))
    month, day, signed_month, signed_day = (
        rng.randint(8, 12),
        rng.randint(1, 28),
        rng.randint(1, 6),
        rng.randint(1, 28),
    )
    swaps = [
        (f"{case.year}年6月30日", f"{year}年{month}月{day}日"),
        (f"{case.year}年4月23日", f"{year}年{signed_month}月{signed_day}日"),
        (f"{case.year}年底前", f"{year}年11月底前"),
        (f"{case.year}年", f"{year}年"),
        (f"{case.year}-05-17", f"{year}-07-17"),
        ("20个工作日", "15个工作日"),
        ("起7个工作日", "起10个工作日"),
        ("不少于2次", "不少于4次"),
    ]
    text = case.text
    for old, new in swaps:
        assert old in text, old
        text = text.replace(old, new)

    def moved(limit: tuple[tuple[str, Any], ...], number: int) -> tuple[tuple[str, Any], ...]:
        values = dict(limit)
        for key in ("date", "start", "end"):
            if key in values:
                values[key] = f"{year}{values[key][4:]}"
        if values.get("date", "").endswith("06-30"):
            values["date"] = f"{year}-{month:02}-{day:02}"
        if values["kind"] == "date" and number == 4:
            values["date"] = f"{year}-11-30"
        if values["kind"] == "working_days":
            values["days"] = {20: 15, 7: 10}[values["days"]]
        if values["kind"] == "recurring":
            values["min_count"] = 4
        return tuple((k, values[k]) for k in LIMIT_KEYS if k in values)

    answers = tuple(replace(a, limits=tuple(moved(x, a.number) for x in a.limits)) for a in case.answers)
    return replace(
        case, text=text, answers=answers, signed=f"{year}-{signed_month:02}-{signed_day:02}", year=year
    )


def shuffle(case: Case, rng: random.Random) -> Case:
    """The bodies change places; the numbers stay in order. A lost separator stays with its number's place."""
    lines = case.text.split("\n")
    places = [i for i, line in enumerate(lines) if re.match(r"\s*\d{1,2}(?:、|(?=开展))", line)]
    assert len(places) == len(case.answers)
    parts = [re.match(r"(\s*\d{1,2})(、?)(.*)", lines[i], re.DOTALL) for i in places]
    order = list(range(len(places)))
    rng.shuffle(order)
    answers = []
    for position, source in enumerate(order):
        here, there = parts[position], parts[source]
        assert here
        assert there
        lines[places[position]] = here[1] + here[2] + there[3]
        answer = case.answers[source]
        defects = [d for d in answer.defects if d != "missing_separator_after_number"]
        if not here[2]:
            defects.append("missing_separator_after_number")
        answers.append(replace(answer, number=position + 1, defects=tuple(sorted(defects))))
    return replace(case, text="\n".join(lines), answers=tuple(answers))


def _map_limits(limits: Any, key: str, change: Any) -> Any:
    return tuple(tuple((k, change(v) if k == key else v) for k, v in limit) for limit in limits)


#: In the order in which they can be combined.
VARIANTS = {
    "dates": move_dates,
    "renamed": rename_units,
    "shuffled": shuffle,
    "closed": close_brackets,
    "wide": widen,
}
