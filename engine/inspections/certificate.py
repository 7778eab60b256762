"""The certificate of a draw: everything that is needed to repeat it, and the function that repeats it.

A certificate is one JSON object (also given as CSV, one line an item). `verify` trusts nothing in it: hashes,
sample size, tickets, ranks and inspectors are computed again from the two lists, the rate and the seed alone.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from engine.errors import InvalidInput
from engine.inspections import sampling
from engine.texts import N_


@dataclass(frozen=True)
class Member:
    """One line of the population, and, once drawn, its ticket and lot."""

    key: int
    number: str
    unit: str
    unit_path: str
    ticket: str | None = None
    rank: int | None = None
    inspector: int | None = None

    @property
    def item(self) -> sampling.Item:
        return sampling.Item(self.key, self.number, self.unit)


@dataclass(frozen=True)
class PoolMember:
    """One inspector of the pool; ``left`` when the post had ended by the day of the draw."""

    key: int
    name: str
    unit: str
    lines: tuple[str, ...]
    left: bool = False

    @property
    def inspector(self) -> sampling.Inspector:
        return sampling.Inspector(self.key, frozenset(self.lines))


@dataclass(frozen=True)
class Certificate:
    """What is published of a round: before the draw without ``seed``, tickets and ranks."""

    round: int
    title: str
    rate: int
    seed_source: str
    seed: str | None
    population_hash: str
    inspector_hash: str
    prepared_at: str
    drawn_at: str | None
    population: tuple[Member, ...]
    inspectors: tuple[PoolMember, ...]
    procedure: str = sampling.PROCEDURE

    @property
    def commitment(self) -> str:
        return sampling.commitment(self.population_hash, self.inspector_hash, self.rate, self.seed_source)

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "commitment": self.commitment}


@dataclass(frozen=True)
class Problem:
    """Where a certificate contradicts itself. ``text`` is a msgid with ``{name}`` parameters."""

    code: str
    text: str
    params: Mapping[str, Any]


#: spreadsheet programs run cells that begin so
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(certificate: Certificate) -> str:
    """One line an item, ascending by key; text that a spreadsheet would run as a formula gets a quote."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["id", "number", "unit", "ticket", "rank", "inspector"])
    names = {inspector.key: inspector.name for inspector in certificate.inspectors}
    for member in certificate.population:
        chosen = names.get(member.inspector or 0, "")
        cells = (member.key, member.number, member.unit, member.ticket or "", member.rank or "", chosen)
        writer.writerow(["'" + c if isinstance(c, str) and c.startswith(_FORMULA) else c for c in cells])
    return out.getvalue()


def from_json(data: Any) -> Certificate:
    """Read a certificate. Raises InvalidInput when its shape is not that of `Certificate.as_json`.

    Whatever `verify` is going to do with a value is tried here once, so that no wrong type surfaces there.
    """
    try:
        fields = dict(data)
        fields.pop("commitment", None)
        fields["population"] = tuple(Member(**member) for member in fields["population"])
        fields["inspectors"] = tuple(
            PoolMember(**{**member, "lines": tuple(member["lines"])}) for member in fields["inspectors"]
        )
        certificate = Certificate(**fields)
        sampling.sample_size(len(certificate.population), certificate.rate)
        sampling.population_hash(member.item for member in certificate.population)
        sampling.inspector_hash(member.inspector for member in certificate.inspectors)
        sampling.clean_seed(certificate.seed or "")
        "".join([certificate.title, certificate.commitment, *(m.unit_path for m in certificate.population)])
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise InvalidInput("draw.certificate_unreadable", "文件不是抽签凭证，或内容不完整") from error
    return certificate


def verify(certificate: Certificate) -> list[Problem]:
    """Repeat the draw. An empty list means that every published value follows from lists, rate and seed."""
    return list(_problems(certificate))


def _problems(c: Certificate) -> Iterable[Problem]:
    if c.procedure != sampling.PROCEDURE:
        yield Problem("procedure", N_("抽签办法“{found}”不是“{known}”，无法复核"),
                      {"found": c.procedure, "known": sampling.PROCEDURE})  # fmt: skip
        return
    frozen = sampling.population_hash(member.item for member in c.population)
    if frozen != c.population_hash:
        yield Problem("population_hash", N_("名单与公布的名单指纹不符"), {})
    pool = sampling.inspector_hash(member.inspector for member in c.inspectors)
    if pool != c.inspector_hash:
        yield Problem("inspector_hash", N_("检查员名单与公布的指纹不符"), {})
    if c.seed is None:
        return
    size = sampling.sample_size(len(c.population), c.rate)
    drawn = sampling.draw(c.seed, frozen, (m.key for m in c.population), size)
    ranks = {d.key: d.rank for d in drawn}
    lines = {m.key: m.unit_path for m in c.population}
    free = [m.inspector for m in c.inspectors if not m.left]
    lots = {
        a.item: a.inspector
        for a in sampling.assign(c.seed, frozen, [(d.key, lines[d.key]) for d in drawn], free)
    }
    for member in c.population:
        at = {"number": member.number, "key": member.key}
        if member.ticket != sampling.ticket(c.seed, frozen, member.key):
            yield Problem("ticket", N_("事项 {number}（{key}）的签号与复算不符"), at)
        if member.rank != ranks.get(member.key):
            yield Problem("rank", N_("事项 {number}（{key}）是否抽中与复算不符"), at)
        elif member.inspector != lots.get(member.key):
            yield Problem("inspector", N_("事项 {number}（{key}）的检查员与复算不符"), at)
