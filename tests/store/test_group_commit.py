"""The group commit: durable before the answer, one bad write fails alone, nothing hangs."""

import asyncio
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlmodel import Session

from qc_engine.store import schema
from qc_engine.store.database import Database
from qc_engine.store.driver import Writing
from qc_engine.store.group_commit import GroupCommit, TooManyWaiting
from qc_engine.store.tables import CursorRow


class WatchedDatabase(Database):
    """Counts its transactions, and can hold the next one or refuse to begin or to commit."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self.commits = 0
        self.begins = 0
        self.trouble_at_commit: Exception | None = None
        self.trouble_at_begin: Exception | None = None

    def transaction(self) -> AbstractContextManager[Session]:  # type: ignore[override]
        return self._watched()

    @contextmanager
    def _watched(self) -> Iterator[Session]:
        self.begins += 1
        self.entered.set()
        self.gate.wait(10)
        if self.trouble_at_begin:
            raise self.trouble_at_begin
        with super().transaction() as session:
            yield session
            if self.trouble_at_commit:
                raise self.trouble_at_commit
        self.commits += 1


@pytest.fixture
def database(sqlite_database: Database) -> Iterator[WatchedDatabase]:
    database = WatchedDatabase(sqlite_database.url)
    yield database
    database.close()


@pytest.fixture
def commit(database: WatchedDatabase) -> Iterator[GroupCommit]:
    commit = GroupCommit(database)
    commit.start()
    yield commit
    database.gate.set()
    commit.stop()


class Put:
    """A write that stores one row and answers with its name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, session: Session) -> str:
        session.add(CursorRow(name=self.name, value="x"))
        return self.name


def raise_oops(session: Session) -> str:
    session.add(CursorRow(name="half-done", value="x"))
    session.flush()
    raise ValueError("oops")


def stored(database: Database) -> set[str]:
    with database.transaction() as session:
        return {row[0] for row in session.execute(text("SELECT name FROM cursors"))}


def gather_while_held(
    commit: GroupCommit, database: WatchedDatabase, writes: Sequence[Callable[[Session], Any]]
) -> list[Future[Any]]:
    """The first write holds the writer, so that the others form one group."""
    database.entered.clear()
    database.gate.clear()
    first = commit.submit(Put("first"))
    assert database.entered.wait(5)
    futures = [commit.submit(write) for write in writes]
    assert not first.done(), "an answer left before its commit"
    database.gate.set()
    return futures


def test_what_gathers_is_one_transaction(commit: GroupCommit, database: WatchedDatabase) -> None:
    futures = gather_while_held(commit, database, [Put(f"n{n}") for n in range(50)])
    assert [future.result(5) for future in futures] == [f"n{n}" for n in range(50)]
    assert database.commits == 2
    assert len(stored(database)) == 51


@pytest.mark.parametrize(
    "bad",
    [raise_oops, Put("twin"), lambda session: session.execute(text("SELECT nonsense FROM nowhere"))],
    ids=["raises", "breaks a rule of the table at flush", "bad SQL"],
)
def test_a_bad_write_fails_alone(
    commit: GroupCommit, database: WatchedDatabase, bad: Callable[[Session], Any]
) -> None:
    futures = gather_while_held(commit, database, [Put("a"), Put("twin"), bad, Put("b")])
    assert futures[0].result(5) == "a"
    assert futures[1].result(5) == "twin"
    assert futures[2].exception(5) is not None
    assert futures[3].result(5) == "b"
    assert stored(database) == {"first", "a", "twin", "b"}
    assert commit.submit(Put("after")).result(5) == "after"


@pytest.mark.parametrize("moment", ["trouble_at_begin", "trouble_at_commit"])
def test_trouble_of_the_database_fails_the_group_once(
    commit: GroupCommit, database: WatchedDatabase, moment: str
) -> None:
    """Fifty tries would wait for fifty time-outs; the senders come again instead."""
    setattr(database, moment, OSError("disk full"))
    futures = gather_while_held(commit, database, [Put(f"n{n}") for n in range(50)])
    assert {str(future.exception(5)) for future in futures} == {"disk full"}
    assert database.begins == 2
    setattr(database, moment, None)
    assert commit.submit(Put("later")).result(5) == "later"
    assert stored(database) == {"later"}


def test_trouble_after_a_bad_write_ends_the_single_tries(
    commit: GroupCommit, database: WatchedDatabase
) -> None:
    def bad_then_broken(session: Session) -> str:
        database.trouble_at_begin = OSError("gone")
        raise ValueError("oops")

    futures = gather_while_held(commit, database, [bad_then_broken, Put("a"), Put("b")])
    assert [str(future.exception(5)) for future in futures] == ["gone"] * 3
    assert database.begins == 3


def test_rows_of_one_kind_are_stored_by_one_call(commit: GroupCommit, database: WatchedDatabase) -> None:
    calls: list[list[int]] = []

    def together(session: Session, rows: Sequence[int]) -> Sequence[int]:
        calls.append(list(rows))
        return [row * 10 for row in rows]

    async def ask() -> list[int]:
        database.entered.clear()
        database.gate.clear()
        commit.submit(Put("first"))
        await asyncio.to_thread(database.entered.wait, 5)
        asks = [commit.commit_together(together, n) for n in range(20)]
        await asyncio.sleep(0)
        database.gate.set()
        return await asyncio.gather(*asks)

    assert asyncio.run(ask()) == [n * 10 for n in range(20)]
    assert calls == [list(range(20))]


def test_many_writers_at_once(commit: GroupCommit, database: WatchedDatabase) -> None:
    """Threads and an event loop together; every answer is its own, none is lost."""

    def by_thread(part: int) -> list[str]:
        return [commit.submit(Put(f"t{part}-{n}")).result(10) for n in range(25)]

    async def by_loop() -> list[str]:
        return await asyncio.gather(*(commit.commit(Put(f"l{n}")) for n in range(200)))

    async def both() -> tuple[list[str], list[list[str]]]:
        threads = [asyncio.to_thread(by_thread, part) for part in range(4)]
        loop_answers, *others = await asyncio.gather(by_loop(), *threads)
        return loop_answers, others

    loop_answers, others = asyncio.run(both())
    assert loop_answers == [f"l{n}" for n in range(200)]
    assert others == [[f"t{part}-{n}" for n in range(25)] for part in range(4)]
    assert len(stored(database)) == 300


def test_one_at_a_time_never_hangs(commit: GroupCommit) -> None:
    """A wake-up lost between 'the queue is empty' and 'I sleep' would show here."""

    async def one_by_one() -> list[str]:
        return [await asyncio.wait_for(commit.commit(Put(f"n{number}")), 5) for number in range(300)]

    assert asyncio.run(one_by_one()) == [f"n{number}" for number in range(300)]


def test_a_full_queue_refuses(database: WatchedDatabase) -> None:
    commit = GroupCommit(database, most_waiting=2)
    futures = [commit.submit(Put("a")), commit.submit(Put("b"))]
    with pytest.raises(TooManyWaiting):
        commit.submit(Put("c"))
    commit.start()
    assert [future.result(5) for future in futures] == ["a", "b"]
    commit.stop()


def test_stop_stores_what_was_accepted(database: WatchedDatabase) -> None:
    commit = GroupCommit(database)
    futures = [commit.submit(Put(f"n{n}")) for n in range(1200)]
    commit.start()
    commit.stop()
    assert all(future.done() for future in futures)
    assert len(stored(database)) == 1200
    with pytest.raises(TooManyWaiting):
        commit.submit(Put("late"))


def test_a_visitor_who_hangs_up_harms_nobody(commit: GroupCommit, database: WatchedDatabase) -> None:
    async def hang_up() -> str:
        database.entered.clear()
        database.gate.clear()
        left = asyncio.ensure_future(commit.commit(Put("left")))
        stayed = asyncio.ensure_future(commit.commit(Put("stayed")))
        await asyncio.to_thread(database.entered.wait, 5)
        left.cancel()
        database.gate.set()
        return await stayed

    assert asyncio.run(hang_up()) == "stayed"
    assert stored(database) == {"left", "stayed"}


def test_a_closed_loop_harms_nobody(commit: GroupCommit, database: WatchedDatabase) -> None:
    async def leave_at_once() -> None:
        database.gate.clear()
        asyncio.ensure_future(commit.commit(Put("orphan")))  # noqa: RUF006
        await asyncio.sleep(0)

    asyncio.run(leave_at_once())
    database.gate.set()
    assert commit.submit(Put("next")).result(5) == "next"
    assert stored(database) == {"orphan", "next"}


# --- by the driver ------------------------------------------------------------------------------


def put_names(writing: Writing, rows: Sequence[str]) -> Sequence[str]:
    for row in rows:
        if row == "bad":
            raise ValueError("oops")
    writing.insert("INSERT INTO cursors (name, value)", [(row, "x") for row in rows])
    return [f"{row}!" for row in rows]


def by_loop(commit: GroupCommit, names: Sequence[str]) -> list[Any]:
    async def ask() -> list[Any]:
        asks = [commit.commit_row(put_names, name) for name in names]
        others = [asyncio.ensure_future(commit.commit(Put(f"session-{name}"))) for name in names[:2]]
        return await asyncio.gather(*asks, *others, return_exceptions=True)

    return asyncio.run(ask())


def test_rows_by_the_driver_beside_writes_by_a_session(
    commit: GroupCommit, database: WatchedDatabase
) -> None:
    names = [f"n{n}" for n in range(300)]
    answers = by_loop(commit, names)
    assert answers == [f"{name}!" for name in names] + ["session-n0", "session-n1"]
    assert stored(database) == {*names, "session-n0", "session-n1"}


@pytest.mark.parametrize("bad", ["bad", "a"], ids=["raises", "breaks a rule of the table"])
def test_a_bad_row_by_the_driver_fails_alone(
    commit: GroupCommit, database: WatchedDatabase, bad: str
) -> None:
    answers = by_loop(commit, ["a", "b", bad, "c"])
    assert [answer for answer in answers if isinstance(answer, str)] == [
        "a!",
        "b!",
        "c!",
        "session-a",
        "session-b",
    ]
    assert isinstance(answers[2], Exception)
    assert stored(database) == {"a", "b", "c", "session-a", "session-b"}
    assert by_loop(commit, ["later"])[0] == "later!"


def test_a_full_queue_refuses_on_the_loop_too(database: WatchedDatabase) -> None:
    commit = GroupCommit(database, most_waiting=0)
    assert all(isinstance(answer, TooManyWaiting) for answer in by_loop(commit, ["a", "b"]))


def test_both_databases_take_rows_by_the_driver(request: pytest.FixtureRequest) -> None:
    """The driver of PostgreSQL keeps its own transactions."""
    base, template = request.getfixturevalue("postgres_url"), request.getfixturevalue("postgres_template")
    url, name = make_url(base).set(drivername="postgresql+psycopg"), f"t_{uuid.uuid4().hex}"
    admin = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    other = Database(url.set(database=name).render_as_string(hide_password=False))
    commit = GroupCommit(other)
    commit.start()
    answers = by_loop(commit, ["a", "bad", "b"])
    commit.stop()
    assert [answer for answer in answers if isinstance(answer, str)] == [
        "a!",
        "b!",
        "session-a",
        "session-bad",
    ]
    assert stored(other) == {"a", "b", "session-a", "session-bad"}
    other.close()
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


# --- a slow disk --------------------------------------------------------------------------------


class SlowDatabase(WatchedDatabase):
    """Every flush takes 20 ms."""

    def transaction(self) -> AbstractContextManager[Session]:  # type: ignore[override]
        return self._slowly()

    @contextmanager
    def _slowly(self) -> Iterator[Session]:
        with super().transaction() as session:
            yield session
            threading.Event().wait(0.02)


def test_those_who_come_back_at_once_share_a_flush(tmp_path: Path) -> None:
    """Without lingering two halves of the visitors take turns, and there are twice as many flushes."""
    database = SlowDatabase(f"sqlite:///{tmp_path}/t.db")
    schema.upgrade(database)
    commit = GroupCommit(database)
    commit.start()

    async def visitor(name: int) -> None:
        await asyncio.sleep(name * 0.001)  # they do not come in step
        for visit in range(10):
            await commit.commit(Put(f"{name}-{visit}"))

    async def everybody() -> None:
        await asyncio.gather(*(visitor(name) for name in range(16)))

    asyncio.run(everybody())
    commit.stop()
    assert len(stored(database)) == 160
    assert database.commits <= 16
    database.close()


def test_one_who_comes_to_an_idle_writer_does_not_wait(tmp_path: Path) -> None:
    database = SlowDatabase(f"sqlite:///{tmp_path}/t.db")
    schema.upgrade(database)
    commit = GroupCommit(database)
    commit.start()
    assert commit.submit(Put("first")).result(5) == "first"
    threading.Event().wait(0.05)
    began = time.monotonic()
    assert commit.submit(Put("second")).result(5) == "second"
    assert time.monotonic() - began < 1
    commit.stop()
    database.close()
