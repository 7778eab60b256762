"""Read a hostile document where it can do no harm: in a child process with bounded memory and time.

The readers are pure functions of bytes, but they stand on libraries for PDF, XML and spreadsheets which a
crafted file can send into endless loops or gigabytes; and a long text keeps the stages busy for many seconds, in
which nobody else would be served. The child gets the bytes on its standard input and answers in lines of JSON;
the parent ends it when its time is over. A short text is read at once: nothing in it can be crafted.

`python -m engine.plans.bounded_reading file|pasted NAME` is the child.
"""

import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import orjson

from engine.errors import UnreadableDocument
from engine.plans.parsing import PlanDraft, parse_source, parse_text
from engine.plans.parsing.packed import pack, unpack
from engine.plans.parsing.reading import MAX_BYTES, Progress, check_length, read_source
from engine.plans.parsing.reading.kinds import Kind, kind_of

#: Wall clock and processor seconds for one document.
MAX_SECONDS = 120
#: Address space of the child.
MAX_MEMORY = 2 * 2**30
#: Texts up to this length (characters or bytes) are read without a child.
AT_ONCE = 50_000
#: Far more than any plan holds: what is stored and shown at once. Key tasks; and their units, limits, figures and
#: faults together with everything that is proposed.
MAX_KEY_TASKS, MAX_FINDINGS = 3_000, 40_000
#: Children at a time, and how long (s) somebody who waits for the answer waits for a place.
MAX_CHILDREN, PATIENCE = 2, 10
_places = threading.BoundedSemaphore(MAX_CHILDREN)
_ROOT = Path(__file__).parents[2]


def read_document(data: bytes, filename: str, progress: Progress | None = None) -> PlanDraft:
    """The reading of any file. `progress(done, total)` counts pages or sheets; with it, nobody waits for the answer.

    Raises `UnreadableDocument`.
    """
    name = "".join(c if c.isprintable() else "_" for c in filename)[-200:]
    if len(data) > MAX_BYTES or (kind_of(data) is Kind.TEXT and len(data) <= AT_ONCE):
        return _bounded(parse_source(read_source(data, name)))
    return _read_in_child(data, "file", name, progress)


def read_text(text: str) -> PlanDraft:
    """The reading of a pasted text. Raises `UnreadableDocument`."""
    check_length(text)
    if len(text) <= AT_ONCE:
        return _bounded(parse_text(text))
    return _read_in_child(text.encode(), "pasted", "", None)


def read_file(path: str | Path) -> PlanDraft:
    """The reading of a file on disk. Raises `UnreadableDocument`, OSError."""
    place = Path(path)
    with place.open("rb") as file:
        # One byte beyond the limit is enough for the reading to refuse it.
        return read_document(file.read(MAX_BYTES + 1), place.name)


def _bounded(draft: PlanDraft) -> PlanDraft:
    """The draft, if it can be stored and looked at; a document of one word repeated can yield a million findings."""
    found = len(draft.indicators) + len(draft.cadences) + len(draft.campaigns) + len(draft.duties)
    found += sum(
        len(one)
        for t in draft.key_tasks
        for one in (t.lead_units, t.responsible_units, t.cooperating_units, t.supervising_units, t.deadlines,
                    t.indicators, t.defects)
    )  # fmt: skip
    if len(draft.key_tasks) > MAX_KEY_TASKS or found > MAX_FINDINGS:
        raise UnreadableDocument(
            "plans.too_many_found", "文件中的任务、单位和指标过多（任务不得超过{max}项），请拆分后再导入",
            max=MAX_KEY_TASKS,
        )  # fmt: skip
    return draft


def _read_in_child(data: bytes, mode: str, filename: str, progress: Progress | None) -> PlanDraft:
    if not _places.acquire(timeout=PATIENCE if progress is None else MAX_SECONDS):
        raise UnreadableDocument("plans.reading_busy", "正在读取的文件较多，请稍后再试")
    try:
        answer = _asked(data, mode, filename, progress)
    finally:
        _places.release()
    if "draft" in answer:
        return unpack(answer["draft"])
    if "code" in answer:
        raise UnreadableDocument(answer["code"], answer["text"], **answer["params"])
    raise UnreadableDocument(
        "plans.reading_failed", "读取文件时超出了时间或者内存限制，请拆分文件，或者另存为 .docx 后再导入"
    )


def _asked(data: bytes, mode: str, filename: str, progress: Progress | None) -> dict[str, Any]:
    """What the child answers; nothing when it did not come to an end."""
    answer: dict[str, Any] = {}
    with tempfile.TemporaryFile() as given:
        given.write(data)
        given.seek(0)
        child = subprocess.Popen(  # noqa: S603  our own interpreter and module; the name is one argument
            [sys.executable, "-m", __name__, mode, filename], cwd=_ROOT,
            stdin=given, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    too_late = threading.Timer(MAX_SECONDS, child.kill)
    too_late.start()
    assert child.stdout is not None
    try:
        for line in child.stdout:
            if not line.endswith(b"\n"):
                break  # it died in the middle of a line
            told = orjson.loads(line)
            if "done" not in told:
                answer = told
            elif progress is not None:
                progress(told["done"], told["total"])
    finally:
        too_late.cancel()
        child.kill()
        child.stdout.close()
        child.wait()
    return answer


def _limit() -> None:
    """What the child may use. Where the system has no such limits, the parent's clock alone holds it."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _say(told: dict[str, Any]) -> None:
    sys.stdout.buffer.write(orjson.dumps(told) + b"\n")
    sys.stdout.buffer.flush()


def _main(mode: str, filename: str) -> None:
    _limit()
    data = sys.stdin.buffer.read()
    try:
        if mode == "pasted":
            draft = _bounded(parse_text(data.decode()))
        else:
            tell = lambda done, total: _say({"done": done, "total": total})  # noqa: E731
            draft = _bounded(parse_source(read_source(data, filename, tell)))
    except UnreadableDocument as error:
        _say({"code": error.code, "text": error.text, "params": error.params})
    else:
        _say({"draft": pack(draft)})


if __name__ == "__main__":
    _main(*sys.argv[1:])
