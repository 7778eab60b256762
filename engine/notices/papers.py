"""The papers of an issued sheet: what they say, and how they are archived as Word document and PDF.

They are rendered and staged by the queue with no transaction open, and then taken in by a short one; their digests go
into the audit of the case, so that another file can never pass for the one that was issued.
"""

import io
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, select

from engine import audit, files, queue
from engine.campaigns.models import KeyTask, WorkItem
from engine.campaigns.work_items import stream
from engine.clock import Clock, local_date
from engine.context import Actor, Context
from engine.db import transaction
from engine.notices.document import Form, Paper, Paragraph, render_docx, render_pdf
from engine.notices.drafting import BY_LADDER
from engine.notices.models import Notice, NoticeGrade, NoticePaper
from engine.notices.steps import RENDER
from engine.organisation.models import Unit
from engine.settings import Settings

_RENDER = {"docx": render_docx, "pdf": render_pdf}
#: 函 are letters; 通知单 and 通报 are papers of the usual form.
_LETTERS = (NoticeGrade.REMINDER_LETTER, NoticeGrade.TALK)


@dataclass(frozen=True)
class Names:
    """The units that the paper names, as they are called on the day."""

    office: str
    unit: str
    lead: str | None


def names_of(ctx_session: Any, notice: Notice) -> Names:
    session = ctx_session
    office = session.get_one(Unit, notice.office_unit_id)
    unit = session.get_one(Unit, notice.unit_id)
    lead = session.scalar(
        select(Unit.name)
        .join(KeyTask, KeyTask.review_unit_id == Unit.id)
        .join(WorkItem, WorkItem.key_task_id == KeyTask.id)
        .where(WorkItem.id == notice.work_item_id)
    )
    return Names(office.name, unit.name, lead)


def paper_of(notice: Notice, names: Names) -> Paper:
    """What the sheet says, as an official paper: 督办通知单 with its fields, or a letter. Pure."""
    signed_on = local_date(notice.issued_at) if notice.issued_at is not None else None
    late = f"，现已逾期{notice.days_late}个工作日" if notice.days_late else ""
    # That a ladder asked for it is the office's own affair and stands in the history.
    reason = f"该事项{notice.start_reason}。" if notice.start_reason not in (None, BY_LADDER) else ""
    facts = [
        ("督办事项", notice.matter),
        ("督办依据", notice.grounds),
        ("主办单位", notice.lead_name),
        ("协办单位", notice.assisting_names),
        ("原定期限", _day(notice.due_on) + late if notice.due_on else ""),
        ("办理要求", notice.requirement),
        ("反馈期限", _day(notice.reply_on)),
        ("反馈方式", notice.reply_form),
        ("签发人", notice.issued_by_name or ""),
    ]
    opening = f"贵单位承办的下列事项{_state(notice)}。{reason}现发送{notice.title}，请按要求办理并反馈。"
    copies = [name for name in (names.lead,) if name and name not in (names.unit, names.office)]
    return Paper(
        form=Form.LETTER if notice.grade in _LETTERS else Form.OFFICIAL,
        office=names.office,
        number=notice.number_text or "",
        title=_title(notice),
        addressee=names.unit,
        paragraphs=(Paragraph(opening),),
        facts=tuple((label, said) for label, said in facts if said),
        signed_by=names.office,
        signed_on=signed_on,
        contact=f"联系人：{notice.contact}" if notice.contact else "",
        copies_to=tuple(copies),
        printed_by=names.office,
        printed_on=signed_on,
    )


def _state(notice: Notice) -> str:
    if notice.days_late:
        return "未按期办结"
    return "办理时限临近" if notice.grade == NoticeGrade.REMINDER_LETTER else "需要督促办理"


def _title(notice: Notice) -> str:
    """The grade's own name, alone where it names the paper, else with what it is about."""
    if notice.grade == NoticeGrade.CIRCULAR and notice.title.startswith("通报"):
        return f"关于{notice.lead_name}未按期办结督办事项的通报"
    return notice.title


def _day(on: Any) -> str:
    return f"{on.year}年{on.month}月{on.day}日" if on is not None else ""


def _stage(
    db: Engine, clock: Clock, settings: Settings, payload: dict[str, Any], _tell: queue.Tell
) -> dict[str, int]:
    """Render both forms and bring their bytes to staging; ids of the staged files by form."""
    with transaction(db, read_only=True) as session:
        notice = session.get_one(Notice, payload["notice_id"])
        known = session.scalars(select(NoticePaper.format).where(NoticePaper.notice_id == notice.id)).all()
        paper = paper_of(notice, names_of(session, notice))
    name = f"{notice.title} {notice.number_text}"
    return {
        form: files.stage(
            db, settings, clock, io.BytesIO(render(paper)), name=f"{name}.{form}",
            staged_by=Actor.system(RENDER),
        ).id
        for form, render in _RENDER.items()
        if form not in known
    }  # fmt: skip


@queue.topic(RENDER, before=_stage)
def _archive(ctx: Context, payload: dict[str, Any], staged: dict[str, int]) -> None:
    notice = ctx.session.get_one(Notice, payload["notice_id"], with_for_update=True)
    taken = files.take_in(ctx, list(staged.values()))
    for form, file in zip(staged, taken, strict=True):
        ctx.session.add(
            NoticePaper(
                notice_id=notice.id, format=form, file_id=file.id, name=file.name, archived_at=ctx.clock.now()
            )
        )
        audit.record(
            ctx, stream(notice.work_item_id), "notice.archived", ("notice", notice.id), name=file.name,
            sha256=file.sha256, sm3=file.sm3,
        )  # fmt: skip
