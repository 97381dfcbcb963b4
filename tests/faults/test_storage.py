"""The disk is full, fails or is read-only: nothing is acknowledged, nothing is lost, nothing leaves twice."""

import errno
import io
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, suppress
from functools import partial
from pathlib import Path
from typing import TextIO, cast

import httpx
import pytest
import structlog
import typer
from fastapi import FastAPI
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlmodel import select
from starlette.testclient import TestClient

from qc_engine.clock import FixedClock
from qc_engine.commands.shared import CANNOT_RUN, faults_explained
from qc_engine.core.effects import SendMessage
from qc_engine.core.events import AnswerReceived
from qc_engine.flow.deliver import sweep
from qc_engine.logs import Unfailing
from qc_engine.ports import Arrival, Done, Job, Outcome
from qc_engine.serving.doors import _not_ready
from qc_engine.settings import Timings
from qc_engine.store import outbox, schema
from qc_engine.store import trouble as trouble_of
from qc_engine.store.database import Database, is_passing
from qc_engine.store.driver import Driver
from qc_engine.store.group_commit import GroupCommit
from qc_engine.store.tables import CaseRow, CursorRow, EffectRow, InboxRow
from qc_engine.web.app import _apologise
from qc_engine.web.hooks import Hooks
from qc_engine.wiring import soundness
from redirect.app import Redirect
from tests.faults.broken_disk import Full, no_more_writing
from tests.flow.fakes import PHONE, Flow
from tests.redirect.test_redirect import CODE, TARGET, add_link, ask
from tests.web.test_hooks import Bell, Vendor, call

Trouble = Callable[[], AbstractContextManager[None]]
SOUND = [("ok",)]
WRITER = str(Path(__file__).with_name("acknowledging.py"))
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}


@pytest.fixture
def commit(sqlite_database: Database, clock: FixedClock) -> Iterator[GroupCommit]:
    add_link(sqlite_database, clock, CODE, TARGET)
    commit = GroupCommit(sqlite_database)
    commit.start()
    yield commit
    commit.stop()


@pytest.fixture
def flow(sqlite_database: Database, clock: FixedClock) -> Flow:
    return Flow(sqlite_database, clock)


def said(number: int, length: int = 3_000) -> bytes:
    """A webhook that needs pages of its own."""
    item = {"kind": "text", "key": f"inbox:{number}", "text": "я" * length}
    return json.dumps({"items": [item]}, ensure_ascii=False).encode()


def keys(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.exec(select(InboxRow.key).order_by("id")).all())


def is_sound(database: Database) -> bool:
    with database.reading() as session:
        return session.connection().exec_driver_sql("PRAGMA integrity_check").fetchall() == SOUND


# --- what comes in ----------------------------------------------------------------------------


def test_a_webhook_waits_for_room(commit: GroupCommit, sqlite_database: Database, clock: FixedClock) -> None:
    """S-01: 503 and not a 200 while there is none, and the same process takes it when there is."""
    full = Full(sqlite_database)
    hooks = Hooks({"vendor": Vendor(clock)}, commit, clock, Bell())
    assert call(hooks, said(0)).status_code == 200
    with full.without_room():
        answers = [call(hooks, said(number, 20_000)) for number in range(1, 4)]
    assert [(one.status_code, one.headers["retry-after"]) for one in answers] == [(503, "5")] * 3
    assert keys(sqlite_database) == ["inbox:0"]
    assert [call(hooks, said(number, 20_000)).status_code for number in range(1, 4)] == [200] * 3
    assert keys(sqlite_database) == [f"inbox:{number}" for number in range(4)]
    assert is_sound(sqlite_database)


def test_a_webhook_waits_for_a_disk_that_fails(
    commit: GroupCommit, sqlite_database: Database, clock: FixedClock
) -> None:
    """S-03, at the write itself; the connection that met it goes on afterwards."""
    hooks = Hooks({"vendor": Vendor(clock)}, commit, clock, Bell())
    assert call(hooks, said(0)).status_code == 200
    with no_more_writing(sqlite_database):
        assert [call(hooks, said(number)).status_code for number in (1, 2)] == [503, 503]
    assert [call(hooks, said(number)).status_code for number in (1, 2)] == [200, 200]
    assert keys(sqlite_database) == ["inbox:0", "inbox:1", "inbox:2"]
    assert is_sound(sqlite_database)


def test_a_visitor_is_asked_to_come_again(
    commit: GroupCommit, sqlite_database: Database, clock: FixedClock
) -> None:
    """S-01 at the other hot door: without the click nobody is sent on."""
    door = Redirect(commit, clock)
    with no_more_writing(sqlite_database):
        answer: httpx.Response = ask(door, f"/r/{CODE}")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "3")
        assert "location" not in answer.headers
    assert ask(door, f"/r/{CODE}").status_code == 302
    assert len(keys(sqlite_database)) == 1


@pytest.mark.skipif(not shutil.which("strace"), reason="NO STRACE: a flush that fails was not tried")
def test_a_flush_that_fails_is_no_word_that_is_stored(tmp_path: Path, sqlite_template: Path) -> None:
    """S-03: every fifth flush of the log fails, by both ways of writing; what was acknowledged is there, and no more."""
    path = tmp_path / "qc.db"
    shutil.copy(sqlite_template, path)
    how = ("-f", "-qq", "-o", str(tmp_path / "trace"), "-e", "trace=fsync,fdatasync")
    fault = ("-e", "inject=fsync,fdatasync:error=EIO:when=5+5")
    command = ["strace", *how, *fault, sys.executable, "-W", "ignore", WRITER, str(path), "40"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=ENVIRONMENT)
    if "ptrace" in ended.stderr:
        pytest.skip("NO STRACE: nobody may be traced here")
    told = [line.split()[:2] for line in ended.stdout.splitlines()]
    stored = {word for verdict, word in told if verdict == "stored"}
    assert len(told) == 40
    assert 5 <= len(told) - len(stored) <= 15
    with closing(Database(f"sqlite:///{path}")) as database:
        with database.reading() as session:
            found = set(session.exec(select(CursorRow.name)).all())
        assert {word for word in found if word.startswith("word-")} == stored
        assert is_sound(database)


def test_whoever_holds_the_file_is_waited_for_and_not_for_ever(
    sqlite_database: Database, clock: FixedClock, commit: GroupCommit
) -> None:
    """S-04: a shell with an open transaction. I-19: there is no spool; the sender keeps it and comes again."""
    sqlite_database.engine.dispose()
    event.listen(sqlite_database.engine, "connect", _impatient)
    hooks = Hooks({"vendor": Vendor(clock)}, commit, clock, Bell())
    assert sqlite_database.path
    with closing(sqlite3.connect(sqlite_database.path, isolation_level=None)) as shell:
        shell.execute("BEGIN EXCLUSIVE")
        assert call(hooks, said(1)).status_code == 503
        shell.execute("ROLLBACK")
    assert call(hooks, said(1)).status_code == 200
    assert keys(sqlite_database) == ["inbox:1"]


def _impatient(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA busy_timeout=50")


def test_every_writer_says_so_before_it_reads(sqlite_database: Database) -> None:
    """S-05: nobody becomes a writer half-way, so no upgrade of a lock can fail."""
    said_first: list[str] = []
    engines = (sqlite_database.engine, sqlite_database._quick)
    for engine in engines:
        engine.dispose()
        event.listen(engine, "connect", lambda one, _: one.set_trace_callback(said_first.append))
    for durable in (True, False):
        with sqlite_database.transaction(durable=durable) as session:
            session.get(CursorRow, "x")
    with Driver(sqlite_database).transaction() as writing:
        writing.select_in("SELECT name FROM cursors WHERE name", ["x"])
    begun = [one for one in said_first if one.startswith("BEGIN")]
    assert begun == ["BEGIN IMMEDIATE"] * 3


@pytest.mark.parametrize("path", ["/a/{code}", "/api/status", "/console"])
def test_a_page_that_cannot_be_made_now_says_so(path: str) -> None:
    """S-01 of everything else: 503 and 'nothing was written', not a fault of ours."""
    app = FastAPI()
    app.add_exception_handler(Exception, partial(_apologise, None))
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorname = "SQLITE_FULL"

    @app.get("/{rest:path}")
    def write() -> None:
        raise OperationalError("INSERT", {}, full)

    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get(path)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert "disk" not in answer.text


# --- what is decided and what leaves ----------------------------------------------------------


def asked(flow: Flow) -> None:
    """The question has reached the client, who answers."""
    flow.close_order()
    flow.later(days=1)
    assert len(flow.world.texts) == 1
    answer = AnswerReceived(PHONE, "9", flow.clock.now(), 5000)
    flow.arrive(Arrival("inbox:5000", answer))


@pytest.mark.parametrize("trouble", ["no room", "fails"])
def test_an_event_waits_for_the_disk_and_is_not_blamed(flow: Flow, trouble: str) -> None:
    """I-20 does not count here: five tries on a full disk would set every event aside."""
    asked(flow)
    full = Full(flow.database)
    many: Trouble = full.without_room if trouble == "no room" else lambda: no_more_writing(flow.database)
    with many():
        tries = [flow.handler.handle_some() for _ in range(8)]
        with flow.database.reading() as session:
            (row,) = session.exec(select(InboxRow).where(InboxRow.key == "inbox:5000")).all()
            assert (row.processed_at, row.attempts) == (None, 0)
    if trouble == "fails":  # a little may have found its place in a page that was there
        assert tries == [0] * 8, "a loop that is told of work done comes back at once, for ever"
    flow.settle()
    assert len(flow.world.texts) == 2
    assert is_sound(flow.database)


def test_nothing_leaves_that_cannot_be_noted_first(flow: Flow) -> None:
    """I3: without the note of sending there is no request."""
    asked(flow)
    flow.handler.handle_some()
    before = len(flow.world.ledger)
    with no_more_writing(flow.database):
        for one in flow.deliverers:
            with suppress(DBAPIError):
                one.deliver_some()
    assert len(flow.world.ledger) == before
    flow.settle()
    assert len(flow.world.texts) == 2


@pytest.mark.parametrize("refused_tries", [2, 99], ids=["room comes back", "none comes back"])
def test_what_has_left_is_not_sent_again(flow: Flow, refused_tries: int) -> None:
    """The vendor has it and our disk is full before the outcome is kept: it is kept later, or looked for."""
    asked(flow)
    flow.handler.handle_some()
    with ExitStack() as trouble:
        slept: list[float] = []

        def sends(job: Job) -> Outcome:
            if isinstance(job.effect, SendMessage) and not slept:
                trouble.enter_context(no_more_writing(flow.database))
            return Done()

        def sleep(seconds: float) -> None:
            slept.append(seconds)
            if len(slept) == refused_tries:
                trouble.close()

        flow.world.answer = sends
        flow.clock.sleep = sleep  # type: ignore[method-assign]
        for one in flow.deliverers:
            with suppress(DBAPIError):
                one.deliver_some()
    assert len(slept) >= min(refused_tries, 3)
    assert len(flow.world.texts) == 2
    flow.later(minutes=10)
    sweep(flow.database, flow.clock, Timings().settle)
    for _ in range(4):
        flow.later(minutes=10)
    assert len(flow.world.texts) == 2
    with flow.database.reading() as session:
        rows = session.exec(select(EffectRow).where(EffectRow.kind == "SendMessage")).all()
        assert {row.state for row in rows} == {outbox.DONE}
        assert session.exec(select(CaseRow)).one().body["scores"]


def test_without_free_file_numbers_work_waits(flow: Flow) -> None:
    """P-08: nothing can be opened, so nothing is blamed; with room again it goes on."""
    asked(flow)
    for engine in (flow.database.engine, flow.database._quick):
        engine.dispose()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        with pytest.raises(DBAPIError) as raised:
            flow.handler.handle_some()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert is_passing(raised.value)
    flow.settle()
    assert len(flow.world.texts) == 2


class Refusal(Exception):
    """What the driver of PostgreSQL raises."""

    def __init__(self, state: str) -> None:
        self.sqlstate = state


@pytest.mark.parametrize(
    ("state", "passes"),
    [
        ("40001", True),  # two transactions in each other's way
        ("40P01", True),
        ("53100", True),  # no room on its disk
        ("53200", True),  # no memory
        ("53300", True),  # too many guests
        ("57P01", True),  # it is stopped
        ("58030", True),  # its disk fails
        ("25006", True),  # it may only be read: another one leads now
        ("55P03", True),  # somebody holds what is wanted
        ("23505", False),  # ours: the same thing twice
        ("42P01", False),  # ours: there is no such table
        ("22021", False),  # ours: a sign that it does not take
    ],
)
def test_what_a_server_says_of_itself_passes(state: str, passes: bool) -> None:
    """S-07: what is its own trouble is tried again, and no event is blamed for it."""
    assert is_passing(OperationalError("SELECT 1", {}, Refusal(state))) is passes


# --- at the start -----------------------------------------------------------------------------

GONE = "is gone and its log"
DAMAGES: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "no database": (lambda path: path.write_bytes(b"x" * 8192), "damaged", "повреждена"),
    "cut off": (lambda path: path.write_bytes(path.read_bytes()[:20_000]), "damaged", "повреждена"),
    "pages": (lambda path: path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 90_000), "damaged", "повреждена"),
    "empty": (lambda path: path.write_bytes(b""), "is there and empty", "потеряна"),
    "gone": (lambda path: path.rename(path.with_name("qc.db-wal")), GONE, "потеряна"),
    "a folder": (lambda path: (path.unlink(), path.mkdir()), "cannot be opened", "не открыть"),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_lost_or_damaged_file_is_refused_and_none_is_made_anew(
    tmp_path: Path, sqlite_template: Path, damage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """S-10, S-11: a sentence for whoever starts it, one with a remedy from the doctor, and the file as it was."""
    spoil, english, russian = DAMAGES[damage]
    path = tmp_path / "qc.db"
    shutil.copy(sqlite_template, path)
    spoil(path)
    before = {one.name: one.read_bytes() for one in tmp_path.iterdir() if one.is_file()}
    with closing(Database(f"sqlite:///{path}")) as database:
        with pytest.raises(typer.Exit) as exit_, faults_explained():
            schema.make_ready(database)
        finding = soundness.opened(database)
    assert exit_.value.exit_code == CANNOT_RUN
    told = capsys.readouterr().err
    assert english in told
    assert "Traceback" not in told
    assert (finding.ok, russian in finding.what, bool(finding.remedy)) == (False, True, True)
    kept = {name: path.with_name(name).read_bytes() for name in before}
    assert kept == before


def test_one_damaged_page_is_found_by_the_doctor(tmp_path: Path, sqlite_template: Path) -> None:
    """S-10: a flipped page in the middle, which no start looks at."""
    path = tmp_path / "qc.db"
    shutil.copy(sqlite_template, path)
    content = bytearray(path.read_bytes())
    with closing(Database(f"sqlite:///{path}")) as database, database.reading() as session:
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'clicks'"
        page = int(session.connection().exec_driver_sql(query).scalar_one())
    content[(page - 1) * 4096 : page * 4096] = b"\xff" * 4096
    path.write_bytes(content)
    with closing(Database(f"sqlite:///{path}")) as database:
        assert soundness.opened(database).ok
        room, damage = soundness.findings(database)
    assert (room.ok, damage.ok) == (True, False)
    assert "повреждена" in damage.what
    assert "qc restore" in damage.remedy


def test_a_file_that_may_only_be_read(flow: Flow, commit: GroupCommit) -> None:
    """S-11: SQLite's own refusal, and nothing is blamed for it."""
    asked(flow)
    engines = (flow.database.engine, flow.database._quick)
    for engine in engines:
        engine.dispose()
        event.listen(engine, "connect", _only_read)
    assert flow.handler.handle_some() == 0
    for engine in engines:
        event.remove(engine, "connect", _only_read)
        engine.dispose()
    with flow.database.reading() as session:
        assert set(session.exec(select(InboxRow.attempts)).all()) == {0}
    flow.settle()
    assert len(flow.world.texts) == 2


def _only_read(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA query_only=1")


@pytest.mark.parametrize(("number", "word"), [(errno.ENOSPC, "ENOSPC"), (errno.EROFS, "EROFS")])
def test_who_asks_whether_we_are_ready_hears_of_the_disk(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch, number: int, word: str
) -> None:
    assert _not_ready(sqlite_database, lambda: True) == []

    def refused(**_: object) -> None:
        raise OSError(number, "no")

    monkeypatch.setattr(tempfile, "TemporaryFile", refused)
    assert _not_ready(sqlite_database, lambda: True) == ["disk"]
    room = next(soundness.findings(sqlite_database))
    assert (room.ok, word in room.what, "df -h" in room.remedy) == (False, True, True)


def test_little_room_is_told_before_there_is_none(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trouble_of, "free_bytes", lambda _: 17 * 10**6)
    room = next(soundness.findings(sqlite_database))
    assert (room.ok, room.what) == (False, "На диске базы осталось 17 МБ")
    assert _not_ready(sqlite_database, lambda: True) == [], "it still works"


# --- the log itself ---------------------------------------------------------------------------


class FullLog(io.StringIO):
    def write(self, _: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_log_that_cannot_be_written_stops_nothing() -> None:
    """S-02: a line is lost, and the work that it speaks of is not."""
    log = structlog.PrintLogger(cast(TextIO, Unfailing(FullLog())))
    log.msg("a line")
    with pytest.raises(OSError, match="No space"):
        structlog.PrintLogger(FullLog()).msg("a line")
