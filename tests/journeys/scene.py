"""A supervising office in the middle of its work, made by the verbs: something to be seen on every page."""

import io
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import files, queue
from engine.campaigns import from_plan, key_tasks, service, work_items
from engine.campaigns.models import Campaign, KeyTask, LimitKind, Obligation, WorkItem
from engine.campaigns.rules import Limit
from engine.campaigns.service import NewKeyTask
from engine.change_requests import service as change_requests
from engine.change_requests.models import RequestKind
from engine.context import Actor, Context, Role
from engine.deadlines.models import Deadline
from engine.evidence import service as evidence
from engine.extensions import service as extensions
from engine.extensions.models import Verdict
from engine.inspections import checks, rectifications
from engine.inspections import service as inspections
from engine.inspections.models import Rectification, SiteCheck
from engine.inspections.rules import FindingDraft, Severity
from engine.notices import service as notices
from engine.organisation.models import Unit, UnitGroup
from engine.plans import amends, changes, editing, proposals, readings, reshaping
from engine.plans import service as plans
from engine.plans.models import PlanProposal, PlanTask, PlanTaskUnit
from engine.reviews import service as reviews
from engine.reviews.models import Review, ReviewState
from engine.urging import service as urging
from tests import factories
from tests.journeys import sample_plan, town
from tests.journeys.stage import Stage

TITLE = "“办事不求人”专项行动"
RETURNED = "办件台账只到三月中旬，缺后半月；指南中收费依据未写明文号。请补齐后再报。"


@dataclass
class Scene:
    """Addresses of the pages worth a look, by name, and who is whom."""

    stage: Stage
    town: town.Town
    staff: dict[str, tuple[Actor, Actor]] = field(default_factory=dict)  # reporter and head, by unit
    paths: dict[str, str] = field(default_factory=dict)
    logins: dict[str, str] = field(default_factory=dict)  # of people whom the lot decides

    def do(self, who: Actor | str, verb: Any, *args: Any, **values: Any) -> Any:
        by = self.town.people[who] if isinstance(who, str) else who
        return self.stage.act(verb, *args, by=by, **values)


def build(stage: Stage) -> Scene:
    made = town.build(
        stage, sample_plan.TEXT, office="市营商办", lead="市司法局", owner="市公安局",
        unlike={"市政府热线办": "云川市政务热线中心"},
    )  # fmt: skip
    scene = Scene(stage, made)
    stage.act(_more_people, scene)
    plan = scene.do(
        "zhou.min", plans.import_document, plans.read_pasted(sample_plan.TEXT), file_name="方案.txt"
    )
    indicators = scene.do("zhou.min", plans.import_document, plans.read_pasted(INDICATORS))
    scene.do("zhou.min", _reshape, plan.id, indicators.id)
    _campaign(scene)
    _work(scene)
    _inspect(scene)
    stage.at(4, 22)
    _park(stage)
    staged = files.stage(
        stage.db, stage.settings, stage.clock, io.BytesIO(b"x" * 300_000), name="扫描件.txt",
        staged_by=scene.town.people["zhou.min"],
    )  # fmt: skip
    scene.do("zhou.min", readings.begin, staged.id)
    stage.read(lambda session: _paths(scene, session, plan.id))
    _extend(scene)
    _change(scene)
    _notice(scene)
    _amend(scene)
    return scene


def _amend(scene: Scene) -> None:
    """A second plan, under way, and an amended version of it that nobody has applied yet."""
    names = {short: unit.name for short, unit in scene.town.units.items()}
    title = "云川市为企业减负专项行动方案"

    def text(title: str, *lines: str) -> str:
        return f"{title}\n\n一、重点任务\n\n" + "\n\n".join(f"{n}.{line}" for n, line in enumerate(lines, 1))

    lead = f"（牵头单位：{names['市司法局']}，责任单位："
    fees = (
        f"清理涉企收费目录并公示结果，2026年6月30日前完成。{lead}{names['市公安局']}、{names['市医保局']}）"
    )
    calls = f"建立企业诉求台账，每季度报告一次，2026年12月31日前完成。{lead}{names['市人社局']}）"
    later = f"清理涉企收费和保证金目录并公示结果，2026年9月30日前完成。{lead}{names['市公安局']}）"
    visits = f"统筹涉企检查计划，2026年10月31日前完成。{lead}{names['市人社局']}）"
    first = scene.do("zhou.min", plans.import_document, plans.read_pasted(text(title, fees, calls)))
    campaign = scene.do("zhou.min", from_plan.confirm_plan, first.id)
    of_campaign = select(KeyTask).where(KeyTask.campaign_id == campaign.id).order_by(KeyTask.number)
    for key_task in scene.stage.read(lambda s: s.scalars(of_campaign).all())[:1]:
        scene.do("zhou.min", key_tasks.confirm_assignment, key_task.id)
    while queue.work_one(scene.stage.db, scene.stage.clock, scene.stage.settings):
        pass
    again = text(title + "（修订版）", visits, later)
    version = scene.do("zhou.min", plans.import_document, plans.read_pasted(again))
    scene.paths["amended draft"] = f"/plans/{version.id}"
    scene.do("zhou.min", amends.link, version.id, first.id)
    scene.paths["amendment"] = f"/plans/{version.id}/amendment"


def _extend(scene: Scene) -> None:
    """Applications for a later date: one to be made, others at each of the steps, one granted."""
    one = {(number, unit): item for number in (1, 2) for item, unit in _items(scene, number)}

    def final(number: int, unit: str) -> int:
        owed = select(Obligation.id).where(
            Obligation.work_item_id == one[number, unit].id, Obligation.kind == "final"
        )
        return scene.stage.read(lambda s: s.scalars(owed).one())

    def ask(number: int, unit: str, on: date, **said: Any) -> int:
        reporter, head = scene.staff[unit]
        reason = (
            "系统接口由省级平台统一开放，联调时间后移三周。目前已完成七成，其余事项六月底前可先行线下办理。"
        )
        made = scene.do(
            reporter, extensions.apply, final(number, unit), new_on=on, reason=reason, progress="已完成七成。"
        )
        scene.do(head, extensions.sign_off, made.id, **(said or {"verdict": Verdict.AGREED}))
        return int(made.id)

    granted = ask(2, "市公安局", date(2026, 5, 11))
    scene.do("zhou.min", extensions.decide, granted, verdict=Verdict.AGREED, reasons="情况属实，同意。")
    far = ask(1, "临溪县", date(2026, 7, 31))
    scene.do("zhou.min", extensions.decide, far, verdict=Verdict.AGREED, reasons="建议同意。")
    returned = ask(
        1, "望江区", date(2026, 7, 10), verdict=Verdict.RETURNED, reasons="请写明还差哪些事项、何时能完成。"
    )
    scene.paths |= {
        "extension form": f"/extensions/new/{final(1, '市公安局')}",
        "extension to decide": f"/extensions/{ask(1, '市人社局', date(2026, 7, 10))}",
        "extension to approve": f"/extensions/{far}",
        "extension to revise": f"/extensions/{returned}",
        "extension granted": f"/extensions/{granted}",
    }


def _notice(scene: Scene) -> None:
    """Notices at each of their steps, the papers of those that are out archived."""
    stage, office = scene.stage, scene.town.units["市营商办"]
    head = stage.act(factories.make_person, office, Role.HEAD, name="罗安")
    stage.act(factories.make_account, head, "luo.an")
    scene.town.people["luo.an"] = head
    items = {unit: item for number in (1, 2) for item, unit in _items(scene, number)}
    owner, staff = items.pop("市公安局"), scene.staff
    others = [(unit, item) for unit, item in items.items() if unit in staff]

    def draw_up(item: WorkItem, grade: str = "reminder_letter", reason: str = "") -> int:
        made = scene.do("zhou.min", notices.draft, item.id, grade=grade, start_reason=reason)
        return int(made.id)

    def send(id: int, *, agreed: bool | None = True) -> int:
        scene.do("zhou.min", notices.submit, id)
        if agreed is not None:
            scene.do("luo.an", notices.approve, id, agreed=agreed, reasons="请核对承办单位。")
        return id

    out, (unit, item), (_, other) = send(draw_up(owner)), others[0], others[1]
    answered = send(draw_up(item))
    returned = send(draw_up(other), agreed=False)
    waiting = send(draw_up(other, "supervision_notice", "市政府主要领导批示件"), agreed=None)
    while queue.work_one(stage.db, stage.clock, stage.settings):
        pass
    scene.do(staff[unit][0], notices.confirm_receipt, answered)
    scene.do(
        staff[unit][0], notices.reply, answered, text="已完成八成，逾期原因是台账口径不一，本周五前全部办结。"
    )
    scene.paths |= {
        "notice form": f"/notices/new/{owner.id}?grade=supervision_notice",
        "notice to revise": f"/notices/{returned}",
        "notice to approve": f"/notices/{waiting}",
        "notice to receive": f"/notices/{out}",
        "notice to verify": f"/notices/{answered}",
    }


def _change(scene: Scene) -> None:
    """One item stands still, another is to go to another unit, which the office has to name."""
    one = {unit: item for item, unit in _items(scene, 1)}

    def ask(unit: str, kind: RequestKind, reason: str, **given: Any) -> int:
        reporter, head = scene.staff[unit]
        made = scene.do(reporter, change_requests.ask, one[unit].id, kind=kind, reason=reason, **given)
        scene.do(head, change_requests.sign_off, made.id, verdict=Verdict.AGREED)
        return int(made.id)

    wait = "统一平台由省里建设，尚未立项，目前不具备办理条件。"
    still = ask("白塔市", RequestKind.SUSPEND, wait, review_on=date(2026, 9, 1))
    scene.do("zhou.min", change_requests.decide, still, verdict=Verdict.AGREED, reasons="情况属实。")
    scene.do("gao.yuan", change_requests.approve, still, verdict=Verdict.AGREED, reasons="同意挂账。")
    wrong = ask("望江区", RequestKind.TRANSFER, "该项职能已划转，应当由新的主管部门承担。")
    scene.paths |= {
        "item suspended": f"/work-items/{one['白塔市'].id}",
        "change granted": f"/change-requests/{still}",
        "change to decide": f"/change-requests/{wrong}",
        "change choice": f"/change-requests/new/{one['市公安局'].id}",
        "change form": f"/change-requests/new/{one['市公安局'].id}?kind=suspend",
    }


#: Figures that are assigned to nobody.
INDICATORS = """云川市营商环境创新提升指标

一、总体目标

到2026年底，网上可办率达到95%以上，投诉办结率不低于98%。行政许可平均办理时限压缩至3个工作日以内。

二、改善服务

每季度通报一次办理情况。全面开展“清障护企”专项行动。
"""


def _reshape(ctx: Context, plan_id: int, indicators_id: int) -> None:
    """A task was cut, another left out; one of the figures has its owner, another is set aside."""
    rows = ctx.session.scalars(
        select(PlanTask).where(PlanTask.plan_id == plan_id).order_by(PlanTask.number)
    ).all()
    reshaping.split(ctx, plan_id, rows[0].id, [rows[0].text.index("，") + 1])
    editing.drop(ctx, plan_id, rows[1].id)
    changes.undo(ctx, plan_id)
    row = ctx.session.scalars(select(PlanProposal).where(PlanProposal.plan_id == indicators_id)).first()
    assert row is not None
    proposals.adopt(ctx, indicators_id, [row.id], responsible=[ctx.session.scalars(select(Unit.id)).all()[3]])


def _more_people(ctx: Context, scene: Scene) -> None:
    units = scene.town.units
    for unit, login, reporter, head in (
        ("市人社局", "wu.di", "吴迪", "郑洁"), ("市医保局", "cao.rui", "曹睿", "田野"),
        ("市行政审批局", "yu.fei", "于飞", "任静"), ("临溪县", "xu.lei", "徐磊", "丁兰"),
        ("望江区", "shi.wen", "石文", "葛洪"), ("白塔市", "yao.jun", "姚军", "邹平"),
    ):  # fmt: skip
        scene.staff[unit] = (
            factories.make_person(ctx, units[unit], Role.REPORTER, name=reporter),
            factories.make_person(ctx, units[unit], Role.HEAD, name=head),
        )
        scene.town.people[login] = scene.staff[unit][0]
        factories.make_account(ctx, scene.town.people[login], login)
    scene.staff["市公安局"] = (scene.town.people["li.na"], scene.town.people["sun.wei"])
    for login, name, role in (
        ("qian.xin", "钱鑫", Role.SYSTEM_ADMIN), ("feng.yu", "冯雨", Role.SECURITY_ADMIN),
        ("han.mei", "韩梅", Role.AUDIT_ADMIN), ("gao.yuan", "高远", Role.LEADER),
    ):  # fmt: skip
        scene.town.people[login] = factories.make_person(ctx, units["市营商办"], role, name=name)
        factories.make_account(ctx, scene.town.people[login], login)


def _campaign(scene: Scene) -> None:
    units = scene.town.units

    def new(
        number: int,
        title: str,
        lead: str,
        *responsible: str,
        due: str = "2026-06-30",
        more: tuple[Limit, ...] = (),
    ) -> NewKeyTask:
        final: Any = {"rule": "fixed_date", "on": due, "text": f"{due}前完成"}
        return NewKeyTask(
            number=number, title=title, section="事项公开" if number < 3 else "简化环节",
            text=title + "。逐项核对依据、条件、材料、流程和时限，做到线上线下一致，并通过门户网站和服务窗口同步公布。",
            lead=[units[lead].id], responsible=[units[name].id for name in responsible],
            limits=(Limit(LimitKind.FINAL, final), *more),
        )  # fmt: skip

    cadence: Any = {"rule": "each", "period": "month", "text": "每月报告"}
    monthly = Limit(LimitKind.CADENCE, cadence)
    counted: Any = {
        "rule": "after_event", "days": 7, "counting": "working_days", "event": "决定作出之日",
        "scope": "行政许可、行政处罚决定", "text": "决定作出之日起7个工作日内",
    }  # fmt: skip
    published = Limit(LimitKind.EVENT, counted, "决定公开")
    scene.do(
        "zhou.min", service.create, title=TITLE, office_unit_id=units["市营商办"].id, year=2026,
        leader_person_id=scene.town.people["gao.yuan"].person_id,
        key_tasks=[
            new(
                1, "编制办事指南并向社会公布", "市行政审批局", "市公安局", "市人社局", *town.COUNTIES,
                more=(monthly, published),
            ),
            new(2, "清理无法律法规依据的证明材料", "市司法局", "市公安局", due="2026-04-30"),
            new(3, "推行容缺受理和告知承诺", "市司法局", "市人社局", "市医保局", "市公安局", due="2026-03-31"),
            new(4, "整合政务服务热线，及时回应群众诉求", "市司法局", "市医保局"),
        ],
    )  # fmt: skip
    for key_task in scene.stage.read(lambda s: s.scalars(select(KeyTask).order_by(KeyTask.number)).all())[:3]:
        scene.do("zhou.min", key_tasks.confirm_assignment, key_task.id)
    scene.stage.tick()


def _items(scene: Scene, number: int) -> list[tuple[WorkItem, str]]:
    """Work items of a key task with their units' short names."""
    short = {unit.id: name for name, unit in scene.town.units.items()}
    found = scene.stage.read(lambda s: s.scalars(
        select(WorkItem).join(KeyTask, KeyTask.id == WorkItem.key_task_id)
        .where(KeyTask.number == number).order_by(WorkItem.id)).all())  # fmt: skip
    return [(item, short[item.unit_id]) for item in found]


def _work(scene: Scene) -> None:
    """One item returned, one waiting for review, one overdue, one not even acknowledged; the third task done."""
    stage = scene.stage
    stage.at(3, 3)
    begun = [*_items(scene, 1)[:-1], *_items(scene, 2), *_items(scene, 3)]
    for item, unit in begun:
        scene.do(scene.staff[unit][0], work_items.acknowledge, item.id)
        scene.do(
            scene.staff[unit][0],
            work_items.file_plan,
            item.id,
            text="一、工作内容：逐窗口梳理事项。\n二、目标：材料压减三成。\n三、责任人：政务服务科。",
        )
    stage.tick()
    stage.at(3, 26)
    late = [item.id for item, _ in _items(scene, 1)]
    scene.do("zhou.min", urging.urge_many, late, text="三月份进展请于本周内报送，尚未签收的请先签收。")
    (second, unit), *_ = _items(scene, 2)
    _report(scene, second, unit)
    stage.tick()
    scene.do("chen.gang", reviews.decide, _open_review(scene, second), approved=False, reasons=RETURNED)
    for item, unit in _items(scene, 3):
        _report(scene, item, unit)
        if unit != "市公安局":
            scene.do("chen.gang", reviews.decide, _open_review(scene, item), approved=True)
    stage.tick()


def _report(scene: Scene, item: WorkItem, unit: str) -> None:
    reporter, head = scene.staff[unit]
    stage = scene.stage
    staged = files.stage(
        stage.db, stage.settings, stage.clock, io.BytesIO("指南目录\n".encode() * 400), name="办事指南目录（2026年版）.txt",
        staged_by=reporter,
    )  # fmt: skip
    obligation = stage.read(
        lambda s: s.scalars(
            select(Obligation).where(Obligation.work_item_id == item.id).order_by(Obligation.position.desc())
        ).first()
    )
    scene.do(
        reporter,
        evidence.submit,
        obligation.id,
        staged_file_ids=[staged.id],
        text="已编制办事指南四十六项，压减材料三十一件，网站和窗口同步公布。两个事项待上级明确口径。",
    )
    scene.do(head, evidence.sign_off, obligation.id, signed=True)


def _open_review(scene: Scene, item: WorkItem) -> int:
    return scene.stage.read(lambda s: s.scalars(
        select(Review.id).where(Review.work_item_id == item.id, Review.state == ReviewState.OPEN)).one())  # fmt: skip


def _inspect(scene: Scene) -> None:
    """A drawn round with a check still to make and a finding whose rectification was reported; a frozen one."""
    stage = scene.stage
    campaign_id = stage.read(lambda s: s.scalars(select(Campaign.id)).one())
    drawn = scene.do("zhou.min", inspections.prepare_round, campaign_id, title="第一轮抽查", rate=100,
                     seed_source="福彩3D 第2026085期开奖号码")  # fmt: skip
    scene.do("zhou.min", inspections.draw, drawn.id, "2 9 4")
    stage.tick()
    stage.at(4, 8)
    first, *_ = stage.read(lambda s: s.scalars(select(SiteCheck).order_by(SiteCheck.id)).all())
    inspector = next(a for a in scene.town.people.values() if a.person_id == first.inspector_person_id)
    scene.do(
        inspector,
        checks.record_check,
        first.id,
        visited_on=stage.today,
        conclusion="窗口公示与网站一致，容缺清单已上墙；但抽取的办件台账与报送数量不符。",
        findings=[
            FindingDraft("三月办件台账少登记十二件。", Severity.SERIOUS, stage.today.replace(day=30)),
            FindingDraft("告知承诺书未留存申请人联系方式。", Severity.MINOR, stage.today.replace(day=28)),
        ],
    )
    stage.tick()
    found = stage.read(lambda s: s.scalars(select(Rectification).order_by(Rectification.id)).first())
    unit = next(n for n, u in scene.town.units.items() if u.id == found.responsible_unit_id)
    scene.do(
        scene.staff[unit][0], rectifications.submit_rectification, found.id, text="已补登十二件，并逐件核对。"
    )
    third = next(item for item, unit in _items(scene, 3) if unit == "市公安局")
    scene.do("chen.gang", reviews.decide, _open_review(scene, third), approved=True)
    stage.tick()
    scene.do("zhou.min", inspections.prepare_round, campaign_id, title="第二轮抽查", rate=30,
             seed_source="福彩3D 第2026105期开奖号码")  # fmt: skip


def _park(stage: Stage) -> None:
    """Work that always fails, given up after its attempts."""
    stage.act(lambda ctx: queue.put(ctx, "campaigns.dispatch", "campaigns.dispatch:0", {"key_task_id": 0}))
    for _ in range(20):
        queue.work_one(stage.db, stage.clock, stage.settings)
        if stage.read(lambda s: queue.progress(s, "campaigns.dispatch:0")).state == "parked":
            return
        stage.clock.move(minutes=30)
    raise AssertionError("the item is not parked")


def _paths(scene: Scene, session: Session, plan_id: int) -> None:
    """By name: where each page of interest is."""
    key = {k.number: k.id for k in session.scalars(select(KeyTask))}
    items = {(k, u): i.id for k in (1, 2, 3) for i, u in _items(scene, k)}
    check = {c.state: c for c in session.scalars(select(SiteCheck))}
    rectification = {r.state: r for r in session.scalars(select(Rectification))}
    group_part = session.scalars(select(PlanTaskUnit.id).where(PlanTaskUnit.is_group)).first()
    task = session.scalars(select(PlanTask.id).where(PlanTask.plan_id == plan_id)).first()
    deadline = session.scalars(
        select(Deadline.id).where(Deadline.kind == "work_item.acknowledge").order_by(Deadline.id)
    ).first()
    scene.paths = {
        "plan": f"/plans/{plan_id}",
        "plan cut": f"/plans/{plan_id}/key-tasks/{task}/reshape",
        "plan summary": f"/plans/{plan_id}/confirm",
        "indicators": f"/plans/{plan_id + 1}",
        "plan reading": "/plans/readings/1",
        "group choice": f"/plans/{plan_id}/units/{group_part}/choice",
        "campaign": "/campaigns/1",
        "key task": f"/key-tasks/{key[1]}",
        "key task to confirm": f"/key-tasks/{key[4]}",
        "item to begin": f"/work-items/{items[1, '白塔市']}",
        "item overdue": f"/work-items/{items[1, '市公安局']}",
        "record form": f"/work-items/{items[1, '市公安局']}/records/new",
        "item returned": f"/work-items/{items[2, '市公安局']}",
        "arrivals": f"/messages/arrivals/work-items/{items[1, '市公安局']}",
        "item inspected": f"/work-items/{items[3, '市人社局']}",
        "why": f"/deadlines/{deadline}/why",
        "check to make": f"/checks/{check['open'].id}",
        "check recorded": f"/checks/{check['findings'].id}",
        "rectification to make": f"/rectifications/{rectification['open'].id}",
        "rectification to verify": f"/rectifications/{rectification['submitted'].id}",
        "unit": f"/organisation/units/{scene.town.units['市公安局'].id}",
        "group": f"/organisation/groups/{session.scalars(select(UnitGroup.id)).first()}",
        "person": f"/organisation/people/{scene.town.people['li.na'].person_id}",
    }
    owner = rectification["open"].responsible_unit_id
    scene.logins = {
        "inspector": _login(scene, check["open"].inspector_person_id),
        "verifier": _login(scene, check["findings"].inspector_person_id),
        "rectifier": next(n for n, who in scene.town.people.items() if (owner, Role.REPORTER) in who.posts),
    }


def _login(scene: Scene, person_id: int) -> str:
    return next(login for login, actor in scene.town.people.items() if actor.person_id == person_id)
