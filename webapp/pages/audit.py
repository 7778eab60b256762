"""The audit, for its administrator: entries across all streams, whether the chains are whole, and a list to keep."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import orjson
from flask import Blueprint, Response, flash, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from engine import audit
from engine.audit import queries, verification
from engine.audit.models import AuditEntry
from engine.context import Context, Role
from engine.permissions import Permission, require
from engine.texts import N_
from webapp import downloads, formats, history, sheets
from webapp.keyset import PAGE, number
from webapp.language import gettext, translate
from webapp.navigation import navigation
from webapp.requests import context, ground, in_transaction, own_transactions

blueprint = Blueprint("audit", __name__, url_prefix="/audit")

navigation.add("audit.index", N_("审计"), order=60, roles={Role.AUDIT_ADMIN})

#: Kinds of streams: one chain for each row of a kind that has numbers.
KINDS = {
    "work_item": N_("工作事项"),
    "campaign": N_("专项行动"),
    "plan": N_("方案导入"),
    "account": N_("账号"),
    "process": N_("流程图"),
    "organisation": N_("组织机构"),
    "files": N_("文件"),
    "queue": N_("后台工作"),
    "notifications": N_("消息发送"),
    "audit": N_("审计"),
}
#: Kinds that are one chain.
SINGLE = frozenset({"organisation", "files", "queue", "notifications", "audit"})
#: Entries read at a time for the export.
BATCH = 1000


@blueprint.get("")
def index() -> str:
    ctx = context()
    asked, errors = _asked()
    after = number(request.args.get("after"))
    entries = queries.search(ctx, asked, after=after, limit=PAGE)
    kept: dict[str, Any] = {
        name: value for name in ("kind", "number", "actor", "from", "to") if (value := request.args.get(name))
    }
    return render_template(
        "audit/index.html", entries=entries, kinds=KINDS, errors=errors, asked=request.args, acts=history.ACTS,
        facts=_facts, stream_words=_stream_words, verified=_verified(ctx), kept=kept,
        next=url_for("audit.index", **kept, after=entries[-1].id) if len(entries) == PAGE else None,
    )  # fmt: skip


@blueprint.post("/verify")
@own_transactions
def verify() -> ResponseReturnValue:
    """Recompute every chain and compare the seals: a reading of its own, then one short note of the result."""
    settings = ground().settings

    def read(ctx: Context) -> list[audit.Problem]:
        require(ctx, Permission.AUDIT_READ)
        return audit.verify(ctx.session, settings.seal_log, settings.seal_key)

    problems = in_transaction(read, read_only=True)
    in_transaction(lambda ctx: verification.note(ctx, problems))
    if problems:
        flash(translate("核验完成，发现 {n} 处问题。", n=len(problems)), "error")
    else:
        flash(gettext("核验完成，审计记录完整，未被改动。"), "success")
    return redirect(url_for("audit.index"), code=303)


@blueprint.get("/export.csv")
@own_transactions
def export() -> Response:
    """What the filter finds, as a table. Read in portions, so that a slow download holds no transaction open."""
    asked, _ = _asked()
    in_transaction(lambda ctx: require(ctx, Permission.AUDIT_READ), read_only=True)
    response = Response(stream_with_context(_csv(asked)), mimetype="text/csv")
    response.headers["Content-Disposition"] = "attachment; filename=audit.csv"
    return response


def _csv(asked: queries.Filter) -> Iterator[bytes]:
    heads = (
        N_("时间"),
        N_("卷宗"),
        N_("序号"),
        N_("行为"),
        N_("行为代码"),
        N_("行为人"),
        N_("行为人编码"),
        N_("对象"),
        N_("对象编码"),
        N_("明细"),
        N_("摘要值"),
    )
    yield downloads.BOM + sheets.lines([[gettext(head) for head in heads]]).encode()
    after: int | None = None

    def portion(ctx: Context) -> Sequence[AuditEntry]:
        return queries.search(ctx, asked, after=after, limit=BATCH)

    while entries := in_transaction(portion, read_only=True):
        yield sheets.lines(map(_line, entries)).encode()
        after = entries[-1].id


def _line(entry: AuditEntry) -> tuple[object, ...]:
    return (
        entry.at.astimezone(formats.OFFICE_ZONE).isoformat(), entry.stream, entry.seq, history.act(entry.action),
        entry.action, entry.actor_name, entry.actor_id, entry.subject_type, entry.subject_id, entry.detail,
        entry.digest,
    )  # fmt: skip


def _asked() -> tuple[queries.Filter, dict[str, str]]:
    """The filter in the address, and what of it cannot be read."""
    given, errors = request.args, {}
    days: dict[str, date | None] = {}
    for name in ("from", "to"):
        try:
            days[name] = date.fromisoformat(given[name]) if given.get(name) else None
        except ValueError:
            days[name], errors[name] = None, gettext("请填写正确的日期")
    kind, row = given.get("kind", ""), given.get("number", "").strip()
    stream = None
    if kind in KINDS:
        stream = kind if kind in SINGLE else f"{kind}:{row}"
    elif row:
        errors["kind"] = gettext("请选择卷宗类别")
    actor = given.get("actor", "").strip() or None
    return queries.Filter(stream, actor, days["from"], days["to"]), errors


def _facts(entry: AuditEntry) -> str | None:
    """The detail as it was written; None when it was lawfully erased."""
    return None if entry.detail is None else orjson.dumps(entry.facts, option=orjson.OPT_INDENT_2).decode()


def _stream_words(stream: str) -> str:
    kind, _, row = stream.partition(":")
    return f"{gettext(KINDS.get(kind, kind))} {row}".strip()


def _verified(ctx: Context) -> dict[str, Any] | None:
    """The latest verification: when, by whom, what was found."""
    entry = verification.last_verification(ctx.session)
    if entry is None:
        return None
    facts = entry.facts or {}
    found = [
        translate(verification.PROBLEMS[code], stream=_stream_words(stream), seq=seq)
        for code, stream, seq in facts.get("first", [])
    ]
    return {"at": entry.at, "by": entry.actor_name, "problems": facts.get("problems", 0), "found": found}
