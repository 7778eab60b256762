"""Reading a plan: characters per second, and whether the cost of one grows with the length of the document."""

import time
from collections.abc import Callable

from benchmarks.rounds import interleave, median_ms, ratio
from engine.plans.parsing import parse_text

SIZES = {"10kB": 10_000, "100kB": 100_000, "1MB": 1_000_000}
_HEAD = "关于印发《优化营商环境专项行动方案》的通知\n各县（市、区）人民政府，市政府各部门：\n一、总体要求\n"
_AIMS = (
    "到2027年，政务服务事项网上可办率达到95%以上，企业开办时间压缩至1个工作日以内，实现惠企政策兑现全覆盖。\n"
)
_TASK = (
    "{n}．压减第{n}类事项审批时限。{month}月底前，将一般事项的办理时限压减30%以上，网上可办率达到95%以上；"
    "每季度末月25日前报送进展情况。（牵头单位：市行政审批局；责任单位：市发展改革委、市财政局、各县（市、区）人民政府；"
    "完成时限：2026年{month}月底前）\n"
)
#: As published: no closing bracket, two units run together, the label on a line of its own.
_WORN = (
    "{n}.推进第{n}类事项联办,自受理之日起5个工作日内办结,力争满意度不低于98%。(牵头单位:市司法局市财政局,责任单位:市有关单位\n"
    "{next}.完善第{n}类事项台账,每月调度、每季通报,每年开展不少于2次案卷评查。\n牵头单位:市司法局\n责任单位:各县(市、区)人民政府\n"
)
_TABLE = "序号\t重点任务\t牵头单位\t责任单位\t完成时限\n"
_ROW = "{n}\t清理第{n}类证明事项\t市司法局\t市直各部门、各区人民政府\t{month}月底前\n"
_REST = (
    "三、实施步骤\n（一）自查阶段（3月1日至4月30日）。各单位对照任务开展自查，形成问题清单。\n"
    "（二）提升阶段（5月1日至11月30日）。截至目前排查的问题全部整改到位，群众满意率达到90%以上。\n"
    "四、工作要求\n（一）加强领导。各单位要成立工作专班，主要负责人亲自部署。\n"
    "（二）严格督查。各责任单位每月5日前将进展情况报市政府办公室备查，适时组织抽查，落实情况纳入年度考评。\n"
)
_TASKS, _ROWS = 12, 6


def document(characters: int) -> str:
    """A plan of about so many characters that has work for every stage: key tasks in brackets and on label lines,
    worn ones, a table, limits, figures, cadences, phases and duties."""
    parts, length, n = [_HEAD], len(_HEAD), 0
    while length < characters:
        block = [_AIMS, "二、重点任务\n"]
        for _ in range(_TASKS):
            n += 1
            block.append(_TASK.format(n=n, month=n % 12 + 1))
        block += [_WORN.format(n=n + 1, next=n + 2), _REST, _TABLE]
        n += 2
        block += [_ROW.format(n=n + row, month=row) for row in range(1, _ROWS + 1)]
        n += _ROWS
        parts += block
        length += sum(map(len, block))
    return "".join(parts)


def run(_url: str, scale: float, say: Callable[[str], None]) -> dict[str, object]:
    """The largest document is read only at SCALE 0.1 and above."""
    sizes = {name: size for name, size in SIZES.items() if scale >= 0.1 or size < 1_000_000}
    texts = {name: document(size) for name, size in sizes.items()}
    found = len(parse_text(texts["10kB"]).key_tasks)
    expected = texts["10kB"].count(_TABLE) * (_TASKS + 2 + _ROWS)
    if found != expected:
        raise RuntimeError(f"{found} of {expected} tasks were read: a fast wrong answer is no figure")
    say(f"parse: {', '.join(sizes)}")
    contenders = {name: lambda text=text: parse_text(text) for name, text in texts.items()}
    costs = interleave(contenders, portions=1, rounds=5, clock=time.process_time)
    per_character = {name: [s / len(texts[name]) for s in seconds] for name, seconds in costs.items()}
    largest = list(sizes)[-1]
    return {
        "parse_chars_per_s": {
            name: round(len(texts[name]) / (median_ms(seconds) / 1000)) for name, seconds in costs.items()
        },
        **ratio(per_character, largest, "10kB").report("parse_size_growth"),
    }
