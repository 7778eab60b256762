"""The process engine: published diagrams, their running instances, what waits for whom.

The only package that imports SpiffWorkflow. The library serves as a pure state machine in memory; what is stored,
what may be drawn and what an expression may say is decided here. Diagrams say what comes next, never what is true.

The verbs that ideas call stand in `runtime`, the reads in `inbox`, publishing in `definitions`.
"""

from engine.process.runtime import cancel as cancel
from engine.process.runtime import complete_user_task as complete_user_task
from engine.process.runtime import fire_deadline as fire_deadline
from engine.process.runtime import hand_over as hand_over
from engine.process.runtime import send_message as send_message
from engine.process.runtime import set_due as set_due
from engine.process.runtime import standing as standing
from engine.process.runtime import start as start
