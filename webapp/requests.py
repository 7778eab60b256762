"""The only transaction edge of the web: one request, one transaction, committed before the first byte.

A view asks for `context()`; the transaction opens at that moment. GET and HEAD only read. All else commits
when the answer is under 400 and rolls back otherwise. A deadlock or a locked database runs the whole view
again, up to three times. Views that move bytes or hash passwords are marked `own_transactions` and use
`in_transaction`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flask import current_app, g, request
from flask import session as cookie
from flask.typing import ResponseReturnValue
from sqlalchemy import Engine
from werkzeug import Response

from engine.clock import Clock
from engine.context import Actor, Context
from engine.db import Session, retrying, transaction
from engine.settings import Settings
from engine.texts import N_
from webapp import idempotency

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

#: A visitor who has not signed in: never the system, no posts, so that every permission is denied.
NOBODY = Actor(name=N_("未登录"), person_id=0)

READING = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Ground:
    """What the application stands on, one for all requests."""

    db: Engine
    clock: Clock
    settings: Settings

    @property
    def reading(self) -> Engine:
        return self.db.execution_options(read_only=True, postgresql_readonly=True)


def ground() -> Ground:
    found: Ground = current_app.extensions["duban"]
    return found


def actor() -> Actor:
    """Who asks, or `NOBODY`."""
    found: Actor = g.get("actor", NOBODY)
    return found


def client_ip() -> str:
    return request.remote_addr or ""


def own_transactions(view: F) -> F:
    """Mark a view that opens its own short transactions: no `context()` in it."""
    view.own_transactions = True  # type: ignore[attr-defined]
    return view


def largest_body(limit: Callable[[Settings], int]) -> Callable[[F], F]:
    """Mark a view that takes larger bodies than forms: `largest_body(lambda s: s.max_upload_bytes)`."""

    def mark(view: F) -> F:
        view.largest_body = limit  # type: ignore[attr-defined]
        return view

    return mark


def context() -> Context:
    """The request's Context. Opens its transaction at first use."""
    work: _Work | None = g.get("work")
    if work is None:
        # After the view, in error pages: what is shown around the sentence may still be read.
        work = g.work = _Work(read_only=True)
    return work.context()


def read(act: Callable[[Context], T]) -> T:
    """Read in the request's transaction or, where the view opens its own, in a short one."""
    if isinstance(g.get("work"), _Forbidden):
        return in_transaction(act, read_only=True)
    return act(context())


def in_transaction(act: Callable[[Context], T], *, read_only: bool = False, by: Actor | None = None) -> T:
    """One short transaction of its own, tried again on deadlock. It outlives a refusal of the request."""
    base = ground()

    def attempt() -> T:
        with transaction(base.reading if read_only else base.db, read_only=read_only) as session:
            return act(Context(session, by or actor(), base.clock, base.settings))

    return retrying(attempt)


def dispatch(run_view: Callable[[], ResponseReturnValue]) -> ResponseReturnValue:
    """Run the matched view in its transaction."""
    if getattr(view_function(), "own_transactions", False):
        g.work = _Forbidden()
        return run_view()
    cookie_before, attempts = dict(cookie), 0

    def attempt() -> Response:
        nonlocal attempts
        attempts += 1
        if attempts > 1:
            cookie.clear()
            cookie.update(cookie_before)
        work = g.work = _Work(read_only=request.method in READING)
        try:
            response = idempotency.once(lambda: current_app.make_response(run_view()), context)
            work.end(keep=response.status_code < 400)
            return response
        finally:
            work.end(keep=False)
            g.pop("work")

    return retrying(attempt)


def close(_error: BaseException | None = None) -> None:
    """At the end of the request: what error pages read."""
    work = g.pop("work", None)
    if work is not None:
        work.end(keep=False)


def view_function() -> Any:
    """The function that will answer: of a class of views, its method."""
    view: Any = current_app.view_functions.get(request.endpoint or "")
    view_class = getattr(view, "view_class", None)
    return getattr(view_class, request.method.lower(), view) if view_class else view


@dataclass
class _Work:
    """A transaction that may yet be opened."""

    read_only: bool
    _context: Context | None = field(default=None, init=False)

    def context(self) -> Context:
        if self._context is None:
            base = ground()
            session = Session(base.reading if self.read_only else base.db, expire_on_commit=False)
            self._context = Context(session, actor(), base.clock, base.settings)
        return self._context

    def end(self, *, keep: bool) -> None:
        if self._context is None:
            return
        session, self._context = self._context.session, None
        try:
            if keep and not self.read_only:
                session.commit()
        finally:
            session.close()


class _Forbidden:
    def context(self) -> Context:
        raise RuntimeError("this view opens its own transactions: use in_transaction")

    def end(self, *, keep: bool) -> None:
        pass
