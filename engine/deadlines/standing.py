"""What a deadline's date is by a calendar: its basis counted, and what was done to it since done again. Pure.

A date that was set (an extension) stands by itself; what was counted follows the calendar. An amended plan gives
another basis, which takes the place of the old one and of what was done to it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from engine.clock import local_date
from engine.deadlines.basis import Basis
from engine.deadlines.models import ChangeKind, DeadlineState
from engine.working_days import WorkingCalendar


class Done(Protocol):
    """A change as `DeadlineChange` keeps it."""

    @property
    def kind(self) -> str: ...
    @property
    def to_on(self) -> date: ...
    @property
    def changed_at(self) -> datetime: ...


@dataclass(frozen=True)
class Standing:
    due_on: date
    provisional: bool


def stands(basis: Basis, changes: Iterable[Done], calendar: WorkingCalendar) -> Standing:
    """The date by a calendar. ``changes`` in the order in which they were made."""
    count = basis.count(calendar)
    due_on, provisional = count.due_on, count.provisional
    paused_on: date | None = None
    for change in changes:
        if change.kind == ChangeKind.PAUSED:
            paused_on = local_date(change.changed_at)
        elif change.kind == ChangeKind.RESUMED and paused_on is not None:
            due_on = resumed(due_on, paused_on, local_date(change.changed_at), calendar)
            provisional = provisional or calendar.is_provisional(due_on)
        elif change.kind == ChangeKind.AMENDED:  # the basis is the one that the last amendment gave
            due_on, provisional = count.due_on, count.provisional
        elif change.kind != ChangeKind.RECOMPUTED:
            due_on, provisional = change.to_on, False
    return Standing(due_on, provisional)


def resumed(due_on: date, paused_on: date, resumed_on: date, calendar: WorkingCalendar) -> date:
    """The date after a pause: the working days that were left when it began are counted on from its end."""
    if resumed_on <= paused_on:
        return due_on
    left = calendar.working_days_between(paused_on, due_on)
    return max(calendar.shift(resumed_on, left), due_on)


def due_again(state: str, due_on: date, wanted: date, today: date) -> date:
    """The date that a calendar gives to a deadline which has one already.

    A limit is never put behind today: what a notice takes away is not taken from days that are over. A limit that
    went by stays over, unless by the calendar in force it has not gone by at all.
    """
    if state == DeadlineState.PAUSED:
        return wanted
    if due_on < today:
        return wanted if wanted >= today else due_on
    return max(wanted, today)
