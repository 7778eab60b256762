"""The papers of an issued sheet: what they say, that they are kept, and that their digests stand in the audit."""

import hashlib
import io
from dataclasses import replace
from datetime import date

from docx import Document
from sqlalchemy import select

from engine import deadlines, files, queue
from engine.audit import AuditEntry
from engine.deadlines import Deadline
from engine.files import File
from engine.notices import escalation, papers, queries, service, steps
from engine.notices.document import Form
from engine.notices.models import Notice, NoticePaper
from tests.engine.campaigns.city import City
from tests.engine.notices.conftest import drafted, issued, late_obligation


def test_both_papers_are_archived_once_with_their_digests(city: City) -> None:
    notice = issued(city)
    assert city.read(lambda s: s.scalars(select(NoticePaper)).all()) == []
    city.drain()
    kept = city.act(city.bureau.reporter, queries.papers, notice.id)
    assert [(p.format, p.name, f.state, f.use_count) for p, f in kept] == [
        ("docx", "提醒函 督办〔2026〕1号.docx", "kept", 1), ("pdf", "提醒函 督办〔2026〕1号.pdf", "kept", 1),
    ]  # fmt: skip
    entries = select(AuditEntry).where(AuditEntry.action == "notice.archived").order_by(AuditEntry.seq)
    noted = [entry.facts for entry in city.read(lambda s: s.scalars(entries).all())]
    for (_, file), facts in zip(kept, noted, strict=True):
        data = b"".join(files.open_bytes(city.settings, file))
        assert hashlib.sha256(data).hexdigest() == file.sha256 == (facts or {})["sha256"]
        assert file.sm3 == (facts or {})["sm3"]
    document = Document(io.BytesIO(b"".join(files.open_bytes(city.settings, kept[0][1]))))
    body = "".join(t.text or "" for t in document.element.body.iter() if t.tag.endswith("}t"))
    late = "2026年6月30日，现已逾期4个工作日"
    for said in ("督办〔2026〕1号", notice.matter, late, notice.requirement, city.office.unit.name):
        assert said in body, said
    # Told again, after a crash between the archive and the end of the queue item: nothing changes.
    city.act(
        papers.Actor.system("again"),
        lambda ctx: queue.put(ctx, steps.RENDER, "again", {"notice_id": notice.id}),
    )
    city.drain()
    assert len(city.read(lambda s: s.scalars(select(File).where(File.state == "kept")).all())) == 2


def test_what_a_paper_says_by_grade(city: City) -> None:
    notice = drafted(city, grade="circular", start_reason="市政府主要领导批示")
    names = papers.Names("市政府督查室", "市住建局", "市住建局")
    paper = papers.paper_of(notice, names)
    assert (paper.form, paper.number, paper.signed_on, paper.copies_to) == (Form.OFFICIAL, "", None, ())
    assert paper.title == f"关于{notice.lead_name}未按期办结督办事项的通报"
    assert "市政府主要领导批示" in paper.paragraphs[0].text
    notice.grade, notice.title = "reminder_letter", "蓝色督办单"
    letter = papers.paper_of(notice, replace(names, lead="市司法局"))
    assert (letter.form, letter.title, letter.copies_to) == (Form.LETTER, "蓝色督办单", ("市司法局",))
    assert ("协办单位", "") not in letter.facts
    assert dict(letter.facts)["反馈期限"] == "2026年7月13日"


def test_the_ladder_draws_up_a_sheet_for_the_office_once(city: City) -> None:
    obligation = city.obligation()
    city.at(2026, 7, 1, 10)
    (notice,) = city.read(lambda s: s.scalars(select(Notice)).all())
    assert (notice.grade, notice.state, notice.obligation_id) == ("reminder_letter", "draft", obligation.id)
    assert (notice.drafted_by_id, notice.start_reason) == (None, None)
    city.at(2026, 7, 2, 10)
    assert len(city.read(lambda s: s.scalars(select(Notice)).all())) == 1
    city.at(2026, 7, 3, 10)
    second = city.read(lambda s: s.scalars(select(Notice).order_by(Notice.id.desc())).first())
    assert second is not None
    assert (second.grade, second.start_reason) == ("supervision_notice", "按督办规则到期自动拟稿")
    first = city.get(Notice, notice.id)
    assert (first.state, first.cancel_reason) == ("cancelled", "已拟等级更高的督办单"), "one sheet at a time"
    city.act(city.officer, service.submit, second.id)
    city.at(2026, 7, 14, 10)
    third = city.read(lambda s: s.scalars(select(Notice).order_by(Notice.id.desc())).first())
    assert third is not None
    assert third.grade == "circular"
    assert city.get(Notice, second.id).state == "submitted", "what a person has taken on stays"


def test_a_reminder_goes_out_by_itself_only_where_that_is_set(city: City) -> None:
    city.settings = replace(city.settings, notice_reminder_auto=True)
    city.obligation()
    city.at(2026, 7, 1, 10)
    (notice,) = city.read(lambda s: s.scalars(select(Notice)).all())
    assert (notice.state, notice.number_text) == ("issued", "督办〔2026〕1号")
    assert city.elements(("notice", notice.id)) == {"sign_for"}
    assert len(city.act(city.officer, queries.papers, notice.id)) == 2
    city.at(2026, 7, 3, 10)
    second = city.read(lambda s: s.scalars(select(Notice).order_by(Notice.id.desc())).first())
    assert second is not None
    assert (second.grade, second.state) == ("supervision_notice", "draft")


def test_nothing_is_drawn_up_for_what_is_done_or_pressed_for_already(city: City) -> None:
    id = late_obligation(city)
    drafted(city, id)
    deadline = _deadline(city, id)
    payload = {"deadline_id": deadline.id, "due_on": "2026-06-30", "grade": "reminder_letter"}
    system = papers.Actor.system("queue")
    city.act(system, escalation.draw_up, payload, {})
    city.settings = replace(city.settings, notice_grades="reminder_letter:蓝色督办单:blue:head")
    city.act(system, escalation.draw_up, {**payload, "grade": "talk"}, {})
    assert len(city.read(lambda s: s.scalars(select(Notice)).all())) == 1


def test_nothing_is_drawn_up_once_the_date_has_moved(city: City) -> None:
    """The step was taken, and the date was put off before the queue came to it."""
    deadline = _deadline(city, late_obligation(city))
    payload = {"deadline_id": deadline.id, "due_on": "2026-06-30", "grade": "reminder_letter"}
    city.act(city.officer, deadlines.extend, deadline.id, date(2026, 8, 31), "经批准")
    city.act(papers.Actor.system("queue"), escalation.draw_up, payload, {})
    assert city.read(lambda s: s.scalars(select(Notice)).all()) == []
    again = {**payload, "due_on": "2026-08-31"}
    city.act(papers.Actor.system("queue"), escalation.draw_up, again, {})
    assert len(city.read(lambda s: s.scalars(select(Notice)).all())) == 1


def _deadline(city: City, obligation_id: int) -> Deadline:
    query = select(Deadline).where(
        Deadline.subject_type == "obligation", Deadline.subject_id == obligation_id
    )
    return city.read(lambda s: s.scalars(query).one())
