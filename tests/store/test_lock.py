"""Only one engine works on a database, whichever it is."""

from contextlib import closing

import pytest

from qc_engine.store.database import Database
from qc_engine.store.lock import AlreadyRunning, lock_of


def test_a_second_one_is_refused_until_the_first_has_gone(database: Database) -> None:
    first = lock_of(database)
    first.take()
    with closing(Database(database.url)) as another:
        second = lock_of(another)
        with pytest.raises(AlreadyRunning, match=r"already works on .*"):
            second.take()
        first.free()
        second.take()
        second.free()


def test_a_process_that_dies_lets_go(database: Database) -> None:
    dying = Database(database.url)
    lock = lock_of(dying)
    lock.take()
    if database.is_sqlite:
        lock.free()
    else:
        lock._connection.connection.driver_connection.pgconn.finish()  # type: ignore[attr-defined]
    other = lock_of(database)
    other.take()
    other.free()
    dying.close()
