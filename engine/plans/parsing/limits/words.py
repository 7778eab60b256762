"""D9-D11 and D13: limits in words. Ongoing, at once, or to be set when the task is assigned.

A named day (春节前, 汛期前, 开学前) is never turned into a date: it is to be set.
"""

from ..draft import DeadlineKind
from .compact import BLANK
from .phrases import BEFORE
from .stretch import Rule, Stretch, rules

_CLAUSE_END = r"(?=(?:[,。;)\n〕】\u25a1]|$))"
_REST = rf"[^,。;\n{BLANK}]"
_DAYS = (
    r"春节|元旦|清明节?|“?五一”?|劳动节|端午节?|中秋节?|国庆节?|“?十一”?|“?七一”?|“?八一”?|重阳节?|双节|两节|"
    r"主?汛期|入汛|防火期|入冬|冬季|供[暖热][季期]?|采暖[季期]?|(?:[春秋]季)?(?:新?学[期年])?开学|学期(?:结束|开始)|学期末|"
    r"高考|中考|(?:全国|省|市)?两会|暑假|寒假|暑期|旺季"
)


def _of(kind: DeadlineKind, *, field_only: bool = False) -> Rule:
    def rule(match, s: Stretch) -> int:  # type: ignore[no-untyped-def]
        if field_only and not s.in_field:
            return 0
        s.add(kind, match.start(), match.end())
        return int(match.end())

    return rule


_ONGOING, _IMMEDIATE, _UNSET = DeadlineKind.ONGOING, DeadlineKind.IMMEDIATE, DeadlineKind.UNSPECIFIED_LIMIT

WORDS = rules(
    (
        rf"长期坚持|贯穿全年|(?:全年|持续|常态化|长期)(?:推进|坚持|开展|实施|落实|巩固){_CLAUSE_END}|"
        r"常态化(?:开展|推进|实施|坚持)|全年(?:不断档|不间断|不停|不打烊|无休)",
        _of(_ONGOING),
    ),
    (
        rf"长期{_REST}{{0,4}}|持续{_REST}{{0,4}}|常态化?{_REST}{{0,4}}|全年{_REST}{{0,4}}|始终坚持|经常性{_REST}{{0,4}}",
        _of(_ONGOING, field_only=True),
    ),
    (
        r"立行立改|即知即改|立查立改|立整立改|即查即改|即行即改|边查边改|即时整改|"
        r"(?:立即|马上)(?:组织|进行|启动|开展|着手)?(?:整改|改正|纠正|整治)",
        _of(_IMMEDIATE),
    ),
    (rf"(?:立即|马上|即时|即刻){_REST}{{0,4}}", _of(_IMMEDIATE, field_only=True)),
    (
        r"依法限期|(?<![期无年效责令有])限期(?=整改|改正|办结|完成|办理|补|销号|整治|解决|反馈|清零|到位)",
        _of(_UNSET),
    ),
    (r"(?<!照)按(?:上级|时限|时序)?要求(?!的)|按(?:照)?时序进度", _of(_UNSET)),
    (rf"(?:{_DAYS})(?:来临|到来|开始|放假)?(?:之)?{BEFORE}", _of(_UNSET)),
    (
        rf"按(?:照)?{_REST}{{0,8}}(?:要求|进度|时限|节点|安排|规定|计划){_REST}{{0,4}}|限期{_REST}{{0,4}}|"
        r"视情|尽快|尽早|适时|定期|根据(?:实际|工作)(?:情况|需要)",
        _of(_UNSET, field_only=True),
    ),
)
