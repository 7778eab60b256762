"""`duban serve` and `duban scheduler` as processes of their own, to be stopped and to be killed."""

import os
import signal
import socket
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from engine.settings import Settings
from webapp import schema

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def mark_current(db: Engine) -> None:
    """Say that a database made from the models stands where the migrations end, as `duban serve` demands."""
    scripts = ScriptDirectory(str(schema.MIGRATIONS))
    with db.begin() as connection:
        MigrationContext.configure(connection).stamp(scripts, "head")


class Program:
    """One command. What it logs is gathered in ``log`` through all its lives."""

    def __init__(self, settings: Settings, log: Path, *words: str) -> None:
        self.words, self.log = words, log
        self._environment = {
            **os.environ,
            **{f"DUBAN_{one.name.upper()}": str(getattr(settings, one.name)) for one in fields(settings)},
            "PYTHONUNBUFFERED": "1",
        }
        self._process: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def begin(self) -> None:
        """Start it; `wait_until_up` tells when it works."""
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "webapp.cli", *self.words],
                cwd=ROOT, env=self._environment, stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip

    def wait_until_up(self) -> str:
        """The line with which it says so."""
        line = self.read_line()
        assert line.startswith("Duban:"), self.log.read_text()[-2000:]
        return line

    def start(self) -> "Program":
        self.begin()
        self.wait_until_up()
        return self

    def read_line(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def tell_to_stop(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        """Its exit status."""
        assert self._process is not None
        status = self._process.wait(timeout=90)
        self._close()
        return status

    def stop(self) -> int:
        self.tell_to_stop()
        return self.wait()

    def kill(self) -> None:
        """SIGKILL: no time to tidy anything up. Nothing happens when it has ended."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        self._close()

    def _close(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process = None

    def errors(self) -> list[str]:
        """Lines of the log that should not be there."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line for line in lines if " ERROR " in line or "Traceback" in line or " CRITICAL " in line]
