"""Escalation ladders: what is sent before a limit and after it, their versions, and the editor with its preview.

Everyone reads them; the system administrator changes them. Every button of the editor works without scripts: rows are
added and taken away by the form itself, and stand in order of time by themselves.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from engine import deadlines, permissions, queue
from engine.context import Context, Role
from engine.deadlines import Condition, EscalationPolicy, configuring, ladders, policies
from engine.deadlines.ladders import FARTHEST, LadderRefused, WantedStep
from engine.errors import InvalidInput, NotFound, RuleViolation
from engine.permissions import Permission
from engine.texts import N_
from webapp import ladder_words, policy_preview
from webapp.errors import field_errors, sentence
from webapp.keyset import number
from webapp.language import gettext
from webapp.navigation import navigation
from webapp.requests import context

blueprint = Blueprint("policies", __name__, url_prefix="/policies")

navigation.add("policies.index", N_("提醒升级"), order=56, roles={Role.OFFICER, Role.SYSTEM_ADMIN})

#: Rows that a form may bring at most; what lies behind is not looked at.
ROWS = ladders.MOST + 5


@dataclass
class Row:
    """One row of the editor as it was typed. ``side``: before, passing or after the limit."""

    side: str = "before"
    days: str = ""
    action: str = "remind"
    condition: str = Condition.ALWAYS
    to: Sequence[str] = ()
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def offset(self) -> int | None:
        """None where the days are no number that a row may have."""
        if self.side == "passing":
            return 0
        if not re.fullmatch("[0-9]{1,6}", self.days) or not 1 <= int(self.days) <= FARTHEST:
            return None
        return -int(self.days) if self.side == "before" else int(self.days)

    @property
    def wanted(self) -> WantedStep:
        return WantedStep(self.offset, self.action, self.condition, tuple(self.to))


def _managing() -> Context:
    ctx = context()
    permissions.require(ctx, Permission.ESCALATION_MANAGE)
    return ctx


def _reading() -> Context:
    ctx = context()
    permissions.require(ctx, Permission.ESCALATION_READ)
    return ctx


@blueprint.get("")
def index() -> str:
    ctx = _reading()
    found = configuring.all_newest(ctx.session)
    return render_template(
        "policies/index.html", words=ladder_words, scheme=deadlines.scheme(ctx.session),
        rows=[(row, policies.parse(row.steps), configuring.running(ctx.session, row.key)) for row in found],
        may=permissions.holds(ctx, Permission.ESCALATION_MANAGE),
    )  # fmt: skip


@blueprint.get("/<key>")
def show(key: str) -> str:
    ctx = _reading()
    policy = configuring.of_version(ctx.session, key, number(request.args.get("version")))
    found = configuring.versions(ctx.session, key)
    return render_template(
        "policies/show.html", policy=policy, steps=policies.parse(policy.steps), words=ladder_words,
        newest=found[0], versions=[(row, _differences(found, n)) for n, row in enumerate(found)],
        running=configuring.running(ctx.session, key), changing=_changing(ctx, found[0]),
        poll=url_for("policies.progress", key=key), may=permissions.holds(ctx, Permission.ESCALATION_MANAGE),
    )  # fmt: skip


@blueprint.get("/<key>/progress")
def progress(key: str) -> str:
    """The progress line alone, asked again every two seconds until all have changed over."""
    ctx = _reading()
    policy = configuring.newest(ctx.session, key)
    return render_template(
        "policies/progress.html", changing=_changing(ctx, policy), poll=url_for("policies.progress", key=key)
    )


def _changing(ctx: Context, policy: EscalationPolicy) -> dict[str, Any] | None:
    """How far running deadlines have changed over to the newest version; None when nothing is under way."""
    item = queue.progress(ctx.session, configuring.work_key(policy.id))
    if item is None or item.state == "done":
        return None
    done, total = item.steps or (0, 0)
    return {"done": done, "total": total, "parked": item.state == "parked"}


def _differences(found: Sequence[EscalationPolicy], n: int) -> list[str]:
    """What a version changed against the one before it, in words."""
    if n + 1 == len(found):
        return []
    before, after = policies.parse(found[n + 1].steps), policies.parse(found[n].steps)
    return [ladder_words.difference(one) for one in ladders.differences(before, after)]


@blueprint.get("/<key>/edit")
def edit(key: str) -> str:
    ctx = _managing()
    policy = configuring.newest(ctx.session, key)
    return _editor(ctx, policy, _rows_of(policies.parse(policy.steps)), {"version": policy.version})


@blueprint.post("/<key>/edit")
def change(key: str) -> ResponseReturnValue:
    """``do``: add, remove-<n>, preview or save."""
    ctx, form = _managing(), request.form
    policy = configuring.newest(ctx.session, key)
    rows, values = (
        _typed(form),
        {name: form.get(name, "") for name in ("note", "scope", "deadline", "version")},
    )
    do = form.get("do", "preview")
    if do == "add":
        return _editor(ctx, policy, [*rows, Row(side="after", action="escalate")], values, focus=len(rows))
    if do.startswith("remove-"):
        gone = number(do.removeprefix("remove-"))
        return _editor(
            ctx, policy, [row for n, row in enumerate(rows) if n != gone or row.side == "passing"], values
        )
    errors: dict[str, str] = {}
    try:
        wanted = [row.wanted for row in rows]
        if do != "save":
            ladders.check(key, wanted)
            return _editor(ctx, policy, _sorted(rows), values, shown=True)
        configuring.publish(
            ctx,
            key,
            wanted,
            note=values["note"],
            expected=number(values["version"]) or 0,
            running_too=values["scope"] == "running",
        )
        flash(gettext("新版本已发布。"), "success")
        return redirect(url_for("policies.show", key=key), code=303)
    except LadderRefused as refused:
        for problem in refused.problems:
            if problem.row < len(rows):
                rows[problem.row].errors[problem.field] = sentence(problem.error)
        errors = {"": sentence(refused)}
    except (InvalidInput, RuleViolation) as error:
        errors = field_errors(error)
    return _editor(ctx, policy, rows, values, errors), 422


def _typed(form: MultiDict[str, str]) -> list[Row]:
    found = []
    for n in range(ROWS):
        if f"side-{n}" in form:
            found.append(
                Row(
                    form[f"side-{n}"], form.get(f"days-{n}", "").strip(), form.get(f"action-{n}", ""),
                    form.get(f"condition-{n}", ""), form.getlist(f"to-{n}"),
                )
            )  # fmt: skip
    return found


def _rows_of(steps: Sequence[policies.Step]) -> list[Row]:
    sides = {policies.StepKind.REMINDER: "before", policies.StepKind.PASSED: "passing"}
    return [
        Row(sides.get(s.kind, "after"), str(abs(s.offset)) if s.offset else "", s.action, s.condition, s.to)
        for s in steps
    ]


def _sorted(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: row.offset or 0)


def _editor(
    ctx: Context, policy: EscalationPolicy, rows: Sequence[Row], values: Mapping[str, Any],
    errors: Mapping[str, str] | None = None, *, shown: bool = False, focus: int | None = None,
) -> str:  # fmt: skip
    """The editor; with ``shown`` what the rows, which are sound, would do with the chosen deadline."""
    found = policy_preview.samples(ctx, policy.key)
    chosen = number(str(values.get("deadline", ""))) or (found[0].deadline.id if found else None)
    preview = None
    if shown and chosen is not None:
        steps = policies.parse(json.dumps(ladders.written([row.wanted for row in rows])))
        try:
            preview = policy_preview.preview(ctx, configuring.sample(ctx.session, policy.key, chosen), steps)
        except NotFound:
            chosen = None
    return render_template(
        "policies/edit.html", policy=policy, rows=rows, values=values, errors=errors or {}, samples=found,
        chosen=chosen, preview=preview, shown=shown, focus=focus, words=ladder_words, farthest=FARTHEST,
        actions=ladders.actions_for(policy.key), conditions=list(Condition), recipients=ladder_words.RECIPIENTS,
        running=sum(configuring.running(ctx.session, policy.key).values()),
    )  # fmt: skip
