"""A campaign that came from a document, and amended versions of the document, read by the real parser."""

from dataclasses import dataclass, field

from sqlalchemy import select

from engine.campaigns import amending, comparison, from_plan, key_tasks
from engine.campaigns.comparison import Comparison, Entry
from engine.campaigns.models import AmendmentChange, Campaign, KeyTask, WorkItem
from engine.context import Context
from engine.plans import amends
from engine.plans import service as plans
from engine.plans.models import Plan
from tests.engine.campaigns.city import City, Staff


@dataclass
class Line:
    """One task of the document."""

    title: str
    body: str
    lead: Staff
    responsible: tuple[Staff, ...]
    cooperating: tuple[Staff, ...] = ()

    def text(self, number: int) -> str:
        def names(staffs: tuple[Staff, ...]) -> str:
            return "、".join(staff.unit.name for staff in staffs)

        helped = f"，配合单位：{names(self.cooperating)}" if self.cooperating else ""
        owing = f"牵头单位：{self.lead.unit.name}，责任单位：{names(self.responsible)}"
        return f"{number}.{self.title}。{self.body}（{owing}{helped}）"


A, B, C = "编制权责清单并向社会公布", "开展涉企收费专项检查", "推进政务服务事项一网通办"


@dataclass
class Amended:
    city: City
    title: str = "云川市优化营商环境专项行动方案"
    lines: list[Line] = field(init=False)
    campaign: Campaign = field(init=False)

    def __post_init__(self) -> None:
        city = self.city
        self.lines = [
            Line(A, "2026年6月30日前完成。", city.lead, (city.bureau, city.county)),
            Line(B, "每季度报告一次，2026年12月31日前完成。", city.lead, (city.bureau,), (city.county,)),
        ]
        plan = self.imported(self.lines)
        self.campaign = city.act(city.officer, from_plan.confirm_plan, plan.id)

    def document(self, lines: list[Line], title: str | None = None) -> str:
        told = "\n\n".join(line.text(number) for number, line in enumerate(lines, 1))
        head = f"{title or self.title}\n\n为优化营商环境，制定本方案。\n\n一、重点任务"
        return f"{head}\n\n{told}\n\n云川市人民政府办公室\n2026年2月10日\n"

    def imported(self, lines: list[Line], title: str | None = None) -> Plan:
        draft = plans.read_pasted(self.document(lines, title))
        return self.city.act(self.city.officer, plans.import_document, draft, file_name="方案.txt")

    def version(self, *lines: Line) -> Plan:
        """A draft that amends the campaign's plan."""
        plan = self.imported(list(lines), self.title + "（修订版）")
        return self.city.act(self.city.officer, amends.link, plan.id, self.campaign.plan_id)

    def compare(self, plan: Plan) -> Comparison:
        return self.city.act(self.city.officer, comparison.compare, plan.id)

    def entries(self, plan: Plan) -> dict[str, Entry]:
        """By kind, and by unit or title where a kind comes twice."""
        return {entry.key: entry for entry in self.compare(plan).entries}

    def key(self, plan: Plan, kind: str) -> str:
        (found,) = [entry.key for entry in self.compare(plan).entries if entry.kind == kind]
        return found

    def apply(self, plan: Plan, *keys: str, reason: str = "市政府常务会议研究决定") -> None:
        self.city.act(self.city.officer, amending.apply_amendment, plan.id, keys, reason=reason)
        self.city.drain()

    def apply_kinds(self, plan: Plan, *kinds: str) -> None:
        self.apply(plan, *(entry.key for entry in self.compare(plan).entries if entry.kind in kinds))

    def task(self, title: str) -> KeyTask:
        return self.city.read(
            lambda s: s.scalars(
                select(KeyTask).where(KeyTask.campaign_id == self.campaign.id, KeyTask.title == title)
            ).one()
        )

    def dispatch(self, title: str = A) -> dict[str, WorkItem]:
        """Confirm and dispatch a key task; its items by the short name of their unit."""
        task = self.task(title)
        self.city.act(self.city.officer, key_tasks.confirm_assignment, task.id, progress=None)
        self.city.drain()
        return self.items(title)

    def items(self, title: str = A) -> dict[str, WorkItem]:
        """The newest item of each unit."""
        names = {staff.id: name for name, staff in self._staff().items()}
        return {names[item.unit_id]: item for item in self.city.items(self.task(title))}

    def _staff(self) -> dict[str, Staff]:
        city = self.city
        return {"bureau": city.bureau, "county": city.county, "lead": city.lead, "office": city.office}

    def stored(self, plan: Plan) -> dict[str, AmendmentChange]:
        def read(ctx: Context) -> dict[str, AmendmentChange]:
            return {row.key: row for row in comparison.stored_changes(ctx, plan.id)}

        return self.city.act(self.city.officer, read)
