"""The command line, as it is called: exit statuses, what goes to which stream, a server that ends cleanly."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from engine import working_days
from engine.clock import SystemClock
from engine.context import Actor, Context
from engine.db import make_engine, transaction
from engine.settings import Settings
from engine.working_days import CalendarDayFact, Change
from tests import factories
from webapp import cli

SEED = Path(__file__).parents[3] / "shared/seeds/000_93ee51aa5674856c.txt"
TRUTH = Path(__file__).parents[3] / "shared/truth/working_days.json"


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Environment of an installation with an empty folder."""
    given = {
        "DUBAN_DATABASE_URL": f"sqlite:///{tmp_path}/data/duban.db",
        "DUBAN_FILE_STORE": str(tmp_path / "files"),
        "DUBAN_SEAL_KEY": str(tmp_path / "seal.pem"),
        "DUBAN_SEAL_LOG": str(tmp_path / "seals.jsonl"),
        "DUBAN_SECRET_KEY": "only-for-tests",
        "DUBAN_DEMO": "0",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return given


@pytest.mark.parametrize("words", [["--help"], ["serve", "--help"], ["plan", "parse", "--help"]])
def test_help_teaches(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(words)
    assert left.value.code == 0
    assert len(capsys.readouterr().out.splitlines()) > 5


def test_wrong_use_is_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["plan", "read"])
    assert left.value.code == 2


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"", "空"), (b"\x80\x80\xff\xfe\x80" * 50, "编码"), (None, "No such file")],
)
def test_an_unreadable_plan_is_status_2_and_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, says: str
) -> None:
    path = tmp_path / "plan.txt"
    if content is not None:
        path.write_bytes(content)
    assert cli.main(["plan", "parse", str(path), "--json"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.strip().splitlines()) == 1
    assert says in told.err


def test_parsing_prints_one_json_object(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    if not SEED.exists():
        pytest.skip("the seed documents are not beside this repository")
    assert cli.main(["plan", "parse", str(SEED), "--json"]) == 0
    plan = json.loads(capfdbinary.readouterr().out)
    assert [task["number"] for task in plan["tasks"]] == list(range(1, 21))


@pytest.mark.parametrize(
    ("words", "due"),
    [
        (["2026-02-12", "7"], "2026-02-28"),
        (["2026-04-30", "5"], "2026-05-11"),
        (["2026-09-28", "5", "--calendar-days"], "2026-10-08"),
    ],
)
def test_counting_days_without_a_database(
    installation: dict[str, str], capsys: pytest.CaptureFixture[str], words: list[str], due: str
) -> None:
    assert cli.main(["workdays", *words]) == 0
    assert capsys.readouterr().out == f"{due}\n"
    assert cli.main(["workdays", *words, "--explain"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(words[0])
    assert lines[-1] == due


def test_a_year_without_notice_is_provisional(
    installation: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main(["workdays", "2032-03-01", "3"])
    assert "provisional" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        cli.main(["workdays", "2026-9-28", "7"])
    assert "no day such as 2026-09-24: '2026-9-28'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "terminal", "told"),
    [
        ([], {"LANG": "zh_CN.UTF-8"}, "2026-10-10 + 调休上班（国庆节）"),
        ([], {"LANG": "C.UTF-8"}, "2026-10-10 + 调休上班（国庆节）"),
        ([], {"LANG": "en_GB.UTF-8"}, "2026-10-10 + Make-up working day (National Day)"),
        ([], {"LC_ALL": "zh_CN", "LANG": "en_GB.UTF-8"}, "2026-10-10 + 调休上班（国庆节）"),
        (["--lang", "en"], {"LANG": "zh_CN.UTF-8"}, "2026-10-10 + Make-up working day (National Day)"),
        (["--lang", "zh"], {"LANG": "en_GB.UTF-8"}, "2026-10-10 + 调休上班（国庆节）"),
    ],
)
def test_each_day_in_the_language_of_the_terminal(
    installation: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    more: list[str],
    terminal: dict[str, str],
    told: str,
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in terminal.items():
        monkeypatch.setenv(name, value)
    assert cli.main(["workdays", "2026-09-28", "7", "--explain", *more]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert told in lines
    assert lines[-1] == "2026-10-13"


def test_days_by_the_calendar_of_a_unit(
    installation: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["workdays", "2026-04-10", "1", "--explain", "--lang", "zh"]
    assert cli.main([*words, "--unit", "景颇州"]) == 1
    assert "没有可用的数据库" in capsys.readouterr().err
    cli.main(["migrate"])
    settings = Settings.from_env()
    with transaction(make_engine(settings.database_url)) as session:
        ctx = Context(session, Actor.system("test"), SystemClock(), settings)
        above = factories.make_unit(ctx, "景颇州人民政府", short_name="景颇州")
        factories.make_unit(ctx, "景颇州司法局", parent=above)
        off = {date(2026, 4, 13): CalendarDayFact(False, "泼水节", True)}
        change = Change(2026, off, "州政府通知", unit_id=above.id)
        working_days.change(ctx, change, expected=working_days.in_force(session))
    capsys.readouterr()
    assert cli.main([*words, "--unit", "景颇州司法局"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "2026-04-13   地方规定放假（泼水节，州政府通知）" in lines
    assert lines[-1] == "2026-04-14"
    assert cli.main(words) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "2026-04-13"
    assert cli.main([*words, "--unit", "某局"]) == 1
    assert "没有找到唯一的单位“某局”" in capsys.readouterr().err


def test_all_checked_answers(installation: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    if not TRUTH.exists():
        pytest.skip("the checked answers are not beside this repository")
    for case in json.loads(TRUTH.read_text("utf-8"))["cases"]:
        more = ["--calendar-days"] if case["kind"] == "calendar_days" else []
        cli.main(["workdays", case["start"], str(case["n"]), *more])
        assert capsys.readouterr().out.split()[0] == case["due"], case


def test_a_new_installation(installation: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["migrate"]) == 0
    assert cli.main(["migrate"]) == 0
    capsys.readouterr()
    create = ["accounts", "create", "wang.fang", "--name", "王芳", "--unit", "云川市政务督查办公室"]
    assert cli.main([*create, "--role", "system_admin"]) == 0
    login, password = capsys.readouterr().out.split()
    assert login == "wang.fang"
    assert len(password) >= 16
    assert cli.main([*create, "--role", "system_admin"]) == 1
    assert "登录名已被使用过" in capsys.readouterr().err
    assert cli.main(["audit", "verify"]) == 0


def test_separated_roles_are_refused_whole(
    installation: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main(["migrate"])
    create = ["accounts", "create", "wang", "--name", "王芳", "--unit", "云川市政务督查办公室"]
    assert cli.main([*create, "--role", "system_admin", "--role", "audit_admin"]) == 1
    assert cli.main([*create, "--role", "system_admin"]) == 0


def test_a_server_needs_a_current_database(
    installation: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    Path(installation["DUBAN_DATABASE_URL"].removeprefix("sqlite:///")).parent.mkdir()
    assert cli.main(["serve", "--port", "0"]) == 1
    assert "duban migrate" in capsys.readouterr().err


def test_a_server_without_a_secret_does_not_start(
    installation: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DUBAN_SECRET_KEY")
    assert cli.main(["serve"]) == 1
    assert "DUBAN_SECRET_KEY" in capsys.readouterr().err


@contextmanager
def started(words: list[str], environment: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    """A command in a process of its own, which is ended and reaped whatever happens."""
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "webapp.cli", *words],
        env={**os.environ, **environment, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("command", ["serve", "scheduler"])
def test_sigterm_ends_cleanly(installation: dict[str, str], command: str) -> None:
    cli.main(["migrate"])
    with started([command, *(["--port", "0"] if command == "serve" else [])], installation) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first.startswith("Duban:"), process.communicate()[1]
        if command == "serve":
            with urllib.request.urlopen(first.split()[1] + "healthz") as answer:
                assert json.load(answer) == {"status": "ok"}
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Traceback" not in told
