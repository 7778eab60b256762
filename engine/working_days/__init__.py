"""Which day is a working day, and how limits in days are counted.

A working day is what the State Council's yearly notice says. This package knows days only: no deadline,
no reminder.
"""

from engine.working_days.calendar import CalendarDayFact as CalendarDayFact
from engine.working_days.calendar import Count as Count
from engine.working_days.calendar import CountedDay as CountedDay
from engine.working_days.calendar import Why as Why
from engine.working_days.calendar import WorkingCalendar as WorkingCalendar
from engine.working_days.models import CalendarDay as CalendarDay
from engine.working_days.models import CalendarEdition as CalendarEdition
from engine.working_days.models import DayStatus as DayStatus
from engine.working_days.service import digest_query as digest_query
from engine.working_days.service import load as load
from engine.working_days.service import load_digest as load_digest
from engine.working_days.service import replace_year as replace_year
from engine.working_days.service import seed_official as seed_official
