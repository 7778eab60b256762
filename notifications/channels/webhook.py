"""Signed webhooks: one fact, one POST. What the receiver has to check stands in docs/webhooks.md."""

import hashlib
import hmac
from datetime import datetime

import orjson

from engine.settings import Settings
from notifications.channels import http
from notifications.channels.content import Mail, Target

ID, EVENT, TIMESTAMP, SIGNATURE = "Duban-Message-Id", "Duban-Event", "Duban-Timestamp", "Duban-Signature"


def body(mail: Mail) -> bytes:
    """The same bytes in every attempt."""
    (piece,) = mail.pieces
    subject_type, subject_id = piece.subject
    return orjson.dumps(
        {
            "id": mail.mail_id,
            "event": piece.kind,
            "occurred_at": piece.at.isoformat(),
            "subject": {"type": subject_type, "id": subject_id},
            "unit": piece.unit or None,
            "title": piece.title,
            "detail": piece.detail,
            "url": piece.url,
        }
    )


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """``v1=`` and the HMAC-SHA256, in hexadecimal, of the timestamp, a full stop, and the body."""
    return "v1=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def send(settings: Settings, target: Target, mail: Mail, now: datetime) -> str:
    """Returns the receiver's answer. Raises Deferred or Refused."""
    sent, timestamp = body(mail), str(int(now.timestamp()))
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        ID: mail.mail_id,
        EVENT: mail.pieces[0].kind,
        TIMESTAMP: timestamp,
        SIGNATURE: sign(target.secret, timestamp, sent),
    }
    return http.accept(http.post(settings, target.url, sent, headers, hide=[target.secret]))
