"""My deadlines: what one's own units owe, or what waits for oneself, the most urgent first, and what to press."""

from dataclasses import replace

from flask import Blueprint, render_template, url_for

from engine.campaigns import due as engine_due
from engine.deadlines import Colour
from webapp import due, keyset
from webapp.requests import context
from webapp.words import WORDS, word

blueprint = Blueprint("my_deadlines", __name__, url_prefix="/my-deadlines")


@blueprint.get("")
def index() -> str:
    """`?of=all` lists whatever one may read: what the counts of other pages lead to."""
    ctx, had = context(), due.asked("unit")
    rows = engine_due.listed(ctx, had.wanted(live=True), after=keyset.after(), limit=keyset.PAGE)
    counts = engine_due.count(ctx, replace(had, light=None).wanted(live=True))
    return render_template(
        "my_deadlines/index.html",
        had=had, lines=due.lines(ctx, rows), tabs=due.tabs(ctx, "my_deadlines.index"),
        scopes=due.scope_chips("my_deadlines.index", had),
        lights=due.light_chips(ctx, "my_deadlines.index", had, counts, live=True),
        named=due.named(ctx, had, "my_deadlines.index"), campaigns=due.campaigns(ctx),
        kinds=[(kind, word("deadline_kind", kind)) for kind in WORDS["deadline_kind"]],
        total=counts[Colour(had.light)] if had.light else counts.total(),
        everything=url_for("my_deadlines.index", of=had.of),
        next=keyset.next_page([row.deadline for row in rows], "due_at"),
    )  # fmt: skip
