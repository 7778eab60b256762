"""Another unit's ids, called by everybody who has no part in them: pages, API, files and exports refuse, lists are
silent.

Two cities share one database. People of the first in every role call each route that carries an id with the ids of
the second. A route that is missing in the table fails.
"""

import io
import re
import uuid
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest

from engine.clock import FixedClock
from engine.db import make_engine
from engine.settings import Settings
from tests.conftest import START
from tests.engine.campaigns.city import SYSTEM, City
from tests.factories import make_unit
from tests.pristine import address
from tests.webapp.api_world import Staffed
from tests.webapp.case_rows import Rows
from tests.webapp.conftest import Browser
from tests.webapp.visitor import Visitor
from webapp.app import Duban, create_app

#: In the title of everything that belongs to the second city.
MARK = "邻市未公开事项"
TODAY, SOON = "2026-03-02", "2026-12-15"

#: A unit of the directory, by name.
ARCHIVES = "云川市档案局"

#: Not the rows of any unit: the directory, the calendar, published diagrams, and the administrators' own, by role alone.
NOBODYS = re.compile(
    r"\w+ (/api/v1)?/(static|diagrams|organisation|units|unit-groups|people|posts|queue|failed-\w+|messages/failures)\b"
    r"|\w+ (/api/v1)?/policies\b|\w+ (/api/v1|/messages)/endpoints\b|\w+ (/api/v1/message-|/messages/)templates\b"
    r"|GET /calendar/<token>|GET (/api/v1/calendar|/working-days|/due-calendar)/"
)


@dataclass(frozen=True)
class Row:
    """Whose ids a route carries, by argument (``id``, or ``argument``, first), and what is sent so that only the id is
    wrong."""

    id: str
    sent: Any = None
    more: dict[str, str] = field(default_factory=dict)
    argument: str = "id"

    @property
    def ids(self) -> dict[str, str]:
        return {self.argument: self.id, **self.more}


ENTRY, PART, LIMIT = {"entry_id": "entry"}, {"part_id": "part"}, {"limit_id": "limit"}
A_DAY = {"kind": "date", "data": {"on": SOON}}
CANCELLING = {"kind": "cancel", "reason": "职责划转"}
LATER = {"new_on": "2026-07-10", "reason": "联调延后", "progress": "已完成七成"}
SHEET = {
    "grade": "reminder_letter", "matter": "整改台账", "grounds": "方案", "requirement": "尽快办理", "reply_on": SOON,
    "reply_form": "书面反馈",
}  # fmt: skip
WRITTEN = {name: value for name, value in SHEET.items() if name != "grade"}
VISIT = {"visited_on": TODAY, "conclusion": "属实"}

ROUTES: dict[str, Row] = {
    "GET /campaigns/<int:id>": Row("campaign"),
    "GET /key-tasks/<int:id>": Row("key_task"),
    "GET /key-tasks/<int:id>/progress": Row("key_task"),
    "GET /work-items/<int:id>": Row("work_item"),
    "GET /work-items/<int:id>/plan-files/<int:file_id>": Row("work_item", more={"file_id": "plan_file"}),
    "GET /work-items/files/<int:id>": Row("evidence_file"),
    "POST /work-items/<int:id>/urge": Row("work_item", {"words": "请尽快"}),
    "POST /user-tasks/<int:id>": Row("user_task", {"approved": "true"}),
    "GET /deadlines/<int:id>/why": Row("deadline"),
    "POST /messages/<int:id>/open": Row("message"),
    "GET /notices/<int:id>": Row("notice"),
    "GET /notices/<int:id>/paper.docx": Row("notice"),
    "GET /notices/<int:id>/paper.pdf": Row("notice"),
    "POST /notices/<int:id>/edit": Row("draft_notice", WRITTEN),
    "POST /notices/<int:id>/cancel": Row("notice", {"reason": "发错"}),
    "GET /notices/new/<int:work_item_id>": Row("work_item", argument="work_item_id"),
    "POST /notices/new/<int:work_item_id>": Row("work_item", SHEET, argument="work_item_id"),
    "GET /change-requests/<int:id>": Row("change_request"),
    "POST /change-requests/<int:id>/withdraw": Row("change_request"),
    "GET /change-requests/new/<int:work_item_id>": Row("work_item", argument="work_item_id"),
    "POST /change-requests/new/<int:work_item_id>": Row("work_item", CANCELLING, argument="work_item_id"),
    "GET /work-items/<int:id>/records/new": Row("work_item"),
    "POST /work-items/<int:id>/records/new": Row("work_item", {"limit_id": 1, "title": "决定", "on": TODAY}),
    "GET /extensions/<int:id>": Row("extension"),
    "POST /extensions/<int:id>/withdraw": Row("extension"),
    "GET /extensions/new/<int:obligation_id>": Row("obligation", argument="obligation_id"),
    "POST /extensions/new/<int:obligation_id>": Row("obligation", LATER, argument="obligation_id"),
    "GET /rounds/<int:id>": Row("round"),
    "GET /rounds/<int:id>/progress": Row("round"),
    "GET /rounds/<int:id>/certificate.csv": Row("round"),
    "GET /rounds/<int:id>/certificate.json": Row("round"),
    "POST /rounds/<int:id>/draw": Row("prepared_round", {"seed": "1 2 3"}),
    "POST /rounds/<int:id>/withdraw": Row("prepared_round", {"reason": "有误"}),
    "POST /rounds/<int:id>/close": Row("round"),
    "GET /checks/<int:id>": Row("check"),
    "POST /checks/<int:id>/rows": Row("check", {"add": "1"}),
    "POST /checks/<int:id>/redraw": Row("check", {"reason": "因病"}),
    "GET /rectifications/<int:id>": Row("rectification"),
    "GET /rectifications/files/<int:id>": Row("rectification_file"),
    "GET /plans/<int:id>": Row("plan"),
    "GET /plans/<int:id>/amendment": Row("amendment"),
    "GET /plans/<int:id>/amendment/progress": Row("amendment"),
    "POST /plans/<int:id>/amendment/apply": Row("amendment", {"keys": "drop:1", "reason": "研究决定"}),
    "POST /plans/<int:id>/amendment/summary": Row("amendment", {"keys": "drop:1"}),
    "POST /plans/<int:id>/amends": Row("amendment", {"amends_plan_id": ""}),
    "GET /plans/<int:id>/breakdown.docx": Row("plan"),
    "GET /plans/<int:id>/breakdown.xlsx": Row("plan"),
    "GET /plans/readings/<int:id>": Row("reading"),
    "GET /plans/<int:id>/confirm": Row("plan"),
    "POST /plans/<int:id>/undo": Row("plan"),
    "POST /plans/<int:id>/remembered": Row("plan"),
    "POST /plans/<int:id>/leads-responsible": Row("plan"),
    "POST /plans/<int:id>/proposals": Row("plan", {"proposals": "1", "set_aside": "1"}),
    "POST /plans/<int:id>/key-tasks": Row("plan", {"text": "编制权责清单"}),
    "GET /plans/<int:id>/key-tasks/<int:entry_id>": Row("plan", more=ENTRY),
    "GET /plans/<int:id>/key-tasks/<int:entry_id>/reshape": Row("plan", more=ENTRY),
    "POST /plans/<int:id>/key-tasks/<int:entry_id>/split": Row("plan", {"by_unit": "1"}, ENTRY),
    "POST /plans/<int:id>/key-tasks/<int:entry_id>/merge": Row("plan", {"other": "1:1"}, ENTRY),
    "POST /plans/<int:id>/units/<int:part_id>/role": Row("plan", {"role": "lead"}, PART),
    "POST /plans/<int:id>/confirm": Row("plan"),
    "POST /plans/<int:id>/discard": Row("plan"),
    "POST /plans/<int:id>/limits": Row("plan", {"final_on": SOON, "period": "quarter"}),
    "POST /plans/<int:id>/key-tasks/<int:entry_id>/checked": Row("plan", more=ENTRY),
    "POST /plans/<int:id>/key-tasks/<int:entry_id>/drop": Row("plan", more=ENTRY),
    "POST /plans/<int:id>/key-tasks/<int:entry_id>/restore": Row("plan", more=ENTRY),
    "POST /plans/<int:id>/key-tasks/<int:entry_id>/wording": Row(
        "plan", {"title": "改", "text": "改"}, ENTRY
    ),
    "POST /plans/<int:id>/key-tasks/<int:entry_id>/reviewer": Row("plan", {"by_rule": "1"}, ENTRY),
    "POST /plans/<int:id>/key-tasks/<int:entry_id>/units": Row(
        "plan", {"role": "responsible", "unit": ARCHIVES}, ENTRY
    ),
    "POST /plans/<int:id>/key-tasks/<int:entry_id>/limits": Row("plan", {"kind": "date", "on": SOON}, ENTRY),
    "POST /plans/<int:id>/key-tasks/<int:entry_id>/limits/<int:limit_id>": Row(
        "plan", {"kind": "date", "on": SOON}, ENTRY | LIMIT
    ),
    "POST /plans/<int:id>/key-tasks/<int:entry_id>/limits/<int:limit_id>/remove": Row(
        "plan", more=ENTRY | LIMIT
    ),
    "GET /plans/<int:id>/units/<int:part_id>/choice": Row("plan", more=PART),
    "POST /plans/<int:id>/units/<int:part_id>/drop": Row("plan", more=PART),
    "POST /plans/<int:id>/units/<int:part_id>/restore": Row("plan", more=PART),
    "POST /plans/<int:id>/units/<int:part_id>/match": Row("plan", {"unit_id": "1"}, PART),
    "POST /plans/<int:id>/units/<int:part_id>/expand": Row("plan", {"unit_ids": "1"}, PART),
    "GET /api/v1/campaigns/<int:id>": Row("campaign"),
    "GET /api/v1/campaigns/<int:id>/key-tasks": Row("campaign"),
    "GET /api/v1/campaigns/<int:id>/matrix": Row("campaign"),
    "GET /api/v1/key-tasks/<int:id>": Row("key_task"),
    "GET /api/v1/key-tasks/<int:id>/dispatch": Row("key_task"),
    "GET /api/v1/key-tasks/<int:id>/history": Row("key_task"),
    "POST /api/v1/key-tasks/<int:id>/confirm": Row("draft", {"progress": None}),
    "POST /api/v1/key-tasks/<int:id>/summarise": Row("key_task", {"text": "办结"}),
    "POST /api/v1/key-tasks/<int:id>/accept": Row("key_task", {"accepted": True}),
    "GET /api/v1/work-items/<int:id>": Row("work_item"),
    "GET /api/v1/work-items/<int:id>/checks": Row("work_item"),
    "GET /api/v1/work-items/<int:id>/history": Row("work_item"),
    "GET /api/v1/work-items/<int:id>/plan-files/<int:file_id>": Row(
        "work_item", more={"file_id": "plan_file"}
    ),
    "POST /api/v1/work-items/<int:id>/acknowledge": Row("new_item"),
    "POST /api/v1/work-items/<int:id>/file-plan": Row("new_item", {"text": "按季推进"}),
    "POST /api/v1/work-items/<int:id>/urge": Row("work_item", {"text": "请尽快"}),
    "GET /api/v1/work-items/<int:id>/urgings": Row("work_item"),
    "GET /api/v1/work-items/<int:id>/arrivals": Row("work_item"),
    "GET /messages/arrivals/work-items/<int:id>": Row("work_item"),
    "POST /api/v1/work-items/<int:id>/change-requests": Row("work_item", CANCELLING),
    "GET /api/v1/work-items/<int:id>/change-requests": Row("work_item"),
    "GET /api/v1/change-requests/<int:id>": Row("change_request"),
    "POST /api/v1/change-requests/<int:id>/approve": Row("change_request", {"verdict": "agreed"}),
    "POST /api/v1/change-requests/<int:id>/decide": Row("change_request", {"verdict": "agreed"}),
    "POST /api/v1/change-requests/<int:id>/revise": Row("change_request", {"reason": "职责划转"}),
    "POST /api/v1/change-requests/<int:id>/sign-off": Row("change_request", {"verdict": "agreed"}),
    "POST /api/v1/change-requests/<int:id>/withdraw": Row("change_request"),
    "POST /api/v1/work-items/<int:id>/events": Row(
        "work_item", {"limit_id": 1, "title": "决定", "on": TODAY}
    ),
    "POST /api/v1/obligations/<int:id>/submit": Row("obligation", {"text": "完成"}),
    "POST /api/v1/obligations/<int:id>/sign-off": Row("obligation", {"signed": True}),
    "POST /api/v1/reviews/<int:id>/decide": Row("review", {"approved": True}),
    "POST /api/v1/obligations/<int:id>/extensions": Row("obligation", LATER),
    "GET /api/v1/work-items/<int:id>/extensions": Row("work_item"),
    "GET /api/v1/notices/<int:id>": Row("notice"),
    "PUT /api/v1/notices/<int:id>": Row("draft_notice", WRITTEN),
    "GET /api/v1/notices/<int:id>/paper.docx": Row("notice"),
    "GET /api/v1/notices/<int:id>/paper.pdf": Row("notice"),
    "POST /api/v1/notices/<int:id>/approve": Row("draft_notice", {"agreed": True}),
    "POST /api/v1/notices/<int:id>/cancel": Row("notice", {"reason": "发错"}),
    "POST /api/v1/notices/<int:id>/receipt": Row("notice"),
    "POST /api/v1/notices/<int:id>/reply": Row("notice", {"text": "已完成"}),
    "POST /api/v1/notices/<int:id>/submit": Row("draft_notice", WRITTEN),
    "POST /api/v1/notices/<int:id>/verify": Row("notice", {"satisfied": True}),
    "GET /api/v1/work-items/<int:id>/notices": Row("work_item"),
    "POST /api/v1/work-items/<int:id>/notices": Row("work_item", {"grade": "reminder_letter"}),
    "GET /api/v1/extensions/<int:id>": Row("extension"),
    "POST /api/v1/extensions/<int:id>/approve": Row("extension", {"verdict": "agreed"}),
    "POST /api/v1/extensions/<int:id>/decide": Row("extension", {"verdict": "agreed"}),
    "POST /api/v1/extensions/<int:id>/revise": Row("extension", LATER),
    "POST /api/v1/extensions/<int:id>/sign-off": Row("extension", {"verdict": "agreed"}),
    "POST /api/v1/extensions/<int:id>/withdraw": Row("extension"),
    "GET /api/v1/evidence-files/<int:id>": Row("evidence_file"),
    "GET /api/v1/deadlines/<int:id>/why": Row("deadline"),
    "GET /api/v1/campaigns/<int:id>/lights": Row("campaign"),
    "GET /api/v1/rounds/<int:id>": Row("round"),
    "GET /api/v1/rounds/<int:id>/certificate": Row("round"),
    "GET /api/v1/rounds/<int:id>/population": Row("round"),
    "GET /api/v1/rounds/<int:id>/selected": Row("round"),
    "POST /api/v1/rounds/<int:id>/draw": Row("prepared_round", {"seed": "1 2 3"}),
    "POST /api/v1/rounds/<int:id>/withdraw": Row("prepared_round", {"reason": "有误"}),
    "POST /api/v1/rounds/<int:id>/close": Row("round"),
    "GET /api/v1/checks/<int:id>": Row("check"),
    "POST /api/v1/checks/<int:id>/record": Row("check", VISIT),
    "POST /api/v1/checks/<int:id>/redraw": Row("check", {"reason": "因病"}),
    "GET /api/v1/rectifications/<int:id>": Row("rectification"),
    "POST /api/v1/rectifications/<int:id>/submit": Row("rectification", {"text": "已补齐"}),
    "POST /api/v1/rectifications/<int:id>/verify": Row("rectification", {"passed": True}),
    "GET /api/v1/rectification-files/<int:id>": Row("rectification_file"),
    "GET /api/v1/plans/<int:id>": Row("plan"),
    "GET /api/v1/plans/<int:id>/amendment": Row("amendment"),
    "POST /api/v1/plans/<int:id>/amendment/apply": Row(
        "amendment", {"keys": ["drop:1"], "reason": "研究决定"}
    ),
    "PUT /api/v1/plans/<int:id>/amends": Row("amendment", {"amends_plan_id": None}),
    "GET /api/v1/plans/<int:id>/breakdown.docx": Row("plan"),
    "GET /api/v1/plans/<int:id>/breakdown.xlsx": Row("plan"),
    "GET /api/v1/plans/<int:id>/changes": Row("plan"),
    "GET /api/v1/plans/<int:id>/proposals": Row("plan"),
    "POST /api/v1/plans/<int:id>/undo": Row("plan", {}),
    "POST /api/v1/plans/<int:id>/remembered": Row("plan", {}),
    "POST /api/v1/plans/<int:id>/leads-responsible": Row("plan", {}),
    "POST /api/v1/plans/<int:id>/proposals/adopt": Row("plan", {"proposals": [1], "responsible": [1]}),
    "POST /api/v1/plans/<int:id>/proposals/reopen": Row("plan", {"proposals": [1]}),
    "POST /api/v1/plans/<int:id>/proposals/set-aside": Row("plan", {"proposals": [1]}),
    "POST /api/v1/plans/<int:id>/key-tasks": Row("plan", {"text": "编制权责清单"}),
    "POST /api/v1/plans/<int:id>/key-tasks/merge": Row("plan", {"key_tasks": [{"id": 1}, {"id": 2}]}),
    "POST /api/v1/plans/<int:id>/key-tasks/<int:entry_id>/split": Row("plan", {}, ENTRY),
    "PATCH /api/v1/plans/<int:id>/units/<int:part_id>": Row("plan", {"role": "lead"}, PART),
    "POST /api/v1/plans/<int:id>/confirm": Row("plan", {}),
    "POST /api/v1/plans/<int:id>/discard": Row("plan"),
    "POST /api/v1/plans/<int:id>/default-limits": Row("plan", {"final_on": SOON, "period": "quarter"}),
    "PATCH /api/v1/plans/<int:id>/key-tasks/<int:entry_id>": Row("plan", {"title": "改"}, ENTRY),
    "POST /api/v1/plans/<int:id>/key-tasks/<int:entry_id>/units": Row(
        "plan", {"role": "responsible", "unit_id": 1}, ENTRY
    ),
    "POST /api/v1/plans/<int:id>/key-tasks/<int:entry_id>/limits": Row("plan", A_DAY, ENTRY),
    "PUT /api/v1/plans/<int:id>/key-tasks/<int:entry_id>/limits/<int:limit_id>": Row(
        "plan", A_DAY, ENTRY | LIMIT
    ),
    "DELETE /api/v1/plans/<int:id>/key-tasks/<int:entry_id>/limits/<int:limit_id>": Row(
        "plan", more=ENTRY | LIMIT
    ),
    "PUT /api/v1/plans/<int:id>/units/<int:part_id>": Row("plan", {"unit_ids": [1]}, PART),
    "POST /api/v1/plans/<int:id>/units/<int:part_id>/drop": Row("plan", {}, PART),
    "POST /api/v1/plans/<int:id>/units/<int:part_id>/restore": Row("plan", {}, PART),
}

#: The administrators see all rows of these, whoever they belong to.
WHOLE = {
    "audit admin": ("/audit", "/api/v1/audit"),
    "system admin": ("/queue", "/api/v1/queue", "/messages/failures", "/api/v1/failed"),
}


@dataclass
class Cities:
    """Ours, whose people call, and the other one, whose ids they use."""

    app: Duban
    ours: Staffed
    own: Rows
    other: Staffed
    foreign: Rows
    visitors: dict[str, Visitor] = field(default_factory=dict)

    def visitor(self, who: str) -> Visitor:
        """One of our people by role; ``other …`` for one of theirs."""
        if who not in self.visitors:
            staffed, name = (self.other, who[6:]) if who.startswith("other ") else (self.ours, who)
            actor, bearer = staffed.people[name], staffed.bearer(name)
            self.visitors[who] = Visitor(self.app, staffed.city, actor, bearer)
        return self.visitors[who]


@pytest.fixture(scope="module")
def cities(pg_server: str, pg_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cities]:
    """Made once: nobody changes anything here, which is what the tests are about."""
    name = "cities_" + uuid.uuid4().hex[:8]
    with psycopg.connect(pg_server, autocommit=True) as connection:
        connection.execute(f"create database {name} template {pg_template} strategy file_copy")
    folder = tmp_path_factory.mktemp("cities")
    settings = Settings(
        file_store=str(folder / "files"), secret_key="only-for-tests", seal_key=str(folder / "seal.pem"),
        seal_log=str(folder / "seals.jsonl"),
    )  # fmt: skip
    db, clock = make_engine(address(pg_server, name)), FixedClock(START)
    app = create_app(settings, clock, db=db)
    app.testing = True
    app.test_client_class = Browser
    # Theirs first: inspectors are drawn from the whole directory, and none of ours must be among theirs.
    other = Staffed(City(db, clock, settings, MARK))
    foreign = Rows(other.city, MARK)
    ours = Staffed(City(db, clock, settings))
    ours.city.act(SYSTEM, make_unit, ARCHIVES)
    yield Cities(app, ours, Rows(ours.city, "本市事项"), other, foreign)
    db.dispose()
    with psycopg.connect(pg_server, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


PEOPLE = [
    "reporter", "head", "lead reporter", "lead head", "officer", "inspector", "leader", "system admin",
    "security admin", "audit admin",
]  # fmt: skip


def rules(app: Duban) -> set[str]:
    return {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_every_route_with_an_id_has_a_row(cities: Cities) -> None:
    with_ids = {route for route in rules(cities.app) if "<" in route and not NOBODYS.match(route)}
    assert with_ids == set(ROUTES)


@pytest.mark.parametrize("who", PEOPLE)
def test_foreign_ids_are_refused(cities: Cities, who: str) -> None:
    visitor = cities.visitor(who)
    found = {}
    for route, row in ROUTES.items():
        answer = visitor(route, {name: cities.foreign.ids[kind] for name, kind in row.ids.items()}, row.sent)
        if answer.status_code not in (403, 404) or MARK in answer.text:
            found[route] = (answer.status_code, MARK in answer.text)
    assert found == {}


def test_a_foreign_row_is_not_reached_through_a_row_of_ones_own(cities: Cities) -> None:
    """`/plans/<mine>/key-tasks/<theirs>`: refused, though one may do everything with the first."""
    found = {}
    for route, row in ROUTES.items():
        inner = list(row.more)
        for theirs in inner[-1:]:
            ids = {name: cities.own.ids[kind] for name, kind in row.ids.items()}
            ids[theirs] = cities.foreign.ids[row.more[theirs]]
            answer = cities.visitor("officer")(route, ids, row.sent)
            if answer.status_code not in (403, 404) or MARK in answer.text:
                found[route] = answer.status_code
    assert found == {}


def test_a_file_that_another_person_staged_is_not_taken_in(cities: Cities) -> None:
    theirs = cities.foreign.stage(cities.other.people["reporter"])
    item = {"id": cities.own.ids["new_item"]}
    reporter, at = cities.visitor("reporter"), "POST /api/v1/work-items/<int:id>/"
    assert reporter(at + "acknowledge", item).status_code == 200
    answer = reporter(at + "file-plan", item, {"text": "按季推进", "files": [theirs]})
    assert answer.status_code in (403, 404), answer.text


def said(answer: Any) -> str:
    """The text of an answer; of a spreadsheet what its parts say."""
    if not answer.data.startswith(b"PK"):
        return str(answer.text)
    with zipfile.ZipFile(io.BytesIO(answer.data)) as parts:
        return "".join(parts.read(name).decode() for name in parts.namelist())


@pytest.mark.parametrize("who", PEOPLE)
def test_lists_and_exports_never_show_foreign_rows(cities: Cities, who: str) -> None:
    visitor = cities.visitor(who)
    campaign, unit = cities.foreign.ids["campaign"], cities.other.city.bureau.id
    filtered = [
        f"GET /rounds?campaign={campaign}", f"GET /api/v1/rounds?campaign_id={campaign}",
        f"GET /api/v1/work-items?campaign_id={campaign}", f"GET /api/v1/work-items?unit_id={unit}",
        f"GET /rounds/new?campaign={campaign}",
    ]  # fmt: skip
    lists = [route for route in rules(cities.app) if route.startswith("GET") and "<" not in route]
    seen = [
        route
        for route in [*lists, *filtered]
        if not route[4:].startswith(WHOLE.get(who, ("no such path",))) and MARK in said(visitor(route))
    ]
    assert seen == []


def test_their_own_people_see_all_of_it(cities: Cities) -> None:
    """The control: the ids exist, the lists would show the mark, and only the caller was wrong."""
    callers: list[Callable[..., Any]] = [
        cities.visitor("other officer"), cities.visitor("other reporter")
    ]  # fmt: skip
    for route, row in ROUTES.items():
        if route.startswith("GET"):
            ids = {name: cities.foreign.ids[kind] for name, kind in row.ids.items()}
            answers = [caller(route, ids).status_code for caller in callers]
            assert {200, 302} & set(answers), (route, answers)
    for route in (
        "GET /campaigns", "GET /plans", "GET /rounds", "GET /inbox", "GET /api/v1/work-items", "GET /lights", "GET /notices",
        "GET /my-deadlines?of=all", "GET /api/v1/deadlines", "GET /api/v1/notices",
    ):  # fmt: skip
        assert MARK in cities.visitor("other officer")(route).text, route
