"""Making the demo's data and finding them again: one folder, thrown away and made anew each day.

A database that was given by DUBAN_DATABASE_URL is never thrown away: it is filled when it is empty, else served as
it stands.
"""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

from sqlalchemy import Engine, event, select

import engine
from engine import working_days
from engine.clock import Clock, FixedClock, SystemClock, local_date, start_of_day
from engine.context import Context
from engine.db import make_engine, transaction
from engine.organisation.models import Unit
from engine.settings import Settings
from webapp import schema
from webapp.demo import city, history
from webapp.demo.acting import SYSTEM, Edge, quiet

FOLDER = Path("var/demo")
_MARK = "made.json"


def settings(env: Mapping[str, str] = os.environ) -> Settings:
    """The environment's settings, with everything that it leaves open in the demo's own folder."""
    own = {
        "database_url": f"sqlite:///{FOLDER / 'duban.db'}",
        "file_store": str(FOLDER / "files"),
        "seal_key": str(FOLDER / "seal.pem"),
        "seal_log": str(FOLDER / "seals.jsonl"),
        "organisation_name": "青岚市督办平台",
    }
    left_open = {name: value for name, value in own.items() if f"DUBAN_{name.upper()}" not in env}
    return replace(Settings.from_env(env), demo=True, **left_open)  # type: ignore[arg-type]


def prepare(
    settings: Settings, say: Callable[[str], object], *, fresh: bool = False, clock: Clock | None = None
) -> None:
    """Have the demo's data there: those of today and of this version are kept, others are made anew.

    ``say`` is told what goes on, for whoever waits.
    """
    clock = clock or SystemClock()
    mark = {"version": _version(), "day": local_date(clock.now()).isoformat()}
    if settings.database_url == f"sqlite:///{FOLDER / 'duban.db'}":
        if not fresh and _read_mark() == mark:
            return
        if FOLDER.exists():
            say("演示数据重新生成，以前录入的内容将清除。")
            shutil.rmtree(FOLDER)
    began = time.monotonic()
    say("正在生成演示数据，约需半分钟……")
    if build(settings, clock):
        say(f"演示数据已生成，用时 {time.monotonic() - began:.0f} 秒。")
    else:
        say("数据库中已有数据，直接使用。")
    if FOLDER.exists():
        (FOLDER / _MARK).write_text(json.dumps(mark))


def build(settings: Settings, clock: Clock) -> bool:
    """Schema, city and history in the settings' database; False when it holds units already."""
    db = make_engine(settings.database_url)
    if db.dialect.name == "sqlite":
        _hurry(db)
    try:
        schema.migrate(db, clock, settings)
        with transaction(db, read_only=True) as session:
            if session.scalar(select(Unit.id).limit(1)) is not None:
                return False
            calendar = working_days.load(session)
        now = clock.now()
        since = date(local_date(now).year - 1, 1, 1)
        edge = Edge(db, FixedClock(start_of_day(since)), settings, calendar, now)
        with transaction(db) as session:
            founded = city.found(Context(session, SYSTEM, edge.clock, settings), since)
        quiet(partial(history.live, edge, founded))
        return True
    finally:
        db.dispose()


def announcement(address: str) -> str:
    """Where it is, and who may come in."""
    names = {login: name for unit in city.UNITS for login, name, _, _ in unit.people}
    names[city.LEADER[0]] = city.LEADER[1]
    return "\n".join(
        [
            f"演示环境：{address}",
            f"在登录页点选人员即可进入；也可以输入登录名，密码统一为 {city.PASSWORD}",
            *(f"  {login:<16}{names[login]}  {what}" for login, what in city.PERSONAS),
        ]
    )


def _hurry(db: Engine) -> None:
    """What is made can be made again: no waiting for the disk."""

    @event.listens_for(db, "connect")
    def _connect(dbapi: object, _record: object) -> None:
        dbapi.execute("PRAGMA synchronous=OFF")  # type: ignore[attr-defined]


def _read_mark() -> object:
    try:
        return json.loads((FOLDER / _MARK).read_text())
    except (OSError, ValueError):
        return None


def _version() -> str:
    """Of what the data depend on: the schema's history, the diagrams, and the story itself."""
    digest = hashlib.sha256()
    house = Path(engine.__file__).parent.parent
    roots = [schema.MIGRATIONS, house / "bpmn", Path(__file__).parent]
    found = [path for root in roots for path in root.rglob("*") if path.suffix in {".py", ".txt", ".bpmn"}]
    for path in sorted(found):
        digest.update(path.read_bytes())
    return digest.hexdigest()
