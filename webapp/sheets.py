"""Lists as CSV that spreadsheet programs open as they are: UTF-8 with its mark, and no cell that would be run."""

import csv
import io
from collections.abc import Iterable

#: Spreadsheet programs run cells that begin so.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def lines(rows: Iterable[Iterable[object]]) -> str:
    """CSV lines of the rows. Text that would be taken for a formula gets a quote in front."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows([[_cell(value) for value in row] for row in rows])
    return out.getvalue()


def _cell(value: object) -> object:
    if value is None:
        return ""
    return "'" + value if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA) else value
