"""A `PlanDraft` as plain JSON values and back, to be handed from one process to another.

Built back from the declared types of the fields: whatever the other process says, nothing but a draft comes of it.
"""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from functools import cache, partial
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from .draft import PlanDraft
from .source import Place, SourceText, Span, Table

Build = Callable[[Any], Any]


def pack(draft: PlanDraft) -> dict[str, Any]:
    """Spans as [start, end], dates as in ISO 8601; findings as lists of their fields' values."""
    source = draft.source
    told: dict[str, Any] = {name: _packed(getattr(draft, name)) for name in _parts()}
    told["source"] = {
        "text": source.text,
        "places": [{"start": place.start, **place.to_dict()} for place in source.places],
        "tables": [
            {"name": t.name, "rows": [[c.to_list() for c in row] for row in t.rows]} for t in source.tables
        ],
        "remarks": source.remarks,
    }
    return told


def unpack(told: dict[str, Any]) -> PlanDraft:
    """Raises what malformed values raise: TypeError, ValueError, KeyError."""
    given = told["source"]
    tables = (
        Table(tuple(tuple(Span(*cell) for cell in row) for row in one["rows"]), one["name"])
        for one in given["tables"]
    )
    source = SourceText(
        given["text"],
        tuple(Place(**place) for place in given["places"]),
        tuple(tables),
        tuple((code, text) for code, text in given["remarks"]),
    )
    kinds = get_type_hints(PlanDraft)
    return PlanDraft(source=source, **{name: _builder(kinds[name])(told[name]) for name in _parts()})


def _parts() -> list[str]:
    return [field.name for field in fields(PlanDraft) if field.name != "source"]


def _packed(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_packed(one) for one in value]
    if is_dataclass(value):
        return [_packed(getattr(value, field.name)) for field in fields(value)]
    return value


@cache
def _builder(kind: Any) -> Build:
    """What makes a value of the declared type of what `_packed` made of it."""
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        return partial(_object, kind, [_builder(hints[field.name]) for field in fields(kind)])
    if get_origin(kind) is tuple:
        return partial(_tuple, _builder(get_args(kind)[0]))
    if get_origin(kind) in (UnionType, Union):
        choices = [one for one in get_args(kind) if one is not type(None)]
        inner = _builder(choices[0]) if len(choices) == 1 else _same
        return partial(_optional, inner)
    if kind is date:
        return date.fromisoformat
    return kind if isinstance(kind, type) and issubclass(kind, Enum) else _same


def _object(kind: Callable[..., Any], builds: list[Build], values: list[Any]) -> Any:
    return kind(*(build(value) for build, value in zip(builds, values, strict=True)))


def _tuple(build: Build, values: list[Any]) -> tuple[Any, ...]:
    return tuple(build(value) for value in values)


def _optional(build: Build, value: Any) -> Any:
    return None if value is None else build(value)


def _same(value: Any) -> Any:
    return value
