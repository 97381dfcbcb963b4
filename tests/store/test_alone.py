"""One at a time over all processes, while a vendor is being asked; who dies is missed at once."""

import threading
from contextlib import closing
from datetime import timedelta

import pytest

from qc_engine.ports import TryLater
from qc_engine.store import alone as module
from qc_engine.store.alone import alone
from qc_engine.store.database import Database


def test_one_at_a_time(database: Database) -> None:
    inside, most, failures = [0], [0], []

    def go() -> None:
        own = Database(database.url)  # as another process has it
        with alone(own, "tokens"):
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            with own.reading():  # the database itself is free meanwhile
                failures.extend([] if inside[0] == 1 else ["two"])
            inside[0] -= 1
        own.close()

    threads = [threading.Thread(target=go) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert (most, failures, inside) == ([1], [], [0])


def test_who_waits_too_long_is_told_and_a_fault_frees_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", timedelta(seconds=0.1))
    with pytest.raises(ZeroDivisionError), alone(database, "tokens"):
        held_and_failing(database)
    with alone(database, "tokens"):
        pass


def held_and_failing(database: Database) -> None:
    other = Database(database.url)
    with closing(other), pytest.raises(TryLater, match="tokens"), alone(other, "tokens"):
        pytest.fail("somebody is at it")
    raise ZeroDivisionError
