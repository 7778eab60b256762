"""Short messages through a gateway of the operator: one POST of JSON, described in docs/webhooks.md."""

import re

import orjson

from engine.settings import Settings
from engine.texts import translate
from notifications.channels import http
from notifications.channels.content import Mail
from notifications.channels.outcome import Refused

#: Characters of one message; the gateway would cut it into parts, which cost.
LONGEST = 300
_NUMBER = re.compile(r"\+?[0-9]{5,20}")


def text(settings: Settings, mail: Mail) -> str:
    """What the telephone shows: one piece of news in its own words, several as a count."""
    if len(mail.pieces) == 1:
        said = " ".join(mail.pieces[0].title.split())
    else:
        said = translate("您有 {count} 条新消息，请登录督办系统查看", mail.language, count=len(mail.pieces))
    filled = settings.sms_template.replace("{organisation}", settings.organisation_name)
    left = LONGEST - room(settings, "")
    return filled.replace("{text}", said if len(said) <= left else said[: max(left - 1, 0)] + "…")


def room(settings: Settings, said: str) -> int:
    """Characters of a message that says so much."""
    filled = settings.sms_template.replace("{organisation}", settings.organisation_name)
    return len(filled.replace("{text}", said))


def send(settings: Settings, mail: Mail) -> str:
    """Returns the gateway's answer. Raises Deferred or Refused."""
    number = re.sub(r"[\s()-]", "", mail.address)
    if not _NUMBER.fullmatch(number):
        raise Refused("not a telephone number")
    body = orjson.dumps({"id": mail.mail_id, "phone": number, "text": text(settings, mail)})
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Authorization": f"Bearer {settings.sms_token}",
    }
    answer = http.post(
        settings, settings.sms_url, body, headers, hide=[settings.sms_token], trusted=True
    )  # set by the operator
    return http.accept(answer)
