"""Reads on units, people and posts."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session, aliased

from engine.context import Role
from engine.organisation.models import Delegation, Person, Post, Unit, UnitGroup, UnitGroupMember
from engine.organisation.rules import ADMIN_ROLES


def below(unit_ids: Collection[int]) -> Select[int]:
    """Ids of all units under the given ones, without these: for relations such as SUPERIOR_OF."""
    above = aliased(Unit)
    return (
        select(Unit.id)
        .join(above, and_(Unit.path.like(above.path + "%"), Unit.id != above.id))
        .where(above.id.in_(unit_ids))
    )


def posts_of(session: Session, person_id: int, on: date) -> Sequence[Post]:
    """The posts that the person holds on the day, without delegated ones."""
    return session.scalars(
        select(Post).where(Post.person_id == person_id, _holds(on)).order_by(Post.id)
    ).all()


def acting_posts(session: Session, person_id: int, on: date) -> frozenset[tuple[int, Role]]:
    """(unit id, role) of own and delegated posts on the day; administrators' posts are never delegated."""
    givers = select(Delegation.from_person_id).where(
        Delegation.to_person_id == person_id, Delegation.start_on <= on, Delegation.end_on >= on
    )
    own = Post.person_id == person_id
    lent = and_(Post.person_id.in_(givers), Post.role.not_in(ADMIN_ROLES))
    rows = session.execute(select(Post.unit_id, Post.role).where(_holds(on), or_(own, lent)))
    return frozenset((unit_id, Role(role)) for unit_id, role in rows)


def holders(session: Session, unit_id: int, role: Role, on: date) -> Sequence[Person]:
    """Who fills the role at the unit on the day: holders and, where delegated, their deputies."""
    held = select(Post.person_id).where(Post.unit_id == unit_id, Post.role == role, _holds(on))
    deputies = select(Delegation.to_person_id).where(
        Delegation.from_person_id.in_(held), Delegation.start_on <= on, Delegation.end_on >= on
    )
    who = Person.id.in_(held) if role in ADMIN_ROLES else or_(Person.id.in_(held), Person.id.in_(deputies))
    return session.scalars(select(Person).where(who).order_by(Person.pinyin_key, Person.id)).all()


def units_by_id(session: Session, ids: Iterable[int]) -> dict[int, Unit]:
    wanted = set(ids)
    return (
        {unit.id: unit for unit in session.scalars(select(Unit).where(Unit.id.in_(wanted)))} if wanted else {}
    )


def unit_page(
    session: Session, *, on: date, after: tuple[str, int] | None = None, limit: int = 50, search: str = ""
) -> Sequence[Unit]:
    """Units that exist on the day in pinyin order, after the (pinyin key, id) of the last one seen."""
    query = select(Unit).where(
        Unit.effective_from <= on, or_(Unit.effective_to.is_(None), Unit.effective_to > on)
    )
    if search:
        query = query.where(
            or_(
                Unit.name.contains(search, autoescape=True), Unit.short_name.contains(search, autoescape=True)
            )
        )
    if after is not None:
        key, id = after
        query = query.where(or_(Unit.pinyin_key > key, and_(Unit.pinyin_key == key, Unit.id > id)))
    return session.scalars(query.order_by(Unit.pinyin_key, Unit.id).limit(limit)).all()


def group_members(session: Session, group_id: int) -> Sequence[Unit]:
    members = select(UnitGroupMember.unit_id).where(UnitGroupMember.group_id == group_id)
    return session.scalars(select(Unit).where(Unit.id.in_(members)).order_by(Unit.pinyin_key, Unit.id)).all()


def groups(session: Session) -> Sequence[UnitGroup]:
    return session.scalars(select(UnitGroup).order_by(UnitGroup.name)).all()


def people_of(session: Session, unit_id: int, on: date) -> Sequence[tuple[Person, Post]]:
    """Who holds which post at the unit on the day."""
    query = (
        select(Person, Post)
        .join(Post, Post.person_id == Person.id)
        .where(Post.unit_id == unit_id, _holds(on))
        .order_by(Person.pinyin_key, Post.id)
    )
    return [(person, post) for person, post in session.execute(query)]


def _holds(on: date) -> ColumnElement[bool]:
    return and_(Post.effective_from <= on, or_(Post.effective_to.is_(None), Post.effective_to > on))
