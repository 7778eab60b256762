"""Topics: the few heads under which people and endpoints choose what reaches them."""

from collections.abc import Mapping
from enum import StrEnum

from engine.texts import N_


class Topic(StrEnum):
    DUTY = "duty"
    TIME = "time"
    REVIEW = "review"
    INSPECTION = "inspection"
    OTHER = "other"


NAMES: Mapping[Topic, str] = {
    Topic.DUTY: N_("交办、调整和办结"),
    Topic.TIME: N_("催办、到期提醒和逾期"),
    Topic.REVIEW: N_("签批、审核和退回"),
    Topic.INSPECTION: N_("检查和整改"),
    Topic.OTHER: N_("其他"),
}

#: By kind, else by the subject before the full stop, else OTHER.
_KINDS = {"work_item.urged": Topic.TIME, "unit.urged": Topic.TIME}
_SUBJECTS = {
    "work_item": Topic.DUTY,
    "key_task": Topic.DUTY,
    "campaign": Topic.DUTY,
    "deadline": Topic.TIME,
    "calendar": Topic.TIME,
    "digest": Topic.TIME,
    "extension": Topic.TIME,
    "change_request": Topic.TIME,
    "notice": Topic.TIME,
    "obligation": Topic.REVIEW,
    "review": Topic.REVIEW,
    "check": Topic.INSPECTION,
    "rectification": Topic.INSPECTION,
    "inspection_round": Topic.INSPECTION,
}


def topic(kind: str) -> Topic:
    """The topic of a kind of news, also of kinds that are added later."""
    return _KINDS.get(kind) or _SUBJECTS.get(kind.partition(".")[0], Topic.OTHER)
