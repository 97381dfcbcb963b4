"""A disk that is full or fails, as the database itself meets it: nothing of ours is replaced."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from qc_engine.store.database import Database

LOG_BYTES = 8 * 2**20
LIMIT_BYTES = 4 * 2**20  # less than the log of the database has, more than anything else of a test run
WHOLE = 2**30  # pages: no limit at all


@contextmanager
def no_more_writing(database: Database) -> Iterator[None]:
    """Every further byte of the log is refused by the system: SQLite meets an I/O error."""
    with database.transaction() as session:
        connection = session.connection()
        connection.exec_driver_sql("CREATE TABLE ballast (bytes BLOB)")
        connection.exec_driver_sql(f"INSERT INTO ballast VALUES (zeroblob({LOG_BYTES}))")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT_BYTES, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class Full:
    """A database that can be told to have no room left: SQLite's own 'database or disk is full'."""

    def __init__(self, database: Database) -> None:
        self._connections: list[object] = []
        self.pages = WHOLE
        for engine in (database.engine, database._quick):
            engine.dispose()
            event.listen(engine, "connect", self._opened)

    def _opened(self, connection: object, _record: object) -> None:
        self._connections.append(connection)
        self._limit(connection)

    def _limit(self, connection: object) -> None:
        connection.execute(f"PRAGMA max_page_count={self.pages}")  # type: ignore[attr-defined]

    @contextmanager
    def without_room(self) -> Iterator[None]:
        """Not a page more than there is."""
        self.pages = 1  # SQLite raises it to what the file has
        for one in self._connections:
            self._limit(one)
        try:
            yield
        finally:
            self.pages = WHOLE
            for one in self._connections:
                self._limit(one)
