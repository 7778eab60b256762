"""Where on the site the subject of a notification is shown. The paths are those of webapp's pages."""

from urllib.parse import urljoin

from notifications.models import Announcement, Notification

_PATHS = {
    "key_task": "/key-tasks/{id}",
    "campaign": "/campaigns/{id}",
    "inspection_round": "/rounds/{id}",
    "extension": "/extensions/{id}",
    "change_request": "/change-requests/{id}",
    "notice": "/notices/{id}",
    "check": "/checks/{id}",
    "rectification": "/rectifications/{id}",
    "unit": "/inbox",
    "person": "/inbox",
}


def path(notification: Notification | Announcement) -> str:
    """The page to open; the list of messages where the subject has no page of its own."""
    if notification.kind == "unit.urged":
        return "/urgings"
    known = _PATHS.get(notification.subject_type)
    if known is not None:
        return known.format(id=notification.subject_id)
    if notification.work_item_id is not None:
        return f"/work-items/{notification.work_item_id}"
    return "/messages"


def url(base_url: str, notification: Notification | Announcement) -> str:
    return urljoin(base_url.rstrip("/") + "/", path(notification).lstrip("/"))
