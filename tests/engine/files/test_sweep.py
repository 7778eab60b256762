"""The sweep removes what nobody will use, and only that."""

import io
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from engine import audit, files
from engine.clock import FixedClock
from engine.context import Actor, Context, Role
from engine.db import transaction
from engine.errors import StorageFailed
from engine.files import File, StagedFile, Swept
from engine.settings import Settings

CLERK = Actor("周凯", 11, frozenset({(1, Role.REPORTER)}))
PDF = b"%PDF-1.7\n1 0 obj\n"


class House:
    """One store and one database, with the verbs at hand."""

    def __init__(self, db: Engine, clock: FixedClock, settings: Settings) -> None:
        self.db, self.clock, self.settings = db, clock, settings

    def stage(self, data: bytes = PDF) -> StagedFile:
        return files.stage(
            self.db, self.settings, self.clock, io.BytesIO(data), name="a.pdf", staged_by=CLERK
        )

    def take_in(self, id: int, *, fail: bool = False) -> None:
        with transaction(self.db) as session:
            files.take_in(Context(session, CLERK, self.clock, self.settings), [id])
            if fail:
                raise ZeroDivisionError

    def release(self, id: int) -> None:
        with transaction(self.db) as session:
            files.release(Context(session, CLERK, self.clock, self.settings), id)

    def sweep(self) -> Swept:
        with transaction(self.db) as session:
            return files.sweep_orphans(
                Context(session, Actor.system("file sweep"), self.clock, self.settings)
            )

    def states(self) -> list[str]:
        with transaction(self.db) as session:
            return list(session.scalars(select(File.state).order_by(File.id)))

    def stored(self) -> set[str]:
        root = Path(self.settings.file_store)
        return {p.relative_to(root).parts[0] for p in root.rglob("*") if p.is_file()}


@pytest.fixture
def house(any_db: Engine, clock: FixedClock, settings: Settings) -> House:
    return House(any_db, clock, settings)


def test_an_upload_that_nobody_took_in_goes_after_a_day(house: House) -> None:
    house.stage()
    house.clock.move(hours=23)
    assert house.sweep() == Swept()
    house.clock.move(hours=2)
    assert house.sweep() == Swept(removed=1)
    assert (house.states(), house.stored()) == ([], set())


def test_bytes_kept_by_a_verb_that_rolled_back_go_with_their_row(house: House) -> None:
    staged = house.stage()
    with pytest.raises(ZeroDivisionError):
        house.take_in(staged.id, fail=True)
    assert house.stored() == {"kept"}
    house.clock.move(hours=25)
    assert house.sweep() == Swept(removed=1)
    assert house.stored() == set()


def test_a_forgotten_upload_does_not_take_kept_bytes_of_equal_content_along(house: House) -> None:
    kept, _forgotten = house.stage(), house.stage()
    house.take_in(kept.id)
    house.clock.move(hours=25)
    assert house.sweep() == Swept(removed=1)
    assert (house.states(), house.stored()) == (["kept"], {"kept"})


def test_released_files_are_erased_after_their_grace_and_the_act_is_recorded(house: House) -> None:
    staged = house.stage()
    house.take_in(staged.id)
    house.release(staged.id)
    house.clock.move(days=29)
    assert house.sweep() == Swept()
    house.clock.move(days=2)
    assert house.sweep() == Swept(erased=1)
    assert (house.states(), house.stored()) == (["erased"], set())
    with transaction(house.db) as session:
        assert [e.action for e in audit.history(session, "files")] == ["file.erased"]


def test_bytes_without_a_row_go_when_they_are_old(house: House) -> None:
    staged = house.stage()
    house.take_in(staged.id)
    staging = house.settings.staging_dir
    began = int(house.clock.now().timestamp())
    (staging / f"{began}-killed.part").write_bytes(b"half")
    (staging / f"{began}-killed").write_bytes(b"whole")
    (staging / "readme").write_bytes(b"not ours")
    assert house.sweep() == Swept()
    house.clock.move(hours=25)
    assert house.sweep() == Swept(leftovers=2)
    assert {p.name for p in staging.iterdir()} == {"readme"}


def test_missing_bytes_are_reported_each_time_and_recorded_once(house: House) -> None:
    staged = house.stage()
    house.take_in(staged.id)
    (Path(house.settings.file_store) / "kept" / staged.sha256).unlink()
    assert house.sweep().missing == [staged.id]
    assert house.sweep().missing == [staged.id]
    with transaction(house.db) as session:
        assert [e.action for e in audit.history(session, "files")] == ["file.bytes_missed"]


def test_the_same_content_handed_in_again_repairs_missing_bytes(house: House) -> None:
    staged = house.stage()
    house.take_in(staged.id)
    path = Path(house.settings.file_store) / "kept" / staged.sha256
    path.unlink()
    house.take_in(house.stage().id)
    assert path.read_bytes() == PDF
    assert house.sweep().missing == []


def test_taking_in_an_upload_whose_bytes_are_gone_fails(house: House) -> None:
    staged = house.stage()
    for path in house.settings.staging_dir.iterdir():
        path.unlink()
    with pytest.raises(StorageFailed, match="重新上传"):
        house.take_in(staged.id)
    assert house.states() == ["staged"]
