"""One engine on one database: a second one is refused at once."""

import os
from pathlib import Path
from typing import IO, Protocol

from sqlalchemy import Connection, text

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
        """Raises AlreadyRunning, naming who holds it."""

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
        connection = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": ENGINE}):
            self._connection = connection
            return
        holder = connection.scalar(text(HOLDER), {"key": ENGINE & 0xFFFFFFFF}) or "unknown"
        connection.close()
        raise AlreadyRunning(f"an engine already works on this database (connection {holder})")

    def free(self) -> None:
        """With its connection: a session that came back from the pool would still hold it."""
        if self._connection:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None


HOLDER = """
SELECT pid || coalesce(' from ' || client_addr, '') FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND objid = :key AND granted LIMIT 1
"""
