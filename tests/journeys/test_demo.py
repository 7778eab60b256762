"""The demo's city keeps what it promises: everybody has something to do, and every kind of turn can be seen.

It is built once, on a day after a weekend and one in the middle of the holidays' shadow of a year's end.
"""

import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, Select, func, select

from engine import audit, deadlines, files, working_days
from engine.audit import AuditEntry
from engine.campaigns.models import KeyTask, KeyTaskState, Obligation, WorkItem, WorkItemState
from engine.clock import SHANGHAI, FixedClock, local_date
from engine.context import Actor, Context, Role
from engine.db import make_engine, transaction
from engine.deadlines import Deadline, DeadlineState
from engine.deadlines.models import DeadlineStep
from engine.deadlines.rules import Colour
from engine.evidence.models import EvidenceFile, Submission, SubmissionState
from engine.inspections import certificate
from engine.inspections.models import (
    CheckState,
    DrawExclusion,
    ExclusionReason,
    InspectionRound,
    Rectification,
    RectificationReport,
    RectificationState,
    RoundState,
    SiteCheck,
)
from engine.organisation import accounts, matching
from engine.organisation.credentials import Account
from engine.organisation.models import Person, Unit, UnitGroup
from engine.outbox import OutboxMessage
from engine.plans.models import Plan, PlanState, PlanTask
from engine.process import inbox
from engine.process.models import UserTask
from engine.queue import QueueItem
from engine.settings import Settings
from notifications.models import Notification
from tests.journeys import demo_days
from webapp.demo import city, conduct
from webapp.demo.build import build
