"""Reading a plan: characters per second, and whether the cost of one grows with the length of the document."""

from collections.abc import Callable

from benchmarks.rounds import interleave, median_ms, ratio
from engine.plans.parsing import parse_text

SIZES = {"10kB": 10_000, "100kB": 100_000, "1MB": 1_000_000}
_HEAD = "关于印发《优化营商环境专项行动方案》的通知\n各县（市、区）人民政府，市政府各部门：\n一、总体要求\n二、重点任务\n"
_TASK = (
    "{n}．压减第{n}类事项审批时限。{month}月底前，将一般事项的办理时限压减30%以上，网上可办率达到95%以上；"
    "每季度末月25日前报送进展情况。（牵头单位：市行政审批局；责任单位：市发展改革委、市财政局、各县（市、区）人民政府；"
    "完成时限：2026年{month}月底前）\n"
)


def document(characters: int) -> str:
    """A plan of about so many characters, each task with units, limits and figures."""
    parts, length, n = [_HEAD], len(_HEAD), 0
    while length < characters:
        n += 1
        parts.append(_TASK.format(n=n, month=n % 12 + 1))
        length += len(parts[-1])
    return "".join(parts)


def run(_url: str, scale: float, say: Callable[[str], None]) -> dict[str, object]:
    """The largest document is read only at SCALE 0.1 and above."""
    sizes = {name: size for name, size in SIZES.items() if scale >= 0.1 or size < 1_000_000}
    texts = {name: document(size) for name, size in sizes.items()}
    found = len(parse_text(texts["10kB"]).key_tasks)
    expected = texts["10kB"].count("牵头单位")
    if found != expected:
        raise RuntimeError(f"{found} of {expected} tasks were read: a fast wrong answer is no figure")
    say(f"parse: {', '.join(sizes)}")
    contenders = {name: lambda text=text: parse_text(text) for name, text in texts.items()}
    costs = interleave(contenders, portions=1, rounds=5)
    per_character = {name: [s / len(texts[name]) for s in seconds] for name, seconds in costs.items()}
    largest = list(sizes)[-1]
    return {
        "parse_chars_per_s": {
            name: round(len(texts[name]) / (median_ms(seconds) / 1000)) for name, seconds in costs.items()
        },
        **ratio(per_character, largest, "10kB").report("parse_size_growth"),
    }
