"""Read a hostile file where it can do no harm: in a child process with bounded memory and time.

The readers are pure functions of bytes, but they stand on libraries for PDF, XML and spreadsheets which a
crafted file can send into endless loops or gigabytes. The child gets the bytes on its standard input and answers
in lines of JSON; the parent ends it when its time is over. Plain text is read at once: nothing in it can be crafted.

`python -m engine.plans.bounded_reading NAME` is the child.
"""

import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import orjson

from engine.errors import UnreadableDocument
from engine.plans.parsing import Place, PlanDraft, SourceText, Span, Table, parse_source
from engine.plans.parsing.reading import MAX_BYTES, Progress, read_source
from engine.plans.parsing.reading.kinds import Kind, kind_of

#: Wall clock and processor seconds for one document.
MAX_SECONDS = 120
#: Address space of the child.
MAX_MEMORY = 2 * 2**30
_ROOT = Path(__file__).parents[2]


def read_document(data: bytes, filename: str, progress: Progress | None = None) -> PlanDraft:
    """The reading of any file. `progress(done, total)` counts pages or sheets. Raises `UnreadableDocument`."""
    if len(data) > MAX_BYTES or kind_of(data) is Kind.TEXT:
        return parse_source(read_source(data, filename))
    return parse_source(_read_in_child(data, filename, progress))


def read_file(path: str | Path) -> PlanDraft:
    """The reading of a file on disk. Raises `UnreadableDocument`, OSError."""
    place = Path(path)
    with place.open("rb") as file:
        # One byte beyond the limit is enough for the reading to refuse it.
        return read_document(file.read(MAX_BYTES + 1), place.name)


def _read_in_child(data: bytes, filename: str, progress: Progress | None) -> SourceText:
    answer: dict[str, Any] = {}
    with tempfile.TemporaryFile() as given:
        given.write(data)
        given.seek(0)
        child = subprocess.Popen(  # noqa: S603  our own interpreter and module; the name is one argument
            [sys.executable, "-m", __name__, filename[-200:]], cwd=_ROOT,
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
    if "source" in answer:
        return _unpacked(answer["source"])
    if "code" in answer:
        raise UnreadableDocument(answer["code"], answer["text"], **answer["params"])
    raise UnreadableDocument(
        "plans.reading_failed", "读取文件时超出了时间或者内存限制，请拆分文件，或者另存为 .docx 后再导入"
    )


def _packed(source: SourceText) -> dict[str, Any]:
    return {
        "text": source.text,
        "places": [{"start": place.start, **place.to_dict()} for place in source.places],
        "tables": [
            {"name": t.name, "rows": [[c.to_list() for c in row] for row in t.rows]} for t in source.tables
        ],
        "remarks": source.remarks,
    }


def _unpacked(told: dict[str, Any]) -> SourceText:
    tables = (
        Table(tuple(tuple(Span(*cell) for cell in row) for row in one["rows"]), one["name"])
        for one in told["tables"]
    )
    return SourceText(
        told["text"],
        tuple(Place(**place) for place in told["places"]),
        tuple(tables),
        tuple((code, text) for code, text in told["remarks"]),
    )


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


def _main(filename: str) -> None:
    _limit()
    data = sys.stdin.buffer.read()
    try:
        source = read_source(data, filename, lambda done, total: _say({"done": done, "total": total}))
    except UnreadableDocument as error:
        _say({"code": error.code, "text": error.text, "params": error.params})
    else:
        _say({"source": _packed(source)})


if __name__ == "__main__":
    _main(sys.argv[1])
