"""Rows of a city in the states that routes are about, every step by the real verbs."""

import io
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from engine import files
from engine.campaigns import work_items
from engine.campaigns.models import WorkItemFile
from engine.change_requests import service as changes
from engine.change_requests.models import RequestKind
from engine.clock import local_date
from engine.context import Actor, Role
from engine.deadlines import Deadline
from engine.evidence import service as evidence
from engine.evidence.models import EvidenceFile
from engine.extensions import service as extensions
from engine.inspections import checks, rectifications
from engine.inspections import service as inspections
from engine.inspections.models import Rectification, RectificationFile, Severity, SiteCheck
from engine.inspections.rules import FindingDraft
from engine.notices import service as notices
from engine.organisation import accounts
from engine.plans import readings
from engine.plans import service as plans
from engine.plans.models import PlanTask, PlanTaskLimit, PlanTaskUnit
from engine.reviews.models import Review
from notifications import delivery
from notifications.models import Notification
from tests.conftest import START
from tests.engine.campaigns.amended import Amended
from tests.engine.campaigns.city import SYSTEM, City
from tests.engine.plans.sample import TEXT
from tests.factories import make_person


class Rows:
    """One case of each kind, all with the same title; ``ids`` holds their ids by name."""

    def __init__(self, city: City, title: str) -> None:
        self.city, self.title = city, title
        city.act(SYSTEM, make_person, city.office.unit, Role.INSPECTOR)
        self.ids: dict[str, int] = {}
        self._in_review()
        self._inspected()
        waiting = city.sampling(title=title)
        self.ids["prepared_round"] = self._round(waiting.campaign_id)
        self.ids["draft"] = city.key_task(title=title).id
        asked_for = city.obligation(title=title)
        self.ids["extension"] = city.act(
            city.bureau.reporter,
            extensions.apply,
            asked_for.id,
            new_on=date(2026, 7, 10),
            reason=title,
            progress="已完成七成",
        ).id
        self.ids["change_request"] = city.act(
            city.bureau.reporter, changes.ask, asked_for.work_item_id, kind=RequestKind.CANCEL, reason=title
        ).id
        self._noticed(asked_for.work_item_id)
        self.ids["new_item"] = city.work_item(title=title).id
        self._plan()
        self._amendment()
        delivery.dispatch(city.db, city.clock, city.settings)
        mine = select(Notification.id).where(Notification.person_id == city.bureau.reporter.person_id)
        self.ids["message"] = self._one(mine)

    def _in_review(self) -> None:
        city = self.city
        item = city.work_item(title=self.title)
        reporter, head = city.bureau.reporter, city.bureau.head
        city.act(reporter, work_items.acknowledge, item.id)
        city.act(
            reporter, work_items.file_plan, item.id, text="按季推进", staged_file_ids=[self.stage(reporter)]
        )
        obligation = city.obligations(item)[-1]
        staged = [self.stage(reporter)]
        submission = city.act(reporter, evidence.submit, obligation.id, text="完成", staged_file_ids=staged)
        city.act(head, evidence.sign_off, obligation.id, signed=True)
        review = next(task for task in city.user_tasks(("obligation", obligation.id)))
        self.ids |= {
            "campaign": item.campaign_id,
            "key_task": item.key_task_id,
            "work_item": item.id,
            "obligation": obligation.id,
            "user_task": review.id,
            "review": self._one(select(Review.id).where(Review.submission_id == submission.id)),
            "plan_file": self._one(select(WorkItemFile.file_id).where(WorkItemFile.work_item_id == item.id)),
            "evidence_file": self._one(
                select(EvidenceFile.id).where(EvidenceFile.submission_id == submission.id)
            ),
            "deadline": self._one(
                select(Deadline.id).where(
                    Deadline.subject_type == "obligation", Deadline.subject_id == obligation.id
                )
            ),
        }

    def _noticed(self, work_item_id: int) -> None:
        """One sheet that is out, with its papers, and a graver one that is still a draft."""
        city = self.city
        made = city.act(city.officer, notices.draft, work_item_id, grade="reminder_letter")
        city.act(city.officer, notices.submit, made.id)
        city.act(city.office.head, notices.approve, made.id, agreed=True)
        city.drain()
        graver = city.act(
            city.officer, notices.draft, work_item_id, grade="supervision_notice", start_reason=self.title
        )
        self.ids |= {"notice": made.id, "draft_notice": graver.id}

    def _inspected(self) -> None:
        """One item drawn and checked, its finding put right for the inspector to see."""
        city = self.city
        item = city.sampling(title=self.title)
        round_id = self._round(item.campaign_id)
        city.act(city.officer, inspections.draw, round_id, "7 1 4")
        city.drain()
        check_id = self._one(select(SiteCheck.id).where(SiteCheck.round_id == round_id))
        drawn = city.get(SiteCheck, check_id).inspector_person_id
        inspector = city.read(lambda session: accounts.actor_for(session, drawn, START.date()))
        today = local_date(city.clock.now())
        found = FindingDraft("台账缺两个月", Severity.SERIOUS, today + timedelta(days=20))
        city.act(
            inspector, checks.record_check, check_id, visited_on=today, conclusion="不符", findings=[found]
        )
        city.drain()
        rectification_id = self._one(select(Rectification.id).where(Rectification.check_id == check_id))
        reporter = city.bureau.reporter
        report = city.act(
            reporter, rectifications.submit_rectification, rectification_id, text="已补齐",
            staged_file_ids=[self.stage(reporter)],
        )  # fmt: skip
        self.ids |= {
            "round": round_id,
            "check": check_id,
            "rectification": rectification_id,
            "rectification_file": self._one(
                select(RectificationFile.id).where(RectificationFile.report_id == report.id)
            ),
        }

    def _round(self, campaign_id: int) -> int:
        scheme = {"title": self.title, "rate": 100, "seed_source": "福彩3D 第2026056期"}
        return self.city.act(self.city.officer, inspections.prepare_round, campaign_id, **scheme).id

    def _amendment(self) -> None:
        story = Amended(self.city, f"{self.title}优化营商环境专项行动方案")
        self.ids["amendment"] = story.version(story.lines[0]).id

    def _plan(self) -> None:
        city = self.city
        draft = plans.read_pasted(TEXT.replace("云川市", self.title))
        plan = city.act(city.officer, plans.import_document, draft, file_name="方案.txt")
        entry = select(PlanTask.id).where(PlanTask.plan_id == plan.id).order_by(PlanTask.id)
        self.ids["plan"], self.ids["entry"] = plan.id, self._one(entry)
        within = self.ids["entry"]
        self.ids["part"] = self._one(select(PlanTaskUnit.id).where(PlanTaskUnit.plan_task_id == within))
        self.ids["reading"] = city.act(city.officer, readings.begin, self.stage(city.officer)).id
        self.ids["limit"] = self._one(select(PlanTaskLimit.id).where(PlanTaskLimit.plan_task_id == within))

    def stage(self, actor: Actor) -> int:
        city = self.city
        return files.stage(
            city.db, city.settings, city.clock, io.BytesIO("证明\n".encode()), name="证明.txt",
            media_type_hint="text/plain", staged_by=actor,
        ).id  # fmt: skip

    def _one(self, query: Any) -> int:
        found = self.city.read(lambda session: session.scalars(query.limit(1)).one())
        return int(found)
