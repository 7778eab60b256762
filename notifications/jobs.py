"""Periodic jobs of the notifications, for the ticker of the edge: one for each channel, so that none waits for another."""

from engine.jobs import Job
from engine.texts import N_
from notifications import delivery, digest
from notifications.models import Channel

JOBS: tuple[Job, ...] = (
    Job(N_("消息分发"), 0, delivery.dispatch),
    Job(N_("每日到期汇总"), 60, digest.send_due),
    Job(N_("邮件发送"), 0, delivery.by(Channel.EMAIL)),
    Job(N_("短信发送"), 0, delivery.by(Channel.SMS)),
    Job(N_("接口推送"), 0, delivery.by(Channel.WEBHOOK)),
    Job(N_("企业微信发送"), 0, delivery.by(Channel.WECOM)),
    Job(N_("钉钉发送"), 0, delivery.by(Channel.DINGTALK)),
)
