"""The import page, carried through: whatever the office receives becomes the same campaign of three key tasks."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from engine.campaigns.models import KeyTask, KeyTaskUnit
from engine.organisation.models import Unit
from tests.journeys import intake_documents, town
from tests.journeys.stage import Stage
from tests.journeys.visitor import Visitor

Enter = Callable[..., Visitor]

#: What the buttons and fields of the way are called.
WORDS = {
    "zh": {
        "file": "选择印发的方案", "text": "方案全文", "read": "读取方案", "uploaded": "已上传", "sum up": "汇总并确认",
        "confirm": "确认并建立专项行动", "checked": "已核对原文", "done": "方案已确认", "all": "全部",
    },
    "en": {
        "file": "Choose an issued plan", "text": "Full text", "read": "Read plan",
        "uploaded": "Uploaded", "sum up": "Review and confirm", "confirm": "Confirm and set up campaign",
        "checked": "Checked against the document", "done": "The plan is confirmed", "all": "All",
    },
}  # fmt: skip


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", ["docx", "xlsx", "pasted"])
def test_whatever_comes_in_becomes_the_campaign(
    stage: Stage, enter: Enter, tmp_path: Path, kind: str, language: str
) -> None:
    words = WORDS[language]
    town.build(
        stage, intake_documents.BROKEN, office="市营商办", lead="市司法局", owner="市公安局", unlike={}
    )
    officer = enter(stage, "zhou.min").go(f"/plans/new?lang={language}")
    page = officer.page
    if kind == "pasted":
        page.get_by_role("textbox", name=words["text"]).fill(intake_documents.BROKEN)
    else:
        document = tmp_path / f"方案.{kind}"
        document.write_bytes(
            intake_documents.word_with_table() if kind == "docx" else intake_documents.workbook()
        )
        field = page.locator(".upload").filter(has_text=words["file"])
        field.locator("input[type=file]").set_input_files(document)
        expect(field.locator(".upload-state")).to_have_text(words["uploaded"])
    officer.press(words["read"])
    page.wait_for_url(re.compile(r"/plans/\d+$"))

    # The reading stands beside its place in the original.
    card = page.locator(".reading", has_text="清理无法律法规依据的证明材料")
    expect(card).to_have_count(1)
    card.locator(".reading-title").click()
    chosen = page.locator(".plan-document .span.is-chosen")
    expect(chosen.first).to_be_in_viewport()
    assert "市公安局" in " ".join(chosen.all_inner_texts())
    if kind == "xlsx":
        expect(card).to_contain_text("任务表")
    # Two units that ran together are two, and the page says that this was repaired.
    expect(card.locator(".part-name", has_text="市人社局")).to_have_count(1)
    for button in iter(lambda: page.get_by_role("button", name=words["checked"], exact=True), None):
        if not button.count():
            break
        before = button.count()
        button.first.click()
        expect(button).to_have_count(before - 1)

    page.get_by_role("link", name=words["sum up"]).click()
    page.wait_for_url(re.compile(r"/confirm$"))
    officer.send(words["confirm"], words["done"], agree=True)
    expect(page.locator("#matrix-table tbody tr")).to_have_count(3)
    assert _assigned(stage) == {
        (1, "lead", "云川市行政审批局"), (1, "responsible", "云川市公安局"), (1, "responsible", "云川市医保局"),
        (2, "lead", "云川市行政审批局"), (2, "responsible", "云川市人社局"),
        (3, "lead", "云川市司法局"), (3, "responsible", "云川市公安局"), (3, "responsible", "云川市人社局"),
    }  # fmt: skip


def _assigned(stage: Stage) -> set[tuple[int, str, str]]:
    query = (
        select(KeyTask.number, KeyTaskUnit.role, Unit.name)
        .join(KeyTaskUnit, KeyTaskUnit.key_task_id == KeyTask.id)
        .join(Unit, Unit.id == KeyTaskUnit.unit_id)
    )
    return stage.read(lambda session: {tuple(row) for row in session.execute(query)})


def test_a_large_file_shows_how_far_it_is_and_leads_to_its_draft(
    stage: Stage, enter: Enter, tmp_path: Path
) -> None:
    town.build(
        stage, intake_documents.BROKEN, office="市营商办", lead="市司法局", owner="市公安局", unlike={}
    )
    document = tmp_path / "方案.txt"
    document.write_text(intake_documents.BROKEN + "\n补充说明，供参考。" * 20_000, "utf-8")
    officer = enter(stage, "zhou.min").go("/plans/new")
    officer.attach("选择印发的方案", document).press("读取方案")
    page = officer.page
    page.wait_for_url(re.compile(r"/plans/readings/\d+$"))
    expect(page.locator("progress")).to_be_visible()
    stage.tick()
    # The page asks by itself and goes on.
    page.wait_for_url(re.compile(r"/plans/\d+$"))
    expect(page.locator(".reading", has_text="清理无法律法规依据的证明材料")).to_have_count(1)
