"""What a transaction writes waits, and nobody can tell, except by counting statements."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from engine.db import Session, transaction
from engine.organisation.models import Person, Unit, UnitAlias, UnitKind, UnitLevel
from engine.writes import Parameter, concerning

ALIAS: Any = UnitAlias.__table__


def alias(p: Parameter) -> Any:
    return insert(ALIAS).values(unit_id=p("unit_id"), alias=p("alias"))


def renamed(p: Parameter) -> Any:
    return update(ALIAS).where(ALIAS.c.unit_id == p("unit_id")).values(alias=p("alias"))


def unit(name: str) -> Unit:
    return Unit(
        name=name, short_name=name, level=UnitLevel.CITY, kind=UnitKind.DEPARTMENT, path=f"/{name}/",
        pinyin_key=name, effective_from=date(2026, 1, 1),
    )  # fmt: skip


@pytest.fixture
def units(any_db: Engine) -> tuple[Engine, list[int]]:
    with transaction(any_db) as session:
        made = [unit("甲局"), unit("乙局")]
        session.add_all(made)
        session.flush()
        return any_db, [one.id for one in made]


@contextmanager
def statements(db: Engine) -> Iterator[list[str]]:
    seen: list[str] = []
    listener: Callable[..., None] = lambda _c, _cur, sql, *_: seen.append(sql)  # noqa: E731
    event.listen(db, "before_cursor_execute", listener)
    yield seen
    event.remove(db, "before_cursor_execute", listener)
    seen[:] = [sql for sql in seen if not sql.startswith("BEGIN")]


def aliases(db: Engine) -> list[str]:
    with transaction(db, read_only=True) as session:
        return sorted(session.scalars(select(UnitAlias.alias)))


def test_changed_rows_and_waiting_writes_are_one_statement_on_postgresql(
    units: tuple[Engine, list[int]],
) -> None:
    db, (one, two) = units
    with transaction(db) as session:
        first, second = session.get_one(Unit, one), session.get_one(Unit, two)
        with statements(db) as seen:
            first.short_name, second.name = "甲", "新乙局"
            session.later(alias, {"unit_id": one, "alias": "老甲局"})
            session.send()
            session.send()
        assert len(seen) == (
            2 if db.dialect.name == "postgresql" else 3
        )  # two rows of one table never share one
        assert not session.dirty
    with transaction(db) as session:
        assert session.get_one(Unit, one).short_name == "甲"
        assert session.get_one(Unit, two).name == "新乙局"
    assert aliases(db) == ["老甲局"]


def test_whoever_reads_sees_what_waits(units: tuple[Engine, list[int]]) -> None:
    db, (one, _) = units
    with transaction(db) as session:
        session.later(alias, {"unit_id": one, "alias": "老甲局"})
        with statements(db) as seen:
            assert session.scalars(concerning(select(Person), Person)).all() == []
        assert len(seen) == 1, "a read that concerns other tables sends nothing"
        assert session.scalar(concerning(select(UnitAlias.alias), UnitAlias)) == "老甲局"
        session.later(alias, {"unit_id": one, "alias": "更老甲局"})
        assert session.scalar(select(func.count()).select_from(UnitAlias)) == 2


def test_a_read_that_concerns_a_changed_or_new_row_sees_it(units: tuple[Engine, list[int]]) -> None:
    db, (one, _) = units
    with transaction(db) as session:
        session.get_one(Unit, one).name = "新甲局"
        assert session.scalar(concerning(select(Unit.name).where(Unit.id == one), Unit)) == "新甲局"
        session.add(UnitAlias(unit_id=one, alias="老甲局"))
        assert session.scalar(concerning(select(UnitAlias.alias), UnitAlias)) == "老甲局"


def test_writes_of_one_table_keep_their_order(units: tuple[Engine, list[int]]) -> None:
    db, (one, two) = units
    with transaction(db) as session:
        session.later(alias, {"unit_id": one, "alias": "一"})
        session.later(renamed, {"unit_id": one, "alias": "二"})
        session.later(alias, {"unit_id": two, "alias": "三"})
        session.later(alias, {"unit_id": two, "alias": "四"})
        session.later(renamed, {"unit_id": one, "alias": "五"})
    assert aliases(db) == ["三", "五", "四"]


def test_a_change_before_a_waiting_update_of_the_same_row_comes_first(
    units: tuple[Engine, list[int]],
) -> None:
    db, (one, _) = units
    table: Any = Unit.__table__

    def shortened(p: Parameter) -> Any:
        return update(table).where(table.c.id == p("id")).values(short_name=table.c.name)

    with transaction(db) as session:
        row = session.get_one(Unit, one)
        row.name = "新甲局"
        session.later(shortened, {"id": one})
        row.name = "再新甲局"
    with transaction(db) as session:
        row = session.get_one(Unit, one)
        assert (row.name, row.short_name) == ("再新甲局", "新甲局")


def test_many_rows_of_one_kind_are_one_statement_on_postgresql(units: tuple[Engine, list[int]]) -> None:
    db, ids = units
    until = [None, date(2026, 5, 1)]
    with transaction(db) as session:
        rows = session.scalars(select(Unit).where(Unit.id.in_(ids)).order_by(Unit.id)).all()
        for n, row in enumerate(rows):
            row.name, row.kind, row.effective_from = f"新名{n}", UnitKind.COURT, date(2026, 2, n + 1)
            session.later(alias, {"unit_id": row.id, "alias": f"旧名{n}"})
        for id, on in zip(ids, until, strict=True):
            session.later(ended, {"id": id, "on": on})
        with statements(db) as seen:
            session.send()
        if db.dialect.name == "postgresql":
            assert len(seen) == 3
    assert aliases(db) == ["旧名0", "旧名1"]
    with transaction(db, read_only=True) as session:
        columns = Unit.name, Unit.kind, Unit.effective_from, Unit.effective_to
        found = session.execute(select(*columns).where(Unit.id.in_(ids)).order_by(Unit.id))
        assert [tuple(row) for row in found] == [
            (f"新名{n}", UnitKind.COURT, date(2026, 2, n + 1), until[n]) for n in (0, 1)
        ]


def ended(p: Parameter) -> Any:
    table: Any = Unit.__table__
    return update(table).where(table.c.id == p("id")).values(effective_to=p("on"))


def test_a_row_that_many_writes_meet_keeps_the_last(units: tuple[Engine, list[int]]) -> None:
    db, (one, two) = units
    with transaction(db) as session:
        session.later(alias, {"unit_id": one, "alias": "零"})
        session.later(alias, {"unit_id": two, "alias": "零"})
        for name in ("一", "二", "三"):
            session.later(renamed, {"unit_id": one, "alias": name})
            session.later(renamed, {"unit_id": two, "alias": name * 2})
    assert aliases(db) == ["三", "三三"]


def test_what_is_too_long_is_refused_and_not_cut(units: tuple[Engine, list[int]]) -> None:
    db, ids = units

    def write() -> None:
        with transaction(db) as session:
            for id in ids:
                session.later(alias, {"unit_id": id, "alias": "长" * 1000})

    if db.dialect.name == "sqlite":  # keeps texts of any length
        write()
        assert aliases(db) == ["长" * 1000] * 2
    else:
        with pytest.raises(DBAPIError):
            write()


def test_what_waits_goes_with_its_transaction(units: tuple[Engine, list[int]]) -> None:
    db, (one, _) = units
    with Session(db) as session:
        session.later(alias, {"unit_id": one, "alias": "撤回"})
        session.memo["seen"] = 1
        session.rollback()
        assert session.memo == {}
        session.commit()
        session.later(alias, {"unit_id": one, "alias": "丢弃"})
        session.close()
        session.later(alias, {"unit_id": one, "alias": "保留"})
        session.commit()
    assert aliases(db) == ["保留"]


def test_a_savepoint_takes_only_its_own_along(units: tuple[Engine, list[int]]) -> None:
    db, (one, _) = units
    with transaction(db) as session:
        session.later(alias, {"unit_id": one, "alias": "之前"})
        nested = session.begin_nested()
        session.later(alias, {"unit_id": one, "alias": "其中"})
        nested.rollback()
        with session.begin_nested():
            session.later(alias, {"unit_id": one, "alias": "之后"})
    assert aliases(db) == ["之前", "之后"]


def test_what_is_finished_at_the_end_sees_all_its_items_once(units: tuple[Engine, list[int]]) -> None:
    db, (one, _) = units
    seen: list[list[str]] = []

    def finish(session: Session, names: list[str]) -> None:
        seen.append(names)
        for name in names:
            session.later(alias, {"unit_id": one, "alias": name})

    with transaction(db) as session:
        session.at_end(finish, "一", model=UnitAlias)
        session.at_end(finish, "二", model=UnitAlias)
        assert session.scalars(concerning(select(Person), Person)).all() == []
        assert seen == []
        assert len(session.scalars(concerning(select(UnitAlias), UnitAlias)).all()) == 2
    assert seen == [["一", "二"]]
    assert aliases(db) == ["一", "二"]


def test_a_change_by_an_sql_expression_is_left_to_the_orm(units: tuple[Engine, list[int]]) -> None:
    db, (one, _) = units
    with transaction(db) as session:
        row = session.get_one(Unit, one)
        row.short_name = func.upper("abc")
        row.name = "新甲局"
    with transaction(db) as session:
        row = session.get_one(Unit, one)
        assert (row.short_name, row.name) == ("ABC", "新甲局")
