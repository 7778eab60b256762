"""A person who calls pages in a browser and the API with a token, by the route's own writing."""

import re
from typing import Any

from sqlalchemy import select

from engine.context import Actor, Context
from engine.organisation.credentials import Account
from tests.engine.campaigns.city import SYSTEM, City
from tests.factories import make_account
from tests.webapp.conftest import TOKEN
from webapp.app import Duban


class Visitor:
    """A person in a browser and with a token, as the route asks."""

    def __init__(self, app: Duban, city: City, actor: Actor, bearer: dict[str, str]) -> None:
        self.api, self.bearer = app.test_client(), bearer
        login = city.act(SYSTEM, _login, actor)
        self.browser: Any = app.test_client()
        assert self.browser.sign_in(login).status_code == 303
        found = TOKEN.search(self.browser.get("/password").text)
        assert found
        self.form_token = found.group(1)

    def __call__(self, route: str, ids: dict[str, int] | None = None, sent: Any = None) -> Any:
        method, rule = route.split(" ")
        path = re.sub(r"<int:(\w+)>", lambda found: str((ids or {})[found.group(1)]), rule)
        if path.startswith("/api/"):
            body = {"json": sent} if sent is not None else {}
            return self.api.open(path, method=method, headers=self.bearer, **body)
        form = {"data": {**(sent or {}), "csrf_token": self.form_token}} if method == "POST" else {}
        return self.browser.open(path, method=method, **form)


def _login(ctx: Context, actor: Actor) -> str:
    known = ctx.session.scalar(select(Account.login).where(Account.person_id == actor.person_id))
    return known or make_account(ctx, actor).login
