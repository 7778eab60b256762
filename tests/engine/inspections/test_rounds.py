"""Freezing, drawing, withdrawing and closing a round, and the certificate that repeats it."""

import json
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from engine import audit
from engine.campaigns.models import WorkItemState
from engine.errors import AccessDenied, InvalidInput, RuleViolation
from engine.inspections import certificate, queries, rules, service
from engine.inspections.models import CheckState, DrawExclusion, RoundState
from engine.organisation import service as organisation
from engine.organisation.models import Post
from tests.engine.inspections.world import World

GOOD = {"title": "第一轮抽查", "rate": 50, "seed_source": "福彩3D 第2026056期"}


def test_items_wait_for_the_draw(world: World) -> None:
    assert [item.state for item in world.items()] == [WorkItemState.SAMPLING] * 3


def test_a_round_freezes_publishes_draws_and_can_be_repeated(world: World) -> None:
    row = world.act(world.officer, service.prepare_round, world.campaign_id, **GOOD)
    before = world.act(world.officer, queries.certificate, row.id)
    assert before.seed is None
    assert {m.ticket for m in before.population} == {None}
    assert certificate.verify(before) == []

    world.act(world.officer, service.draw, row.id, " 7 1  4 ")
    world.drain()
    after = world.act(world.officer, queries.certificate, row.id)
    assert after.seed == "7 1 4"
    assert after.commitment == before.commitment
    assert [m.item for m in after.population] == [m.item for m in before.population]
    chosen = [m for m in after.population if m.rank is not None]
    assert len(chosen) == 2  # half of three, rounded up
    assert certificate.verify(certificate.from_json(json.loads(json.dumps(after.as_json())))) == []
    lines = certificate.as_csv(after).splitlines()
    assert len(lines) == 4
    assert lines[0] == "id,number,unit,ticket,rank,inspector"
    checks = world.checks()
    assert {c.work_item_id: c.inspector_person_id for c in checks} == {m.key: m.inspector for m in chosen}
    states = {item.id: item.state for item in world.items()}
    assert {id for id, state in states.items() if state == WorkItemState.INSPECTING} == {
        m.key for m in chosen
    }
    with_checks = [
        (draw.rank, check and check.id) for draw, check in world.act(world.officer, queries.selected, row.id)
    ]
    assert with_checks == [(1, checks[0].id), (2, checks[1].id)]


def test_a_tampered_certificate_is_found(world: World) -> None:
    true = world.act(world.officer, queries.certificate, world.drawn(rate=34))
    first = true.population[0]
    others = [person.key for person in true.inspectors]
    lies = {
        "population_hash": replace(true, population=(replace(first, unit="别的单位"), *true.population[1:])),
        "ticket": replace(true, population=(replace(first, ticket="0" * 64), *true.population[1:])),
        "rank": replace(true, rate=100),
        "inspector": replace(
            true,
            population=tuple(
                replace(m, inspector=next(o for o in others if o != m.inspector)) if m.rank else m
                for m in true.population
            ),
        ),
        "inspector_hash": replace(true, inspectors=true.inspectors[1:]),
        "procedure": replace(true, procedure="duban-lot-0"),
    }
    for code, lie in lies.items():
        assert code in {problem.code for problem in certificate.verify(lie)}, code
    assert certificate.verify(replace(true, seed="7 1 5"))


@pytest.mark.parametrize("data", [None, [], {}, {"population": 3}, "x", {"population": [], "inspectors": []}])
def test_a_file_that_is_no_certificate_is_refused(data: object) -> None:
    with pytest.raises(InvalidInput):
        certificate.from_json(data)


def test_an_inspector_of_the_district_stands_back_there_and_the_log_says_so(world: World) -> None:
    round_id = world.drawn()
    assert world.reporters
    assert world.inspectors
    first_unit = min(world.reporters)
    local = next(p for p, actor in world.inspectors.items() if first_unit in actor.units())
    item = next(i for i in world.items() if i.unit_id == first_unit)
    check = next(c for c in world.checks() if c.work_item_id == item.id)
    assert check.inspector_person_id != local
    log = world.act(world.officer, queries.exclusions, round_id)
    assert [(e.reason, e.number, e.unit) for e in log] == [("recused", item.number, "第1区人民政府")]
    loads = [sum(c.inspector_person_id == p for c in world.checks()) for p in world.inspectors]
    assert sorted(loads) == [1, 1, 1]


def test_who_left_since_the_freeze_is_not_drawn(world: World) -> None:
    row = world.act(world.officer, service.prepare_round, world.campaign_id, **GOOD | {"rate": 100})
    gone = next(iter(world.inspectors or {}))
    (post,) = world.read(select(Post).where(Post.person_id == gone))
    world.clock.move(days=1)
    world.act(None, organisation.dismiss, post.id)
    world.act(world.officer, service.draw, row.id, "7 1 4")
    world.drain()
    assert gone not in {c.inspector_person_id for c in world.checks()}
    assert len(world.checks()) == 3
    assert world.read(select(DrawExclusion.reason).where(DrawExclusion.person_id == gone)) == ["left"]
    assert certificate.verify(world.act(world.officer, queries.certificate, row.id)) == []


def test_only_the_office_draws(world: World) -> None:
    for actor in (world.lead, next(iter((world.reporters or {}).values()))):
        with pytest.raises(AccessDenied):
            world.act(actor, service.prepare_round, world.campaign_id, **GOOD)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": " "}, "title"),
        ({"rate": 0}, "rate"),
        ({"rate": 101}, "rate"),
        ({"seed_source": "\n"}, "seed_source"),
    ],
)
def test_what_a_round_needs(change: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        rules.check_preparation(**GOOD | change)  # type: ignore[arg-type]
    assert caught.value.field == field


def test_one_frozen_round_at_a_time_and_withdrawing_needs_a_reason(world: World) -> None:
    row = world.act(world.officer, service.prepare_round, world.campaign_id, **GOOD)
    with pytest.raises(RuleViolation, match="待抽签"):
        world.act(world.officer, service.prepare_round, world.campaign_id, **GOOD)
    with pytest.raises(InvalidInput):
        world.act(world.officer, service.withdraw_round, row.id, "  ")
    world.act(world.officer, service.withdraw_round, row.id, "比例写错")
    with pytest.raises(RuleViolation):
        world.act(world.officer, service.draw, row.id, "7 1 4")
    assert world.act(world.officer, queries.find_round, row.id).state == RoundState.WITHDRAWN
    again = world.act(world.officer, service.prepare_round, world.campaign_id, **GOOD)
    assert again.population_hash == row.population_hash


def test_a_round_is_drawn_once(world: World) -> None:
    round_id = world.drawn(rate=1)
    with pytest.raises(RuleViolation):
        world.act(world.officer, service.draw, round_id, "9 9 9")
    assert len(world.checks()) == 1


def test_nothing_to_draw(world: World) -> None:
    world.drawn(rate=100)
    with pytest.raises(RuleViolation, match="没有审核通过"):
        world.act(world.officer, service.prepare_round, world.campaign_id, **GOOD)


def test_nobody_free_to_inspect(world: World) -> None:
    office_posts = world.read(select(Post).where(Post.role == "inspector").order_by(Post.id))[:2]
    world.clock.move(days=1)
    for post in office_posts:
        world.act(None, organisation.dismiss, post.id)
    with pytest.raises(RuleViolation, match="第1区人民政府"):
        world.act(world.officer, service.prepare_round, world.campaign_id, **GOOD)


def test_another_inspector_is_drawn_with_a_reason(world: World) -> None:
    round_id = world.drawn(rate=1)
    (check,) = world.checks()
    new = world.act(world.officer, service.redraw_inspector, check.id, "外出培训")
    assert new.inspector_person_id != check.inspector_person_id
    assert [c.state for c in world.checks()] == [CheckState.WITHDRAWN, CheckState.OPEN]
    assert new.is_recheck is False
    ((_, shown),) = world.act(world.officer, queries.selected, round_id)
    assert shown is not None
    assert shown.id == new.id
    with pytest.raises(RuleViolation):
        world.act(world.officer, service.redraw_inspector, check.id, "再换")


def test_nobody_hands_the_own_check_to_another(world: World) -> None:
    world.drawn(rate=1)
    (check,) = world.checks()
    drawn_officer = replace(world.officer, person_id=check.inspector_person_id)
    with pytest.raises(AccessDenied):
        world.act(drawn_officer, service.redraw_inspector, check.id, "不想去")


def test_a_cancelled_item_is_left_out_and_logged(world: World) -> None:
    row = world.act(world.officer, service.prepare_round, world.campaign_id, **GOOD | {"rate": 100})
    victim = world.items()[1]
    world.cancelled(victim.id)
    world.act(world.officer, service.draw, row.id, "7 1 4")
    world.drain()
    assert victim.id not in {c.work_item_id for c in world.checks()}
    log = world.act(world.officer, queries.exclusions, row.id)
    assert ("cancelled", victim.number) in {(e.reason, e.number) for e in log}


def test_verbs_of_a_round_leave_entries(world: World) -> None:
    world.drawn(rate=1)
    with_actions = world.act(
        None, lambda ctx: audit.history(ctx.session, f"campaign:{world.campaign_id}", limit=50)
    )
    assert {"inspection_round.prepared", "inspection_round.drawn"} <= {e.action for e in with_actions}


def test_no_round_comes_and_the_window_closes_the_items(world: World) -> None:
    world.pass_time(date(2026, 3, 20))
    assert {item.state for item in world.items()} == {WorkItemState.CLOSED}
