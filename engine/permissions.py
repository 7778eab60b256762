"""Who may do what: one table of clauses over relations between the actor's posts and a row.

This module knows relations only. Ideas say in their ``access.py``, with `register`, how their rows answer
them. The same clauses decide about one row (`find`, `permits`) and narrow a list (`narrow`), so that a list
never shows what a click would refuse. What the table does not name is denied.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, bindparam, false, not_, or_, select, true

from engine.context import Context, Role
from engine.db import Base
from engine.errors import AccessDenied, NotFound

M = TypeVar("M", bound=Base)
S = TypeVar("S")


class Permission(StrEnum):
    """Everything that can be allowed, ``<subject>.<verb>``."""

    PLAN_IMPORT = "plan.import"
    PLAN_READ = "plan.read"
    PLAN_EDIT = "plan.edit"
    PLAN_CONFIRM = "plan.confirm"
    CAMPAIGN_CREATE = "campaign.create"
    CAMPAIGN_READ = "campaign.read"
    CAMPAIGN_MANAGE = "campaign.manage"
    KEY_TASK_READ = "key_task.read"
    KEY_TASK_CONFIRM = "key_task.confirm"
    KEY_TASK_SUMMARISE = "key_task.summarise"
    KEY_TASK_ACCEPT = "key_task.accept"
    WORK_ITEM_READ = "work_item.read"
    WORK_ITEM_ACKNOWLEDGE = "work_item.acknowledge"
    WORK_ITEM_FILE_PLAN = "work_item.file_plan"
    WORK_ITEM_URGE = "work_item.urge"
    WORK_ITEM_RECORD_EVENT = "work_item.record_event"
    OBLIGATION_SUBMIT = "obligation.submit"
    OBLIGATION_SIGN_OFF = "obligation.sign_off"
    REVIEW_DECIDE = "review.decide"
    EVIDENCE_READ = "evidence.read"
    FILE_STAGE = "file.stage"
    ROUND_READ = "round.read"
    ROUND_DRAW = "round.draw"
    CHECK_READ = "check.read"
    CHECK_RECORD = "check.record"
    RECTIFICATION_SUBMIT = "rectification.submit"
    RECTIFICATION_VERIFY = "rectification.verify"
    ORGANISATION_READ = "organisation.read"
    ORGANISATION_MANAGE = "organisation.manage"
    ORGANISATION_APPOINT = "organisation.appoint"
    ACCOUNT_MANAGE = "account.manage"
    ACCOUNT_OWN = "account.own"
    AUDIT_READ = "audit.read"
    AUDIT_ERASE = "audit.erase"
    CALENDAR_READ = "calendar.read"
    CALENDAR_MANAGE = "calendar.manage"
    QUEUE_MANAGE = "queue.manage"
    ENDPOINT_MANAGE = "endpoint.manage"
    MESSAGE_TEMPLATE_MANAGE = "message_template.manage"
    ESCALATION_READ = "escalation.read"
    ESCALATION_MANAGE = "escalation.manage"
    DEADLINE_READ = "deadline.read"
    EXTENSION_READ = "extension.read"
    EXTENSION_APPLY = "extension.apply"
    EXTENSION_SIGN_OFF = "extension.sign_off"
    EXTENSION_DECIDE = "extension.decide"
    EXTENSION_APPROVE = "extension.approve"
    CHANGE_REQUEST_READ = "change_request.read"
    CHANGE_REQUEST_ASK = "change_request.ask"
    CHANGE_REQUEST_SIGN_OFF = "change_request.sign_off"
    CHANGE_REQUEST_DECIDE = "change_request.decide"
    CHANGE_REQUEST_APPROVE = "change_request.approve"
    NOTICE_READ = "notice.read"
    NOTICE_DRAFT = "notice.draft"
    NOTICE_ISSUE = "notice.issue"
    NOTICE_ANSWER = "notice.answer"
    NOTICE_VERIFY = "notice.verify"


class Relation(StrEnum):
    """How an actor may stand to a row. The actor's units are those of the posts that the clause asks for."""

    ANYONE = "anyone"  #: no row needed, the role is enough
    OWN_UNIT = "own_unit"  #: the actor's unit is the responsible unit
    SUPERIOR_OF = "superior_of"  #: the actor's unit is an ancestor of the responsible unit
    LEAD_OF = "lead_of"  #: the actor's unit reviews the row or leads its key task
    COOPERATES_ON = "cooperates_on"  #: the actor's unit cooperates (配合)
    SUPERVISES = "supervises"  #: the actor's unit watches over it (督导)
    OFFICE_OF = "office_of"  #: the actor's unit is the campaign's supervising office
    IN_CHARGE_OF = "in_charge_of"  #: the actor's unit is where the leader sits who has to decide
    TOOK_OVER = "took_over"  #: the item was transferred to the actor's unit
    DRAWN_FOR = "drawn_for"  #: the actor was drawn as inspector
    SELF = "self"  #: the row is the actor's own account or person
    SUBMITTER = "submitter"  #: the actor personally submitted it


@dataclass(frozen=True)
class Clause:
    """Holders of one of ``roles`` who stand in ``relation`` may, unless they also stand in an exception.

    The relation is asked of the posts with these roles only; exceptions are asked of all posts of the actor.
    """

    relation: Relation
    roles: frozenset[Role]
    except_: Relation | tuple[Relation, ...] = ()

    @property
    def exceptions(self) -> tuple[Relation, ...]:
        return (self.except_,) if isinstance(self.except_, Relation) else self.except_


def _may(relation: Relation, *roles: Role, except_: Relation | tuple[Relation, ...] = ()) -> Clause:
    return Clause(relation, frozenset(roles), except_)


_ANYONE, _OWN, _SUPERIOR, _LEAD = Relation.ANYONE, Relation.OWN_UNIT, Relation.SUPERIOR_OF, Relation.LEAD_OF
_COOPERATES, _SUPERVISES, _OFFICE = Relation.COOPERATES_ON, Relation.SUPERVISES, Relation.OFFICE_OF
_DRAWN, _SELF, _IN_CHARGE, _TOOK_OVER = (
    Relation.DRAWN_FOR,
    Relation.SELF,
    Relation.IN_CHARGE_OF,
    Relation.TOOK_OVER,
)
_REPORTER, _HEAD, _INSPECTOR, _OFFICER, _LEADER = (
    Role.REPORTER, Role.HEAD, Role.INSPECTOR, Role.OFFICER, Role.LEADER,
)  # fmt: skip
_WORKING = (_REPORTER, _HEAD, _INSPECTOR, _OFFICER, _LEADER)
#: Nobody reviews, approves or inspects what they or their own unit submitted (回避).
_NOT_OWN = (Relation.OWN_UNIT, Relation.SUBMITTER)
#: Everyone whose unit has a part in a work item may read it, and what hangs on it.
_PARTIES = (
    _may(_OWN, *_WORKING),
    _may(_SUPERIOR, _HEAD, _OFFICER, _LEADER),
    _may(_LEAD, *_WORKING),
    _may(_COOPERATES, *_WORKING),
    _may(_SUPERVISES, *_WORKING),
    _may(_OFFICE, *_WORKING),
)

POLICY: Mapping[Permission, tuple[Clause, ...]] = {
    Permission.PLAN_IMPORT: (_may(_ANYONE, _OFFICER),),
    Permission.PLAN_READ: (_may(_OFFICE, _OFFICER, _LEADER),),
    Permission.PLAN_EDIT: (_may(_OFFICE, _OFFICER),),
    Permission.PLAN_CONFIRM: (_may(_OFFICE, _OFFICER),),
    Permission.CAMPAIGN_CREATE: (_may(_ANYONE, _OFFICER),),
    Permission.CAMPAIGN_READ: _PARTIES,
    Permission.CAMPAIGN_MANAGE: (_may(_OFFICE, _OFFICER),),
    Permission.KEY_TASK_READ: _PARTIES,
    Permission.KEY_TASK_CONFIRM: (_may(_OFFICE, _OFFICER),),
    Permission.KEY_TASK_SUMMARISE: (_may(_LEAD, _HEAD),),
    # The lead unit submits the summary; where the office itself leads, another person of it accepts.
    Permission.KEY_TASK_ACCEPT: (_may(_OFFICE, _OFFICER, except_=Relation.SUBMITTER),),
    Permission.WORK_ITEM_READ: (*_PARTIES, _may(_DRAWN, _INSPECTOR), _may(_TOOK_OVER, *_WORKING)),
    Permission.WORK_ITEM_ACKNOWLEDGE: (_may(_OWN, _REPORTER),),
    Permission.WORK_ITEM_FILE_PLAN: (_may(_OWN, _REPORTER),),
    Permission.WORK_ITEM_URGE: (_may(_LEAD, _REPORTER, _HEAD), _may(_OFFICE, _OFFICER)),
    Permission.WORK_ITEM_RECORD_EVENT: (_may(_OWN, _REPORTER),),
    Permission.OBLIGATION_SUBMIT: (_may(_OWN, _REPORTER),),
    Permission.OBLIGATION_SIGN_OFF: (_may(_OWN, _HEAD),),
    Permission.REVIEW_DECIDE: (_may(_LEAD, _HEAD, except_=_NOT_OWN),),
    Permission.EVIDENCE_READ: (*_PARTIES, _may(_DRAWN, _INSPECTOR), _may(_TOOK_OVER, *_WORKING)),
    Permission.FILE_STAGE: (_may(_ANYONE, _REPORTER, _HEAD, _INSPECTOR, _OFFICER),),
    Permission.ROUND_READ: _PARTIES,
    Permission.ROUND_DRAW: (_may(_OFFICE, _OFFICER, _INSPECTOR),),
    Permission.CHECK_READ: (*_PARTIES, _may(_DRAWN, _INSPECTOR)),
    Permission.CHECK_RECORD: (_may(_DRAWN, _INSPECTOR, except_=_NOT_OWN),),
    Permission.RECTIFICATION_SUBMIT: (_may(_OWN, _REPORTER),),
    Permission.RECTIFICATION_VERIFY: (_may(_DRAWN, _INSPECTOR, except_=_NOT_OWN),),
    Permission.ORGANISATION_READ: (_may(_ANYONE, *Role),),
    # 三权分立: one keeps units, people and accounts, one grants posts, one reads the audit.
    Permission.ORGANISATION_MANAGE: (_may(_ANYONE, Role.SYSTEM_ADMIN),),
    Permission.ORGANISATION_APPOINT: (_may(_ANYONE, Role.SECURITY_ADMIN),),
    Permission.ACCOUNT_MANAGE: (_may(_ANYONE, Role.SYSTEM_ADMIN),),
    Permission.ACCOUNT_OWN: (_may(_SELF, *Role),),
    Permission.AUDIT_READ: (_may(_ANYONE, Role.AUDIT_ADMIN),),
    Permission.AUDIT_ERASE: (_may(_ANYONE, Role.SECURITY_ADMIN),),
    Permission.CALENDAR_READ: (_may(_ANYONE, *Role),),
    Permission.CALENDAR_MANAGE: (_may(_ANYONE, Role.SYSTEM_ADMIN),),
    Permission.QUEUE_MANAGE: (_may(_ANYONE, Role.SYSTEM_ADMIN),),
    Permission.ENDPOINT_MANAGE: (_may(_ANYONE, Role.SYSTEM_ADMIN),),
    Permission.MESSAGE_TEMPLATE_MANAGE: (_may(_ANYONE, Role.SYSTEM_ADMIN),),
    Permission.ESCALATION_READ: (_may(_ANYONE, *Role),),
    Permission.ESCALATION_MANAGE: (_may(_ANYONE, Role.SYSTEM_ADMIN),),
    Permission.DEADLINE_READ: (_may(_OWN, *_WORKING), _may(_SUPERIOR, _HEAD, _OFFICER, _LEADER)),
    Permission.EXTENSION_READ: (*_PARTIES, _may(_IN_CHARGE, _LEADER)),
    Permission.EXTENSION_APPLY: (_may(_OWN, _REPORTER, _HEAD),),
    Permission.EXTENSION_SIGN_OFF: (_may(_OWN, _HEAD),),
    Permission.EXTENSION_DECIDE: (_may(_OFFICE, _OFFICER, except_=_NOT_OWN),),
    Permission.EXTENSION_APPROVE: (_may(_IN_CHARGE, _LEADER, except_=_NOT_OWN),),
    Permission.CHANGE_REQUEST_READ: (*_PARTIES, _may(_IN_CHARGE, _LEADER)),
    # The unit asks, the office proposes; neither decides alone what takes an item off a unit's list.
    Permission.CHANGE_REQUEST_ASK: (_may(_OWN, _REPORTER, _HEAD), _may(_OFFICE, _OFFICER)),
    Permission.CHANGE_REQUEST_SIGN_OFF: (_may(_OWN, _HEAD),),
    Permission.CHANGE_REQUEST_DECIDE: (_may(_OFFICE, _OFFICER, except_=_NOT_OWN),),
    Permission.CHANGE_REQUEST_APPROVE: (_may(_IN_CHARGE, _LEADER, except_=_NOT_OWN),),
    Permission.NOTICE_READ: (*_PARTIES, _may(_IN_CHARGE, _LEADER)),
    Permission.NOTICE_DRAFT: (_may(_OFFICE, _OFFICER),),
    Permission.NOTICE_ISSUE: (
        _may(_OFFICE, _HEAD, except_=Relation.SUBMITTER),
        _may(_IN_CHARGE, _LEADER, except_=Relation.SUBMITTER),
    ),
    Permission.NOTICE_ANSWER: (_may(_OWN, _REPORTER, _HEAD),),
    Permission.NOTICE_VERIFY: (_may(_OFFICE, _OFFICER, except_=Relation.OWN_UNIT),),
}

Answer = Callable[[Context], ColumnElement[bool]]
_answers: dict[tuple[type[Base], Relation], Answer] = {}


def register(model: type[Base], relation: Relation, answer: Answer) -> None:
    """Say how rows of ``model`` answer ``relation``: an SQL expression over the model's columns.

    ``answer(ctx)`` reads ``ctx.actor.person_id`` and ``ctx.actor.units()``, already narrowed to the posts
    that the clause asks for.
    """
    _answers[model, relation] = answer
    _prepared.clear()


#: Statements that hold an actor's permission. Building one costs more than running it, and the posts of an actor are
#: part of the key, so that none outlives an appointment.
_prepared: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
_KEPT = 2000


def prepared(
    ctx: Context,
    permission: Permission,
    model: type[Base],
    build: Callable[[ColumnElement[bool], type[Base]], S],
) -> S:
    """``build(allowed, model)``, kept per actor: ``allowed`` is `expression` for the context's actor.

    ``build`` is a function at module level; what else differs from call to call it takes as bound parameters.
    """
    key = (ctx.actor, permission, model, build)
    known: S | None = _prepared.get(key)
    if known is None:
        known = _prepared[key] = build(expression(ctx, permission, model), model)
        while len(_prepared) > _KEPT:
            _prepared.popitem(last=False)
    return known


def expression(ctx: Context, permission: Permission, model: type[Base]) -> ColumnElement[bool]:
    """The permission as SQL over rows of ``model``: true for system actors, false where nothing grants it.

    Raises LookupError when the policy asks a relation that the model's idea has not registered.
    """
    if ctx.actor.is_system:
        return true()
    return or_(false(), *(_grant(ctx, clause, model) for clause in POLICY.get(permission, ())))


def narrow(ctx: Context, permission: Permission, model: type[Base], query: Select[Any]) -> Select[Any]:
    """The query, reduced to the rows that the actor may see."""
    return query.where(expression(ctx, permission, model))


def find(ctx: Context, permission: Permission, model: type[M], id: int, *, lock: bool = True) -> M:
    """Find and lock one row and decide about it, in one statement.

    Raises NotFound or AccessDenied. ``lock=False`` for reads.
    """
    query = prepared(ctx, permission, model, _locking if lock else _reading)
    found = ctx.session.execute(query, {"id": id}).one_or_none()
    if found is None:
        raise NotFound()
    row: M = found[0]
    if not found[1]:
        raise AccessDenied(permission=str(permission))
    return row


def _reading(allowed: ColumnElement[bool], model: type[Base]) -> Any:
    found = select(model, allowed.label("allowed")).where(_id(model) == bindparam("id"))
    return found.execution_options(populate_existing=True)


def _locking(allowed: ColumnElement[bool], model: type[Base]) -> Any:
    # FOR NO KEY UPDATE: as exclusive among verbs, but a row elsewhere may refer to this one meanwhile. With the stronger
    # lock, who cancels a work item and who submits for it would wait for each other.
    return _reading(allowed, model).with_for_update(of=model, key_share=True)


def permits(ctx: Context, permission: Permission, model: type[Base], id: int) -> bool:
    """Whether the actor may, for showing or hiding a button. A missing row permits nothing."""
    return bool(ctx.session.scalar(select(expression(ctx, permission, model)).where(_id(model) == id)))


def holds(ctx: Context, permission: Permission) -> bool:
    """Whether the actor's roles alone grant the permission: clauses of ANYONE, no row."""
    clauses = POLICY.get(permission, ())
    return ctx.actor.is_system or any(
        c.relation is Relation.ANYONE and ctx.actor.holds(*c.roles) for c in clauses
    )


def require(ctx: Context, permission: Permission) -> None:
    """AccessDenied unless the actor's roles alone grant the permission."""
    if not holds(ctx, permission):
        raise AccessDenied(permission=str(permission))


def require_post(ctx: Context, permission: Permission, unit_id: int, role: Role) -> None:
    """AccessDenied unless the actor holds this very post: where several might, and the case says whose turn it is."""
    if not ctx.actor.is_system and (unit_id, role) not in ctx.actor.posts:
        raise AccessDenied(permission=str(permission))


def _grant(ctx: Context, clause: Clause, model: type[Base]) -> ColumnElement[bool]:
    posts = frozenset((unit, role) for unit, role in ctx.actor.posts if role in clause.roles)
    if not posts:
        return false()
    granted = _answer(replace(ctx, actor=replace(ctx.actor, posts=posts)), clause.relation, model)
    for exception in clause.exceptions:
        # An exception that comes out NULL leaves the grant NULL: denied, never granted by accident.
        granted = granted & not_(_answer(ctx, exception, model))
    return granted


def _answer(ctx: Context, relation: Relation, model: type[Base]) -> ColumnElement[bool]:
    if relation is Relation.ANYONE:
        return true()
    answer = _answers.get((model, relation))
    if answer is None:
        raise LookupError(f"permissions.register({model.__name__}, {relation.name}, …) is missing")
    return answer(ctx)


def _id(model: type[Base]) -> Any:
    return model.__mapper__.primary_key[0]
