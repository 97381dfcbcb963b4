"""The database: one way to open it, one way to commit."""

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlmodel import Session

from qc_engine.store.neighbours import POSSIBLE, Neighbours
from qc_engine.store.turns import Turns

BUSY_TIMEOUT_MS = 15_000
# Of 4 kB. The log is carried over by a loop of the engine (checkpoints.py), lest a visitor's commit does it;
# by commits only when that loop does not keep up, or when nothing but a door runs.
LONGEST_LOG_PAGES = 16_000


# Two transactions stood in each other's way; the server goes, went, comes; it has too many guests, no room,
# no memory; its disk fails; it may only be read.
PASSING = ("40001", "40P01", "55P03", "57P01", "57P02", "57P03", "53", "58", "25006")
# The same of a file: others hold it, its disk is full, fails, may only be read, nothing can be opened.
PASSING_OF_A_FILE = (
    "SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN",
    "SQLITE_NOMEM", "SQLITE_PROTOCOL",
)  # fmt: skip


def is_passing(trouble: Exception) -> bool:
    """Is it the database's trouble and none of the work's, so that the same may succeed in a moment?"""
    if not isinstance(trouble, DBAPIError):
        return False
    if name := str(getattr(trouble.orig, "sqlite_errorname", "")):
        return name.startswith(PASSING_OF_A_FILE)
    state = getattr(trouble.orig, "sqlstate", None)
    # Without a state there was no answer at all.
    unheard = state is None and isinstance(trouble, OperationalError | InterfaceError)
    return trouble.connection_invalidated or unheard or str(state).startswith(PASSING)


# Between two statements of one transaction; nobody computes or waits for a visitor for so long.
LONGEST_PAUSE = 30.0  # s


class Database:
    """SQLite or PostgreSQL behind plain sessions."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        if not self.is_sqlite and not url.startswith("postgres"):
            raise ValueError("only SQLite and PostgreSQL are known")
        if self.is_sqlite and self.path is None:
            raise ValueError("SQLite needs a file: a database in memory is lost with the process")
        self.engine = _sqlite(url) if self.is_sqlite else _postgresql(url)
        # SQLite has one writer at a time; its own waiting is sleeping for ever longer naps.
        patience = BUSY_TIMEOUT_MS / 1000
        self._neighbours = Neighbours(self.path, patience) if self.path and POSSIBLE else None
        self._turns = Turns(patience, self._neighbours) if self.is_sqlite else None
        self._readers = self.engine.execution_options(read_only=True)
        self._quick = _sqlite(url, synchronous="NORMAL") if self.is_sqlite else self.engine

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[Session]:
        """The only commit in the project: all or nothing.

        `durable=False` survives the death of the process, but perhaps not a power cut: only for what
        would then be done again from something durable. The next durable commit covers it too, because
        both databases write one log in order; so nothing leaves on the word of a commit that may be lost.
        """
        engine = self.engine if durable else self._quick
        turn = self._turns.ordinary if self._turns else nullcontext()
        with turn, Session(engine, expire_on_commit=False) as session, session.begin():
            if not durable and not self.is_sqlite:
                session.connection().exec_driver_sql("SET LOCAL synchronous_commit TO off")
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Without standing in the way of writers; nothing is saved.

        On SQLite one consistent view; on PostgreSQL each question sees what was committed when it was asked.
        """
        with Session(self._readers, expire_on_commit=False) as session:
            yield session

    @property
    def turn(self) -> AbstractContextManager[None]:
        """The hot writer's; held while it writes, where the database allows one writer at a time."""
        return self._turns.urgent if self._turns else nullcontext()

    @property
    def is_wanted(self) -> bool:
        """Does a visitor wait for the end of the transaction that is under way? Then let it be short."""
        return self._turns is not None and self._turns.is_wanted

    @property
    def path(self) -> Path | None:
        """The database file, for SQLite on disk."""
        name = make_url(self.url).database
        return Path(name) if self.is_sqlite and name and name != ":memory:" else None

    def close(self) -> None:
        self._quick.dispose()
        self.engine.dispose()
        if self._neighbours:
            self._neighbours.close()


def _postgresql(url: str) -> Engine:
    # psycopg 3 is the driver that we ship; people write plain postgresql://
    engine = create_engine(
        make_url(url).set(drivername="postgresql+psycopg"), pool_pre_ping=True, hide_parameters=True
    )
    event.listen(engine, "connect", _keep_nobody_waiting)
    return engine


def _keep_nobody_waiting(connection: Any, _record: Any) -> None:
    """What a worker has locked is free when it stands still in the middle, or its machine is gone."""
    before, connection.autocommit = connection.autocommit, True
    connection.execute(f"SET idle_in_transaction_session_timeout = {int(LONGEST_PAUSE * 1000)}")
    for name, seconds in (("idle", 10), ("interval", 5), ("count", 3)):
        connection.execute(f"SET tcp_keepalives_{name} = {seconds}")
    connection.autocommit = before


def _sqlite(url: str, synchronous: str = "FULL") -> Engine:
    Path(make_url(url).database or "").parent.mkdir(parents=True, exist_ok=True)
    # An error that shows its parameters shows phones and texts.
    engine = create_engine(url, connect_args={"check_same_thread": False}, hide_parameters=True)
    event.listen(engine, "connect", partial(_prepare, synchronous))
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _prepare(synchronous: str, connection: sqlite3.Connection, _record: Any) -> None:
    # The driver must not open transactions by itself: we say BEGIN IMMEDIATE.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        f"synchronous={synchronous}",  # FULL: a 200 means stored, also after a power cut
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        f"wal_autocheckpoint={LONGEST_LOG_PAGES}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Any) -> None:
    # A reader that becomes a writer half-way meets 'database is locked' at once; so never be one.
    reading = connection.get_execution_options().get("read_only")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
