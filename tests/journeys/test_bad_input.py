"""What goes wrong gets one sentence, in its place, and what was typed is still there. In the browser, on PostgreSQL."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from engine.campaigns import key_tasks, service, work_items
from engine.campaigns.models import KeyTask, Obligation, WorkItem
from engine.campaigns.rules import Limit
from engine.campaigns.service import NewKeyTask
from engine.evidence import service as evidence
from engine.evidence.models import Submission
from engine.files import File
from engine.plans import editing
from engine.plans import service as plans
from engine.plans.models import Plan, PlanTask
from engine.reviews.models import Review
from tests.journeys import sample_plan, town
from tests.journeys.stage import Stage
from tests.journeys.town import Town
from tests.journeys.visitor import Visitor

Enter = Callable[..., Visitor]
TYPED = "已梳理证明材料二十一项，正在逐项核对依据。"


@pytest.fixture
def city(pg_stage: Stage) -> Town:
    return town.build(
        pg_stage, sample_plan.TEXT, office="市营商办", lead="市司法局", owner="市公安局", unlike={}
    )


def begun(stage: Stage, city: Town) -> WorkItem:
    """A work item whose report is owed."""
    limits = (Limit("final", {"rule": "fixed_date", "on": "2026-06-30", "text": "6月30日前"}),)  # type: ignore[arg-type]
    new = NewKeyTask(
        number=1, title="清理证明材料", lead=[city.units["市司法局"].id],
        responsible=[city.units["市公安局"].id], limits=limits,
    )  # fmt: skip
    officer, reporter = city.people["zhou.min"], city.people["li.na"]
    stage.act(
        service.create, title="清理证明专项行动", office_unit_id=city.units["市营商办"].id, year=2026, key_tasks=[new],
        by=officer,
    )  # fmt: skip
    stage.act(
        key_tasks.confirm_assignment, stage.read(lambda s: s.scalars(select(KeyTask.id)).one()), by=officer
    )
    stage.tick()
    item = stage.read(lambda s: s.scalars(select(WorkItem)).one())
    stage.act(work_items.acknowledge, item.id, by=reporter)
    stage.act(work_items.file_plan, item.id, text="逐部门清理", by=reporter)
    stage.tick()
    return item


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", b" " * 60_000_000)
    return out.getvalue()


def test_a_wrong_file_is_refused_beside_it_and_leaves_nothing(
    pg_stage: Stage, city: Town, enter: Enter, tmp_path: Path
) -> None:
    officer = enter(pg_stage, "zhou.min").go("/plans/new")
    field = officer.page.locator(".upload")
    for name, data, sentence in (
        ("会议新闻.txt", "会议圆满结束，各方表示满意。".encode(), "不像工作方案"),
        ("扫描件.pdf", b"%PDF-1.7 abc", "PDF 文件已损坏"),
        ("乱码.txt", bytes(range(1, 256)) * 40, "无法识别文件"),
        ("炸弹.docx", bomb(), "解压后异常庞大"),
    ):
        (tmp_path / name).write_bytes(data)
        with officer.refused(422):
            field.locator("input[type=file]").set_input_files(tmp_path / name)
            expect(field.locator(".upload-row")).to_contain_text(sentence)
        expect(field.locator(".upload-row")).to_have_count(1)
    (tmp_path / "空.txt").write_bytes(b"")
    field.locator("input[type=file]").set_input_files(tmp_path / "空.txt")
    expect(field.locator(".upload-row")).to_contain_text("文件是空的")
    # A pasted text: beside its field, and still there.
    officer.fill("方案全文", "会议圆满结束。")
    with officer.refused(422):
        officer.press("读取方案")
        expect(officer.page.locator("#text-error")).to_contain_text("不像工作方案")
    expect(officer.page.get_by_label("方案全文").and_(officer.page.locator("textarea"))).to_have_value(
        "会议圆满结束。"
    )
    officer.fill("方案全文", "")
    with officer.refused(422):
        officer.press("读取方案")
        expect(officer.main).to_contain_text("请选择方案文件，或者粘贴方案全文")
    assert pg_stage.read(lambda s: s.scalar(select(func.count()).select_from(Plan))) == 0
    assert pg_stage.read(lambda s: s.scalar(select(func.count()).select_from(File))) == 0


def test_a_stale_form_keeps_what_was_typed(pg_stage: Stage, city: Town, enter: Enter) -> None:
    by = city.people["zhou.min"]
    plan = pg_stage.act(plans.import_document, plans.read_pasted(sample_plan.TEXT), by=by)
    officer = enter(pg_stage, "zhou.min").go(f"/plans/{plan.id}")
    card = officer.page.locator(".reading").first
    card.get_by_text("修改名称和内容").click()
    card.get_by_label("任务名称").fill("我改的名称")
    entry = pg_stage.read(
        lambda s: s.scalars(select(PlanTask).where(PlanTask.plan_id == plan.id).order_by(PlanTask.id)).first()
    )
    assert entry is not None
    pg_stage.act(editing.edit, plan.id, entry.id, title="同事改的名称", text=entry.text, by=by)
    with officer.refused(422):
        card.get_by_role("button", name="保存").click()
        expect(card.get_by_role("alert").first).to_contain_text("刚被他人修改")
    expect(card.get_by_label("任务名称")).to_have_value("我改的名称")
    expect(card.locator(".reading-title")).to_contain_text("同事改的名称")
    # Having seen it, one may insist.
    card.get_by_role("button", name="保存").click()
    expect(card.locator(".reading-title")).to_contain_text("我改的名称")


def test_a_form_of_an_earlier_round_is_stale_and_keeps_text_and_files(
    pg_stage: Stage, city: Town, enter: Enter, tmp_path: Path
) -> None:
    item = begun(pg_stage, city)
    reporter = enter(pg_stage, "li.na").go(f"/work-items/{item.id}")
    (tmp_path / "台账.txt").write_text("台账", "utf-8")
    reporter.fill("办理情况", TYPED).attach("佐证材料", tmp_path / "台账.txt")
    # Meanwhile a colleague submits, and the head sends it back: the next round is open.
    obligation = pg_stage.read(lambda s: s.scalars(select(Obligation.id)).one())
    pg_stage.act(evidence.submit, obligation, text="同事先交了", by=city.people["li.na"])
    pg_stage.act(evidence.sign_off, obligation, signed=False, reasons="请补附件", by=city.people["sun.wei"])
    pg_stage.tick()
    with reporter.refused(409):
        reporter.press("提交本单位负责人签批")
        expect(reporter.page.get_by_role("alert").first).to_be_visible()
    expect(reporter.page.get_by_label("办理情况")).to_have_value(TYPED)
    expect(reporter.panel.locator(".upload-row")).to_contain_text("台账.txt")
    expect(reporter.panel).to_contain_text("请补附件")
    assert pg_stage.read(lambda s: s.scalar(select(func.count()).select_from(Submission))) == 1


def test_who_loses_the_race_is_told_and_keeps_the_text(pg_stage: Stage, city: Town, enter: Enter) -> None:
    item = begun(pg_stage, city)
    reporter = enter(pg_stage, "li.na").go(f"/work-items/{item.id}")
    reporter.fill("办理情况", TYPED)
    obligation = pg_stage.read(lambda s: s.scalars(select(Obligation.id)).one())
    pg_stage.act(evidence.submit, obligation, text="同事先交了", by=city.people["li.na"])
    with reporter.refused(409):
        reporter.press("提交本单位负责人签批")
        expect(reporter.panel).to_contain_text("有人刚刚处理过")
    expect(reporter.panel).to_contain_text(TYPED)
    assert pg_stage.read(lambda s: s.scalars(select(Submission.text)).all()) == ["同事先交了"]


def test_a_work_item_is_reported_and_reviewed_on_postgresql(
    pg_stage: Stage, city: Town, enter: Enter, tmp_path: Path
) -> None:
    item = begun(pg_stage, city)
    (tmp_path / "空.txt").write_bytes(b"")
    (tmp_path / "台账.txt").write_text("台账", "utf-8")
    reporter = enter(pg_stage, "li.na").go(f"/work-items/{item.id}")
    with reporter.refused(422):
        reporter.press("提交本单位负责人签批")
        expect(reporter.page.locator("#text-error")).to_be_visible()
    reporter.page.locator(".upload input[type=file]").set_input_files(tmp_path / "空.txt")
    expect(reporter.page.locator(".upload-row")).to_contain_text("文件是空的")
    reporter.page.locator(".upload-row").get_by_role("button", name="移除").click()
    reporter.fill("办理情况", TYPED).attach("佐证材料", tmp_path / "台账.txt")
    reporter.send("提交本单位负责人签批", "已提交")
    head = enter(pg_stage, "sun.wei").go("/inbox").open("单位负责人签批")
    head.choose("同意上报").press_by_keyboard("提交签批意见").told("签批意见已保存")
    lead = enter(pg_stage, "chen.gang").go("/inbox").open("审核").choose("审核通过")
    lead.send("提交审核意见", "审核意见已保存")
    pg_stage.tick()
    assert pg_stage.read(lambda s: s.scalars(select(Review.state)).all()) == ["approved"]
    assert pg_stage.read(lambda s: s.get_one(WorkItem, item.id).state) == "sampling"
