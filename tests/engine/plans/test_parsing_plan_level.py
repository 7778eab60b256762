"""What binds a whole plan, in sentences of our own: cadences, duties, stages, campaigns, dates that are figures."""

from datetime import date

import pytest

from engine.plans.parsing import parse_text
from engine.plans.parsing.plan_level.cadences import read_cadences
from engine.plans.parsing.plan_level.duties import read_duties
from engine.plans.parsing.source import Span
from engine.plans.parsing.text.normalise import fold

FULL_WIDTH = str.maketrans({c: chr(ord(c) + 0xFEE0) for c in ",:;()"})
widths = pytest.mark.parametrize("wide", [False, True], ids=["half", "full"])

#: A sentence, and each cadence as "period: action", with "xN" for a count, "@day" or "@month-day", and "by actor".
CADENCES: list[tuple[str, list[str]]] = [
    ("对重点网站开展每周监测、每月检查复核、每季通报。", ["week: 监测", "month: 检查复核", "quarter: 通报"]),
    ("建立“日监测、周调度、月通报”机制。", ["day: 监测", "week: 调度", "month: 通报"]),
    ("实行周调度、月通报、季考评、年考核制度。",
     ["week: 调度", "month: 通报", "quarter: 考评", "year: 考核"]),
    ("各乡镇每月5日前报送上月进展情况。", ["month: 报送上月进展情况 @5 by 各乡镇"]),
    ("每月5日前,各责任单位要将工作进展报送县司法局。", ["month: 将工作进展报送县司法局 @5 by 各责任单位"]),
    ("各县(市、区)人民政府、市直各部门应当每季度末月25日前上报台账。",
     ["quarter: 上报台账 @25 by 各县(市、区)人民政府、市直各部门"]),
    ("县司法局将每季度督查指导各乡镇(街道)工作落实情况,适时对共性问题进行通报。",
     ["quarter: 督查指导各乡镇(街道)工作落实情况 by 县司法局", "ad_hoc: 对共性问题进行通报 by 县司法局"]),
    ("定期或不定期组织实施明察暗访,强力整治突出问题。", ["ad_hoc: 组织实施明察暗访"]),
    ("不定期开展督导检查。", ["ad_hoc: 开展督导检查"]),
    ("每周五前将情况报县安委办(电话:12345,联系人:李某)。", ["week: 将情况报县安委办(电话:12345,联系人:李某) @5"]),
    ("每月一次集中通报。", ["month: 集中通报"]),
    ("每年开展不少于2次案卷评查。", ["year: 开展不少于2次案卷评查 x2"]),
    ("每季度至少召开1次调度会。", ["quarter: 至少召开1次调度会"]),
    ("每半年进行一次自查。", ["half_year: 进行一次自查"]),
    ("每年1月31日前公开上年度执法数据。", ["year: 公开上年度执法数据 @1-31"]),
    ("每年第一季度向县委、县政府书面报告工作情况。", ["year: 向县委、县政府书面报告工作情况"]),
    ("每年的评查结果要向社会公开。", ["year: 评查结果要向社会公开"]),
    ("每两年组织一轮全面评估。", ["2year: 组织一轮全面评估"]),
    ("每两个月通报一次。", ["two_months: 通报一次"]),
    ("每旬汇总一次数据。", ["ten_days: 汇总一次数据"]),
    ("每日巡查重点路段。", ["day: 巡查重点路段"]),
    ("专班每周五前编发工作简报。", ["week: 编发工作简报 @5 by 专班"]),
    ("领导小组办公室按月调度、按季通报。", ["month: 调度 by 领导小组办公室", "quarter: 通报 by 领导小组办公室"]),
    ("坚持一月一调度、一季一通报。", ["month: 调度", "quarter: 通报"]),
    ("每月发布推广专报,每季度进行通报。", ["month: 发布推广专报", "quarter: 进行通报"]),
    ("对评议对象近三年的普法工作进行综合考评。", ["3year: 对评议对象近三年的普法工作进行综合考评"]),
    ("市政府督查室逐月跟踪督办、逐季分析研判。",
     ["month: 跟踪督办 by 市政府督查室", "quarter: 分析研判 by 市政府督查室"]),
    ("随时通报发现的问题。", ["ad_hoc: 通报发现的问题"]),
]  # fmt: skip

NO_CADENCES = [
    "每个单位都要落实责任。",
    "每名干部联系2户群众。",
    "努力让人民群众在每一起案件中感受到公平正义。",
    "每万人拥有律师4名以上。",
    "今年第一季度,全市调解率为25.6%。",
    "近三年来,全市办结案件三千余件。",
    "三年行动计划顺利实施。",
    "年度考核结果予以通报。",
    "各单位要加强日常监督,按时完成任务。",
    "周边环境整治、月底完成。",
    "定期召开联席会议。",
    "定期限完成整改。",
    "推进常态化监管。",
    "本月通报、上周调度的问题全部整改。",
    "去年每季度召开了4次会议。",
    "做到每案必查、每查必果。",
    "确定为每月的第一个工作日。",
]

DUTIES: list[tuple[str, str]] = [
    ("各单位要制定具体方案,报市司法局备案。", "filing"),
    ("细化工作举措和责任主体,报市委依法治市办备查。", "filing"),
    ("请各县区于6月底前将实施方案报送至市创建办。", "filing"),
    ("工作总结及时上报领导小组办公室。", "filing"),
    ("将采取抽查方式开展督导检查。", "inspection"),
    ("市政府督查室适时组织专项督查。", "inspection"),
    ("采取“四不两直”方式开展明察暗访。", "inspection"),
    ("对推进不力的单位跟踪督办。", "inspection"),
    ("开展情况纳入年度考评。", "assessment"),
    ("对工作成效明显的予以表彰奖励。", "assessment"),
    ("对失职渎职的依规依纪追责问责。", "assessment"),
    ("根据工作质效核验后评定分值。", "assessment"),
    ("对进展缓慢的予以通报批评、约谈。", "assessment"),
    ("积极组织向工作简报专刊投稿。", "briefing"),
    ("充分利用报刊、网站广泛宣传。", "briefing"),
    ("及时总结推广典型经验做法。", "briefing"),
    ("成立专项行动领导小组。", "organisation"),
    ("各部门要组建工作专班,配强工作力量。", "organisation"),
    ("建立部门联席会议制度。", "organisation"),
    ("主要负责人要亲自部署、亲自过问。", "organisation"),
    ("各级财政要保障必要的工作经费。", "organisation"),
]

NO_DUTIES = [
    "法治是最好的营商环境。",
    "要提高政治站位。",
    "成绍林 镇组织委员、宣传委员",
    "组长:李某 副镇长",
    "督导考核。",
]


def _cadences(text: str) -> list[str]:
    said = []
    for c in read_cadences(fold(text), text, Span(0, len(text)), "标题"):
        assert text[c.span.start : c.span.end] == c.text
        said.append(f"{c.period}: {fold(c.action)}")
        said[-1] += f" x{c.min_count}" if c.min_count > 1 else ""
        if c.day:
            said[-1] += f" @{c.month}-{c.day}" if c.month else f" @{c.day}"
        said[-1] += f" by {fold(c.actor)}" if c.actor else ""
    return said


@widths
@pytest.mark.parametrize(("text", "expected"), CADENCES, ids=[text[:20] for text, _ in CADENCES])
def test_a_cadence(text: str, expected: list[str], wide: bool) -> None:
    assert _cadences(text.translate(FULL_WIDTH) if wide else text) == expected


@widths
@pytest.mark.parametrize("text", NO_CADENCES)
def test_no_cadence(text: str, wide: bool) -> None:
    assert _cadences(text.translate(FULL_WIDTH) if wide else text) == []


@widths
@pytest.mark.parametrize(("text", "kind"), DUTIES, ids=[text[:20] for text, _ in DUTIES])
def test_a_duty(text: str, kind: str, wide: bool) -> None:
    written = text.translate(FULL_WIDTH) if wide else text
    [duty] = read_duties(fold(written), written, Span(0, len(written)))
    assert (duty.kind, duty.text) == (kind, written)


@widths
def test_a_sentence_that_files_and_assesses_is_two_duties(wide: bool) -> None:
    text = "各单位每季度将进展报市府办备查,逾期的说明情况,落实情况纳入年度绩效考评。"
    text = text.translate(FULL_WIDTH) if wide else text
    filing, assessment = read_duties(fold(text), text, Span(0, len(text)))
    assert (filing.kind, assessment.kind) == ("filing", "assessment")
    assert filing.text + assessment.text == text


@pytest.mark.parametrize("text", NO_DUTIES)
def test_no_duty(text: str) -> None:
    assert read_duties(fold(text), text, Span(0, len(text))) == []


PHASES = """梧桐县案卷评查活动方案
一、活动目标
提高案卷质量。
二、实施步骤
(一)动员部署阶段(7月1日至7月10日)。召开动员会,部署评查工作。
(二)自查自评阶段(7月11日至7月31日)。各单位开展自查。
(三)集中评查阶段(8月)。抽取案卷集中评查。
(四)总结提升阶段(9月1日-9月15日)。通报评查结果。
三、工作要求
(一)加强领导。各单位要成立工作专班。
2024年6月20日
"""


@widths
def test_phases_without_units_are_stages(wide: bool) -> None:
    draft = parse_text(PHASES.translate(FULL_WIDTH) if wide else PHASES)
    assert draft.key_tasks == ()
    stages = [d for d in draft.duties if d.kind == "stage"]
    assert [(d.start_on, d.end_on) for d in stages] == [
        (date(2024, 7, 1), date(2024, 7, 10)),
        (date(2024, 7, 11), date(2024, 7, 31)),
        (date(2024, 8, 1), date(2024, 8, 31)),
        (date(2024, 9, 1), date(2024, 9, 15)),
    ]
    assert "自查自评阶段" in stages[1].text and "开展自查" in stages[1].text
    assert stages[0].to_dict()["period"] == {"start": "2024-07-01", "end": "2024-07-10"}
    assert [d.kind for d in draft.duties if d.kind != "stage"] == ["organisation"]


UNNUMBERED = """关于开展渡口安全整治的通知
一、时间步骤
第一阶段:动员部署(3月1日-3月31日)。制定方案。
第二阶段:集中整治(4月1日-10月31日)。
隐患整改率达到95%以上。
第三阶段:总结提升(11月)。认真总结。
二、工作要求
一要明确责任,主要负责人亲自抓。
2024年2月20日
"""


@widths
def test_phases_on_lines_of_their_own_are_stages(wide: bool) -> None:
    draft = parse_text(UNNUMBERED.translate(FULL_WIDTH) if wide else UNNUMBERED)
    stages = [d for d in draft.duties if d.kind == "stage"]
    assert [(d.text[:4], d.start_on, d.end_on) for d in stages] == [
        ("第一阶段", date(2024, 3, 1), date(2024, 3, 31)),
        ("第二阶段", date(2024, 4, 1), date(2024, 10, 31)),
        ("第三阶段", date(2024, 11, 1), date(2024, 11, 30)),
    ]
    assert stages[1].text.endswith("隐患整改率达到95%以上。")
    assert [d.kind for d in draft.duties][-1] == "organisation"
    assert [i.name for i in draft.indicators] == ["隐患整改率"]


NEWS = """梧桐县启动三大行动
时间:2024-03-01 09:00 来源:梧桐日报
近日,梧桐县印发方案,部署三大行动。
开展企业服务攻坚行动
服务企业没有终点。县司法局将每月走访企业,适时通报情况。县司法局负责人说,力争办结率达到98%以上。
案卷质量提升专项行动
据悉,去年全县抽查案卷300份,合格率达到91%以上。方案提出,每季度通报评查结果。
“谁执法谁普法”提升行动
攻坚行动提出,活动分为动员部署、自查自评、实地核查和总结通报等环节。
"""


@widths
def test_news_yields_its_campaigns_cadences_and_figures(wide: bool) -> None:
    draft = parse_text(NEWS.translate(FULL_WIDTH) if wide else NEWS)
    assert draft.key_tasks == ()
    assert [c.name for c in draft.campaigns] == [
        "企业服务攻坚行动",
        "案卷质量提升专项行动",
        "“谁执法谁普法”提升行动",
    ]
    assert draft.campaigns[2].stages == ("动员部署", "自查自评", "实地核查", "总结通报")
    assert [(c.period, c.subject) for c in draft.cadences] == [
        ("month", "开展企业服务攻坚行动"),
        ("ad_hoc", "开展企业服务攻坚行动"),
        ("quarter", "案卷质量提升专项行动"),
    ]
    assert [(i.name, i.op, i.value, i.modality) for i in draft.indicators] == [("办结率", ">=", 98, "力争")]


REPORT = """梧桐县2023年度法治政府建设工作情况报告
现将有关情况报告如下:
一、主要工作及成效
(一)规范执法。全年开展案卷评查4次,办结率达到99%以上,建立“周调度、月通报”机制。
(二)化解矛盾。实现调解组织全覆盖。
二、存在不足
培训覆盖面不够,出庭率未达到90%以上。
三、2024年工作安排
(一)提升质量。力争案卷合格率达到98%以上,开展执法质量提升专项行动。
(二)加强培训。每季度组织培训,全年培训不少于500人次。
"""


@widths
def test_a_report_proposes_only_what_is_to_come(wide: bool) -> None:
    draft = parse_text(REPORT.translate(FULL_WIDTH) if wide else REPORT)
    assert draft.key_tasks == ()
    assert [(i.name, i.value, i.unit) for i in draft.indicators] == [
        ("案卷合格率", 98, "%"),
        ("培训", 500, "人次"),
    ]
    assert [c.period for c in draft.cadences] == ["week", "month", "quarter"]
    assert [c.name for c in draft.campaigns] == ["执法质量提升专项行动"]


@widths
def test_what_news_counts_up_is_no_figure_to_reach(wide: bool) -> None:
    text = (
        "梧桐县启动专项行动\n近日,梧桐县印发方案。记者了解到,方案提出建立监测制度。"
        "县司法局负责人介绍,今年上半年全县共抽查案卷1260件。\n方案要求培训不少于60学时。\n"
    )
    draft = parse_text(text.translate(FULL_WIDTH) if wide else text)
    assert [(i.value, i.unit) for i in draft.indicators] == [(60, "学时")]


FIGURES = """梧桐县法治建设示范创建实施意见
一、总体目标
确保在2025年通过省级示范验收。
二、主要任务
(一)规范执法。执法决定信息在决定作出之日起20个工作日内公布,出庭率达100%。审核时间一般不少于5个工作日。
(二)加强公开。每年1月31日前公开执法数据,每年第一季度向县委报告建设情况,每年的建设情况要向社会公开。
(三)加强自查。每半年进行自查。每年专题学习不少于4次。
三、工作要求
(一)在2024年上半年要完成各项指标。
(二)以达到在2025年通过省级示范验收的目标。每季度通报。
2024年1月5日
"""


@widths
def test_dates_of_a_plan_of_figures_are_figures_too(wide: bool) -> None:
    draft = parse_text(FIGURES.translate(FULL_WIDTH) if wide else FIGURES)
    assert draft.document.kind == "indicator_plan"
    assert [(i.op, i.value, i.unit, i.period, i.inferred) for i in draft.indicators] == [
        ("<=", "2025-12-31", "date", None, False),
        ("<=", 20, "working_day", None, False),
        (">=", 100, "%", None, False),
        (">=", 5, "working_day", None, False),
        ("<=", "01-31", "month-day", "year", False),
        ("<=", "03-31", "month-day", "year", False),
        (">=", 1, "次", "year", True),
        (">=", 1, "次", "half_year", False),
        (">=", 4, "次", "year", False),
        ("<=", "2024-06-30", "date", None, False),
    ]
