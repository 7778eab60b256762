"""Diagrams for the engine's own tests. Together they hold every kind of element that may be drawn."""

from tests.engine.process import builder as b

OPERATORS = {"notices.urge", "work_items.mark_overdue", "reviews.open", "cases.close"}

#: variables that the samples start with: every variable that a condition reads has a value
VARIABLES = {
    "unit_id": 7, "lead_id": 9, "verdict": "", "finding": False, "rounds": 0, "explode": False, "label": "甲",
}  # fmt: skip


def life() -> bytes:
    """One case: acknowledge, execute, review with rework, wait to be drawn, inspect, rectify."""
    return b.diagram(
        b.start(),
        b.user("accept", deadline="accept_due"),
        b.boundary("accept_late", "accept", b.timer("accept_due")),
        b.service("urge", "notices.urge", kind='"accept"', unit="unit_id"),
        b.end("urged"),
        b.choice("merge"),
        b.user("execute", deadline="work_due"),
        b.boundary("execute_late", "execute", b.timer("work_due")),
        b.boundary("recalled", "execute", b.message("recall"), interrupting=True),
        b.service("mark", "work_items.mark_overdue"),
        b.user("explain", role="head"),
        b.end("explained"),
        b.service("open_review", "reviews.open"),
        b.user("review", unit="lead_id", role="head"),
        b.choice("verdict_given", default="verdict_given_drawn"),
        b.catch("drawn", b.message("drawn")),
        b.user("inspect", role="inspector"),
        b.choice("found", default="found_close"),
        b.user("rectify"),
        b.boundary("rectify_late", "rectify", b.timer("rectify_due"), interrupting=True),
        b.boundary("noted", "rectify", b.message("note")),
        b.end("noted_down"),
        b.service("close", "cases.close"),
        b.end(),
        b.line("begin", "accept", "merge", "execute", "open_review", "review", "verdict_given"),
        b.line("accept_late", "urge", "urged"),
        b.line("execute_late", "mark", "explain", "explained"),
        b.line("recalled", "merge"),
        b.flow("verdict_given", "merge", 'verdict == "returned" && rounds < 1000'),
        b.line("verdict_given", "drawn", "inspect", "found"),
        b.flow("found", "rectify", "finding"),
        b.line("rectify", "inspect"),
        b.line("rectify_late", "inspect"),
        b.line("noted", "noted_down"),
        b.line("found", "close", "finish"),
        messages=("recall", "drawn", "note"),
        key="life",
    )


def branches() -> bytes:
    """A fork, outside loops, with a loop in one branch, a nested fork, timers and messages in the others."""
    return b.diagram(
        b.start(),
        b.parallel("fork"),
        b.choice("again"),
        b.user("draft"),
        b.boundary("draft_late", "draft", b.timer("draft_due")),
        b.service("remind", "notices.urge"),
        b.end("reminded"),
        b.user("check", unit="lead_id"),
        b.choice("checked", default="checked_join"),
        b.user("consult"),
        b.boundary("consult_over", "consult", b.timer("consult_due"), interrupting=True),
        b.choice("consulted"),
        b.parallel("inner_fork"),
        b.catch("window_over", b.timer("window_due")),
        b.catch("reply", b.message("reply")),
        b.user("side", unit="lead_id"),
        b.boundary("side_stopped", "side", b.message("stop"), interrupting=True),
        b.boundary("side_asked", "side", b.message("ask")),
        b.service("answer", "reviews.open"),
        b.end("answered"),
        b.choice("side_done"),
        b.parallel("inner_join"),
        b.parallel("join"),
        b.user("conclude"),
        b.end(),
        b.line("begin", "fork", "again", "draft", "check", "checked"),
        b.flow("checked", "again", 'verdict == "returned"'),
        b.line("draft_late", "remind", "reminded"),
        b.line("fork", "consult", "consulted", "join"),
        b.line("consult_over", "consulted"),
        b.line("fork", "inner_fork", "window_over", "inner_join"),
        b.line("inner_fork", "reply", "inner_join"),
        b.line("inner_fork", "side", "side_done", "inner_join", "join"),
        b.line("side_stopped", "side_done"),
        b.line("side_asked", "answer", "answered"),
        b.line("checked", "join", "conclude", "finish"),
        messages=("reply", "stop", "ask"),
        key="branches",
    )


def rework() -> bytes:
    """Nothing but rounds: execute (a deadline may pass) and review until approved."""
    return b.diagram(
        b.start(),
        b.user("execute", deadline="work_due"),
        b.boundary("late", "execute", b.timer("work_due")),
        b.service("mark", "work_items.mark_overdue"),
        b.end("marked"),
        b.user("review", unit="lead_id"),
        b.choice("verdict_given", default="verdict_given_finish"),
        b.end(),
        b.line("begin", "execute", "review", "verdict_given", "finish"),
        b.flow("verdict_given", "execute", 'verdict == "returned"'),
        b.line("late", "mark", "marked"),
        key="rework",
    )
