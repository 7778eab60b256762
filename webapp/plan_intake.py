"""How a document comes in, alike on pages and API: its bytes are read and parsed with no transaction open."""

from engine import files
from engine.context import Context
from engine.errors import InvalidInput
from engine.plans import amends, service
from engine.plans.models import Plan
from engine.plans.parsing import PlanDraft
from webapp.requests import in_transaction


def read_draft(file_id: int | None, text: str) -> tuple[PlanDraft, str | None]:
    """The reading of a staged file or, without one, of a pasted text; and the file's name.

    Raises UnreadableDocument, NotFound (no such staged file), InvalidInput (neither given).
    """
    if file_id is not None:
        found, read_bytes = in_transaction(lambda ctx: files.staged_bytes(ctx, file_id), read_only=True)
        return service.read(read_bytes(), found.name), found.name
    if text.strip():
        return service.read_pasted(text), None
    raise InvalidInput("plans.nothing_given", "请选择方案文件，或者粘贴方案全文", field="document")


def store(
    ctx: Context,
    draft: PlanDraft,
    file_id: int | None,
    name: str | None,
    office_unit_id: int | None,
    amends_plan_id: int | None = None,
) -> Plan:
    """Take the original in and store its reading, as an amended version if it is one, in one transaction."""
    kept = files.take_in(ctx, [file_id]) if file_id is not None else []
    plan = service.import_document(
        ctx, draft, file=kept[0] if kept else None, file_name=name, office_unit_id=office_unit_id
    )
    return plan if amends_plan_id is None else amends.link(ctx, plan.id, amends_plan_id)
