"""Read a published plan: bytes -> text -> outline -> assignments, limits and figures -> `PlanDraft`.

Pure and without configuration: no database, no clock, no directory of units. It proposes; a person confirms.
The stages stand in files of their own, in this order: reading, normalise, lines, structure
(numbering), facts, assignments (brackets, labels, units, people), deadlines, indicators (rejoined,
clauses, quantities, tense, indicator_names, unsaid), key_tasks (places, subjects), tables (table_grids, table_header,
table_rows, table_flat, table_overlap), and whole_plan for what is said outside key tasks (cadences, campaigns,
goal_dates, plan_level).
"""

from .draft import (
    Cadence,
    Campaign,
    Deadline,
    DeadlineKind,
    Defect,
    DocumentFacts,
    DocumentKind,
    Duty,
    Indicator,
    Note,
    ParsedTask,
    PlanDraft,
    UnitName,
)
from .pipeline import (
    parse_document,
    parse_source,
    parse_text,
    read_limits,
    without_assignments,
)
from .source import Place, SourceText, Span, Table
from .units import is_group

__all__ = [
    "Cadence",
    "Campaign",
    "Deadline",
    "DeadlineKind",
    "Defect",
    "DocumentFacts",
    "DocumentKind",
    "Duty",
    "Indicator",
    "Note",
    "ParsedTask",
    "Place",
    "PlanDraft",
    "SourceText",
    "Span",
    "Table",
    "UnitName",
    "is_group",
    "parse_document",
    "parse_source",
    "parse_text",
    "read_limits",
    "without_assignments",
]
