"""Secrets that must be used again and never shown: kept encrypted (AES-256-GCM) under a key of DUBAN_SECRET_KEY."""

import base64
import binascii
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from engine.errors import RuleViolation
from engine.settings import Settings

_NONCE = 12


class Unreadable(Exception):
    """Sealed under another DUBAN_SECRET_KEY: the secret has to be entered anew."""


def seal(settings: Settings, secret: str) -> str:
    nonce = secrets.token_bytes(_NONCE)
    return base64.b64encode(nonce + AESGCM(_key(settings)).encrypt(nonce, secret.encode(), None)).decode()


def unseal(settings: Settings, sealed: str) -> str:
    """Raises Unreadable."""
    try:
        raw = base64.b64decode(sealed)
        return AESGCM(_key(settings)).decrypt(raw[:_NONCE], raw[_NONCE:], None).decode()
    except (InvalidTag, binascii.Error, ValueError, RuleViolation):
        raise Unreadable("the secret was kept under another DUBAN_SECRET_KEY; enter it anew") from None


def _key(settings: Settings) -> bytes:
    given = settings.secret_key or ("demo" if settings.demo else "")
    if not given:
        raise RuleViolation("secrets.no_key", "没有设置 DUBAN_SECRET_KEY，不能保存密钥")
    return HKDF(hashes.SHA256(), 32, salt=None, info=b"duban endpoint secrets").derive(given.encode())
