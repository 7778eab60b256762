"""One's own notification settings."""

from typing import Any

from engine.context import Context
from engine.organisation.models import Person
from notifications import preferences
from notifications.preferences import Wishes
from notifications.topics import Topic
from webapp.api import ApiBlueprint
from webapp.requests import context
from webapp.schemas.preferences import PreferencesSchema

blueprint = ApiBlueprint("preferences", "/me/notification-settings", "One's own notification settings.")


@blueprint.get("")
@blueprint.response(200, PreferencesSchema)
def show() -> dict[str, Any]:
    """By which channel one is told what, and when. On the site everything is always told."""
    return _told(context())


@blueprint.put("")
@blueprint.arguments(PreferencesSchema)
@blueprint.response(200, PreferencesSchema)
def change(given: dict[str, Any]) -> dict[str, Any]:
    """Put all of them at once."""
    ctx = context()
    muted = frozenset(topic for topic in Topic if topic not in given["email_topics"])
    wished = Wishes(
        muted, frozenset(given["sms_topics"]), given["quiet_from"], given["quiet_until"], given["digest"]
    )
    preferences.change(ctx, wished, given["language"])
    return _told(ctx)


def _told(ctx: Context) -> dict[str, Any]:
    mine = preferences.mine(ctx)
    return {
        "email_topics": mine.email_topics,
        "sms_topics": sorted(mine.sms_topics),
        "quiet_from": mine.quiet_from,
        "quiet_until": mine.quiet_until,
        "digest": mine.digest,
        "language": ctx.session.get_one(Person, ctx.actor.person_id).language,
    }
