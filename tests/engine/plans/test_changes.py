"""Whatever is done to a draft can be undone, newest first, by anybody of the office."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from engine.audit import AuditEntry
from engine.campaigns import from_plan
from engine.context import Role
from engine.errors import AccessDenied, RuleViolation, StaleForm
from engine.plans import changes, editing, queries, reshaping, roles
from engine.plans import service as plans
from engine.plans.changes import KEPT
from engine.plans.limit_forms import LimitForm
from engine.plans.models import LimitKind, PartRole, Plan, PlanChange, PlanTask
from tests.engine.plans.sample import Town
from tests.factories import make_person

WIDE = LimitForm(LimitKind.CADENCE, {"period": "month"})


def picture(town: Town, plan: Plan) -> list[Any]:
    """Everything that a draft holds, but for versions and how often something was asked."""

    def columns(row: Any, *without: str) -> dict[str, Any]:
        return {
            c.key: getattr(row, c.key) for c in row.__table__.columns if c.key not in {"version", *without}
        }

    view = town.view(plan)
    return [
        (
            columns(entry.row),
            [(columns(part.row), [unit.id for unit in part.units]) for part in entry.parts],
            [columns(limit) for limit in entry.limits],
        )
        for entry in view.entries
    ] + [columns(row) for row in view.proposals]


VERBS: dict[str, Callable[[Town, Plan], Any]] = {
    "wording": lambda t, p: t.do(editing.edit, p.id, t.entry(p, 1).row.id, title="改了", text="全改了"),
    "match": lambda t, p: t.do(editing.match_unit, p.id, t.part(p, 3, "市公安居").id, t.id("市公安局")),
    "expand": lambda t, p: t.do(
        editing.expand_group,
        p.id,
        t.part(p, 1, "各县（市、区）人民政府").id,
        [t.id("临溪县"), t.id("望江区")],
    ),
    "drop unit": lambda t, p: t.do(editing.drop_unit, p.id, t.part(p, 1, "市司法局").id),
    "add unit": lambda t, p: t.do(
        editing.add_unit, p.id, t.entry(p, 3).row.id, role=PartRole.LEAD, unit_id=t.id("市审批局")
    ),
    "role": lambda t, p: t.do(roles.set_role, p.id, t.part(p, 1, "市财政局").id, PartRole.LEAD),
    "first": lambda t, p: t.do(roles.put_first, p.id, t.part(p, 1, "市行政审批局").id),
    "set limit": lambda t, p: t.do(
        editing.set_limit, p.id, t.entry(p, 1).row.id, WIDE, limit_id=t.entry(p, 1).limits[0].id
    ),
    "add limit": lambda t, p: t.do(editing.set_limit, p.id, t.entry(p, 3).row.id, WIDE),
    "remove limit": lambda t, p: t.do(
        editing.remove_limit, p.id, t.entry(p, 1).row.id, t.entry(p, 1).limits[0].id
    ),
    "default limits": lambda t, p: t.do(
        editing.set_default_limits, p.id, final_on=date(2026, 12, 31), period="quarter"
    ),
    "reviewer": lambda t, p: t.do(editing.set_reviewer, p.id, t.entry(p, 4).row.id, t.id("市审批局")),
    "drop": lambda t, p: t.do(editing.drop, p.id, t.entry(p, 2).row.id),
    "checked": lambda t, p: t.do(editing.mark_checked, p.id, t.entry(p, 2).row.id),
    "split": lambda t, p: t.do(reshaping.split, p.id, t.entry(p, 1).row.id, [5, 12]),
    "split by unit": lambda t, p: t.do(reshaping.split_by_unit, p.id, t.entry(p, 1).row.id),
    "merge": lambda t, p: t.do(reshaping.merge, p.id, [t.entry(p, n).row.id for n in (1, 2, 4)]),
    "add task": lambda t, p: t.do(reshaping.add_from_text, p.id, "各责任单位要细化举措"),
}


@pytest.mark.parametrize("verb", VERBS, ids=str)
def test_undoing_puts_everything_back_as_it_was(town: Town, verb: str) -> None:
    plan = town.imported()
    before = picture(town, plan)
    VERBS[verb](town, plan)
    assert picture(town, plan) != before
    town.do(changes.undo, plan.id)
    assert picture(town, plan) == before
    with pytest.raises(RuleViolation, match="没有可以撤销的修改"):
        town.do(changes.undo, plan.id)


def test_a_chain_of_changes_is_undone_newest_first(town: Town) -> None:
    plan, other = town.imported(), town.imported()
    pictures = []
    for verb in ("merge", "add task", "role", "expand", "drop", "default limits"):
        pictures.append(picture(town, plan))
        if verb == "role":
            town.do(roles.set_role, plan.id, town.part(plan, 1, "市公安局").id, PartRole.LEAD)
        elif verb == "drop":
            town.do(editing.drop, plan.id, town.entry(plan, 5).row.id)
        else:
            VERBS[verb](town, plan)
        # New rows elsewhere meanwhile: what is put back must not meet their ids.
        town.do(
            reshaping.split_by_unit, other.id, town.view(other).entries[0].row.id
        ) if verb == "merge" else None
    for expected in reversed(pictures):
        town.do(changes.undo, plan.id)
        assert picture(town, plan) == expected


def test_another_officer_undoes_and_the_history_says_so(town: Town) -> None:
    plan = town.imported()
    town.do(editing.match_unit, plan.id, town.part(plan, 3, "市公安居").id, town.id("市公安局"))
    colleague = town.act(lambda ctx: make_person(ctx, town.units["市营商办"], Role.OFFICER, name="李红"))
    change = town.act(changes.undo, plan.id, by=colleague)
    assert (change.by_name, change.undone_by_name, change.action) == (
        "周敏",
        "李红",
        "plan_task.unit_matched",
    )
    assert change.facts["written"] == "市公安居"
    assert change.facts["units"] == "市公安局"
    (listed,) = town.do(lambda ctx: changes.history(ctx.session, plan.id))
    assert listed.undone_by_name == "李红"
    last = town.read(
        lambda s: s.scalars(
            select(AuditEntry).where(AuditEntry.stream == f"plan:{plan.id}").order_by(AuditEntry.seq.desc())
        ).first()
    )
    assert last is not None
    assert (last.action, last.actor_name, last.facts["seq"]) == ("plan.change_undone", "李红", 1)


def test_what_is_undone_is_also_unlearned(town: Town) -> None:
    plan = town.imported()
    town.do(editing.match_unit, plan.id, town.part(plan, 3, "市公安居").id, town.id("市财政局"))
    town.clock.move(minutes=1)
    town.do(editing.match_unit, plan.id, town.part(plan, 3, "市公安居").id, town.id("市公安局"))

    def meant() -> list[int]:
        return town.do(lambda ctx: queries.learned(ctx.session, town.id("市营商办")).get("市公安居", []))

    assert meant() == [town.id("市公安局")]
    town.do(changes.undo, plan.id)
    assert meant() == [town.id("市财政局")]


def test_what_another_plan_has_confirmed_since_stays_learned(town: Town) -> None:
    plan, other = town.imported(), town.imported()
    town.do(editing.match_unit, plan.id, town.part(plan, 3, "市公安居").id, town.id("市公安局"))
    town.clock.move(minutes=1)
    town.do(editing.match_unit, other.id, town.part(other, 3, "市公安居").id, town.id("市公安局"))
    town.do(changes.undo, plan.id)
    assert town.do(lambda ctx: queries.learned(ctx.session, town.id("市营商办"))["市公安居"]) == [
        town.id("市公安局")
    ]


def test_forms_shown_before_an_undoing_are_stale_after_it(town: Town) -> None:
    plan = town.imported()
    row = town.entry(plan, 1).row
    town.do(editing.edit, plan.id, row.id, title="改", text=row.text)
    shown = town.entry(plan, 1).row.version
    town.do(changes.undo, plan.id)
    for version in (row.version, shown):
        with pytest.raises(StaleForm):
            town.do(editing.drop, plan.id, row.id, expected_version=version)


def test_whole_plan_verbs_refuse_a_plan_that_has_changed(town: Town) -> None:
    plan = town.imported()
    seen = town.view(plan).plan.version
    town.do(editing.drop, plan.id, town.entry(plan, 2).row.id)
    verbs: list[tuple[Callable[..., Any], dict[str, Any]]] = [
        (changes.undo, {}),
        (plans.discard, {}),
        (editing.set_default_limits, {"final_on": date(2026, 12, 31), "period": "month"}),
        (editing.accept_remembered, {}),
        (roles.let_leads_answer, {}),
        (reshaping.add_from_text, {"text": "各责任单位要细化举措"}),
    ]
    for verb, values in verbs:
        with pytest.raises(StaleForm):
            town.do(verb, plan.id, expected_version=seen, **values)
    town.do(changes.undo, plan.id, expected_version=seen + 1)
    assert not town.entry(plan, 2).row.dropped


def test_a_confirmed_plan_is_not_undone_and_forgets_what_stood_before(town: Town) -> None:
    plan = town.imported()
    for number in (1, 3, 4, 5):
        town.do(editing.drop, plan.id, town.entry(plan, number).row.id)
    town.do(from_plan.confirm_plan, plan.id)
    with pytest.raises(RuleViolation, match="已经确认"):
        town.do(changes.undo, plan.id)
    assert set(map(str, town.read(lambda s: s.scalars(select(PlanChange.before)).all()))) == {"{}"}


def test_strangers_undo_nothing(town: Town) -> None:
    plan = town.imported()
    town.do(editing.drop, plan.id, town.entry(plan, 2).row.id)
    with pytest.raises(AccessDenied):
        town.act(changes.undo, plan.id, by=town.reporter)


def test_only_the_newest_changes_are_kept(town: Town) -> None:
    plan = town.imported()
    row = town.entry(plan, 1).row

    def many(ctx: Any) -> None:
        for n in range(KEPT + 5):
            editing.edit(ctx, plan.id, row.id, title=f"第{n}稿", text="")

    town.do(many)
    kept = town.read(lambda s: s.execute(select(func.min(PlanChange.seq), func.max(PlanChange.seq))).one())
    assert tuple(kept) == (6, KEPT + 5)
    assert town.read(lambda s: s.scalar(select(func.count()).select_from(PlanTask))) == 5
