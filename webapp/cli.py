"""The command line: `duban --help`. One function a command; what it prints is for people or for pipes."""

import argparse
import getpass
import json
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from types import FrameType
from typing import Any

from engine.clock import SystemClock, local_date
from engine.context import Actor, Context, Role
from engine.db import Session, make_engine, transaction
from engine.errors import DubanError, NotFound
from engine.settings import Settings
from engine.texts import LANGUAGES, gettext

Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 done, 1 refused or a fault was found, 2 wrong use or an unreadable file."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for chatty in ("alembic", "apscheduler"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    given = _parser().parse_args(arguments)
    try:
        return given.command(given)  # type: ignore[no-any-return]
    except DubanError as error:
        print(f"duban: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="duban",
        description="Duban 督办: from a published plan to closed work items, with proof.",
        epilog="Settings are read from the environment, DUBAN_DATABASE_URL and so on; see docs/. "
        "A new installation: duban migrate, duban accounts create, duban serve.",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def add(where: Any, name: str, run: Command, text: str, more: str = "") -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = where.add_parser(
            name, help=text, description=f"{text} {more}".strip()
        )
        made.set_defaults(command=run)
        return made

    def group(name: str, text: str) -> Any:
        return commands.add_parser(name, help=text, description=text).add_subparsers(
            metavar="COMMAND", required=True
        )

    serve = add(commands, "serve", _serve, "Answer requests, tick, and work the queue.")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    serve.add_argument("--port", type=int, default=8000, help="(default: %(default)s)")
    serve.add_argument("--threads", type=int, default=16, help="requests at a time (default: %(default)s)")
    serve.add_argument(
        "--no-scheduler", action="store_true", help="leave ticking and the queue to `duban scheduler`"
    )

    scheduler = add(
        commands, "scheduler", _scheduler, "Tick and work the queue in a process of its own.",
        "Any number may run beside each other: every effect happens once.",
    )  # fmt: skip
    scheduler.add_argument("--workers", type=int, default=2, help="queue threads (default: %(default)s)")

    add(commands, "migrate", _migrate, "Bring schema, calendar, ladders and diagrams up to date.",
        "Safe to repeat.")  # fmt: skip

    parse = add(
        group("plan", "Plan documents."), "parse", _plan_parse,
        "Read a plan document, print what was understood.",
        "Needs no database. Exit status 2 when the file cannot be read; 0 with no tasks when it holds none.",
    )  # fmt: skip
    parse.add_argument("file", help="a text in UTF-8 or GB18030, or a .docx")
    parse.add_argument("--json", action="store_true", help="one JSON object on standard output")

    days = add(
        commands, "workdays", _workdays, "When a limit of N days ends.",
        "The day of START is not counted. Uses the calendar of the database where there is one, "
        "else the published holiday notices.",
    )  # fmt: skip
    days.add_argument("start", type=_day, metavar="START", help="2026-09-24")
    days.add_argument("n", type=int, metavar="N")
    days.add_argument(
        "--calendar-days", action="store_true", help="count all days; the last rolls to a working day"
    )
    days.add_argument("--explain", action="store_true", help="print each day and why it was counted or not")
    days.add_argument("--unit", help="name of a unit whose local days are to count; needs the database")
    days.add_argument(
        "--lang", choices=LANGUAGES, default=None, help="language of --explain (default: as the terminal's)"
    )

    verify = add(
        group("draw", "Public draws."), "verify", _draw_verify, "Repeat a draw from its certificate.",
        "Needs no database. Exit status 1 when anything differs, 2 when the file is no certificate.",
    )  # fmt: skip
    verify.add_argument("file", help="the JSON certificate as downloaded from the round's page")

    add(group("audit", "The audit chain."), "verify", _audit_verify,
        "Recompute every chain and compare it with the seals.",
        "Exit status 1 when anything differs.")  # fmt: skip

    create = add(
        group("accounts", "Accounts."), "create", _accounts_create,
        "Create a person with a post and an account.",
        "Prints a first password, which must be changed at the first sign-in.",
    )  # fmt: skip
    create.add_argument("login")
    create.add_argument("--name", required=True, help="the person's name")
    create.add_argument("--unit", required=True, help="full name of the unit; created when it does not exist")
    create.add_argument("--role", required=True, type=Role, choices=list(Role), action="append", dest="roles")
    create.add_argument("--ask-password", action="store_true", help="type the first password instead")

    demo = add(
        commands, "demo", _demo, "Make a city with months of history, and serve it.",
        "Needs no settings; what it makes lies in var/demo and is made anew each day. A database named by "
        "DUBAN_DATABASE_URL is filled when it is empty and never cleared.",
    )  # fmt: skip
    demo.add_argument("--host", default="127.0.0.1")
    demo.add_argument("--port", type=int, default=8000)
    demo.add_argument("--fresh", action="store_true", help="make the data anew")
    return parser


def _serve(given: argparse.Namespace) -> int:
    return serve(
        Settings.from_env(),
        given.host,
        given.port,
        threads=given.threads,
        with_scheduler=not given.no_scheduler,
    )


def serve(settings: Settings, host: str, port: int, *, threads: int = 16, with_scheduler: bool = True) -> int:
    """Serve until SIGTERM or Ctrl-C, then end cleanly: requests first, then what runs beside them."""
    from webapp import schema, serving
    from webapp.app import create_app
    from webapp.scheduler import Background

    if not (settings.secret_key or settings.demo):
        print("duban: set DUBAN_SECRET_KEY to a long random text", file=sys.stderr)
        return 1
    # No request waits for a connection while there is a thread for it.
    db = make_engine(settings.database_url, pool_size=threads)
    if not schema.is_current(db):
        print("duban: the database is not up to date; run `duban migrate` first", file=sys.stderr)
        return 1
    app = create_app(settings, db=db)
    background = Background(db, SystemClock(), settings) if with_scheduler else None
    server = serving.make_server(app, settings, host=host, port=port, threads=threads)
    leave = _Leave()
    if background:
        background.start()
    print(f"Duban: http://{host}:{server.effective_port}/", flush=True)
    try:
        serving.answer(server, until=lambda: leave.told)
        print("Duban: finishing what has begun", flush=True)
        serving.finish(server)
    finally:
        if background:
            background.stop()
        db.dispose()
    return 0


def _scheduler(given: argparse.Namespace) -> int:
    from webapp import schema
    from webapp.scheduler import Background

    settings = Settings.from_env()
    db = make_engine(settings.database_url)
    if not schema.is_current(db):
        print("duban: the database is not up to date; run `duban migrate` first", file=sys.stderr)
        return 1
    background = Background(db, SystemClock(), settings, workers=given.workers)
    leave = _Leave()
    background.start()
    print("Duban: scheduler running", flush=True)
    try:
        leave.wait()
        print("Duban: finishing what has begun", flush=True)
    finally:
        background.stop()
        db.dispose()
    return 0


def _migrate(_given: argparse.Namespace) -> int:
    from webapp import schema

    settings = Settings.from_env()
    db = make_engine(settings.database_url)
    schema.migrate(db, SystemClock(), settings)
    db.dispose()
    print("Duban: the database is up to date")
    return 0


def _plan_parse(given: argparse.Namespace) -> int:
    from engine.errors import UnreadableDocument
    from engine.plans.bounded_reading import read_file

    try:
        found = read_file(given.file).to_dict()
    except UnreadableDocument as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{given.file}: {error.strerror}", file=sys.stderr)
        return 2
    if given.json:
        text = json.dumps(found, ensure_ascii=False, indent=1)
        sys.stdout.buffer.write(text.encode() + b"\n")
    else:
        _print_plan(found)
    return 0


def _print_plan(plan: dict[str, Any]) -> None:
    """A line per task, for people."""
    print(plan["document"]["title"] or "—")
    for task in plan["tasks"]:
        lead = "、".join(task["lead_units"]) or "—"
        limits = "；".join(limit["raw"] for limit in task["deadlines"]) or "—"
        print(f"{task['number']:>3}  {task['title']}  [{lead}]  {limits}")
    print(f"{len(plan['tasks'])} tasks, {len(plan['indicators'])} indicators, {len(plan['notes'])} notes")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"no day such as 2026-09-24: {text!r}") from None


def _workdays(given: argparse.Namespace) -> int:
    calendar = _calendar(given.unit)
    language = given.lang or _terminal_language()
    count = calendar.count_calendar_days if given.calendar_days else calendar.count_working_days
    result = count(given.start, given.n)
    if given.explain:
        for day in result.days:
            mark = "+" if day.counted else " "
            told = [gettext(text, language) for text in (day.name, day.source) if text]
            more = f"（{'，'.join(told)}）" if language == "zh" else f" ({', '.join(told)})"
            print(f"{day.on} {mark} {gettext(day.why.text, language)}{more if told else ''}")
    print(f"{result.due_on}{' (provisional)' if result.provisional else ''}")
    return 0


def _terminal_language() -> str:
    """English where the terminal speaks it, else Chinese."""
    spoken = next(
        (os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), ""
    )
    return "en" if spoken.startswith("en") else "zh"


def _calendar(unit_name: str | None) -> Any:
    """The calendar in force where there is a database, else that of the published notices; with a unit, its own."""
    from sqlalchemy import inspect
    from sqlalchemy.exc import OperationalError

    from engine import working_days
    from engine.working_days.official import official_years, provisional_years

    settings = Settings.from_env()
    try:
        db = make_engine(settings.database_url)
        if inspect(db).has_table(working_days.CalendarDay.__tablename__):
            with transaction(db, read_only=True) as session:
                if unit_name is None:
                    return working_days.load(session)
                return working_days.load_of(session, _unit_id(session, unit_name))
    except OperationalError:
        pass
    if unit_name is not None:
        raise NotFound("cli.no_database", "没有可用的数据库，查不到单位")
    official = official_years()
    days = {**provisional_years(), **official}
    merged = {on: fact for year in days.values() for on, fact in year.items()}
    return working_days.WorkingCalendar(merged, frozenset(official))


def _unit_id(session: Session, name: str) -> int:
    """The one unit of today that is written so."""
    from engine.organisation.queries import named
    from webapp import loading

    loading.load_engine()
    found = named(session, name, local_date(SystemClock().now()))
    if len(found) != 1:
        raise NotFound("cli.unit", "没有找到唯一的单位“{name}”，请填写全称", name=name)
    return found[0].id


def _draw_verify(given: argparse.Namespace) -> int:
    import json

    from engine.errors import InvalidInput
    from engine.inspections import certificate

    try:
        with open(given.file, "rb") as file:
            read = certificate.from_json(json.load(file))
    except (OSError, ValueError, InvalidInput) as error:
        print(f"duban: {error}", file=sys.stderr)
        return 2
    problems = certificate.verify(read)
    for problem in problems:
        print(problem.text.format(**problem.params))
    if not problems:
        drawn = sum(member.rank is not None for member in read.population)
        print(f"{read.title}: {len(read.population)} -> {drawn}, {read.commitment}")
    return 1 if problems else 0


def _audit_verify(_given: argparse.Namespace) -> int:
    from engine import audit

    settings = Settings.from_env()
    with transaction(make_engine(settings.database_url), read_only=True) as session:
        problems = audit.verify(session, settings.seal_log, settings.seal_key)
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problems" if problems else "The audit is whole.")
    return 1 if problems else 0


def _accounts_create(given: argparse.Namespace) -> int:
    from sqlalchemy import select

    from engine.organisation import accounts, rules, service
    from engine.organisation.models import Unit, UnitLevel
    from webapp import loading

    loading.load_engine()
    settings = Settings.from_env()
    password = getpass.getpass() if given.ask_password else accounts.random_password()
    rules.check_password(password, rules.clean_login(given.login))
    password_hash = accounts.hash_password(password)
    with transaction(make_engine(settings.database_url)) as session:
        ctx = Context(session, Actor.system("command line"), SystemClock(), settings)
        unit = session.scalar(select(Unit).where(Unit.name == given.unit))
        if unit is None:
            unit = service.create_unit(ctx, name=given.unit, level=UnitLevel.CITY)
        person = service.create_person(ctx, given.name)
        for role in given.roles:
            service.appoint(ctx, person.id, unit.id, role)
        accounts.create_account(ctx, person.id, given.login, password_hash)
    print(f"{given.login}{'' if given.ask_password else '  ' + password}")
    return 0


def _demo(given: argparse.Namespace) -> int:
    from webapp import demo

    settings = demo.settings()
    if "DUBAN_BASE_URL" not in os.environ:
        settings = replace(settings, base_url=f"http://{given.host}:{given.port}")
    demo.prepare(settings, partial(print, flush=True), fresh=given.fresh)
    print(demo.announcement(settings.base_url))
    return serve(settings, given.host, given.port)


class _Leave:
    """Whether SIGTERM or Ctrl-C has come, from the moment on when this is made. The second one ends at once."""

    def __init__(self) -> None:
        self.told = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._hear)

    def wait(self) -> None:
        """Until it has come. It looks again and again: a handler that sets a `threading.Event` stands still for ever
        when the signal comes while `Event.wait` holds the lock that `set` needs."""
        while not self.told:
            time.sleep(0.2)

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        if self.told:
            raise KeyboardInterrupt
        self.told = True


if __name__ == "__main__":
    sys.exit(main())
