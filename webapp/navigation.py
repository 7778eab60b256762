"""The bar at the top: each page module says which item it adds and which roles see it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from flask import Flask, request, url_for

from engine.context import Context, Role
from engine.organisation import queries
from webapp import auth
from webapp.language import gettext, language
from webapp.requests import READING, actor, ground, read

Count = Callable[[Context], int]

#: Items that stand in the bar itself; what is beyond them unfolds, unless it is one alone.
SIDE_BY_SIDE = 6


@dataclass(frozen=True)
class NavItem:
    """``label`` is a msgid. Without ``roles`` everyone signed in sees it. ``count`` is shown beside it."""

    endpoint: str
    label: str
    order: int
    roles: frozenset[Role] | None = None
    count: Count | None = None
    also: frozenset[str] = frozenset()

    @property
    def is_seen(self) -> bool:
        return self.roles is None or actor().holds(*self.roles)

    @property
    def is_active(self) -> bool:
        return request.blueprint in {self.endpoint.partition(".")[0], *self.also}


@dataclass(frozen=True)
class Bell:
    """The unread messages: where they are and how many."""

    endpoint: str
    count: Count


class Navigation:
    def __init__(self) -> None:
        self.items: dict[str, NavItem] = {}
        self.bell: Bell | None = None

    def add(
        self,
        endpoint: str,
        label: str,
        *,
        order: int,
        roles: set[Role] | None = None,
        count: Count | None = None,
        also: set[str] | None = None,
    ) -> None:
        """``endpoint`` is ``blueprint.view``; the item is active on all pages of the blueprint and of those in ``also``."""
        self.items[endpoint] = NavItem(
            endpoint, label, order, frozenset(roles) if roles else None, count, frozenset(also or ())
        )

    def ring(self, endpoint: str, count: Count) -> None:
        self.bell = Bell(endpoint, count)

    def seen(self) -> list[NavItem]:
        return sorted((item for item in self.items.values() if item.is_seen), key=lambda item: item.order)


navigation = Navigation()


def frame() -> dict[str, Any]:
    """What base.html shows around every page."""
    visitor, shown = auth.visitor(), language()
    found: dict[str, Any] = {
        "lang": shown,
        "language_url": _in_language("zh" if shown == "en" else "en"),
        "home_url": url_for("sign_in.home"),
        "sign_out_url": url_for("sign_in.sign_out"),
        "banner": gettext("演示环境：数据均为虚构，请勿录入真实信息。") if ground().settings.demo else None,
        "nav": [],
        "nav_more": [],
        "person": None,
        "unread": 0,
        "unread_url": "#",
    }
    if visitor is not None and visitor.must_change:
        found["person"] = {"name": visitor.name, "unit": ""}
    elif visitor is not None:
        found.update(read(lambda ctx: _personal(ctx, visitor.name)))
    return found


def _personal(ctx: Context, name: str) -> dict[str, Any]:
    units = queries.units_by_id(ctx.session, ctx.actor.units()).values()
    bar = [
        {
            "href": url_for(item.endpoint),
            "label": gettext(item.label),
            "active": item.is_active,
            "count": item.count(ctx) if item.count else None,
        }
        for item in navigation.seen()
    ]
    names = "、".join(unit.short_name for unit in sorted(units, key=lambda unit: unit.path))
    shown = len(bar) if len(bar) <= SIDE_BY_SIDE + 1 else SIDE_BY_SIDE
    found: dict[str, Any] = {
        "person": {"name": name, "unit": names}, "nav": bar[:shown], "nav_more": bar[shown:],
    }  # fmt: skip
    if navigation.bell is not None:
        found["unread"] = navigation.bell.count(ctx)
        found["unread_url"] = url_for(navigation.bell.endpoint)
    return found


def register(app: Flask) -> None:
    app.context_processor(frame)


def _in_language(other: str) -> str:
    """This page in the other language; the answer to a form leads back to the page that the form stood on."""
    came_from = urlsplit(request.referrer or "")
    if request.method in READING:
        path, kept = quote(request.path), list(request.args.items(multi=True))
    elif came_from.netloc == request.host:
        path, kept = came_from.path, parse_qsl(came_from.query)
    else:
        path, kept = url_for("sign_in.home"), []
    # "//host/" asked for here, and not found, must not become a link to that host.
    path = "/" + path.lstrip("/")
    return (
        f"{path}?{urlencode([*((name, value) for name, value in kept if name != 'lang'), ('lang', other)])}"
    )
