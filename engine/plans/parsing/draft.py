"""What reading a document yields: a proposal with its sources, for a person to confirm.

Nothing here decides or stores. Every finding carries the span of characters it was read from, counted in
the text as read, so that `draft.text[span.start:span.end]` shows it.
"""

from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from .source import SourceText, Span


class DocumentKind(StrEnum):
    TASK_PLAN = "task_plan"
    INDICATOR_PLAN = "indicator_plan"
    RECTIFICATION_LIST = "rectification_list"
    ANNUAL_REPORT = "annual_report"
    NARRATIVE = "narrative"
    NEWS = "news"


class DeadlineKind(StrEnum):
    DATE = "date"
    PERIOD = "period"
    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    RECURRING = "recurring"
    ONGOING = "ongoing"
    IMMEDIATE = "immediate"
    UNSPECIFIED_LIMIT = "unspecified_limit"


@dataclass(frozen=True, slots=True)
class Defect:
    """One fault of the text that was repaired, or that a person must settle. Names: docs/plan-defects.md."""

    name: str
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something a person should look at, in one Chinese sentence."""

    code: str
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class UnitName:
    """A unit as listed: `text` with an elided prefix or suffix completed, `written` as it stands."""

    text: str
    written: str
    span: Span


@dataclass(frozen=True, slots=True)
class Deadline:
    """One limit. Which fields hold a value depends on `kind`; `date_on` and `end_on` are inclusive.

    For a recurring limit, `day` is the day of the month or, per week, of the week (1 = Monday); 31 means the last
    day. `month` is the month of the period, None for its last; `about` says whether the words name the period before
    (`previous`) or the one that runs (`current`). `levels` are the levels of government at each of which it is owed
    (市县两级). `min_days` is the lower bound of a two-sided limit (不少于5个、不超过15个工作日).
    """

    kind: DeadlineKind
    raw: str
    span: Span
    date_on: date | None = None
    start_on: date | None = None
    end_on: date | None = None
    days: int | None = None
    trigger: str | None = None
    period: str | None = None
    min_count: int | None = None
    month: int | None = None
    day: int | None = None
    about: str | None = None
    levels: tuple[str, ...] = ()
    min_days: int | None = None

    def meaning(self) -> "Deadline":
        """The limit without its words and place, to be compared."""
        return replace(self, raw="", span=Span(0, 0))

    def to_dict(self) -> dict[str, Any]:
        result: dict[str, Any] = {"raw": self.raw, "span": self.span.to_list(), "kind": self.kind.value}
        match self.kind:
            case DeadlineKind.DATE:
                result["date"] = _iso(self.date_on)
            case DeadlineKind.PERIOD:
                result |= {"start": _iso(self.start_on), "end": _iso(self.end_on)}
            case DeadlineKind.WORKING_DAYS | DeadlineKind.CALENDAR_DAYS:
                result |= {"days": self.days, "trigger": self.trigger}
                if self.min_days is not None:
                    result["min_days"] = self.min_days
            case DeadlineKind.RECURRING:
                result |= {"period": self.period, "min_count": self.min_count}
                result |= {k: v for k, v in (("month", self.month), ("day", self.day)) if v is not None}
                if self.levels:
                    result["levels"] = list(self.levels)
        return result


@dataclass(frozen=True, slots=True)
class Indicator:
    """A figure to reach. `op` is one of >= > <= < =; a two-sided limit is two indicators of the same span.

    `text` is the clause. `value` is a number, None where the text names none (高于全省平均水平), or a text where the
    figure is a date: `2021-12-31` with unit `date`, `01-31` (every year) with unit `month-day`. `unit` is %, a
    measure word as written, or working_day, day, month, hour, person. `inferred` says that the value stands in no
    figure of the text: 100 from 全部 or 全覆盖, 1 from 每年的情况要公开.
    """

    name: str
    text: str
    span: Span
    op: str | None
    value: float | str | None
    unit: str
    period: str | None = None
    modality: str | None = None
    group: str | None = None
    inferred: bool = False

    def to_dict(self) -> dict[str, Any]:
        value = self.value
        if isinstance(value, float) and value == int(value):
            value = int(value)
        return {
            "name": self.name,
            "text": self.text,
            "span": self.span.to_list(),
            "op": self.op,
            "value": value,
            "unit": self.unit,
            "period": self.period,
            "modality": self.modality,
            "group": self.group,
            "inferred": self.inferred,
        }


@dataclass(frozen=True, slots=True)
class Cadence:
    """An act that recurs. `period` is day, week, ten_days, month, two_months, quarter, half_year, year, 3year …
    or ad_hoc (适时, 不定期).

    `subject` is the heading it stands under, `actor` who acts where the text says so. `month` and `day` as in
    `Deadline`; `min_count` is how often in one period.
    """

    subject: str
    period: str
    action: str
    text: str
    span: Span
    actor: str | None = None
    min_count: int = 1
    month: int | None = None
    day: int | None = None

    def to_dict(self) -> dict[str, Any]:
        result: dict[str, Any] = {
            "subject": self.subject,
            "period": self.period,
            "action": self.action,
            "text": self.text,
            "span": self.span.to_list(),
            "actor": self.actor,
            "min_count": self.min_count,
        }
        return result | {k: v for k, v in (("month", self.month), ("day", self.day)) if v is not None}


@dataclass(frozen=True, slots=True)
class Campaign:
    """A 专项行动 or 攻坚行动 that a report or news names; `stages` where the text lists its steps."""

    name: str
    text: str
    span: Span
    stages: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "text": self.text,
            "span": self.span.to_list(),
            "stages": list(self.stages),
        }


@dataclass(frozen=True, slots=True)
class Duty:
    """A duty of the whole plan that is no key task: filing, inspection, assessment, briefing, organisation.

    Also `stage`: a phase of the plan to which no unit is assigned, with its days in `start_on` and `end_on`.
    """

    text: str
    span: Span
    kind: str
    start_on: date | None = None
    end_on: date | None = None

    def to_dict(self) -> dict[str, Any]:
        result: dict[str, Any] = {"text": self.text, "span": self.span.to_list(), "kind": self.kind}
        if self.kind == "stage":
            result["period"] = {"start": _iso(self.start_on), "end": _iso(self.end_on)}
        return result


@dataclass(frozen=True, slots=True)
class ParsedTask:
    """One proposed key task. `confidence` is from 0 to 1; a unit stands in one of the four unit lists only."""

    number: int
    number_raw: str
    section: str
    title: str
    text: str
    span: Span
    leaders: tuple[str, ...] = ()
    lead_units: tuple[UnitName, ...] = ()
    responsible_units: tuple[UnitName, ...] = ()
    cooperating_units: tuple[UnitName, ...] = ()
    supervising_units: tuple[UnitName, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    defects: tuple[Defect, ...] = ()
    confidence: float = 1.0

    def to_dict(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "number_raw": self.number_raw,
            "section": self.section,
            "title": self.title,
            "text": self.text,
            "span": self.span.to_list(),
            "leaders": list(self.leaders),
            "lead_units": [u.text for u in self.lead_units],
            "responsible_units": [u.text for u in self.responsible_units],
            "cooperating_units": [u.text for u in self.cooperating_units],
            "supervising_units": [u.text for u in self.supervising_units],
            "deadlines": [d.to_dict() for d in self.deadlines],
            "indicators": [i.to_dict() for i in self.indicators],
            "defects": [{"name": d.name, "span": d.span.to_list(), "text": d.text} for d in self.defects],
            "confidence": self.confidence,
        }


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """Who issued what, when. `reference` is the 文号; `document_year` is the year that undated limits mean."""

    title: str | None = None
    issuer: str | None = None
    reference: str | None = None
    signed_on: date | None = None
    document_year: int | None = None
    kind: DocumentKind = DocumentKind.NARRATIVE

    def to_dict(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "issuer": self.issuer,
            "signed_date": _iso(self.signed_on),
            "document_year": self.document_year,
            "kind": self.kind.value,
        }


@dataclass(frozen=True, slots=True)
class PlanDraft:
    """The whole reading of one document."""

    source: SourceText
    document: DocumentFacts
    key_tasks: tuple[ParsedTask, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    cadences: tuple[Cadence, ...] = ()
    campaigns: tuple[Campaign, ...] = ()
    duties: tuple[Duty, ...] = ()
    notes: tuple[Note, ...] = field(default=())

    @property
    def text(self) -> str:
        return self.source.text

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that `duban plan parse FILE --json` prints; `place` is where it stands in the original."""
        told = self._told()
        for name in ("tasks", "indicators", "cadences", "campaigns", "duties", "notes"):
            for finding in told[name]:
                if place := self.source.place_of(Span(*finding["span"])):
                    finding["place"] = place.to_dict()
        return told

    def _told(self) -> dict[str, Any]:
        return {
            "document": self.document.to_dict(),
            "tasks": [t.to_dict() for t in self.key_tasks],
            "indicators": [i.to_dict() for i in self.indicators],
            "cadences": [c.to_dict() for c in self.cadences],
            "campaigns": [c.to_dict() for c in self.campaigns],
            "duties": [d.to_dict() for d in self.duties],
            "notes": [{"code": n.code, "text": n.text, "span": n.span.to_list()} for n in self.notes],
        }


def _iso(value: date | None) -> str | None:
    return value.isoformat() if value else None
