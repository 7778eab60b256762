"""What the demo's people ask to be changed: later dates, pauses, suspensions, cancellations, each by its approvals."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from engine.campaigns.models import Obligation, ObligationKind, WorkItem
from engine.change_requests import service as change_requests
from engine.change_requests.models import ChangeRequest, RequestKind
from engine.context import Actor, Role
from engine.extensions import service as extensions
from engine.extensions.models import Verdict
from webapp.demo import conduct, words
from webapp.demo.city import LEADER
from webapp.demo.story import Story


def follow_script(story: Story, officer: Actor, offset: int) -> None:
    """What is asked for, and decided, on a day."""
    for day, number, unit in conduct.CANCELLED:
        if day == offset:
            _cancel(story, officer, story.item(number, unit))
    for day, number, unit in conduct.PAUSED:
        if day == offset:
            _pause_final_report(story, officer, story.item(number, unit))
    for day, number, unit, review in conduct.SUSPENDED:
        if day == offset:
            _suspend(story, officer, story.item(number, unit), review)
    for day, number, unit, new_day, is_granted in conduct.EXTENDED:
        if day == offset:
            _extend(story, officer, story.item(number, unit), new_day, is_granted=is_granted)


def _cancel(story: Story, officer: Actor, item: WorkItem) -> None:
    """The office proposes it, the leader in charge agrees."""
    request = story.edge.act(
        officer, change_requests.ask, item.id, kind=RequestKind.CANCEL, reason=words.CANCEL_REASON
    )
    _agree(story, story.city.people[LEADER[0]], change_requests.approve, request.id)
    story.edge.drain()


def _pause_final_report(story: Story, officer: Actor, item: WorkItem) -> None:
    """The unit asks, its head signs, the office agrees: time stands still for the last report."""
    request = _ask(
        story, item, RequestKind.PAUSE, words.PAUSE_REASON, obligation_id=_final_report(story, item)
    )
    _agree(story, officer, change_requests.decide, request.id)
    story.edge.drain()


def _suspend(story: Story, officer: Actor, item: WorkItem, review: int) -> None:
    """The unit asks, its head signs, the office and the leader agree: the item stands in the ledger."""
    review_on = story.edge.day(review)
    request = _ask(story, item, RequestKind.SUSPEND, words.SUSPEND_REASON, review_on=review_on)
    _agree(story, officer, change_requests.decide, request.id)
    _agree(story, story.city.people[LEADER[0]], change_requests.approve, request.id)
    story.edge.drain()


def _extend(story: Story, officer: Actor, item: WorkItem, new_day: int, *, is_granted: bool) -> None:
    """The unit asks for a later date and its head signs; the office agrees, or it still lies there."""
    asked = story.edge.act(
        story.city.holder(item.unit_id, Role.REPORTER), extensions.apply, _final_report(story, item),
        new_on=story.edge.day(new_day), reason=words.EXTENSION_REASON, progress=words.EXTENSION_PROGRESS,
    )  # fmt: skip
    _agree(story, story.city.holder(item.unit_id, Role.HEAD), extensions.sign_off, asked.id)
    if is_granted:
        _agree(story, officer, extensions.decide, asked.id)
    story.edge.drain()


def _ask(story: Story, item: WorkItem, kind: RequestKind, reason: str, **given: Any) -> ChangeRequest:
    """The unit asks and its head signs."""
    reporter, head = (story.city.holder(item.unit_id, role) for role in (Role.REPORTER, Role.HEAD))
    request = story.edge.act(reporter, change_requests.ask, item.id, kind=kind, reason=reason, **given)
    _agree(story, head, change_requests.sign_off, request.id)
    return request


def _agree(story: Story, actor: Actor, verb: Callable[..., object], id: int) -> None:
    story.edge.clock.move(minutes=40)
    story.edge.act(actor, verb, id, verdict=Verdict.AGREED, reasons=words.AGREED)


def _final_report(story: Story, item: WorkItem) -> int:
    final = select(Obligation.id).where(
        Obligation.work_item_id == item.id, Obligation.kind == ObligationKind.FINAL
    )
    return story.edge.read(lambda session: session.scalars(final).one())
