"""Who does not simply do everything in time: the story of the demo, as one table.

Days are working days counted from today. What stands here concerns milestones and final reports; periodic reports
go their ordinary way, unless somebody is always late.
"""

from dataclasses import dataclass

#: The plan is imported, the campaign dispatched, and the two rounds are drawn on these days.
ISSUED = -84
IMPORTED = -82
DISPATCHED = -80
FIRST_ROUND = -38
SECOND_ROUND = -8
#: Key tasks whose assignment is confirmed late, and the one that still waits.
CONFIRMED_LATE = {19: -2}
UNCONFIRMED = {20}
#: Final date for key tasks to which the document sets none.
FINAL_ON = 60
#: Until this day of its final date a key task asks for no quarterly reports.
NO_PROGRESS_BEFORE = 30
#: A key task that its lead sums up late, so that the summary still waits to be accepted.
SUMMARISED_ON = {14: -2}
#: A key task whose first summary the office returns.
SUMMARY_RETURNED = {2}
#: Of the second round, this inspector still has a check to make and a rectification to verify.
BUSY_INSPECTOR = "pengxue"
#: The first rectification of all is reported too briefly and comes back.
RETURNED_RECTIFICATION = 1
#: Work items that the office withdraws, those whose last report is paused, and those that are urged: day, key task, unit.
CANCELLED = ((-45, 12, "prosecution"),)
PAUSED = ((-6, 7, "labour"),)
#: Work items that are suspended: day, key task, unit, and the day of their review.
SUSPENDED = ((-12, 13, "court", 40),)
#: Final reports for which a later date is asked: day, key task, unit, the new day, and whether it has been granted.
EXTENDED = ((-10, 17, "education", 34, True), (-1, 17, "health", 34, False))
URGED = ((-3, 6, "lanxi"), (-1, 6, "lanxi"))
#: Events that bring about a report of their own: day, key task, unit, which text.
EVENTS = (
    (-60, 1, "market", 0),
    (-31, 1, "market", 1),
    (-3, 1, "market", 2),
    (-40, 18, "hitech", 0),
    (-2, 18, "hitech", 1),
)


@dataclass(frozen=True)
class Way:
    """How one unit carries one key task."""

    #: The day on which it reports, whatever the limit.
    report_on: int | None = None
    #: False: it hands in nothing.
    reports: bool = True
    #: Working days after the limit at which it reports.
    late: int = 0
    #: False: it has not even acknowledged, or its head has not signed, or the lead has not decided.
    acknowledges: bool = True
    signs: bool = True
    is_reviewed: bool = True
    #: Working days too many that it takes to acknowledge.
    slow: int = 0
    #: How many rounds the lead returns, and how many its own head refuses.
    returned: int = 0
    refused: int = 0


_ORDINARY = Way()
_WAYS: dict[tuple[int, str], Way] = {
    (2, "tingquan"): Way(refused=1),
    (2, "puqiao"): Way(returned=1),
    (4, "puqiao"): Way(report_on=-22, returned=1),
    (4, "qiyun"): Way(late=2),
    (4, "*"): Way(report_on=-17),
    (5, "education"): Way(report_on=-9, is_reviewed=False),
    (5, "health"): Way(report_on=-3, is_reviewed=False),
    (5, "lanxi"): Way(reports=False),
    (6, "lanxi"): Way(reports=False),
    (6, "qiyun"): Way(late=2),
    (6, "tingquan"): Way(report_on=-20, returned=1),
    (8, "lanxi"): Way(reports=False),
    (8, "puqiao"): Way(report_on=-1),
    (8, "health"): Way(report_on=-3, is_reviewed=False),
    (10, "ecology"): Way(reports=False),
    (10, "*"): Way(report_on=-8),
    (11, "health"): Way(late=3),
    (14, "qiyun"): Way(returned=2),
    (15, "justice"): Way(report_on=-2),
    (16, "lanxi"): Way(report_on=-2, signs=False),
    (16, "tingquan"): Way(report_on=-6, returned=1),
    (16, "court"): Way(slow=4),
    (17, "police"): Way(report_on=-4),
    (19, "lanxi"): Way(acknowledges=False),
    (19, "puqiao"): Way(acknowledges=False),
    (19, "tingquan"): Way(acknowledges=False),
}


def way(number: int, unit: str) -> Way:
    """Of the key task with this number and the unit with this key."""
    return _WAYS.get((number, unit)) or _WAYS.get((number, "*")) or _ORDINARY
