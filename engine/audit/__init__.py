"""Who did what to what, and when: append-only, chained within each stream, sealed outside the database."""

from engine.audit.models import AuditEntry, AuditSeal, AuditStream
from engine.audit.service import erase_detail, history, record

__all__ = ["AuditEntry", "AuditSeal", "AuditStream", "erase_detail", "history", "record"]
