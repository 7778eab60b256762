"""Periodic jobs of the notifications, for the ticker of the edge."""

from engine.jobs import Job
from engine.texts import N_
from notifications import delivery

JOBS: tuple[Job, ...] = (
    Job(N_("消息分发"), 0, delivery.dispatch),
    Job(N_("邮件发送"), 0, delivery.deliver_due),
)
