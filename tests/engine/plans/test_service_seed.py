"""The published plan of the seed, through the import to a campaign of twenty key tasks."""

from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from engine.campaigns import from_plan
from engine.campaigns.models import KeyTask, KeyTaskLimit, KeyTaskUnit, UnitRole
from engine.clock import SHANGHAI, FixedClock
from engine.context import Role
from engine.organisation.models import UnitKind
from engine.plans import editing
from engine.plans import service as plans
from engine.plans.models import PartState
from engine.plans.parsing import is_group
from engine.settings import Settings
from tests.engine.plans.sample import Town
from tests.factories import make_person, make_unit

SEED = Path(__file__).parents[4] / "shared/seeds/000_93ee51aa5674856c.txt"


@pytest.mark.skipif(not SEED.exists(), reason="the seed document is not beside the repository")
def test_the_seed_becomes_a_campaign_of_twenty_key_tasks(db: Engine, settings: Settings) -> None:
    town = Town(db, FixedClock(datetime(2021, 5, 20, 9, tzinfo=SHANGHAI)), settings)
    draft = plans.read(SEED.read_bytes(), SEED.name)
    names = {u.text for t in draft.key_tasks for u in (*t.lead_units, *t.responsible_units)}
    city = town.units["市政府"]
    for name in sorted(n for n in names if not is_group(n)):
        if name not in town.units:
            kind = UnitKind.GOVERNMENT if name.endswith("管委会") else UnitKind.DEPARTMENT
            town.units[name] = town.act(
                lambda ctx, n=name, k=kind: make_unit(ctx, "云川" + n if n.startswith("市") else n, city,
                                                      short_name=n, kind=k)
            )  # fmt: skip
    office = town.act(lambda ctx: make_unit(ctx, "市委依法治市办", city))
    officer = town.act(lambda ctx: make_person(ctx, office, Role.OFFICER))
    plan = town.act(plans.import_document, draft, file_name=SEED.name, by=officer)
    town.officer = officer

    entries = town.view(plan).entries
    assert [entry.row.number for entry in entries] == list(range(1, 21))
    waiting = {p.row.written for e in entries for p in e.parts if p.row.state == PartState.UNMATCHED}
    assert waiting == {name for name in names if is_group(name)}
    for written in sorted(waiting):
        for entry in town.view(plan).entries:
            part = next((p.row for p in entry.parts if p.row.written == written), None)
            if part is not None and part.state == PartState.UNMATCHED:
                chosen = (
                    [town.id("临溪县"), town.id("望江区")] if "各县" in written else [town.id("市财政局")]
                )
                town.do(editing.expand_group, plan.id, part.id, chosen, everywhere=True)
    town.do(editing.set_default_limits, plan.id, final_on=date(2021, 12, 31), period="quarter")
    campaign = town.do(from_plan.confirm_plan, plan.id)

    assert (campaign.year, campaign.title) == (2021, draft.document.title)
    rows = {row.number: row for row in town.all(KeyTask)}
    assert len(rows) == 20
    # First named lead; without a lead the office.
    reviewers = {number: rows[number].review_unit_id for number in (3, 6, 10, 17)}
    assert reviewers == {3: town.id("市司法局"), 6: office.id, 10: town.id("市司法局"), 17: office.id}
    parts = [
        p for p in town.all(KeyTaskUnit) if p.key_task_id == rows[17].id and p.role == UnitRole.RESPONSIBLE
    ]
    assert len(parts) == 11
    limits = town.all(KeyTaskLimit)
    kinds = {n: sorted(x.kind for x in limits if x.key_task_id == rows[n].id) for n in (1, 3, 4, 10, 13)}
    assert kinds == {
        1: ["cadence", "final"], 3: ["event", "event"], 4: ["final"], 10: ["final", "milestone"], 13: ["cadence"],
    }  # fmt: skip
    twice = next(x for x in limits if x.key_task_id == rows[13].id).basis
    assert (twice["period"], twice["count"], twice["levels"]) == ("year", 2, ["市", "县"])
