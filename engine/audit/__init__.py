"""Who did what to what, and when: append-only, chained within each stream, sealed outside the database."""

from engine.audit.models import AuditEntry, AuditSeal, AuditStream
from engine.audit.seals import seal, seal_heads
from engine.audit.service import erase_detail, history, record
from engine.audit.verification import Problem, verify

__all__ = [
    "AuditEntry",
    "AuditSeal",
    "AuditStream",
    "Problem",
    "erase_detail",
    "history",
    "record",
    "seal",
    "seal_heads",
    "verify",
]
