"""Who may work on a database: one engine on a file, many workers on a server, and there each in its turn."""

import contextlib
import os
from hashlib import blake2b
from pathlib import Path
from typing import IO, Protocol

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from qc_engine.store.database import Database

try:
    import fcntl
except ImportError:  # Windows: its file locks are mandatory ones, SQLite's own must do
    fcntl = None  # type: ignore[assignment]


ENGINE = 0x71635F656E67  # 'qc_eng': of the whole server, but counted by database


class AlreadyRunning(Exception):
    """Another engine works on this database."""


class Lock(Protocol):
    """Held as long as the process lives; a kill -9 frees it."""

    def take(self) -> None:
        """For oneself alone. Raises AlreadyRunning, naming who holds it."""

    def share(self) -> None:
        """Beside others who share it, where several may work. Raises AlreadyRunning."""

    def free(self) -> None: ...


def lock_of(database: Database) -> Lock:
    """Not yet held."""
    if database.path is None:
        return ServerLock(database)
    return FileLock(database.path.with_name(f"{database.path.name}.lock"))


class FileLock:
    """Beside a file of SQLite."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def take(self) -> None:
        """Raises AlreadyRunning, naming the process that holds it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = self.path.open("a+", encoding="ascii")
        try:
            if fcntl:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            file.close()
            raise AlreadyRunning(f"process {holder} already works on {self.path.with_suffix('')}") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._file = file

    def share(self) -> None:
        """A file has one engine."""
        self.take()

    def free(self) -> None:
        if self._file:
            self._file.close()
            self._file = None


class ServerLock:
    """Of PostgreSQL. A server that restarts forgets it, and nobody notices: fences are what one relies on."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Connection | None = None

    def take(self) -> None:
        self._try("pg_try_advisory_lock")

    def share(self) -> None:
        self._try("pg_try_advisory_lock_shared")

    def _try(self, how: str) -> None:
        connection = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if connection.scalar(text(f"SELECT {how}(:key)"), {"key": ENGINE}):
            self._connection = connection
            return
        holder = connection.scalar(text(HOLDER), {"key": ENGINE & 0xFFFFFFFF}) or "unknown"
        connection.close()
        raise AlreadyRunning(f"an engine already works on this database (connection {holder})")

    def free(self) -> None:
        """With its connection: a session that came back from the pool would still hold it."""
        if self._connection:
            with contextlib.suppress(SQLAlchemyError):  # a server that is gone holds nothing
                # Said aloud: a server notices only later that a connection was closed.
                self._connection.execute(text("SELECT pg_advisory_unlock_all()"))
            self._connection.invalidate()
            self._connection.close()
            self._connection = None


HOLDER = """
SELECT pid || coalesce(' from ' || client_addr, '') FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND objid = :key AND granted LIMIT 1
"""


# --- turns within a transaction ---------------------------------------------------------------

# Everybody waits for who has the turn: who stands still with it, or whose machine is gone, loses it.
LONGEST_PAUSE = 10.0  # s, between two statements
DECIDING = "deciding"  # what happens to a client, a deal, a case


def has_turn(session: Session, what: str) -> bool:
    """Is nobody else at this until the end of our transaction? A file of SQLite has one writer anyway."""
    return _advisory(session, "pg_try_advisory_xact_lock", what) is not False


def wait_for_turn(session: Session, what: str) -> None:
    """The same, after those who are at it."""
    _advisory(session, "pg_advisory_xact_lock", what)


def hurry(session: Session) -> None:
    """Until the end of this transaction whoever stands still is thrown out."""
    connection = session.connection()
    if connection.dialect.name != "sqlite":
        pause = str(int(LONGEST_PAUSE * 1000))
        name = "idle_in_transaction_session_timeout"
        connection.execute(text("SELECT set_config(:name, :pause, true)"), {"name": name, "pause": pause})


def _advisory(session: Session, how: str, what: str) -> object:
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        return True
    # Of the whole server, but counted by database; the transaction's end frees it, whatever that end is.
    key = int.from_bytes(blake2b(f"qc {what}".encode(), digest_size=8).digest(), signed=True)
    return connection.scalar(text(f"SELECT {how}(:key)"), {"key": key})
