"""A large document is read in the background; a crafted one does no harm."""

import io
import os
import signal
from pathlib import Path

import orjson
import pytest
from docx import Document

from engine import files, queue
from engine.context import Role
from engine.errors import NotFound, UnreadableDocument
from engine.files import File
from engine.plans import bounded_reading, readings
from engine.plans.models import Plan, PlanReading
from engine.plans.parsing import parse_text
from engine.plans.parsing.packed import pack, unpack
from tests.engine.plans.sample import TEXT, Town
from tests.factories import make_person


def _docx(text: str = TEXT) -> bytes:
    paper = Document()
    for line in text.split("\n"):
        paper.add_paragraph(line)
    out = io.BytesIO()
    paper.save(out)
    return out.getvalue()


def _begin(town: Town, data: bytes, name: str = "方案.docx") -> PlanReading:
    staged = files.stage(
        town.db, town.settings, town.clock, io.BytesIO(data), name=name, staged_by=town.officer
    )
    return town.do(readings.begin, staged.id)


def _drain(town: Town) -> None:
    while queue.work_one(town.db, town.clock, town.settings):
        pass


def test_the_office_gets_the_draft_as_if_it_had_waited(town: Town) -> None:
    reading = _begin(town, _docx())
    assert town.all(Plan) == []
    _drain(town)
    (plan,) = town.all(Plan)
    assert (plan.title, plan.created_by_name, plan.file_id) == (
        "云川市优化营商环境专项行动方案", "周敏", reading.file_id,
    )  # fmt: skip
    assert town.do(readings.find, reading.id).plan_id == plan.id
    assert town.do(readings.unfinished) == []


def test_what_cannot_be_read_says_why_and_lets_the_file_go(town: Town) -> None:
    reading = _begin(town, _docx("今天天气很好。"))
    _drain(town)
    found = town.do(readings.find, reading.id)
    assert (found.state, found.error and found.error["code"]) == ("failed", "plans.no_key_tasks")
    assert [one.id for one in town.do(readings.unfinished)] == [reading.id]
    (file,) = town.all(File)
    assert file.use_count == 0
    assert town.all(Plan) == []


def test_nobody_else_sees_it(town: Town) -> None:
    reading = _begin(town, _docx())
    with pytest.raises(NotFound):
        town.act(readings.find, reading.id, by=town.act(make_person, town.units["市司法局"], Role.OFFICER))


def test_its_pages_are_counted_while_it_is_read(town: Town) -> None:
    seen: list[tuple[int, int] | None] = []
    reading = _begin(town, _docx())

    def look(db, clock, settings, payload, tell):  # type: ignore[no-untyped-def]
        tell(3, 12)
        seen.append(town.read(lambda session: readings.steps(session, reading)))
        return before(db, clock, settings, payload, tell)

    before = queue._before[readings.TOPIC]
    queue._before[readings.TOPIC] = look
    try:
        _drain(town)
    finally:
        queue._before[readings.TOPIC] = before
    assert seen == [(3, 12)]
    assert len(town.all(Plan)) == 1


def test_a_worker_that_dies_while_reading_is_replaced(town: Town) -> None:
    _begin(town, _docx())
    claim = queue._claim(town.db, town.clock)
    assert claim is not None
    town.clock.move(minutes=10)
    _drain(town)
    assert len(town.all(Plan)) == 1
    # The first worker wakes up again: the item is no longer its own.
    prepared = queue._prepare(town.db, town.clock, town.settings, claim)
    queue._run(town.db, town.clock, town.settings, claim, prepared)
    assert len(town.all(Plan)) == 1


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGSEGV], ids=["killed", "crashed"])
def test_a_child_that_dies_is_one_clear_sentence(
    monkeypatch: pytest.MonkeyPatch, sent: signal.Signals
) -> None:
    started: list[int] = []
    real = bounded_reading.subprocess.Popen

    def popen(*args, **values):  # type: ignore[no-untyped-def]
        child = real(*args, **values)
        started.append(child.pid)
        os.kill(child.pid, sent)
        return child

    monkeypatch.setattr(bounded_reading.subprocess, "Popen", popen)
    with pytest.raises(UnreadableDocument, match="时间或者内存"):
        bounded_reading.read_document(_docx(), "方案.docx")
    assert len(started) == 1


def test_a_child_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The parent's clock ends it, whatever the library is busy with."""
    (tmp_path / "endless.py").write_text("while True: pass")
    monkeypatch.setattr(bounded_reading, "MAX_SECONDS", 0.2)
    monkeypatch.setattr(bounded_reading, "_ROOT", tmp_path)
    monkeypatch.setattr(bounded_reading, "__name__", "endless")
    with pytest.raises(UnreadableDocument, match="时间或者内存"):
        bounded_reading.read_document(_docx(), "方案.docx")


def test_the_child_has_bounded_memory() -> None:
    code = "from engine.plans import bounded_reading as b; b.MAX_MEMORY = 256 * 2**20; b._limit(); bytearray(512 * 2**20)"
    child = bounded_reading.subprocess.run(
        [bounded_reading.sys.executable, "-c", code],
        cwd=bounded_reading._ROOT,
        capture_output=True,
        check=False,
    )
    assert child.returncode != 0
    assert b"MemoryError" in child.stderr


def test_a_long_text_is_read_by_the_child_to_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stages are busy with it for seconds, in which nobody else would be served."""
    monkeypatch.setattr(bounded_reading, "AT_ONCE", 10)
    monkeypatch.setattr(bounded_reading, "parse_text", None)
    assert bounded_reading.read_text(TEXT) == parse_text(TEXT)
    assert bounded_reading.read_document(TEXT.encode("gb18030"), "方案.txt") == parse_text(TEXT)


def test_every_sample_is_handed_over_whole() -> None:
    for place in sorted((Path(__file__).parent / "samples").glob("*.txt")):
        draft = parse_text(place.read_text("utf-8"))
        assert unpack(orjson.loads(orjson.dumps(pack(draft)))) == draft, place.name


def test_a_pasted_text_has_the_same_bound_as_a_file() -> None:
    with pytest.raises(UnreadableDocument) as refused:
        bounded_reading.read_text("一" * 2_000_001)
    assert refused.value.code == "plans.text_too_long"


@pytest.mark.parametrize("limit", ["MAX_KEY_TASKS", "MAX_FINDINGS"])
def test_more_than_can_be_stored_and_shown_is_refused(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    bounded_reading.read_text(TEXT)
    monkeypatch.setattr(bounded_reading, limit, 3)
    with pytest.raises(UnreadableDocument) as refused:
        bounded_reading.read_text(TEXT)
    assert refused.value.code == "plans.too_many_found"


def test_no_more_children_at_a_time_than_there_is_memory_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_reading, "PATIENCE", 0)
    taken = [bounded_reading._places.acquire(blocking=False) for _ in range(bounded_reading.MAX_CHILDREN)]
    try:
        with pytest.raises(UnreadableDocument) as refused:
            bounded_reading.read_document(_docx(), "方案.docx")
    finally:
        for _ in filter(None, taken):
            bounded_reading._places.release()
    assert refused.value.code == "plans.reading_busy"
    assert bounded_reading.read_document(_docx(), "方案.docx").key_tasks


@pytest.mark.parametrize(
    "name", ["方案\0.docx", "../../etc/passwd", '"; rm -rf /', "长" * 10_000, "-c", "\u202ecod.exe"]
)
def test_no_name_keeps_a_file_from_being_read(name: str) -> None:
    assert bounded_reading.read_document(_docx(), name).key_tasks
