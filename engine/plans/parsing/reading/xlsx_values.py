"""What a spreadsheet shows for a stored number: dates as 2026年6月30日, 0.8 as 80%, 3.0 as 3."""

import re
from datetime import datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

#: Built-in formats that the Chinese Excel alone has (18.8.30): dates without a code in the file.
_CHINESE = dict.fromkeys((27, 36, 50, 52, 57), "yyyy年m月")
_CHINESE |= dict.fromkeys((28, 29, 51, 53, 54, 58), "m月d日")
_CHINESE |= {30: "m-d-yy", 31: "yyyy年m月d日", 32: "h时mm分", 33: "h时mm分ss秒", 34: "h时mm分", 35: "h时mm分ss秒",
             55: "h时mm分", 56: "h时mm分ss秒"}  # fmt: skip

_LITERAL = re.compile(r"\"[^\"]*\"|\[[^\]]*\]|\\.|_.")
_DATE = re.compile(r"[ymdhs]|aaa")
_AROUND = re.compile(r'(?:"([^"]*)")?\s*([#0][#0,]*)(?:\.[0#]+)?\s*(?:"([^"]*)")?')
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d))?.*")


class Formats:
    """The number formats of a workbook, by the style of a cell."""

    def __init__(self, s: str, styles: Any | None, *, from_1904: bool) -> None:
        self._epoch = MAC_EPOCH if from_1904 else WINDOWS_EPOCH
        own: dict[str, str] = {}
        self._of_style: list[str] = []
        if styles is None:
            return
        for form in styles.iterfind(f"{s}numFmts/{s}numFmt"):
            own[form.get("numFmtId", "")] = form.get("formatCode", "")[:200]
        for style in styles.iterfind(f"{s}cellXfs/{s}xf"):
            key = style.get("numFmtId", "0")
            number = int(key) if re.fullmatch(r"\d{1,4}", key) else 0
            self._of_style.append(
                own.get(key) or _CHINESE.get(number) or BUILTIN_FORMATS.get(number, "General")
            )

    def shown(self, stored: str, style: str | None, *, is_date: bool) -> str:
        """The number `stored` as the sheet shows it, but with all its digits. `is_date`: stored in ISO 8601."""
        if is_date:
            if not (match := _ISO.fullmatch(stored)):
                return stored
            year, month, day, hour, minute = (int(part or 0) for part in match.groups())
            return f"{year}年{month}月{day}日" + (f"{hour}:{minute:02}" if hour or minute else "")
        at = int(style) if style and re.fullmatch(r"\d{1,6}", style) else 0
        code = self._of_style[at] if at < len(self._of_style) else "General"
        try:
            value = Decimal(f"{float(stored):.15g}")
        except (ValueError, InvalidOperation):
            return stored
        if not value.is_finite():
            return stored
        return self._number(value, code.partition(";")[0])

    def _number(self, value: Decimal, code: str) -> str:
        bare = _LITERAL.sub("", code)
        if code != "General" and _DATE.search(bare.lower()):
            return self._date(value, bare.lower())
        if "%" in bare:
            return _plain(value * 100) + "%"
        if re.fullmatch(r"0{2,}", bare) and value == int(value) and code == bare:
            return str(int(value)).zfill(len(bare))
        around = _AROUND.fullmatch(code)
        if around:
            return (around[1] or "") + _plain(value) + (around[3] or "")
        return _plain(value)

    def _date(self, value: Decimal, code: str) -> str:
        if not 0 <= value < 2_958_466:
            return _plain(value)
        # the 29th of February 1900 that spreadsheets believe in
        shift = 1 if 0 < value < 60 and self._epoch == WINDOWS_EPOCH else 0
        at: datetime = self._epoch + timedelta(days=float(value) + shift)
        at = (at + timedelta(milliseconds=500)).replace(microsecond=0)
        clock = "" if at.time() == time() else f" {at.hour}:{at.minute:02}"
        if "y" not in code and "d" not in code:
            if "h" in code or "s" in code:
                return f"{at.hour}:{at.minute:02}"
            return f"{at.month}月" if code.count("m") < 5 else _plain(value)
        if "d" not in code:
            return f"{at.year}年{at.month}月" if "m" in code else f"{at.year}年"
        return f"{at.year}年{at.month}月{at.day}日" + (clock if "h" in code else "")


def _plain(value: Decimal) -> str:
    """Without exponent and without empty decimals."""
    written = f"{value:f}"
    return written.rstrip("0").rstrip(".") if "." in written else written
