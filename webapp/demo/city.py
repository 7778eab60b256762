"""青岚市: units, groups and people of the demo. All names are invented.

Roles are written as one letter each: r reporter, h head, i inspector, o officer, l leader; s, c, a are the three
administrators. Logins are the names in pinyin.
"""

from dataclasses import dataclass, field
from datetime import date

from argon2 import PasswordHasher

from engine.context import Actor, Context, Role
from engine.organisation import accounts, service
from engine.organisation.models import UnitKind, UnitLevel

#: Everybody's password in the demo.
PASSWORD = "Demo-Duban-26"  # noqa: S105 (printed on the screen)

ROLES = {
    "r": Role.REPORTER, "h": Role.HEAD, "i": Role.INSPECTOR, "o": Role.OFFICER, "l": Role.LEADER,
    "s": Role.SYSTEM_ADMIN, "c": Role.SECURITY_ADMIN, "a": Role.AUDIT_ADMIN,
}  # fmt: skip

_PARTY, _BUREAU, _GOVERNMENT = UnitKind.PARTY, UnitKind.DEPARTMENT, UnitKind.GOVERNMENT


@dataclass(frozen=True)
class _Unit:
    """``people``: (login, name, roles, title)."""

    key: str
    name: str
    short: str
    people: tuple[tuple[str, str, str, str], ...]
    kind: UnitKind = _BUREAU
    level: UnitLevel = UnitLevel.CITY
    aliases: tuple[str, ...] = ()
    parent: str = "city"


UNITS = (
    _Unit("city", "青岚市", "青岚市", (), _GOVERNMENT),
    _Unit(
        "office", "中共青岚市委全面依法治市委员会办公室", "市委依法治市办",
        (
            ("shenmin", "沈敏", "o", "督察科科长"), ("weilan", "魏岚", "o", "督察科四级主任科员"),
            ("hanzhiyuan", "韩志远", "h", "专职副主任"), ("pengxue", "彭雪", "i", "督察科检查员"),
        ),
        _PARTY, aliases=("市法治办", "市委全面依法治市办"),
    ),
    _Unit("government", "青岚市人民政府办公室", "市政府办", (
        ("qinyue", "秦越", "r", "秘书一科副科长"), ("duchenghe", "杜承和", "h", "副主任"),
        ("luoying", "罗颖", "i", "督查科检查员"),
    ), aliases=("市府办", "市政府办公室")),
    _Unit("politics", "中共青岚市委政法委员会", "市委政法委", (
        ("yuanbo", "袁博", "r", "基层社会治理科科长"), ("tangqiming", "唐启明", "h", "副书记"),
    ), _PARTY, aliases=("市政法委",)),
    _Unit("justice", "青岚市司法局", "市司法局", (
        ("liangwen", "梁雯", "r", "法治督察科科长"), ("zhengguangping", "郑广平", "h", "副局长"),
        ("fangzhou", "方舟", "i", "执法监督科检查员"),
    )),
    _Unit("approval", "青岚市行政审批服务局", "市行政审批局", (
        ("songjia", "宋佳", "r", "改革科科长"), ("lvmingda", "吕明达", "h", "副局长"),
    ), aliases=("市审批局",)),
    _Unit("police", "青岚市公安局", "市公安局", (
        ("gaofeng", "高峰", "r", "法制支队民警"), ("jiangweiguo", "蒋卫国", "h", "副局长"),
    )),
    _Unit("education", "青岚市教育局", "市教育局", (
        ("xiaoqing", "肖晴", "r", "政策法规科科长"), ("renshuhua", "任淑华", "h", "副局长"),
    )),
    _Unit("labour", "青岚市人力资源和社会保障局", "市人社局", (
        ("taolin", "陶琳", "r", "劳动监察科副科长"), ("caiyongnian", "蔡永年", "h", "副局长"),
    )),
    _Unit("ecology", "青岚市生态环境局", "市生态环境局", (
        ("yulei", "于磊", "r", "综合执法支队干部"), ("fuxiaomei", "傅晓梅", "h", "副局长"),
    )),
    _Unit("housing", "青岚市住房和城乡建设局", "市住建局", (
        ("shiyong", "石勇", "r", "法规科科长"), ("panlihua", "潘丽华", "h", "副局长"),
    )),
    _Unit("health", "青岚市卫生健康委员会", "市卫健委", (
        ("baiyu", "白羽", "r", "综合监督科科长"), ("gushaokang", "顾少康", "h", "副主任"),
    )),
    _Unit("market", "青岚市市场监督管理局", "市市场监管局", (
        ("yinhao", "尹浩", "r", "信用监管科科长"), ("menglingyun", "孟凌云", "h", "副局长"),
    ), aliases=("市市场监督管理局", "市场监管局")),
    _Unit("court", "青岚市中级人民法院", "市中级法院", (
        ("wanqing", "万青", "r", "研究室副主任"), ("lishichang", "黎世昌", "h", "副院长"),
    ), UnitKind.COURT, aliases=("市中院", "市法院")),
    _Unit("prosecution", "青岚市人民检察院", "市检察院", (
        ("kongrui", "孔睿", "ri", "案件管理部副主任"), ("aihongmei", "艾红梅", "h", "副检察长"),
    ), UnitKind.PROCURATORATE),
    _Unit("lanxi", "澜西区人民政府", "澜西区政府", (
        ("hejing", "何静", "r", "区司法局副局长"), ("wuzhenhai", "吴振海", "h", "副区长"),
        ("yaoxin", "姚鑫", "i", "区政府督查室检查员"),
    ), _GOVERNMENT, UnitLevel.COUNTY),
    _Unit("puqiao", "浦桥区人民政府", "浦桥区政府", (
        ("zoutao", "邹涛", "r", "区司法局副局长"), ("luxiuying", "陆秀英", "h", "副区长"),
    ), _GOVERNMENT, UnitLevel.COUNTY),
    _Unit("qiyun", "栖云县人民政府", "栖云县政府", (
        ("leiming", "雷鸣", "r", "县司法局局长"), ("xiongjianjun", "熊建军", "h", "副县长"),
    ), _GOVERNMENT, UnitLevel.COUNTY),
    _Unit("tingquan", "汀泉县人民政府", "汀泉县政府", (
        ("haomei", "郝梅", "r", "县司法局副局长"), ("jinzhaoyang", "金朝阳", "h", "副县长"),
    ), _GOVERNMENT, UnitLevel.COUNTY),
    _Unit("hitech", "青岚高新技术产业开发区管理委员会", "青岚高新区管委会", (
        ("shaokai", "邵凯", "r", "综合执法局副局长"), ("dailan", "戴岚", "h", "副主任"),
    ), _GOVERNMENT, aliases=("高新区管委会", "青岚高新区")),
    _Unit("town", "云埠镇人民政府", "云埠镇政府", (
        ("miaojia", "苗佳", "r", "司法所所长"), ("laidesheng", "赖德胜", "h", "镇长"),
    ), _GOVERNMENT, UnitLevel.TOWNSHIP, parent="qiyun"),
    _Unit("data", "青岚市大数据中心", "市大数据中心", (
        ("chenjinxi", "陈今夕", "s", "运维工程师"), ("xuanzheng", "宣正", "c", "安全工程师"),
        ("lubeichen", "卢北辰", "a", "审计员"),
    ), UnitKind.INSTITUTION),
)  # fmt: skip

COUNTIES = ("lanxi", "puqiao", "qiyun", "tingquan")
GROUPS = {
    "各县（市、区）人民政府": COUNTIES,
    "市级行政执法部门": ("police", "ecology", "housing", "market", "health", "labour"),
}
#: In charge of the campaign: leader at the office, and above all units of the city.
LEADER = ("guyunfei", "顾云飞", "市委常委、副市长")

#: Who to try first, printed when the demo starts: login and what waits there.
PERSONAS = (
    ("hejing", "经办人：逾期、将到期、正常的事项，还有被退回的材料"),
    ("wuzhenhai", "单位负责人：有材料等待签发"),
    ("zhengguangping", "牵头单位负责人：有材料等待审核，其中一件已超期"),
    ("pengxue", "检查员：有一项检查待进行，一项整改待复查"),
    ("shenmin", "督办专员：任务待确认、总结待审定、抽查待组织、方案待导入"),
    ("guyunfei", "分管领导：总览全局"),
    ("chenjinxi", "系统管理员"),
    ("xuanzheng", "安全管理员"),
    ("lubeichen", "审计管理员"),
)


@dataclass
class City:
    """Unit ids by key, and everybody as the actor of verbs."""

    units: dict[str, int] = field(default_factory=dict)
    #: by login
    people: dict[str, Actor] = field(default_factory=dict)

    def holder(self, unit_id: int, role: Role) -> Actor:
        """Who holds the role at the unit; the first of several."""
        return next(actor for actor in self.people.values() if (unit_id, role) in actor.posts)

    def person(self, person_id: int) -> Actor:
        return next(actor for actor in self.people.values() if actor.person_id == person_id)


def found(ctx: Context, since: date) -> City:
    """Create everything by the verbs of the organisation, in the caller's transaction; ``since``: founded then."""
    city = City()
    for unit in UNITS:
        row = service.create_unit(
            ctx, name=unit.name, short_name=unit.short, level=unit.level, kind=unit.kind,
            parent_id=city.units.get(unit.parent), aliases=unit.aliases, effective_from=since,
        )  # fmt: skip
        city.units[unit.key] = row.id
        for login, name, roles, title in unit.people:
            posts = [(row.id, ROLES[letter], title) for letter in roles]
            city.people[login] = _appoint(ctx, login, name, posts, since)
    login, name, title = LEADER
    posts = [(city.units[key], Role.LEADER, title) for key in ("office", "city")]
    city.people[login] = _appoint(ctx, login, name, posts, since)
    password_hash = cheap_hash()
    for login in dict.fromkeys([*(login for login, _ in PERSONAS), *city.people]):
        person_id = city.people[login].person_id
        assert person_id is not None
        accounts.create_account(ctx, person_id, login, password_hash, must_change=False)
    for group, keys in GROUPS.items():
        service.create_group(ctx, group, [city.units[key] for key in keys])
    return city


def cheap_hash() -> str:
    """Of `PASSWORD`, at argon2's lowest cost: this password is printed on the screen anyway."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


def _appoint(ctx: Context, login: str, name: str, posts: list[tuple[int, Role, str]], on: date) -> Actor:
    person = service.create_person(ctx, name, email=f"{login}@qinglan.example")
    for unit_id, role, title in posts:
        service.appoint(ctx, person.id, unit_id, role, title=title, on=on)
    return accounts.actor_for(ctx.session, person.id, on)
