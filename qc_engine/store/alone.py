"""One at a time, over all processes and machines of an installation, also while a vendor is being asked."""

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from hashlib import blake2b

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from qc_engine.clock import SystemClock
from qc_engine.ports import TryLater
from qc_engine.store.database import Database
from qc_engine.store.lock import AlreadyRunning, FileLock

PATIENCE = timedelta(seconds=60)
LOOK_EVERY = 0.05  # s


@contextmanager
def alone(database: Database, name: str) -> Iterator[None]:
    """Nobody else is at `name` until the end of the block; a kill -9 ends it too.

    Not to be entered twice by one thread. Raises TryLater when somebody is at it for a minute.
    """
    if database.path:
        lock = FileLock(database.path.with_name(f"{database.path.name}.alone"))
        with _taken(lock, name):
            yield
        return
    connection = database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    with closing(connection), _locked(connection, name):
        yield


@contextmanager
def _taken(lock: FileLock, name: str) -> Iterator[None]:
    for _ in _tries(name):
        with suppress(AlreadyRunning):
            lock.take()
            break
    try:
        yield
    finally:
        lock.free()


@contextmanager
def _locked(connection: Connection, name: str) -> Iterator[None]:
    key = {"key": int.from_bytes(blake2b(f"qc alone {name}".encode(), digest_size=8).digest(), signed=True)}
    for _ in _tries(name):
        if connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), key):
            break
    try:
        yield
    finally:
        with suppress(SQLAlchemyError):  # a server that is gone holds nothing
            connection.scalar(text("SELECT pg_advisory_unlock(:key)"), key)


def _tries(name: str) -> Iterator[None]:
    wall = SystemClock()
    until = wall.now() + PATIENCE
    while wall.now() < until:
        yield
        wall.sleep(LOOK_EVERY)
    raise TryLater(f"another process has been at '{name}' for {PATIENCE.total_seconds():.0f} s")
