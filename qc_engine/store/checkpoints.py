"""SQLite's log, carried over into the file between commits and not in one of them."""

from contextlib import closing
from datetime import timedelta

from qc_engine.store.database import Database

EVERY = timedelta(seconds=1)
WORTH_IT_BYTES = 2_000_000
TOO_LONG_PAGES = 8_000  # of 4 kB: writers came so quickly that the log could not begin anew


def carry_over(database: Database) -> int:
    """Nobody waits for it, unless the log has grown long: then writers wait for its last pages. Returns 0."""
    if database.path is None or _log_bytes(database) < WORTH_IT_BYTES:
        return 0
    pages, carried = _checkpoint(database)
    if carried < pages > TOO_LONG_PAGES:
        with database.turn:
            _checkpoint(database)
    return 0


def _log_bytes(database: Database) -> int:
    assert database.path is not None
    log = database.path.with_name(f"{database.path.name}-wal")
    return log.stat().st_size if log.exists() else 0


def _checkpoint(database: Database) -> tuple[int, int]:
    """How many pages the log holds, and how many of them are in the file by now."""
    with closing(database.engine.raw_connection()) as connection, closing(connection.cursor()) as cursor:
        _, pages, carried = cursor.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return int(pages), int(carried)
