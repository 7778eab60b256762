"""Sample documents that are not plain text, built from data: Word files with a table and spreadsheets.

Each builder gives the bytes of one file of `BUILT`; the hand-written answer lies in samples/NAME.json.
"""

import io
from collections.abc import Callable, Sequence
from datetime import date

from docx import Document
from openpyxl import Workbook

Row = Sequence[str]


def _word(before: Sequence[str], rows: Sequence[Row], joined: Sequence[tuple[int, int, int]]) -> bytes:
    """Paragraphs, then one table; `joined` names (column, first row, last row) of cells merged downwards."""
    document = Document()
    for line in before:
        document.add_paragraph(line)
    table = document.add_table(rows=len(rows), cols=len(rows[0]))
    for at, row in enumerate(rows):
        for column, content in enumerate(row):
            table.cell(at, column).text = content
    for column, first, last in joined:
        for at in range(first + 1, last + 1):
            table.cell(at, column).text = ""
        kept = table.cell(first, column).text
        table.cell(first, column).merge(table.cell(last, column)).text = kept
    found = io.BytesIO()
    document.save(found)
    return found.getvalue()


def livelihood_docx() -> bytes:
    """Ten livelihood projects: the first column is merged over the projects of one kind; aims are indicators."""
    return _word(
        [
            "南屏区人民政府办公室关于印发《南屏区2025年民生实事项目任务分解表》的通知",
            "南政办发〔2025〕4号",
            "各街道办事处，区政府各部门：",
            "《南屏区2025年民生实事项目任务分解表》已经区政府常务会议研究通过，现印发给你们，请认真组织实施。",
            "南屏区人民政府办公室",
            "2025年2月10日",
            "南屏区2025年民生实事项目任务分解表",
        ],
        [
            ("类别", "序号", "目标任务", "牵头单位", "责任单位", "完成时限"),
            ("便民出行", "1", "改造提升背街小巷20条以上", "区城管局", "区住建局、各街道办事处", "10月底前"),
            (
                "便民出行",
                "2",
                "新增充电车位不少于600个",
                "区发改局",
                "区供电公司\n区城管局",
                "2025年11月30日前",
            ),
            ("一老一小", "3", "新建社区食堂5家以上", "区民政局", "区市场监管局、区商务局", "上半年"),
            (
                "一老一小",
                "4",
                "新增普惠托位不低于300个",
                "区卫健局",
                "同上",
                "6月底前开工，12月10日前投用",
            ),
            ("就业社保", "5", "发放创业担保贷款，常态化开展招聘活动", "区人社局", "区财政局", "年底前"),
            ("就业社保", "6", "开展技能培训，培训合格率达到95%以上", "区人社局", "", "4月至10月"),
        ],
        [(0, 1, 2), (0, 3, 4), (0, 5, 6)],
    )


def audit_docx() -> bytes:
    """Findings of an audit to be put right: the notice holds no task, the annexed table holds them all."""
    return _word(
        [
            "澄江岭市审计整改工作领导小组",
            "关于印发2023年度本级预算执行审计查出问题整改清单的通知",
            "各有关单位：",
            "现将《2023年度本级预算执行审计查出问题整改清单》印发给你们，请严格落实整改责任，按时办结销号。",
            "请各责任单位每月5日前向市审计局报送整改进展。",
            "澄江岭市审计整改工作领导小组",
            "2024年8月16日",
            "附件",
            "2023年度本级预算执行审计查出问题整改清单",
        ],
        [
            ("序号", "问题", "责任单位", "整改目标", "整改措施", "整改时限", "督导单位"),
            (
                "1",
                "3个项目结余资金未及时上缴",
                "市财政局",
                "结余资金全部上缴",
                "清理账户，办理上缴手续",
                "立行立改",
                "市审计局",
            ),
            (
                "2",
                "部分专项债券项目进度缓慢",
                "市发改委、市住建局",
                "项目建设提速",
                "倒排工期，定期会商",
                "2024年12月底前",
                "市审计局",
            ),
            (
                "3",
                "政府采购管理不规范",
                "市直有关单位",
                "采购行为规范",
                "1.完善内控制度；2.开展业务培训",
                "2024年9月底前完成并长期坚持",
                "市审计局",
            ),
            (
                "4",
                "国有资产底数不清",
                "市国资委、机关事务管理局",
                "账实相符",
                "开展资产清查",
                "限期整改",
                "市政府督查室",
            ),
        ],
        [(6, 1, 3)],
    )


def safety_xlsx() -> bytes:
    """A ledger of safety tasks: two title rows, the header in row 3, merged cells, 同上, a cell with a real date."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "任务清单"
    sheet["A1"] = "凤栖县2024年安全生产重点任务清单"
    sheet.merge_cells("A1:H1")
    sheet["A2"] = "填报单位：凤栖县安全生产委员会办公室        2024年1月30日"
    sheet.merge_cells("A2:H2")
    header = ("序号", "领域", "工作任务", "主要/牵头单位", "配合单位", "责任领导", "完成时限", "备注")
    rows: list[tuple[object, ...]] = [
        (
            1,
            "道路交通",
            "整治平交路口安全隐患",
            "县公安局",
            "县交通运输局、公路中心",
            "杜明哲",
            "2024年6月底前",
            None,
        ),
        (2, None, "整治农村面包车超员", "同上", "各乡镇人民政府", "杜明哲", "持续推进", None),
        (3, "建筑施工", "排查深基坑、高支模", "县住建局", "县应急管理局", "叶青", date(2024, 9, 30), None),
        (
            4,
            None,
            "治理自建房安全隐患",
            None,
            "各乡镇人民政府，县自然资源局",
            "叶青",
            "一季度摸排，11月底完成整治",
            None,
        ),
        (
            5,
            "危险化学品",
            "开展加油站专项检查，每季度至少检查1次",
            "县应急管理局",
            "〃",
            "康宁",
            "每季度末月25日前",
            "重点",
        ),
    ]
    for at, row in enumerate([header, *rows], start=3):
        for column, content in enumerate(row, start=1):
            if content is not None:
                sheet.cell(row=at, column=column, value=content)
    sheet["G6"].number_format = 'yyyy"年"m"月"d"日"'
    sheet.merge_cells("B4:B5")
    sheet.merge_cells("B6:B7")
    sheet.merge_cells("D6:D7")
    found = io.BytesIO()
    book.save(found)
    return found.getvalue()


BUILT: dict[str, Callable[[], bytes]] = {
    "livelihood.docx": livelihood_docx,
    "audit.docx": audit_docx,
    "safety.xlsx": safety_xlsx,
}
