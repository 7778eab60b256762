"""A plan of our own and a small city to receive it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from engine.clock import FixedClock
from engine.context import Actor, Context, Role
from engine.db import transaction
from engine.organisation import service as organisation
from engine.organisation.models import Unit, UnitKind, UnitLevel
from engine.plans import queries
from engine.plans import service as plans
from engine.plans.models import Plan, PlanTaskUnit
from engine.plans.views import PlanTaskView, PlanView
from engine.settings import Settings
from tests.factories import make_person, make_unit

T = TypeVar("T")
SYSTEM = Actor.system("test")

TEXT = """云川市优化营商环境专项行动方案

为持续优化营商环境，制定本方案。

一、重点任务

（一）推进政务公开

1.编制权责清单并向社会公布，2026年6月30日前完成。（牵头单位：市司法局、市行政审批局，责任单位：市财政局、各县（市、区）人民政府）

2.行政处罚决定作出之日起7个工作日内公开。（牵头单位：市司法局，责任单位：市公安局）

3.畅通群众投诉渠道，及时回应群众关切。（责任单位：市公安居）

（二）提升服务质效

4.开展办事指南清理，每季度通报一次，2026年底前完成。（牵头单位：各有关部门，责任单位：市财政局）

5.依法限期办结涉企积案。（责任单位：市政府办公室、市营商办）

二、组织保障

各责任单位要细化举措，于2026年3月31日前将实施方案报市营商办备案。

云川市人民政府办公室
2026年2月10日
"""


@dataclass
class Town:
    """A city with departments and three counties; the office imports plans."""

    db: Engine
    clock: FixedClock
    settings: Settings
    units: dict[str, Unit] = field(default_factory=dict)
    officer: Actor = field(init=False)
    reporter: Actor = field(init=False)

    def __post_init__(self) -> None:
        self.act(self._build)

    def _build(self, ctx: Context) -> None:
        def add(name: str, short: str, parent: Unit | None = None, **values: Any) -> Unit:
            self.units[short] = make_unit(ctx, name, parent=parent, short_name=short, **values)
            return self.units[short]

        city = add("云川市人民政府", "市政府", kind=UnitKind.GOVERNMENT)
        for name, short in (
            ("云川市营商环境办公室", "市营商办"), ("云川市司法局", "市司法局"), ("云川市行政审批局", "市审批局"),
            ("云川市财政局", "市财政局"), ("云川市公安局", "市公安局"), ("云川市人民政府办公室", "市府办"),
        ):  # fmt: skip
            add(name, short, city)
        organisation.add_alias(ctx, self.units["市府办"].id, "市政府办公室")
        for place in ("临溪县", "望江区", "白塔市"):
            county = add(f"{place}人民政府", place, city, level=UnitLevel.COUNTY, kind=UnitKind.GOVERNMENT)
            add(f"{place}司法局", f"{place}司法局", county, level=UnitLevel.COUNTY)
        self.officer = make_person(ctx, self.units["市营商办"], Role.OFFICER, name="周敏")
        self.reporter = make_person(ctx, self.units["市司法局"], Role.REPORTER)

    def act(self, verb: Callable[..., T], *args: Any, by: Actor | None = None, **values: Any) -> T:
        """One verb in a transaction of its own, as a request would."""
        with transaction(self.db) as session:
            return verb(Context(session, by or SYSTEM, self.clock, self.settings), *args, **values)

    def do(self, verb: Callable[..., T], *args: Any, **values: Any) -> T:
        return self.act(verb, *args, by=self.officer, **values)

    def read(self, look: Callable[[Session], T]) -> T:
        with transaction(self.db, read_only=True) as session:
            return look(session)

    def id(self, short: str) -> int:
        return self.units[short].id

    def imported(self, text: str = TEXT) -> Plan:
        return self.do(plans.import_document, plans.read_pasted(text), file_name="方案.txt")

    def view(self, plan: Plan) -> PlanView:
        return self.do(lambda ctx: queries.view(ctx, ctx.session.get_one(Plan, plan.id)))

    def entry(self, plan: Plan, number: int) -> PlanTaskView:
        return next(entry for entry in self.view(plan).entries if entry.row.number == number)

    def part(self, plan: Plan, number: int, written: str) -> PlanTaskUnit:
        return next(part.row for part in self.entry(plan, number).parts if part.row.written == written)

    def names(self, plan: Plan, number: int, role: str) -> list[str]:
        return [unit.short_name for part in self.entry(plan, number).of_role(role) for unit in part.units]

    def all(self, model: type[T]) -> list[T]:
        return self.read(lambda session: list(session.scalars(select(model)).all()))
