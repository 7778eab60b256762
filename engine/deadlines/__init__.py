"""Limits of duties: the one truth about what is due when, with reminders before and escalation after.

A deadline knows a subject by its type and id, and a unit by its id; it knows nothing of supervision.
Diagrams name a deadline kind; the sweep tells the subject's idea, by a hook, when the limit has passed.
"""

from engine.deadlines.actions import Action as Action
from engine.deadlines.basis import Basis as Basis
from engine.deadlines.basis import Rule as Rule
from engine.deadlines.conditions import Condition as Condition
from engine.deadlines.conditions import Fact as Fact
from engine.deadlines.configuring import adopt_chunk as adopt_chunk
from engine.deadlines.explain import Explanation as Explanation
from engine.deadlines.explain import explain as explain
from engine.deadlines.lights import Colour as Colour
from engine.deadlines.lights import Light as Light
from engine.deadlines.lights import Reason as Reason
from engine.deadlines.lights import Scheme as Scheme
from engine.deadlines.lights import light as light
from engine.deadlines.models import Deadline as Deadline
from engine.deadlines.models import DeadlineChange as DeadlineChange
from engine.deadlines.models import DeadlineState as DeadlineState
from engine.deadlines.models import DeadlineStep as DeadlineStep
from engine.deadlines.models import EscalationPolicy as EscalationPolicy
from engine.deadlines.models import LightScheme as LightScheme
from engine.deadlines.pausing import pause as pause
from engine.deadlines.pausing import resume as resume
from engine.deadlines.policies import Recipient as Recipient
from engine.deadlines.policies import seed_policies as seed_policies
from engine.deadlines.preview import Moved as Moved
from engine.deadlines.preview import Preview as Preview
from engine.deadlines.preview import preview as preview
from engine.deadlines.recompute import recompute_chunk as recompute_chunk
from engine.deadlines.schemes import scheme as scheme
from engine.deadlines.service import Opening as Opening
from engine.deadlines.service import amend as amend
from engine.deadlines.service import cancel as cancel
from engine.deadlines.service import extend as extend
from engine.deadlines.service import hand_over as hand_over
from engine.deadlines.service import meet as meet
from engine.deadlines.service import moved_here as moved_here
from engine.deadlines.service import open as open
from engine.deadlines.service import open_many as open_many
from engine.deadlines.service import reopen as reopen
from engine.deadlines.subjects import lock as lock
from engine.deadlines.subjects import register_fact as register_fact
from engine.deadlines.subjects import register_instance_lock as register_instance_lock
from engine.deadlines.subjects import register_subject as register_subject
from engine.deadlines.sweep import FiredStep as FiredStep
from engine.deadlines.sweep import act as act
from engine.deadlines.sweep import due_ids as due_ids
from engine.deadlines.sweep import sweep as sweep
from engine.deadlines.sweep import sweep_in_parts as sweep_in_parts
