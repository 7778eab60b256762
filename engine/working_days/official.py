"""Days known beforehand: the notices up to the newest that chinesecalendar carries, and statutory days
after it.

The package raises NotImplementedError for any date beyond its data, so its tables are read directly and
the years that it covers are taken from them. A later year holds the statutory days only (Regulation on
Public Holidays for National Annual Festivals and Memorial Days, 2025 text): weekend swaps are not known
before the notice.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from chinese_calendar import constants

from engine.texts import N_
from engine.working_days.calendar import CalendarDayFact

OFFICIAL_SOURCE = N_("国务院办公厅节假日安排通知（chinesecalendar）")
PROVISIONAL_SOURCE = N_("《全国年节及纪念日放假办法》法定节日（安排通知尚未发布）")

#: First day of the lunar year, Qingming, Dragon Boat, Mid-Autumn (month, day): astronomical, hence known
#: ahead.
MOVING_FESTIVALS: Mapping[int, tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]] = {
    2027: ((2, 6), (4, 5), (6, 9), (9, 15)),
    2028: ((1, 26), (4, 4), (5, 28), (10, 3)),
    2029: ((2, 13), (4, 4), (6, 16), (9, 22)),
    2030: ((2, 3), (4, 5), (6, 5), (9, 12)),
    2031: ((1, 23), (4, 5), (6, 24), (10, 1)),
    2032: ((2, 11), (4, 4), (6, 12), (9, 19)),
    2033: ((1, 31), (4, 4), (6, 1), (9, 8)),
    2034: ((2, 19), (4, 5), (6, 20), (9, 27)),
    2035: ((2, 8), (4, 5), (6, 10), (9, 16)),
    2036: ((1, 28), (4, 4), (5, 30), (10, 4)),
}

Days = dict[date, CalendarDayFact]


def official_years() -> dict[int, Days]:
    """Holidays and make-up days of each year that has a notice, by year."""
    years: dict[int, Days] = {}
    for table, is_workday in ((constants.holidays, False), (constants.workdays, True)):
        for on, english in table.items():
            name = constants.Holiday(english).chinese
            years.setdefault(on.year, {})[on] = CalendarDayFact(is_workday, name, True)
    return years


def provisional_years() -> dict[int, Days]:
    """Statutory days of the years whose moving festivals are known here."""
    return {year: _statutory(year) for year in MOVING_FESTIVALS}


def _statutory(year: int) -> Days:
    spring, qingming, dragon_boat, mid_autumn = (date(year, m, d) for m, d in MOVING_FESTIVALS[year])
    named: list[tuple[str, Iterable[date]]] = [
        (N_("元旦"), [date(year, 1, 1)]),
        (N_("春节"), [spring + timedelta(days=k) for k in range(-1, 3)]),  # New Year's Eve and three days
        (N_("清明"), [qingming]),
        (N_("劳动节"), [date(year, 5, 1), date(year, 5, 2)]),
        (N_("端午"), [dragon_boat]),
        (N_("国庆节"), [date(year, 10, d) for d in (1, 2, 3)]),
        (N_("中秋"), [mid_autumn]),
    ]
    return {on: CalendarDayFact(False, name, False) for name, days in reversed(named) for on in days}
