"""Who is concerned by an event: relations to the case, resolved to the people who hold the posts that day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.campaigns.models import Campaign, KeyTask, Obligation, WorkItem
from engine.change_requests.models import ChangeRequest
from engine.context import Role
from engine.evidence.models import Submission
from engine.extensions.models import Extension
from engine.inspections.models import Finding, InspectionRound, Rectification, SiteCheck
from engine.notices.models import Notice
from engine.organisation.models import Person, Unit
from engine.organisation.queries import holders
from engine.outbox import OutboxMessage
from engine.reviews.models import Review


class Relation(StrEnum):
    """How people stand to a case. Deadlines name some of them, too."""

    REPORTER = "reporter"  #: of the unit that owes
    HEAD = "head"  #: of the unit that owes
    INSPECTOR = "inspector"  #: of the unit that owes
    LEAD = "lead"  #: head of the reviewing or leading unit
    OFFICE = "office"  #: officers of the supervising office
    OFFICE_HEAD = "office_head"  #: head of the supervising office
    LEADER = "leader"  #: the leader in charge of the campaign, else the leaders of its office
    DRAWN = "drawn"  #: the inspector drawn for the check
    PERSON = "person"  #: the person that the message names


@dataclass(frozen=True)
class Case:
    """Who stands where towards the subject of a message, and what its texts name."""

    unit_id: int | None = None
    lead_unit_id: int | None = None
    office_unit_id: int | None = None
    leader_id: int | None = None
    #: Where the leader sits who is asked, if not the leader in charge.
    leader_unit_id: int | None = None
    drawn_id: int | None = None
    work_item_id: int | None = None
    params: dict[str, Any] = field(default_factory=dict)


class Directory:
    """Resolves cases and post holders for one batch of messages, asking for each post only once."""

    def __init__(self, session: Session, on: date) -> None:
        self._session = session
        self._on = on
        self._holders: dict[tuple[int, Role], Sequence[Person]] = {}

    def people(self, case: Case, relations: Iterable[str], person_id: int | None = None) -> list[Person]:
        """Everybody in one of the relations, each once, by id."""
        found: dict[int, Person] = {}
        for relation in relations:
            for person in self._of(case, Relation(relation), person_id):
                found[person.id] = person
        return [found[id] for id in sorted(found)]

    def _of(self, case: Case, relation: Relation, person_id: int | None) -> Sequence[Person]:
        match relation:
            case Relation.REPORTER:
                return self._holding(case.unit_id, Role.REPORTER)
            case Relation.HEAD:
                return self._holding(case.unit_id, Role.HEAD)
            case Relation.INSPECTOR:
                return [*self._named(case.drawn_id)] or self._holding(case.unit_id, Role.INSPECTOR)
            case Relation.LEAD:
                return self._holding(case.lead_unit_id, Role.HEAD)
            case Relation.OFFICE:
                return self._holding(case.office_unit_id, Role.OFFICER)
            case Relation.OFFICE_HEAD:
                return self._holding(case.office_unit_id, Role.HEAD)
            case Relation.LEADER:
                if case.leader_unit_id is not None:
                    return self._holding(case.leader_unit_id, Role.LEADER)
                return self._named(case.leader_id) or self._holding(case.office_unit_id, Role.LEADER)
            case Relation.DRAWN:
                return self._named(case.drawn_id)
            case Relation.PERSON:
                return self._named(person_id)

    def _holding(self, unit_id: int | None, role: Role) -> Sequence[Person]:
        if unit_id is None:
            return ()
        if (unit_id, role) not in self._holders:
            self._holders[unit_id, role] = holders(self._session, unit_id, role, self._on)
        return self._holders[unit_id, role]

    def _named(self, person_id: int | None) -> Sequence[Person]:
        person = self._session.get(Person, person_id) if person_id is not None else None
        return [person] if person else []

    def about(self, subject_type: str, id: int) -> Case:
        """Who stands where towards a row, and what texts name of it."""
        return self._case(subject_type, id)

    def case(self, message: OutboxMessage) -> Case:
        """The case of a message; an empty one for subjects that concern nobody in particular."""
        facts = message.facts
        found = self._case(message.subject_type, message.subject_id)
        named = message.kind.startswith(("deadline.", "key_task.part_"))
        owner = facts.get("unit_id") if named else None
        params = {**found.params, "actor": facts.get("actor") or message.actor_name}
        for name in (
            "due_on", "reasons", "text", "reason", "deadline_kind", "step", "document", "role", "count", "note",
            "change_kind", "urged", "provisional",
        ):  # fmt: skip
            if facts.get(name):
                params[name] = facts[name]
        if facts.get("changes"):
            params["changes"] = [self._change(one) for one in facts["changes"]]
        if "reason" in params:
            params["reasons"] = params.pop("reason")
        if owner is not None:
            params["owner"] = self._unit_name(owner)
        return Case(
            unit_id=owner or found.unit_id,
            lead_unit_id=found.lead_unit_id,
            office_unit_id=found.office_unit_id,
            leader_id=found.leader_id,
            leader_unit_id=found.leader_unit_id,
            drawn_id=found.drawn_id,
            work_item_id=found.work_item_id,
            params=params,
        )

    def _case(self, subject_type: str, id: int) -> Case:
        match subject_type:
            case "work_item":
                return self._item(id)
            case "obligation":
                obligation = self._session.get_one(Obligation, id)
                return self._item(obligation.work_item_id, part=obligation.title)
            case "submission":
                return self._case("obligation", self._session.get_one(Submission, id).obligation_id)
            case "review":
                return self._case("obligation", self._session.get_one(Review, id).obligation_id)
            case "extension":
                extension = self._session.get_one(Extension, id)
                return replace(
                    self._case("obligation", extension.obligation_id), leader_unit_id=extension.leader_unit_id
                )
            case "change_request":
                request = self._session.get_one(ChangeRequest, id)
                part = ""
                if request.obligation_id is not None:
                    part = self._session.get_one(Obligation, request.obligation_id).title
                return replace(
                    self._item(request.work_item_id, part=part), leader_unit_id=request.leader_unit_id
                )
            case "notice":
                notice = self._session.get_one(Notice, id)
                found = self._item(notice.work_item_id, part=f"{notice.title}{notice.number_text or ''}")
                return replace(found, unit_id=notice.unit_id, leader_unit_id=notice.leader_unit_id)
            case "check":
                check = self._session.get_one(SiteCheck, id)
                return self._item(check.work_item_id, drawn_id=check.inspector_person_id)
            case "rectification":
                row = self._session.get_one(Rectification, id)
                finding = self._session.get_one(Finding, row.finding_id)
                drawn = self._session.get_one(SiteCheck, row.check_id).inspector_person_id
                return self._item(
                    row.work_item_id, part=finding.text[:100], drawn_id=drawn, unit_id=row.responsible_unit_id
                )
            case "key_task":
                return self._key_task(id)
            case "campaign":
                return self._campaign(id)
            case "unit":
                # The unit itself owes, leads or is the office: the kind of news says which of its people are meant.
                return Case(
                    unit_id=id, lead_unit_id=id, office_unit_id=id, params={"unit": self._unit_name(id)}
                )
            case "inspection_round":
                return self._campaign(self._session.get_one(InspectionRound, id).campaign_id)
        return Case()

    def _item(
        self, id: int, *, part: str = "", drawn_id: int | None = None, unit_id: int | None = None
    ) -> Case:
        item, leader = self._session.execute(
            select(WorkItem, Campaign.leader_person_id)
            .join(Campaign, Campaign.id == WorkItem.campaign_id)
            .where(WorkItem.id == id)
        ).one()
        unit = unit_id or item.unit_id
        params = {"number": item.number, "title": item.title, "unit": self._unit_name(unit), "part": part}
        return Case(
            unit_id=unit,
            lead_unit_id=item.review_unit_id,
            office_unit_id=item.office_unit_id,
            leader_id=leader,
            drawn_id=drawn_id,
            work_item_id=item.id,
            params=params,
        )

    def _key_task(self, id: int) -> Case:
        task, leader = self._session.execute(
            select(KeyTask, Campaign.leader_person_id)
            .join(Campaign, Campaign.id == KeyTask.campaign_id)
            .where(KeyTask.id == id)
        ).one()
        return Case(
            unit_id=task.review_unit_id,
            lead_unit_id=task.review_unit_id,
            office_unit_id=task.office_unit_id,
            leader_id=leader,
            params={
                "number": str(task.number),
                "title": task.title,
                "unit": self._unit_name(task.review_unit_id),
            },
        )

    def _campaign(self, id: int) -> Case:
        campaign = self._session.get_one(Campaign, id)
        return Case(
            office_unit_id=campaign.office_unit_id,
            leader_id=campaign.leader_person_id,
            params={"title": campaign.title},
        )

    def _change(self, told: dict[str, Any]) -> dict[str, Any]:
        unit_id = told.get("unit_id")
        return told if unit_id is None else {**told, "unit": self._unit_name(unit_id)}

    def _unit_name(self, unit_id: int) -> str:
        unit = self._session.get(Unit, unit_id)
        return unit.short_name if unit else ""
