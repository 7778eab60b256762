"""The city that a plan document speaks of: its directory of units, and the people of one story."""

import re
from dataclasses import dataclass, field

from engine.context import Actor, Context, Role
from engine.organisation import service as organisation
from engine.organisation.models import Unit, UnitKind, UnitLevel
from engine.plans.parsing import is_group, parse_text
from tests import factories
from tests.journeys.stage import Stage

CITY = "云川"
COUNTIES = ("临溪县", "望江区", "白塔市")
_BUREAUS = re.compile(r"^各县.*[)）〕](?!人民政府)(.+)$")


@dataclass
class Town:
    """Units by the short names that documents use; logins of the people by what they are in the story."""

    units: dict[str, Unit] = field(default_factory=dict)
    people: dict[str, Actor] = field(default_factory=dict)


def build(stage: Stage, text: str, *, office: str, lead: str, owner: str, unlike: dict[str, str]) -> Town:
    """All units that the document names, counties with their bureaus and a group of them.

    ``unlike``: what the directory calls units for which the document has another word. ``office``, ``lead`` and
    ``owner`` (the responsible unit) get their people.
    """
    town = Town()
    stage.act(_build_units, town, text, {office, lead, owner}, unlike)
    stage.act(_appoint, town, office, lead, owner)
    return town


def _build_units(ctx: Context, town: Town, text: str, needed: set[str], unlike: dict[str, str]) -> None:
    city = factories.make_unit(ctx, f"{CITY}市人民政府", short_name="市政府", kind=UnitKind.GOVERNMENT)
    written = {
        unit.text
        for read in parse_text(text).key_tasks
        for units in (read.lead_units, read.responsible_units, read.cooperating_units)
        for unit in units
    }
    for short in sorted(needed | {name for name in written if not is_group(name)}):
        name = unlike.get(short) or (CITY + short if short.startswith("市") else short)
        known = None if short in unlike else short
        town.units[short] = factories.make_unit(ctx, name, parent=city, short_name=known)
    bureaus = {found.group(1) for name in written if (found := _BUREAUS.match(name))}
    for place in COUNTIES:
        county = factories.make_unit(
            ctx, f"{place}人民政府", parent=city, level=UnitLevel.COUNTY, kind=UnitKind.GOVERNMENT
        )
        town.units[place] = county
        for bureau in bureaus:
            factories.make_unit(ctx, place + bureau, parent=county, level=UnitLevel.COUNTY)
    organisation.create_group(ctx, "各县（市、区）人民政府", [town.units[place].id for place in COUNTIES])


def _appoint(ctx: Context, town: Town, office: str, lead: str, owner: str) -> None:
    for login, name, unit, role in (
        ("zhou.min", "周敏", office, Role.OFFICER),
        ("he.jing", "何静", office, Role.INSPECTOR),
        ("ma.chao", "马超", office, Role.INSPECTOR),
        ("chen.gang", "陈刚", lead, Role.HEAD),
        ("li.na", "李娜", owner, Role.REPORTER),
        ("sun.wei", "孙伟", owner, Role.HEAD),
    ):
        actor = factories.make_person(ctx, town.units[unit], role, name=name)
        factories.make_account(ctx, actor, login)
        town.people[login] = actor
