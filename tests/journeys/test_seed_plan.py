"""A document goes in, its key tasks come out, and one work item travels to its end, each step by whose duty it is.

With a return, a deadline that passes and escalates, and a finding on site; in the browser, on SQLite.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect
from sqlalchemy import select

from engine.campaigns.models import KeyTask
from engine.inspections.models import SiteCheck
from tests.journeys import sample_plan, town
from tests.journeys.stage import Stage
from tests.journeys.visitor import PHONE, Visitor

Enter = Callable[..., Visitor]
SEEDS = Path(__file__).parents[2].parent / "shared" / "seeds"


@dataclass(frozen=True)
class Story:
    """A document and its key task that we follow: one lead unit, one vague group, a date that has passed."""

    text: str
    tasks: int
    followed: int
    office: str
    #: Written so in the document, called otherwise in the directory.
    unlike: dict[str, str]
    lead: str = "市司法局"
    owner: str = "市公安局"


def _own() -> Story:
    return Story(
        sample_plan.TEXT, tasks=6, followed=3, office="市营商办",
        unlike={"市政府热线办": "云川市政务热线中心"},
    )  # fmt: skip


def _published() -> Story:
    return Story(
        next(SEEDS.glob("000_*.txt")).read_text("utf-8"), tasks=20, followed=12, office="市委依法治市办",
        unlike={"市法宣办": "云川市法治宣传教育中心"},
    )  # fmt: skip


def _at_hand() -> Story:
    """The published document where it lies beside the project, else our own."""
    return _published() if list(SEEDS.glob("000_*.txt")) else _own()


@pytest.mark.parametrize(
    "document", [_at_hand, pytest.param(_own, marks=pytest.mark.soak)], ids=["at hand", "own document"]
)
def test_from_a_published_plan_to_a_closed_work_item(
    stage: Stage, enter: Enter, tmp_path: Path, document: Callable[[], Story]
) -> None:
    story = document()
    town.build(
        stage, story.text, office=story.office, lead=story.lead, owner=story.owner, unlike=story.unlike
    )
    officer = enter(stage, "zhou.min")

    the_office_imports_the_document(officer, story, tmp_path)
    the_office_settles_what_is_open(officer, story)
    the_office_confirms_the_plan(officer, story)
    the_office_confirms_the_assignment(officer, stage, story)

    reporter, head = enter(stage, "li.na"), enter(stage, "sun.wei")
    lead_head = enter(stage, "chen.gang")
    the_unit_takes_it_over(reporter, stage)
    nobody_reports_and_the_limit_passes(reporter, lead_head, officer, stage)
    the_unit_reports(reporter, head, _written(tmp_path, "自查情况.txt", "已清理证明材料二十一项。"))
    the_lead_unit_returns_it(lead_head)
    the_unit_reports_again(reporter, head, _written(tmp_path, "清理清单.txt", "逐项列明依据。"))
    the_lead_unit_approves_it(lead_head)

    stage.tick()
    the_office_draws(officer, stage)
    inspector = enter(stage, _drawn(stage), width=PHONE)
    the_inspector_finds_something(inspector, stage)
    the_unit_rectifies_it(reporter, stage, _written(tmp_path, "整改说明.txt", "台账已补齐。"))
    the_inspector_verifies_it(inspector, stage)
    stage.tick()

    the_item_is_closed_and_its_history_tells_all(reporter)
    the_lead_unit_sums_up(lead_head, stage)
    the_office_accepts(officer, stage)
    the_office_ends_the_round(officer)


# The supervising office.


def the_office_imports_the_document(officer: Visitor, story: Story, folder: Path) -> None:
    officer.go("/").open("方案导入", within="header").open("导入方案")
    officer.attach("选择印发的方案", _written(folder, "方案.txt", story.text))
    officer.press("读取方案")
    page = officer.page
    page.wait_for_url(re.compile(r"/plans/\d+$"))
    expect(page.locator(".reading")).to_have_count(story.tasks)
    # Each reading has its place in the document, and the click leads there.
    card = _card(officer, story.followed)
    key = card.get_attribute("data-key")
    card.locator(".reading-title").click()
    chosen = page.locator(f".plan-document .span.is-chosen[data-key='{key}']")
    expect(chosen.first).to_be_in_viewport()
    assert story.lead in " ".join(chosen.all_inner_texts())
    expect(card.locator(".defects li").first).to_be_visible()
    card.get_by_role("button", name="已核对原文").click()
    expect(card.locator(".defects")).to_have_count(0)
    # Too early: the summary names what is open, and offers nothing to confirm.
    officer.open("汇总并确认")
    expect(page.locator("#unresolved li").first).to_be_visible()
    expect(page.get_by_role("button", name="确认并建立专项行动")).to_have_count(0)
    officer.page.get_by_role("link", name="返回处理").click()


def the_office_settles_what_is_open(officer: Visitor, story: Story) -> None:
    page = officer.page
    open_groups = page.locator("a[id^='expand-']", has_text="展开为具体单位")
    while open_groups.count():
        id = open_groups.first.get_attribute("id")
        open_groups.first.click()
        choice = page.locator("form.choice")
        expect(choice).to_be_visible()
        if not choice.locator("[name=unit_ids]:checked").count():
            choice.get_by_label(f"{town.CITY}{story.owner}").check()
        choice.get_by_role("button", name="确定展开").click()
        expect(page.locator(f"#{id}")).to_have_text("修改")
    for written, name in story.unlike.items():
        part = page.locator(".part-unmatched", has=page.locator(".part-name", has_text=written))
        if not part.get_by_label("单位名称").is_visible():  # behind what looks alike
            part.get_by_text("选择单位").click()
        part.get_by_label("单位名称").fill(name)
        part.get_by_role("button", name="确定", exact=True).click()
        expect(page.locator(".part-matched", has_text=written)).to_contain_text(name)
    card = _card(officer, story.followed)
    limit = card.locator(".part-unmatched", has_text="已过期")
    limit.get_by_text("修改").click()
    limit.get_by_label("截止日期").fill("2026-03-31")
    limit.get_by_role("button", name="确定").click()
    expect(card).to_contain_text("2026-03-31")
    expect(card).not_to_have_class(re.compile("needs-attention"))
    expect(card.locator("dt:has-text('审核') + dd")).to_contain_text(f"{town.CITY}{story.lead}")
    officer.send("统一确定时限", "项任务确定时限")
    expect(page.locator("#plan-summary")).to_contain_text("可以确认")


def the_office_confirms_the_plan(officer: Visitor, story: Story) -> None:
    officer.open("汇总并确认")
    officer.send("确认并建立专项行动", "方案已确认", agree=True)
    expect(officer.page.locator("#matrix-table tbody tr")).to_have_count(story.tasks)


def the_office_confirms_the_assignment(officer: Visitor, stage: Stage, story: Story) -> None:
    row = officer.page.locator("#matrix-table tbody tr").nth(story.followed - 1)
    row.get_by_role("link").first.click()
    officer.waits_for("确认任务分工").select("进展报告", "不要求")
    officer.send("确认分工并交办", "正在交办各责任单位")
    expect(officer.panel.locator("progress, [role=progressbar]")).to_be_visible()
    stage.tick()
    # The page asks by itself how far it is.
    expect(officer.panel).to_contain_text("已全部交办")
    officer.page.reload()
    expect(officer.page.locator("#work-items tbody tr")).to_have_count(1)


# The responsible unit.


def the_unit_takes_it_over(reporter: Visitor, stage: Stage) -> None:
    reporter.reads_messages("交办")
    reporter.go("/inbox").open("签收").waits_for("签收")
    reporter.page.get_by_role("button", name="签收").focus()
    reporter.page.keyboard.press("Enter")
    reporter.told("已签收")
    stage.at(3, 4)
    reporter.go("/inbox").open("报备实施方案").waits_for("报备实施方案")
    reporter.fill("实施方案", "逐部门清理，三月底前形成清单。").press_by_keyboard("报备实施方案")
    reporter.told("实施方案已报备")
    stage.tick()
    reporter.page.reload()
    reporter.waits_for("填报进展并上传佐证材料")


def nobody_reports_and_the_limit_passes(
    reporter: Visitor, lead_head: Visitor, officer: Visitor, stage: Stage
) -> None:
    stage.at(3, 30)
    reporter.reads_messages("到期")
    stage.at(4, 1)
    reporter.reads_messages("逾期")
    lead_head.reads_messages("逾期")
    stage.at(4, 3)
    officer.reads_messages("逾期")
    reporter.go("/inbox?due=overdue")
    expect(reporter.page.locator("#inbox tbody tr")).to_have_count(1)
    reporter.open("填报进展并上传佐证材料")
    expect(reporter.panel.locator(".light")).to_contain_text("逾期")
    reporter.sees("期限届满", "逾期上报")
    reporter.panel.get_by_role("link", name="依据").click()
    reporter.sees("2026-03-31")
    reporter.page.go_back()


def the_unit_reports(reporter: Visitor, head: Visitor, evidence: Path) -> None:
    reporter.fill("办理情况", "已清理证明材料二十一项。").attach("佐证材料", evidence)
    reporter.send("提交本单位负责人签批", "已提交")
    head.go("/inbox").open("单位负责人签批").waits_for("单位负责人签批")
    expect(head.main.get_by_role("link", name=evidence.name)).to_be_visible()
    head.choose("同意上报").send("提交签批意见", "签批意见已保存")


def the_lead_unit_returns_it(lead_head: Visitor) -> None:
    lead_head.go("/inbox").open("审核").waits_for("审核")
    lead_head.choose("退回补充")
    with lead_head.refused(422):
        lead_head.press("提交审核意见")
        expect(lead_head.page.locator("#reasons-error")).to_be_visible()
    expect(lead_head.page.get_by_label("退回补充")).to_be_checked()
    lead_head.fill("意见", "没有逐项列明设定依据，请补清单。").send("提交审核意见", "审核意见已保存")


def the_unit_reports_again(reporter: Visitor, head: Visitor, evidence: Path) -> None:
    reporter.go("/inbox").open("填报进展并上传佐证材料")
    expect(reporter.panel).to_contain_text("没有逐项列明设定依据")
    reporter.fill("办理情况", "已补逐项清单。").attach("佐证材料", evidence)
    reporter.send("提交本单位负责人签批", "已提交")
    head.go("/inbox").open("单位负责人签批").choose("同意上报").send("提交签批意见", "签批意见已保存")


def the_lead_unit_approves_it(lead_head: Visitor) -> None:
    lead_head.go("/inbox").open("审核").sees("第 2 次提交", "已补逐项清单。", "曾逾期")
    with lead_head.page.expect_download() as download:
        lead_head.main.get_by_role("link", name="清理清单.txt").first.click()
    assert download.value.path().read_text("utf-8") == "逐项列明依据。"
    lead_head.choose("审核通过").send("提交审核意见", "审核意见已保存")


# Inspection.


def the_office_draws(officer: Visitor, stage: Stage) -> None:
    officer.go("/").open("抽查", within="header").open("编制抽查方案")
    officer.fill("抽查名称", "上半年抽查").fill("抽查比例", "100").fill(
        "随机数来源", "福彩3D 第2026090期开奖号码"
    )
    officer.send("冻结名单并公布", "名单已冻结")
    officer.fill("公布的随机数", "4 0 7").send("抽签", "已抽签", agree=True)
    stage.tick()
    officer.page.reload()
    expect(officer.page.locator("#drawn tbody tr")).to_have_count(1)


def the_inspector_finds_something(inspector: Visitor, stage: Stage) -> None:
    inspector.reads_messages("抽")
    inspector.go("/inbox").open("现场检查并记录").waits_for("现场检查并记录")
    inspector.fill("检查结论", "清单已形成，台账不全。").fill("问题描述", "两个部门的台账缺失。")
    inspector.choose("严重").fill("整改期限", "2026-04-20")
    inspector.send("提交检查记录", "检查记录已提交", agree=True)
    stage.tick()


def the_unit_rectifies_it(reporter: Visitor, stage: Stage, evidence: Path) -> None:
    reporter.go("/inbox").open("整改并提交报告").waits_for("整改并提交报告")
    reporter.sees("两个部门的台账缺失。")
    reporter.fill("整改情况", "两个部门的台账已补齐。").attach("佐证材料", evidence)
    reporter.send("报送整改情况", "整改情况已报送")
    stage.tick()


def the_inspector_verifies_it(inspector: Visitor, stage: Stage) -> None:
    inspector.go("/inbox").open("复查整改情况").waits_for("复查整改情况")
    inspector.sees("两个部门的台账已补齐。")
    inspector.choose("合格，销号").send("提交复查意见", "复查意见已保存")


# The end.


def the_item_is_closed_and_its_history_tells_all(reporter: Visitor) -> None:
    reporter.go("/inbox/done").open("整改并提交报告").open("工作事项")
    expect(reporter.page.locator(".page-marks")).to_contain_text("已销号")
    expect(reporter.panel).to_contain_text("该事项已销号")
    told = reporter.page.locator("#history .timeline-text").all_inner_texts()
    expected = [
        "交办", "签收", "报备实施方案", "到期提醒", "期限届满", "逾期", "逾期上报", "提交办理情况和佐证材料",
        "单位负责人签批同意", "审核退回", "提交办理情况和佐证材料", "审核通过", "进入抽查期", "抽中，派发检查",
        "登记检查情况", "下达整改", "报送整改情况", "复查合格", "整改销号", "检查办结", "销号",
    ]  # fmt: skip
    if told.index("销号") < told.index("签收"):
        told.reverse()
    rest = iter(told)
    missing = [text for text in expected if text not in rest]
    assert missing == [], told


def the_lead_unit_sums_up(lead_head: Visitor, stage: Stage) -> None:
    lead_head.go("/inbox").open("牵头单位总结").waits_for("牵头单位总结")
    lead_head.fill("总结", "证明材料已全部清理。").send("报送总结", "总结已报送")
    stage.tick()


def the_office_accepts(officer: Visitor, stage: Stage) -> None:
    officer.go("/inbox").open("督办机构验收").waits_for("督办机构验收")
    expect(officer.panel).to_contain_text("证明材料已全部清理。")
    officer.choose("同意办结").send("提交验收意见", "验收意见已保存")
    expect(officer.page.locator(".page-marks")).to_contain_text("已办结")
    stage.tick()
    closed = stage.read(lambda s: s.scalars(select(KeyTask.state).where(KeyTask.state == "closed")).all())
    assert len(closed) == 1


def the_office_ends_the_round(officer: Visitor) -> None:
    officer.go("/rounds").open("上半年抽查").waits_for("结束本轮抽查")
    officer.send("结束本轮抽查", "该轮抽查已结束")


def _card(officer: Visitor, number: int) -> Locator:
    return officer.page.locator(".reading").nth(number - 1)


def _drawn(stage: Stage) -> str:
    """The login of the inspector who was drawn."""
    name = stage.read(lambda s: s.scalars(select(SiteCheck.inspector_name)).one())
    return {"何静": "he.jing", "马超": "ma.chao"}[name]


def _written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path
