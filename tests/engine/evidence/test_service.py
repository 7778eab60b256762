"""Handing in and signing off, with real files, on PostgreSQL."""

import io
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from engine import files
from engine.campaigns.models import Obligation
from engine.context import Actor
from engine.deadlines import Deadline
from engine.errors import AccessDenied, InvalidInput, NotFound, RuleViolation, StaleForm, TaskNotOpen
from engine.evidence import queries, service
from engine.evidence.models import EvidenceFile, Submission
from engine.files import File
from engine.reviews.models import Review
from tests.engine.campaigns.city import City


def staged(
    city: City, actor: Actor, name: str = "台账.csv", content: bytes = "序号,内容\n1,完成\n".encode()
) -> int:
    return files.stage(
        city.db, city.settings, city.clock, io.BytesIO(content), name=name, media_type_hint="text/csv",
        staged_by=actor,
    ).id  # fmt: skip


def submissions(city: City, obligation: Obligation) -> list[Submission]:
    return city.read(
        lambda s: list(
            s.scalars(
                select(Submission).where(Submission.obligation_id == obligation.id).order_by(Submission.round)
            )
        )
    )


def test_a_submission_goes_to_the_head_with_its_files(city: City) -> None:
    obligation = city.obligation()
    ids = [
        staged(city, city.bureau.reporter, name, f"序号,{name}\n".encode())
        for name in ("台账.csv", "名单.csv")
    ]
    made = city.act(
        city.bureau.reporter, service.submit, obligation.id, text=" 已压减32% ", staged_file_ids=ids,
        notes={ids[0]: "压减前后对照"}, expected_round=0,
    )  # fmt: skip
    assert (made.round, made.text, made.state) == (1, "已压减32%", "submitted")
    kept = city.read(lambda s: s.scalars(select(EvidenceFile).order_by(EvidenceFile.id)).all())
    assert [(f.submission_id, f.name, f.note) for f in kept] == [
        (made.id, "台账.csv", "压减前后对照"),
        (made.id, "名单.csv", ""),
    ]
    assert {city.get(File, id).state for id in ids} == {"kept"}
    waiting = city.get(Obligation, obligation.id)
    assert (waiting.state, waiting.round) == ("submitted", 1)
    (task,) = city.user_tasks(("obligation", obligation.id))
    assert (task.form_key, task.role, task.unit_id) == ("obligation.sign_off", "head", city.bureau.id)
    rounds = city.act(city.lead.head, queries.rounds, obligation.work_item_id)
    assert [(r.submission.round, [f.name for f, _ in r.files]) for r in rounds[obligation.id]] == [
        (1, ["台账.csv", "名单.csv"])
    ]


def test_a_refused_act_leaves_its_files_staged(city: City) -> None:
    obligation = city.obligation()
    mine = staged(city, city.bureau.reporter)
    with pytest.raises(InvalidInput):
        city.act(city.bureau.reporter, service.submit, obligation.id, text=" ", staged_file_ids=[mine])
    with pytest.raises(NotFound):  # a file that somebody else uploaded
        city.act(
            city.bureau.reporter, service.submit, obligation.id, text="完成",
            staged_file_ids=[staged(city, city.county.reporter)],
        )  # fmt: skip
    with pytest.raises(RuleViolation):
        city.act(
            city.bureau.reporter, service.submit, obligation.id, text="完成", staged_file_ids=[mine, mine]
        )
    assert city.get(File, mine).state == "staged"
    assert submissions(city, obligation) == []
    assert city.get(Obligation, obligation.id).round == 0
    city.act(city.bureau.reporter, service.submit, obligation.id, text="完成", staged_file_ids=[mine])


def test_too_many_files_are_refused_in_one_sentence(city: City) -> None:
    obligation = city.obligation()
    with pytest.raises(InvalidInput, match="最多上传100个文件"):
        city.act(
            city.bureau.reporter, service.submit, obligation.id, text="完成", staged_file_ids=list(range(101))
        )


def test_only_the_unit_itself_hands_in_and_only_its_head_signs(city: City) -> None:
    obligation = city.obligation()
    for actor in (city.bureau.head, city.county.reporter, city.lead.head, city.officer):
        with pytest.raises(AccessDenied):
            city.act(actor, service.submit, obligation.id, text="完成")
    city.submitted(obligation)
    for actor in (city.bureau.reporter, city.county.head, city.lead.head, city.officer):
        with pytest.raises(AccessDenied):
            city.act(actor, service.sign_off, obligation.id, signed=True)
    with pytest.raises(NotFound):
        city.act(city.bureau.head, service.sign_off, 999_999, signed=True)


def test_signing_stops_the_clock_and_opens_the_review(city: City) -> None:
    obligation = city.submitted()
    city.act(city.bureau.head, service.sign_off, obligation.id, signed=True, expected_round=1)
    (submission,) = submissions(city, obligation)
    assert (submission.state, submission.signed_by_name) == ("in_review", city.bureau.head.name)
    assert city.get(Obligation, obligation.id).state == "in_review"
    review = city.read(lambda s: s.scalars(select(Review)).one())
    assert (review.submission_id, review.unit_id, review.state) == (submission.id, city.lead.id, "open")
    found = city.read(lambda s: s.scalars(select(Deadline).filter_by(subject_id=obligation.id)).all())
    states = {d.kind: (d.state, d.unit_id) for d in found if d.subject_type == "obligation"}
    assert states == {
        "obligation.due": ("met", city.bureau.id),
        "review.due": ("open", city.lead.id),
    }
    (task,) = city.user_tasks(("obligation", obligation.id))
    assert (task.form_key, task.unit_id, task.role) == ("review.decide", city.lead.id, "head")
    assert task.due_at is not None


def test_a_head_who_does_not_sign_says_why(city: City) -> None:
    obligation = city.submitted()
    with pytest.raises(InvalidInput) as error:
        city.act(city.bureau.head, service.sign_off, obligation.id, signed=False)
    assert error.value.field == "reasons"
    city.act(city.bureau.head, service.sign_off, obligation.id, signed=False, reasons="数字不准")
    again = city.get(Obligation, obligation.id)
    assert (again.state, again.round) == ("open", 1)
    city.submitted(again, "数字已核")
    first, second = submissions(city, obligation)
    assert (first.state, first.refusal, second.state, second.round) == ("refused", "数字不准", "submitted", 2)
    due = city.read(lambda s: s.scalars(select(Deadline).filter_by(kind="obligation.due")).one())
    assert due.state == "open", "a refusal inside the unit does not stop its clock"


def test_stale_forms_are_told_apart_from_lost_races(city: City) -> None:
    obligation = city.submitted()
    with pytest.raises(TaskNotOpen):
        city.act(city.bureau.reporter, service.submit, obligation.id, text="再报", expected_round=0)
    city.act(city.bureau.head, service.sign_off, obligation.id, signed=False, reasons="数字不准")
    with pytest.raises(StaleForm):
        city.act(city.bureau.reporter, service.submit, obligation.id, text="再报", expected_round=0)
    with pytest.raises(TaskNotOpen):
        city.act(city.bureau.head, service.sign_off, obligation.id, signed=True)


def race(city: City, verb: Any, actor: Actor, *args: Any, **values: Any) -> list[str]:
    def attempt(_n: int) -> str:
        try:
            city.act(actor, verb, *args, **values)
        except TaskNotOpen:
            return "late"
        return "first"

    with ThreadPoolExecutor(2) as pool:
        return sorted(pool.map(attempt, range(2)))


def test_of_two_submissions_at_once_one_is_late(city: City) -> None:
    obligation = city.obligation()
    assert race(city, service.submit, city.bureau.reporter, obligation.id, text="完成") == ["first", "late"]
    assert [s.round for s in submissions(city, obligation)] == [1]
    assert city.actions(f"work_item:{obligation.work_item_id}").count("obligation.submitted") == 1


def test_of_two_signatures_at_once_one_is_late(city: City) -> None:
    obligation = city.submitted()
    assert race(city, service.sign_off, city.bureau.head, obligation.id, signed=True) == ["first", "late"]
    assert len(city.read(lambda s: s.scalars(select(Review)).all())) == 1


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("bureau", True),  # own unit
        ("lead", True),
        ("office", True),
        ("government", True),  # above the unit
        ("cooperating", True),
        ("county", False),
    ],
)
def test_evidence_is_seen_by_those_concerned(city: City, who: str, sees: bool) -> None:
    cooperating = city.staff(city.government)
    item = city.begun(cooperating=[cooperating.id])
    (obligation,) = city.obligations(item)
    file_id = staged(city, city.bureau.reporter)
    city.act(city.bureau.reporter, service.submit, obligation.id, text="完成", staged_file_ids=[file_id])
    evidence_id = city.read(lambda s: s.scalars(select(EvidenceFile.id)).one())
    actor = (cooperating if who == "cooperating" else getattr(city, who)).head
    if sees:
        evidence, file = city.act(actor, queries.evidence_file, evidence_id)
        assert (evidence.id, file.id) == (evidence_id, file_id)
        assert obligation.id in city.act(actor, queries.rounds, item.id)
        return
    with pytest.raises(AccessDenied):
        city.act(actor, queries.evidence_file, evidence_id)
    assert city.act(actor, queries.rounds, item.id) == {}


def test_a_file_that_does_not_exist_is_not_found(city: City) -> None:
    with pytest.raises(NotFound):
        city.act(city.bureau.head, queries.evidence_file, 1)
