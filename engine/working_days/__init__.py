"""Which day is a working day, and how limits in days are counted.

A working day is what the State Council's yearly notice says. This package knows days only: no deadline,
no reminder.
"""

from engine.working_days.calendar import CalendarDayFact as CalendarDayFact
from engine.working_days.calendar import Count as Count
from engine.working_days.calendar import CountedDay as CountedDay
from engine.working_days.calendar import Why as Why
from engine.working_days.calendar import WorkingCalendar as WorkingCalendar
from engine.working_days.changes import Change as Change
from engine.working_days.changes import DayChange as DayChange
from engine.working_days.local import load_of as load_of
from engine.working_days.local import of_unit as of_unit
from engine.working_days.local import of_units as of_units
from engine.working_days.local import register_line as register_line
from engine.working_days.models import CalendarDay as CalendarDay
from engine.working_days.models import CalendarEdition as CalendarEdition
from engine.working_days.models import DayStatus as DayStatus
from engine.working_days.models import LocalDay as LocalDay
from engine.working_days.service import change as change
from engine.working_days.service import digest_query as digest_query
from engine.working_days.service import in_force as in_force
from engine.working_days.service import load as load
from engine.working_days.service import load_digest as load_digest
from engine.working_days.service import replace_year as replace_year
from engine.working_days.service import seed_official as seed_official
