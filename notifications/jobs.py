"""Periodic jobs of the notifications, for the ticker of the edge."""

from engine.jobs import Job
from notifications import delivery

JOBS: tuple[Job, ...] = (
    Job("消息分发", 0, delivery.dispatch),
    Job("邮件发送", 0, delivery.deliver_due),
)
