"""A city for the API: everyone has a token, and a caller notes which operations have answered as described."""

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import schemathesis
from schemathesis import APIOperation, BaseSchema
from sqlalchemy import select

from engine.context import Actor, Context, Role
from engine.organisation import accounts
from engine.organisation.credentials import Account
from tests.engine.campaigns.city import SYSTEM, City
from tests.factories import make_account, make_person
from webapp.app import Duban

PREFIX = "/api/v1"


def description(app: Duban) -> BaseSchema:
    """The OpenAPI document as schemathesis reads it."""
    return schemathesis.openapi.from_wsgi("/api/openapi.json", app)


def operations(schema: BaseSchema) -> list[APIOperation]:
    """Every operation of the document; one that cannot be read is an error."""
    return [found.ok() for found in schema.get_all_operations()]


@dataclass
class Staffed:
    """The city with inspectors, a leader and the three administrators, and a token for each person."""

    city: City
    people: dict[str, Actor] = field(init=False)
    tokens: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        city = self.city
        self.people = {
            "reporter": city.bureau.reporter,
            "head": city.bureau.head,
            "county reporter": city.county.reporter,
            "county head": city.county.head,
            "lead reporter": city.lead.reporter,
            "lead head": city.lead.head,
            "officer": city.officer,
            "office head": city.office.head,
        }
        posts = {
            "inspector": (city.office, Role.INSPECTOR),
            "second inspector": (city.office, Role.INSPECTOR),
            "leader": (city.government, Role.LEADER),
            "system admin": (city.government, Role.SYSTEM_ADMIN),
            "security admin": (city.government, Role.SECURITY_ADMIN),
            "audit admin": (city.government, Role.AUDIT_ADMIN),
        }
        for name, (staff, role) in posts.items():
            self.people[name] = city.act(SYSTEM, make_person, staff.unit, role)
        self.tokens = {}
        self.renew()

    def renew(self) -> None:
        """New tokens for all, whose accounts are made at the first time."""
        self.city.act(SYSTEM, self._issue)

    def _issue(self, ctx: Context) -> None:
        for name, actor in self.people.items():
            account = ctx.session.scalar(select(Account).where(Account.person_id == actor.person_id))
            account = account or make_account(ctx, actor)
            account.disabled_at, account.must_change = None, False
            self.tokens[name] = accounts.issue_token(ctx, account.id, name="test")[1]

    def bearer(self, name: str | None) -> dict[str, str]:
        """Headers of the person's token; none for a caller without one."""
        return {"Authorization": f"Bearer {self.tokens[name]}"} if name else {}

    def name_of(self, person_id: int) -> str:
        return next(name for name, actor in self.people.items() if actor.person_id == person_id)


class Walker:
    """Calls the API as one of the people, demands 2xx and a body as described, and notes the operation."""

    def __init__(self, app: Duban, staffed: Staffed) -> None:
        self.client, self.staffed = app.test_client(), staffed
        self.schema = description(app)
        self.operations = {found.label for found in operations(self.schema)}
        self.seen: set[str] = set()

    def __call__(self, who: str | None, method: str, path: str, body: Any = None, **more: Any) -> Any:
        headers = {**self.staffed.bearer(who), **more.pop("headers", {})}
        if body is not None:
            more["json"] = body
        answer = self.client.open(PREFIX + path, method=method, headers=headers, **more)
        assert 200 <= answer.status_code < 300, (who, method, path, answer.text)
        known = self.operation(method, PREFIX + path.partition("?")[0])
        self.schema.find_operation_by_label(known).validate_response(answer)  # type: ignore[union-attr]
        self.seen.add(known)
        return answer.json if answer.is_json and answer.data else answer

    def operation(self, method: str, path: str) -> str:
        """The one that is documented; a path without parameters before one with them."""
        known = [o for o in self.operations if _matches(o, method, path)]
        return min(known, key=lambda o: o.count("{"))

    def stage(self, who: str, name: str = "办理情况.txt", content: bytes = "已完成。\n".encode()) -> int:
        """A staged file; its id."""
        answer = self(
            who, "POST", "/files", data=content, content_type="application/octet-stream",
            headers={"X-Filename": quote(name)},
        )  # fmt: skip
        return int(answer["id"])


def _matches(operation: str, method: str, path: str) -> bool:
    verb, _, known = operation.partition(" ")
    return verb == method and re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", known), path) is not None
