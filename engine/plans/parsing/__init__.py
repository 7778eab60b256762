"""Read a published plan: bytes -> text -> outline -> key tasks and what stands beside them -> `PlanDraft`.

Pure and without configuration: no database, no clock, no directory of units. It proposes; a person confirms.
`pipeline` runs the stages, in this order; a stage that is a package lists its files in its `__init__`:

* reading/      a file's bytes as `SourceText` (source): one text, its tables, the places of both in the original
* text/         the text folded to one width, its lines, numerals, clauses
* outline/      numbered lines as a tree
* facts         what the document is: title, issuer, 文号, dates, kind
* assignments/  who does it
* limits/       by when
* figures/      what is to be reached
* key_tasks     each key task of the text; which numbered places are one, candidates; what holds for all, parsed_task
* tables/       key tasks from tables
* plan_level/   what is said outside key tasks
* draft         all that was found, with spans and defects (defects)

Besides: part reads a stretch that a person marked; packed takes a draft from process to process.
"""

from .assignments.unit_names import is_group
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
