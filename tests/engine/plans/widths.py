"""Marks in both widths, so that every case of a stage's table is tried in both."""

from typing import Any

import pytest

_HALF = ",:;()"
FULL_WIDTH = str.maketrans({c: chr(ord(c) + 0xFEE0) for c in _HALF})
HALF_WIDTH = str.maketrans({chr(ord(c) + 0xFEE0): c for c in _HALF})
both_widths = pytest.mark.parametrize("width", [HALF_WIDTH, FULL_WIDTH], ids=["half", "full"])


def narrow(value: Any) -> Any:
    """`value` with half-width marks, to hold against an answer that was written so."""
    if isinstance(value, str):
        return value.translate(HALF_WIDTH)
    if isinstance(value, dict):
        return {k: narrow(v) for k, v in value.items()}
    return [narrow(v) for v in value] if isinstance(value, list | tuple) else value
