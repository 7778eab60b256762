"""Tables of units (a tree with effective dates), groups of units, people, posts and delegation.

Effective spans are half-open: ``effective_to`` is the first day on which it no longer holds. A delegation's
``end_on`` is the last day, because people name last days.
"""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.context import Role
from engine.db import Base


class UnitLevel(StrEnum):
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    TOWNSHIP = "township"


class UnitKind(StrEnum):
    GOVERNMENT = "government"  #: 人民政府、管委会
    PARTY = "party"  #: 党委工作机关、群团组织
    DEPARTMENT = "department"  #: 政府部门
    COURT = "court"
    PROCURATORATE = "procuratorate"
    INSTITUTION = "institution"  #: 事业单位
    ENTERPRISE = "enterprise"
    OTHER = "other"


class SuccessionKind(StrEnum):
    RENAMED = "renamed"
    MERGED = "merged"
    SPLIT = "split"


def one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """CHECK that a text column holds a value of the enum, named after the column."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


class Unit(Base):
    """A unit 单位. ``path`` lists the ids from the root down to the unit itself: ``/1/5/``."""

    __tablename__ = "unit"
    __table_args__ = (
        one_of("level", UnitLevel),
        one_of("kind", UnitKind),
        CheckConstraint("effective_to IS NULL OR effective_to >= effective_from", name="span"),
        Index(None, "parent_id"),
        Index(None, "path"),
        Index(None, "pinyin_key", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    short_name: Mapped[str] = mapped_column(String(100))
    level: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(20))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    path: Mapped[str] = mapped_column(String(300))
    pinyin_key: Mapped[str] = mapped_column(String(500))
    effective_from: Mapped[date]
    effective_to: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)


class UnitAlias(Base):
    """Another way of writing a unit: 市府办 for 市人民政府办公室. One writing may stand for several units."""

    __tablename__ = "unit_alias"
    __table_args__ = (UniqueConstraint("unit_id", "alias"), Index(None, "alias"))

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    alias: Mapped[str] = mapped_column(String(200))


class UnitGroup(Base):
    """Units that documents name together: 各县（市、区）人民政府."""

    __tablename__ = "unit_group"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)


class UnitGroupMember(Base):
    __tablename__ = "unit_group_member"
    __table_args__ = (UniqueConstraint("group_id", "unit_id"), Index(None, "unit_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("unit_group.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))


class UnitSuccession(Base):
    """Who answers for a unit that was renamed, merged or split."""

    __tablename__ = "unit_succession"
    __table_args__ = (
        one_of("kind", SuccessionKind),
        UniqueConstraint("from_unit_id", "to_unit_id", "succeeded_on"),
        Index(None, "to_unit_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    from_unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    to_unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    succeeded_on: Mapped[date]
    kind: Mapped[str] = mapped_column(String(20))
    former_name: Mapped[str] = mapped_column(String(200))


class Person(Base):
    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint("language IN ('zh', 'en')", name="language"),
        Index(None, "pinyin_key", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    phone: Mapped[str | None] = mapped_column(String(50))
    email: Mapped[str | None] = mapped_column(String(200))
    pinyin_key: Mapped[str] = mapped_column(String(300))
    language: Mapped[str] = mapped_column(String(5), default="zh")


class Post(Base):
    """A person in a role at a unit, from a day on."""

    __tablename__ = "post"
    __table_args__ = (
        one_of("role", Role),
        CheckConstraint("effective_to IS NULL OR effective_to >= effective_from", name="span"),
        UniqueConstraint("person_id", "unit_id", "role", "effective_from"),
        Index(None, "unit_id", "role"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    role: Mapped[str] = mapped_column(String(20))
    title: Mapped[str | None] = mapped_column(String(100))
    effective_from: Mapped[date]
    effective_to: Mapped[date | None]


class Delegation(Base):
    """While away, a person's business posts also act through another person 委托代办. Not passed on."""

    __tablename__ = "delegation"
    __table_args__ = (
        CheckConstraint("end_on >= start_on", name="span"),
        CheckConstraint("from_person_id <> to_person_id", name="two_people"),
        Index(None, "to_person_id"),
        Index(None, "from_person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    from_person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    to_person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    start_on: Mapped[date]
    end_on: Mapped[date]
