"""Rules of the house that a reader could overlook, read off the source."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("engine", "notifications", "webapp")


def sources(*packages: str) -> Iterator[Path]:
    for package in packages:
        yield from sorted(
            path
            for path in (ROOT / package).rglob("*.py")
            if "node_modules" not in path.parts and "versions" not in path.parts
        )


def calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            yield node


def dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def test_only_the_clock_reads_the_clock() -> None:
    readers = re.compile(r"^(datetime\.)*(datetime|date)\.(now|utcnow|today)$|^time\.time$")
    found = {
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in sources(*PACKAGES)
        for call in calls(path)
        if readers.match(dotted(call.func))
    }
    assert {place.partition(":")[0] for place in found} == {"engine/clock.py"}


#: The edges that open and end transactions themselves.
EDGES = {"engine/db.py", "webapp/requests.py"}


def test_no_verb_commits() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in sources(*PACKAGES)
        for call in calls(path)
        if dotted(call.func).endswith("session.commit")
    }
    assert {place.partition(":")[0] for place in found} <= EDGES


def test_the_bare_word_task_names_nothing() -> None:
    """It is a KeyTask, a WorkItem or a UserTask. (Locals are let off: `for task in …` over user tasks reads well.)"""
    found = []
    for path in sources(*PACKAGES):
        for node in ast.walk(ast.parse(path.read_text())):
            name = (
                node.name
                if isinstance(node, ast.ClassDef | ast.FunctionDef)
                else node.id
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id.isupper()
                else None
            )
            if name in {"Task", "Tasks", "task", "tasks", "TASK", "TASKS"}:
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert found == []


@pytest.mark.parametrize("word", ["Manager", "Helper", "Util"])
def test_no_vague_nouns(word: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources(*PACKAGES)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and word in node.name
    ]
    assert found == []


def test_no_module_is_over_long() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in sources(*PACKAGES)
        if (lines := path.read_text().count("\n")) > 400
    }
    assert long == {}


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in sources(*PACKAGES)
        if path.stat().st_size and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


def test_no_page_has_an_inline_script_or_handler() -> None:
    offending = re.compile(
        r"<script(?![^>]*\bsrc=)|\son(click|change|submit|load|input)=|javascript:", re.IGNORECASE
    )
    found = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "webapp/templates").rglob("*.html")
        if offending.search(path.read_text())
    ]
    assert found == []


def test_the_lock_files_name_hashes_and_no_address() -> None:
    for lock in ROOT.glob("requirements*.lock"):
        text = lock.read_text()
        assert "--hash=sha256:" in text
        assert "http" not in text
    assert '"resolved"' not in (ROOT / "webapp/frontend/package-lock.json").read_text()
