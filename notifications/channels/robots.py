"""Group robots of WeCom 企业微信 and DingTalk 钉钉: an address that holds a key; DingTalk's messages are signed, too.

Neither can tell a second copy from a first, so a delivery whose outcome is unknown is repeated once at most.
"""

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import orjson

from engine.settings import Settings
from notifications.channels import group_text, http
from notifications.channels.content import Mail, Target
from notifications.channels.outcome import Deferred, Refused

#: Bytes of one text that the robots take.
WECOM_LONGEST, DINGTALK_LONGEST = 2048, 18_000
#: Answers that blame the message and not the robot: too long, or not a text at all.
_OF_THIS_ONE = {40008, 40058, 44004, 45002, 460101}


def send_wecom(settings: Settings, target: Target, mail: Mail) -> str:
    """Returns the robot's answer. Raises Deferred or Refused."""
    return _send(settings, target, target.url, group_text.compose(mail, WECOM_LONGEST))


def send_dingtalk(settings: Settings, target: Target, mail: Mail, now: datetime) -> str:
    """Returns the robot's answer. Raises Deferred or Refused."""
    url = target.url
    if target.secret:
        timestamp = str(int(now.timestamp() * 1000))
        signed = urlencode({"timestamp": timestamp, "sign": dingtalk_sign(target.secret, timestamp)})
        url += ("&" if "?" in url else "?") + signed
    return _send(settings, target, url, group_text.compose(mail, DINGTALK_LONGEST))


def dingtalk_sign(secret: str, timestamp: str) -> str:
    """Base64 of the HMAC-SHA256 of the timestamp in milliseconds, a line end and the secret (robots' 加签)."""
    digest = hmac.new(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def _send(settings: Settings, target: Target, url: str, text: str) -> str:
    body = orjson.dumps({"msgtype": "text", "text": {"content": text}})
    hide = [target.url, target.url.partition("?")[2], target.secret]
    answer = http.post(settings, url, body, {"Content-Type": "application/json; charset=utf-8"}, hide=hide)
    shown = http.accept(answer)
    code = _code(answer.body)
    if code == 0:
        return shown
    if code in _OF_THIS_ONE:
        raise Refused(shown)
    raise Deferred(shown, unreachable=True)


def _code(body: bytes) -> int | None:
    """The robot's own verdict; HTTP says 200 to everything."""
    try:
        told: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    code = told.get("errcode") if isinstance(told, dict) else None
    return code if isinstance(code, int) else None
