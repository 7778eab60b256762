"""What a clerk would call a figure: 地区生产总值增速, 办结率, 旁听庭审活动, from the words around the quantity."""

import re
from dataclasses import dataclass

_LONGEST = 40
_PERIOD = r"每(?:半?年|个?季度?|个?月|周|星期|[天日])|年内|全年|年度内"
_HEAD = re.compile(
    rf"^(?:[(〔]?[一二三四五六七八九十\d]{{1,3}}[)〕、.]|[一二三四五六七八九十两\d]{{1,2}}年内|确保|力争|争取|力求|努力|推动实现|推动|实现|做到|要求|要(?!素|件)|应当?|使|且|并(?!联)|其中|{_PERIOD}|在现有基础上|"
    r"(?:到|至)?20\d\d ?年(?:度|[底末]前?|内)?|\d{1,2} ?月(?:份|[底末])?前?|年[底末]前?|[上下]半年|将|把|"
    r"对(?!象|口|外|账|接|比)|务必|必须|同时|再|"
    r"(?:力争|原则上|一般)(?!公共|程序|纳税|工业|债|性|案件|事项|企业|户|监管)|下一步|[: ])+"
)
_FOOT = re.compile(
    rf"(?:均|都|再|应当?|要|必须|需要?|须|也|力争|争取|力求|原则上|一般|确保|分别|全部|严格|保证|努力|同比|环比|[较比](?:上年|去年)(?:同期)?|"
    rf"{_PERIOD}|为|是|在|需|且|不|[由从]\d.{{0,16}}|[由从][一二三四五六七八九十百]{{1,3}}个.{{0,12}}|[: ])+$"
)
_LIGHT = (
    r"(?:严格|认真|集中|组织|开展|召开|举办|安排|制定|修订|培育|创建|打造|配备|完成|执行|推出|评选|选树|确定|发布|编制|出台|建立|"
    r"至少|实施|落实)"
)
_LIGHT_HEAD = re.compile(rf"^{_LIGHT}+")
_ONLY_LIGHT = re.compile(rf"^(?:{_LIGHT}|新建|新增|建成|建设|培训|改造|引进|选派)*$")
_GENERIC = re.compile(r"^(?:最长|最短|最多|最少|最高|最低|平均|总计|合计|其|数量|总数)?$")
_MEASURED = re.compile(
    r"(?:率|度|比例|比重|占比|比率|权重|指数|时间|时限|期限|时长|周期|公示期|次数|人数|户数|天数|数量|总量|总值|总额|产值|增加值|收入|投资|"
    r"支出|面积|里程|得分|分值|浓度|比|数)$"
)
_TOPIC = re.compile(r"^(?:在|对|关于)|(?:建议|提案|事项|案件|文件|决定|申请|意见|制度)$")
_WHEN = re.compile(r"^(?:在|对|就)(.{2,40}?)(?:时|中|过程中|方面|后)?$")
_NO_TAIL = re.compile(r"^(?:的)?(?:目标|要求|标准|任务|水平)?$")
_LIST = re.compile(r"(?<=[率度比数量])(?:、|和|及|以及|与|,)")


@dataclass(frozen=True, slots=True)
class Wording:
    """The words around one quantity: `stem` before its operator, `gap` between the two, `tail` behind it in the
    clause, `lead` the clause before; `change` is the verb of a change (增长, 压减) and `thing` what stands behind it."""

    stem: str
    gap: str
    tail: str
    lead: str
    change: str | None = None
    thing: str = ""


def names_of(wording: Wording) -> list[str]:
    """The names of what the quantity measures: several where a list of rates shares it (A率、B率均达100%)."""
    stem = clean(wording.stem)
    if wording.change:
        base = clean(stem + wording.thing) or clean(wording.lead)
        return [_cut(base + ("增速" if wording.change in ("增长", "增加") else wording.change + "幅度"))]
    if wording.gap.endswith("的") and len(wording.gap) > 2:
        return [_cut(_topic(stem, wording.lead) + "占" + wording.gap[:-1].strip(" ") + "的比例")]
    parts = [part.strip(" ") for part in _LIST.split(stem)]
    if len(parts) > 1 and all(_MEASURED.search(part) and len(part) > 2 for part in parts):
        return [_cut(_topic(clean(part), wording.lead)) for part in parts]
    tail = wording.tail.strip(" ")
    tail = "" if _NO_TAIL.match(tail) else tail.removeprefix("的")
    if _MEASURED.search(stem) or not tail:
        return [_cut(_topic(_LIGHT_HEAD.sub("", stem) or stem, wording.lead))]
    if _ONLY_LIGHT.match(stem):
        return [tail.removeprefix("实现")[:_LONGEST] or _cut(_topic(stem, wording.lead))]
    return [_cut(stem)[: _LONGEST - 10] + tail[: _LONGEST - 10]]


def coverage_name(stem: str) -> str:
    """What 全覆盖 says of: 审计 → 审计覆盖率."""
    base = re.sub(r"(?:基本)?(?:实现|达到|做到)$", "", clean(stem))
    return _cut(base if base.endswith("覆盖率") else base + "覆盖率") if base else ""


def clean(words: str) -> str:
    """`words` without what only urges or dates (确保, 每年, 原则上)."""
    before, words = None, words.strip(" 、")
    while before != words:
        before = words
        words = _FOOT.sub("", _HEAD.sub("", words)).strip(" 、")
    return words


def is_measured(name: str) -> bool:
    """Whether `name` is one of a measurement (…率, …量), of which a sentence may ask without a figure."""
    return bool(_MEASURED.search(name))


def _topic(name: str, lead: str) -> str:
    """`name`, with the clause before it where alone it would say nothing (期限, 回复率)."""
    lead = lead.strip(" 、")
    name = name.removeprefix("其")
    if _GENERIC.match(name):
        return clean(lead) or name
    if len(name) <= 3 and _TOPIC.search(lead):
        match = _WHEN.match(lead)
        return clean(match[1] if match else lead) + name
    return name


def _cut(name: str) -> str:
    return re.sub(_PERIOD, "", name)[-_LONGEST:].lstrip("、,")
