"""What falls due among 100,000 deadlines: found by index, counted by the database, in as many statements as among ten."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event, text

from engine.campaigns import due
from engine.campaigns.due import Wanted
from engine.campaigns.models import Campaign
from engine.deadlines import Colour
from tests.engine.campaigns.city import City

UNITS, TASKS, REPORTS = 500, 20, 10
APRIL = Wanted(since=date(2026, 4, 1), until=date(2026, 4, 30))

#: Twenty key tasks of 500 units with ten reports each, due all through 2026; what was due before March is done.
ROWS = (
    """INSERT INTO unit (id, name, short_name, pinyin_key, level, kind, parent_id, path, effective_from, version)
       SELECT 1000 + n, '单位' || n, '单位' || n, 'danwei' || n, 'city', 'department', :root,
         '/' || :root || '/' || (1000 + n) || '/', '2020-01-01', 1 FROM generate_series(1, :units) n""",
    """INSERT INTO work_item (id, campaign_id, key_task_id, unit_id, review_unit_id, office_unit_id, number, title, state,
         assigned_at, acknowledged_at, version)
       SELECT 100000 + k.number * 1000 + n, k.campaign_id, k.id, 1000 + n, k.review_unit_id, k.office_unit_id,
         k.number || '-' || n, '事项', 'in_progress', now(), now(), 1
       FROM key_task k, generate_series(1, :units) n WHERE k.campaign_id = :campaign""",
    """INSERT INTO obligation (id, work_item_id, position, kind, title, state, round)
       SELECT w.id * 100 + p, w.id, p, 'milestone', '第' || p || '次', 'open', 0
       FROM work_item w, generate_series(1, :reports) p""",
    """INSERT INTO deadline (subject_type, subject_id, kind, unit_id, stream, basis, original_due_on, due_on, due_at,
         provisional, state, opened_at, policy_id, met_at)
       SELECT 'obligation', o.id, 'obligation.due', w.unit_id, 'work_item:' || w.id,
         '{"rule": "fixed_date", "on": "2026-06-30", "text": ""}', d.due_on, d.due_on,
         (d.due_on + 1)::timestamp AT TIME ZONE 'Asia/Shanghai', false,
         CASE WHEN d.due_on < '2026-03-01' THEN 'met' ELSE 'open' END, now(), (SELECT min(id) FROM escalation_policy),
         CASE WHEN d.due_on < '2026-03-01' THEN now() END
       FROM obligation o JOIN work_item w ON w.id = o.work_item_id
       CROSS JOIN LATERAL (SELECT date '2026-01-01' + ((o.id * 7919) % 365)::int AS due_on) d""",
)  # fmt: skip


def grown(city: City) -> Campaign:
    campaign = city.campaign(*(city.new_key_task(n) for n in range(1, TASKS + 1)))
    given = {
        "root": city.government.id, "units": UNITS, "reports": REPORTS, "campaign": campaign.id,
    }  # fmt: skip
    with city.db.begin() as connection:
        for rows in ROWS:
            connection.execute(text(rows), {k: v for k, v in given.items() if f":{k}" in rows})
    with city.db.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return campaign


def explained(city: City, read: Callable[..., Any], given: Any) -> tuple[Any, list[str]]:
    """What the officer reads, and the plans of the statements that look at deadlines."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        seen.append((statement, parameters))

    event.listen(city.db, "before_cursor_execute", note)
    try:
        found = city.act(city.officer, read, given)
    finally:
        event.remove(city.db, "before_cursor_execute", note)
    assert len(seen) <= 6, [statement for statement, _ in seen]
    with city.db.connect() as connection:
        plans = [
            "\n".join(row[0] for row in connection.exec_driver_sql("EXPLAIN " + statement, parameters))
            for statement, parameters in seen
            if "FROM deadline" in statement
        ]
    return found, plans


@pytest.mark.soak
def test_a_month_a_list_and_the_wall_of_a_province(city: City) -> None:
    campaign = grown(city)
    with city.db.connect() as connection:
        total = connection.scalar(text("SELECT count(*) FROM deadline"))
        april = connection.scalar(
            text("SELECT count(*) FROM deadline WHERE due_on BETWEEN '2026-04-01' AND '2026-04-30'")
        )
    assert total == UNITS * TASKS * REPORTS
    days, plans = explained(city, due.by_day, APRIL)
    assert sum(day.counts.total() for day in days.values()) == april
    assert all(len(day.first) == due.NAMED for day in days.values())
    assert plans, "the month is read from deadlines"
    assert all("ix_deadline_due" in plan for plan in plans), plans
    rows, plans = explained(city, due.listed, Wanted(live=True))
    assert len(rows) == 50
    assert any("ix_deadline_live" in plan for plan in plans), "what is done is not walked over"
    wall, _ = explained(city, due.wall, campaign.id)
    assert len(wall.key_tasks) == TASKS
    assert len(wall.units) == UNITS
    assert wall.counts.total() == sum(lamp.counts.total() for lamp in wall.units)
    assert wall.counts[Colour.GREY] == 0
