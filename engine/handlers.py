"""Every service task that a diagram may call, one list. What must flow backwards in time goes through here.

Importing this module also makes known how rows answer permissions, what the queue's topics are, and what happens when
a deadline passes: whoever runs verbs imports it once.
"""

from engine.campaigns import access as _campaigns_access  # noqa: F401
from engine.campaigns import amending as _amending  # noqa: F401
from engine.campaigns import dispatch, key_tasks, obligations, work_items
from engine.change_requests import access as _change_requests_access  # noqa: F401
from engine.change_requests import ending as change_requests
from engine.evidence import access as _evidence_access  # noqa: F401
from engine.extensions import access as _extensions_access  # noqa: F401
from engine.extensions import service as extensions
from engine.inspections import access as _inspections_access  # noqa: F401
from engine.inspections import checks, rectifications
from engine.inspections import service as _inspections  # noqa: F401
from engine.notices import access as _notices_access  # noqa: F401
from engine.notices import escalation as _escalation  # noqa: F401
from engine.notices import papers as _papers  # noqa: F401
from engine.notices import service as _notices  # noqa: F401
from engine.notices import steps as notices
from engine.process import operators
from engine.process.operators import Operator
from engine.reviews import access as _reviews_access  # noqa: F401
from engine.reviews import service as reviews
from engine.urging import service as _urging  # noqa: F401

OPERATORS: dict[str, Operator] = {
    "change_requests.grant": change_requests.grant,
    "change_requests.note_late": change_requests.note_late,
    "change_requests.refuse": change_requests.refuse,
    "checks.close": checks.close,
    "extensions.grant": extensions.grant,
    "extensions.note_late": extensions.note_late,
    "extensions.refuse": extensions.refuse,
    "key_tasks.close": key_tasks.close,
    "notices.close": notices.close,
    "notices.issue": notices.issue,
    "notices.mark_receipt_late": notices.mark_receipt_late,
    "notices.mark_reply_late": notices.mark_reply_late,
    "obligations.accept": obligations.accept,
    "obligations.mark_overdue": obligations.mark_overdue,
    "obligations.open_all": obligations.open_all,
    "rectifications.close": rectifications.close,
    "rectifications.mark_overdue": rectifications.mark_overdue,
    "rectifications.open_all": rectifications.open_all,
    "reviews.mark_overdue": reviews.mark_overdue,
    "reviews.open": reviews.open_review,
    "work_items.close": work_items.close,
    "work_items.dispatch": dispatch.dispatch,
    "work_items.enter_sampling": work_items.enter_sampling,
    "work_items.note_late": work_items.note_late,
}

operators.install(OPERATORS)
