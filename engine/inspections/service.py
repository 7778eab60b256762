"""The verbs of a round: freeze the pools, draw, withdraw, draw another inspector, close.

What happens on site and afterwards stands in checks.py and rectifications.py.
"""

from collections.abc import Iterable

from sqlalchemy import exists, func, insert, literal, select

from engine import audit, outbox, permissions, queue
from engine.campaigns import work_items
from engine.campaigns.models import Campaign, WorkItem, WorkItemState
from engine.campaigns.service import stream
from engine.clock import local_date
from engine.context import Context, Role
from engine.errors import AccessDenied, NotFound, RuleViolation
from engine.inspections import checks, rules, sampling
from engine.inspections.models import (
    CheckState,
    Draw,
    DrawExclusion,
    ExclusionReason,
    InspectionRound,
    RoundInspector,
    RoundState,
    SiteCheck,
)
from engine.organisation.models import Person, Post, Unit
from engine.organisation.rules import holds_on
from engine.permissions import Permission

OPEN_CHECKS = "inspections.open_checks"
#: items per transaction when checks are opened
CHUNK = 20


def prepare_round(
    ctx: Context, campaign_id: int, *, title: str, rate: int, seed_source: str
) -> InspectionRound:
    """Freeze the items that may be drawn and the inspectors; publish both hashes, rate and the seed's source.

    Items are those whose reports are all accepted, closed ones included, without a running check. Raises
    RuleViolation when nothing can be drawn, or an item has no inspector outside its line.
    """
    campaign = permissions.find(ctx, Permission.ROUND_DRAW, Campaign, campaign_id)
    rules.check_preparation(title, rate, seed_source)
    waiting = select(InspectionRound.id).where(
        InspectionRound.campaign_id == campaign.id, InspectionRound.state == RoundState.PREPARED
    )
    if ctx.session.scalar(waiting) is not None:
        raise RuleViolation("round.another_prepared", "该专项行动已有一轮抽查待抽签，请先抽签或撤回")
    row = InspectionRound(
        campaign_id=campaign.id,
        title=title.strip(),
        rate=rate,
        seed_source=sampling.clean_seed(seed_source),
        population_size=0,
        population_hash="",
        inspector_hash="",
        prepared_at=ctx.clock.now(),
        prepared_by_id=ctx.actor.person_id,
        prepared_by_name=ctx.actor.name,
    )
    ctx.session.add(row)
    ctx.session.flush()
    row.population_size, row.population_hash = _freeze_population(ctx, row)
    if not row.population_size:
        raise RuleViolation("round.nothing_to_draw", "目前没有审核通过或已办结的事项可供抽查")
    pool = _freeze_inspectors(ctx, row)
    row.inspector_hash = sampling.inspector_hash(pool)
    _check_somebody_free(ctx, row, pool)
    audit.record(
        ctx, stream(row.campaign_id), "inspection_round.prepared", ("inspection_round", row.id), rate=rate,
        seed_source=row.seed_source, population_size=row.population_size, population_hash=row.population_hash,
        inspector_hash=row.inspector_hash,
    )  # fmt: skip
    outbox.publish(ctx, "inspection_round.prepared", ("inspection_round", row.id), campaign_id=campaign.id)
    return row


def draw(ctx: Context, round_id: int, seed: str) -> InspectionRound:
    """Draw items and inspectors with the seed that its announced source has yielded.

    The checks are opened afterwards by the queue, item by item, under each item's own lock.
    """
    row = permissions.find(ctx, Permission.ROUND_DRAW, InspectionRound, round_id)
    rules.check_draw(row.state, seed)
    row.seed = sampling.clean_seed(seed)
    row.state = RoundState.DRAWN
    row.drawn_at, row.drawn_by_id, row.drawn_by_name = ctx.clock.now(), ctx.actor.person_id, ctx.actor.name
    size = sampling.sample_size(row.population_size, row.rate)
    keys = ctx.session.scalars(
        select(Draw.work_item_id).where(Draw.round_id == row.id).execution_options(yield_per=5000)
    )
    drawn = sampling.draw(row.seed, row.population_hash, keys, size)
    _assign(ctx, row, drawn)
    ctx.session.flush()
    queue.put(ctx, OPEN_CHECKS, f"{OPEN_CHECKS}:{row.id}", {"round_id": row.id, "total": size})
    audit.record(
        ctx, stream(row.campaign_id), "inspection_round.drawn", ("inspection_round", row.id), seed=row.seed,
        population_hash=row.population_hash, drawn=size,
    )  # fmt: skip
    outbox.publish(ctx, "inspection_round.drawn", ("inspection_round", row.id), campaign_id=row.campaign_id)
    return row


def withdraw_round(ctx: Context, round_id: int, reason: str) -> None:
    """Give up a frozen round before its draw. It stays on record with the reason."""
    row = permissions.find(ctx, Permission.ROUND_DRAW, InspectionRound, round_id)
    if row.state != RoundState.PREPARED:
        raise RuleViolation("round.not_prepared", "该轮抽查已经抽签或已撤回")
    rules.check_reason(reason)
    row.state, row.withdrawn_reason, row.ended_at = RoundState.WITHDRAWN, reason.strip(), ctx.clock.now()
    audit.record(
        ctx,
        stream(row.campaign_id),
        "inspection_round.withdrawn",
        ("inspection_round", row.id),
        reason=reason,
    )


def redraw_inspector(ctx: Context, check_id: int, reason: str) -> SiteCheck:
    """Withdraw a check that is not recorded yet and draw another inspector for the same item, with a reason.

    In the lot are the round's inspectors without those drawn for this item before; the same seed decides.
    """
    item_id = ctx.session.scalar(select(SiteCheck.work_item_id).where(SiteCheck.id == check_id))
    if item_id is None:
        raise NotFound()
    item = ctx.session.get_one(WorkItem, item_id, with_for_update=True, populate_existing=True)
    check = permissions.find(ctx, Permission.ROUND_DRAW, SiteCheck, check_id)
    if check.inspector_person_id == ctx.actor.person_id:
        raise AccessDenied("check.own", "检查员不得更换自己的检查")
    if check.state != CheckState.OPEN:
        raise RuleViolation("check.not_open", "该检查已经记录")
    rules.check_reason(reason)
    row = ctx.session.get_one(InspectionRound, check.round_id)
    lot = ctx.session.scalars(select(Draw).where(Draw.round_id == row.id, Draw.work_item_id == item.id)).one()
    before = set(
        ctx.session.scalars(
            select(SiteCheck.inspector_person_id).where(
                SiteCheck.round_id == row.id, SiteCheck.work_item_id == item.id
            )
        )
    )
    pool = [inspector for inspector in _pool_today(ctx, row, note=False) if inspector.key not in before]
    assert row.seed is not None
    chosen = next(sampling.assign(row.seed, row.population_hash, [(item.id, lot.unit_path)], pool))
    if chosen.inspector is None:
        raise RuleViolation("check.nobody_else", "没有其他可以检查该事项的检查员")
    checks.withdraw(ctx, check, reason.strip())
    return checks.open_check(ctx, row.id, item, chosen.inspector, replaces=check)


def close_round(ctx: Context, round_id: int) -> None:
    """The round is over: every check drawn in it has ended."""
    row = permissions.find(ctx, Permission.ROUND_DRAW, InspectionRound, round_id)
    if row.state != RoundState.DRAWN:
        raise RuleViolation("round.not_drawn", "该轮抽查尚未抽签或已经结束")
    running = select(func.count()).where(
        SiteCheck.round_id == row.id, SiteCheck.state.in_([CheckState.OPEN, CheckState.FINDINGS])
    )
    opening = queue.progress(ctx.session, f"{OPEN_CHECKS}:{row.id}")
    if ctx.session.scalar(running) or (opening is not None and opening.state != "done"):
        raise RuleViolation("round.checks_running", "尚有检查或整改未办结，不能结束本轮抽查")
    row.state, row.ended_at = RoundState.CLOSED, ctx.clock.now()
    audit.record(ctx, stream(row.campaign_id), "inspection_round.closed", ("inspection_round", row.id))
    outbox.publish(ctx, "inspection_round.closed", ("inspection_round", row.id), campaign_id=row.campaign_id)


@queue.topic(OPEN_CHECKS)
def open_checks(ctx: Context, payload: dict[str, int], progress: dict[str, int]) -> dict[str, int] | None:
    """Queue handler: open the checks of the next chunk of drawn items, in the order of their tickets."""
    done = progress.get("done", 0)
    lots = ctx.session.scalars(
        select(Draw)
        .where(Draw.round_id == payload["round_id"], Draw.rank > done)
        .order_by(Draw.rank)
        .limit(CHUNK)
    ).all()
    if not lots:
        return None
    locked = select(WorkItem).where(WorkItem.id.in_([lot.work_item_id for lot in lots])).order_by(WorkItem.id)
    items = {
        item.id: item
        for item in ctx.session.scalars(locked.with_for_update().execution_options(populate_existing=True))
    }
    for lot in lots:
        _open_drawn(ctx, lot, items[lot.work_item_id])
    return {"done": done + len(lots), "total": payload["total"]}


def _open_drawn(ctx: Context, lot: Draw, item: WorkItem) -> None:
    assert lot.inspector_person_id is not None
    if item.state == WorkItemState.CANCELLED:
        reason = ExclusionReason.CANCELLED
    elif checks.is_running(ctx, item.id):
        reason = ExclusionReason.OPEN_CHECK
    else:
        checks.open_check(ctx, lot.round_id, item, lot.inspector_person_id)
        return
    _exclude(ctx, lot.round_id, [{"reason": reason, "work_item_id": item.id}])
    audit.record(
        ctx, work_items.stream(item.id), "check.left_out", ("inspection_round", lot.round_id), reason=reason
    )


def _freeze_population(ctx: Context, row: InspectionRound) -> tuple[int, str]:
    """(size, hash) of the items, copied in one statement and hashed as they stream back."""
    eligible = (
        WorkItem.campaign_id == row.campaign_id,
        WorkItem.state.in_([WorkItemState.SAMPLING, WorkItemState.CLOSED]),
    )
    running = exists().where(
        SiteCheck.work_item_id == WorkItem.id, SiteCheck.state.in_([CheckState.OPEN, CheckState.FINDINGS])
    )
    columns = ["round_id", "work_item_id", "number", "unit_id", "unit_name", "unit_path"]
    source = (
        select(literal(row.id), WorkItem.id, WorkItem.number, WorkItem.unit_id, Unit.name, Unit.path)
        .join(Unit, Unit.id == WorkItem.unit_id)
        .where(*eligible, ~running)
        .order_by(WorkItem.id)
    )
    ctx.session.execute(insert(Draw).from_select(columns, source))
    busy = ctx.session.scalars(select(WorkItem.id).where(*eligible, running).order_by(WorkItem.id))
    _exclude(ctx, row.id, [{"reason": ExclusionReason.OPEN_CHECK, "work_item_id": id} for id in busy])
    digest = sampling.PopulationHash()
    frozen = select(Draw.work_item_id, Draw.number, Draw.unit_name).where(Draw.round_id == row.id)
    for key, number, unit in ctx.session.execute(
        frozen.order_by(Draw.work_item_id).execution_options(yield_per=5000)
    ):
        digest.add(sampling.Item(key, number, unit))
    return digest.size, digest.hexdigest()


def _freeze_inspectors(ctx: Context, row: InspectionRound) -> list[sampling.Inspector]:
    """Everybody who holds an inspector's post today, each with the unit paths of all posts held."""
    today = local_date(ctx.clock.now())
    holders = select(Post.person_id).where(Post.role == Role.INSPECTOR)
    held = ctx.session.execute(
        select(Post, Person.name, Unit.name, Unit.path)
        .join(Person, Person.id == Post.person_id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(Post.person_id.in_(holders))
        .order_by(Post.person_id, Post.id)
    ).all()
    posts = [entry for entry in held if holds_on(entry[0].effective_from, entry[0].effective_to, today)]
    lines: dict[int, set[str]] = {}
    for post, _, _, path in posts:
        lines.setdefault(post.person_id, set()).add(path)
    frozen: dict[int, sampling.Inspector] = {}
    for post, name, unit_name, _ in posts:
        if post.role == Role.INSPECTOR and post.person_id not in frozen:
            inspector = sampling.Inspector(post.person_id, frozenset(lines[post.person_id]))
            frozen[post.person_id] = inspector
            ctx.session.add(
                RoundInspector(
                    round_id=row.id, person_id=post.person_id, name=name, unit_id=post.unit_id,
                    unit_name=unit_name, lines=" ".join(sorted(inspector.lines)),
                )
            )  # fmt: skip
    ctx.session.flush()
    return list(frozen.values())


def _check_somebody_free(ctx: Context, row: InspectionRound, pool: list[sampling.Inspector]) -> None:
    units = select(Draw.unit_path, func.min(Draw.unit_name)).where(Draw.round_id == row.id)
    for path, name in ctx.session.execute(units.group_by(Draw.unit_path).order_by(Draw.unit_path)):
        if all(any(sampling.same_line(own, path) for own in inspector.lines) for inspector in pool):
            raise RuleViolation("round.no_inspector", "{unit}没有无须回避的检查员，请先任命检查员", unit=name)


def _assign(ctx: Context, row: InspectionRound, drawn: list[sampling.Drawn]) -> None:
    """Write tickets, ranks and inspectors to the drawn items, and who had to stand back to the log."""
    assert row.seed is not None
    keys = [d.key for d in drawn]
    lots = {
        lot.work_item_id: lot
        for start in range(0, len(keys), 1000)
        for lot in ctx.session.scalars(
            select(Draw).where(Draw.round_id == row.id, Draw.work_item_id.in_(keys[start : start + 1000]))
        )
    }
    pool = _pool_today(ctx, row, note=True)
    items = [(d.key, lots[d.key].unit_path) for d in drawn]
    recused: list[dict[str, object]] = []
    for d, found in zip(drawn, sampling.assign(row.seed, row.population_hash, items, pool), strict=True):
        lot = lots[d.key]
        if found.inspector is None:
            raise RuleViolation(
                "round.no_inspector", "{unit}没有无须回避的检查员，请先任命检查员", unit=lot.unit_name
            )
        lot.ticket, lot.rank, lot.inspector_person_id = d.ticket, d.rank, found.inspector
        recused += [
            {"reason": ExclusionReason.RECUSED, "work_item_id": d.key, "person_id": person, "line": line}
            for person, line in found.recused.items()
        ]
    _exclude(ctx, row.id, recused)


def _pool_today(ctx: Context, row: InspectionRound, *, note: bool) -> list[sampling.Inspector]:
    """The frozen inspectors who still hold the post; with ``note`` the others are logged as left."""
    today = local_date(ctx.clock.now())
    posts = select(Post).where(Post.role == Role.INSPECTOR)
    present = {
        post.person_id
        for post in ctx.session.scalars(posts)
        if holds_on(post.effective_from, post.effective_to, today)
    }
    frozen = ctx.session.scalars(select(RoundInspector).where(RoundInspector.round_id == row.id)).all()
    left = [member.person_id for member in frozen if member.person_id not in present]
    if note:
        _exclude(ctx, row.id, [{"reason": ExclusionReason.LEFT, "person_id": person} for person in left])
    return [
        sampling.Inspector(member.person_id, frozenset(member.lines.split()))
        for member in frozen
        if member.person_id in present
    ]


def _exclude(ctx: Context, round_id: int, left_out: Iterable[dict[str, object]]) -> None:
    blank: dict[str, object] = {"work_item_id": None, "person_id": None, "line": None}
    rows = [{**blank, "round_id": round_id, "noted_at": ctx.clock.now(), **entry} for entry in left_out]
    if rows:
        ctx.session.execute(insert(DrawExclusion), rows)
