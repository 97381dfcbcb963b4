"""Who writes next: in the order they came, the hot writer before the others but never twice in a row."""

import threading
from pathlib import Path

import pytest

from qc_engine.store.database import Database
from qc_engine.store.driver import Driver
from qc_engine.store.turns import Turns

PATIENCE = 10.0


class Queue:
    """Writers on threads, who come in the order in which they are added, and write down when their turn is."""

    def __init__(self) -> None:
        self.turns = Turns(PATIENCE)
        self.order: list[str] = []
        self.threads: list[threading.Thread] = []

    def add(self, name: str) -> None:
        before = self._waiting()
        thread = threading.Thread(target=self._write, args=(name,))
        self.threads.append(thread)
        thread.start()
        while self._waiting() == before:
            pass

    def _waiting(self) -> int:
        return sum(len(one) for one in self.turns._waiting.values())

    def _write(self, name: str) -> None:
        with self.turns.urgent if name.startswith("hot") else self.turns.ordinary:
            self.order.append(name)


@pytest.mark.parametrize(
    ("first", "coming", "order"),
    [
        ("a", "b c d", "b c d"),
        ("a", "b c hot", "hot b c"),
        ("a", "b c hot1 hot2", "hot1 b hot2 c"),
        ("hot", "hot1 b c", "b hot1 c"),
        ("hot", "hot1 hot2", "hot1 hot2"),
    ],
)
def test_the_order(first: str, coming: str, order: str) -> None:
    queue = Queue()
    with queue.turns.urgent if first == "hot" else queue.turns.ordinary:
        for name in coming.split():
            queue.add(name)
        assert queue.turns.is_wanted == ("hot" in coming)
    for thread in queue.threads:
        thread.join(PATIENCE)
    assert " ".join(queue.order) == order
    assert not queue.turns.is_wanted


def test_who_waits_for_himself_is_told_and_nobody_waits_for_him() -> None:
    turns = Turns(0.01)
    with turns.ordinary:
        with pytest.raises(TimeoutError), turns.urgent:
            raise AssertionError("two at once")
        assert not turns.is_wanted
    with turns.ordinary:
        pass


def test_never_two_at_once_and_nobody_is_forgotten() -> None:
    turns, inside, most, done = Turns(PATIENCE), [0], [0], [0]

    def write(urgent: bool) -> None:
        for _ in range(300):
            with turns.urgent if urgent else turns.ordinary:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                done[0] += 1
                inside[0] -= 1

    threads = [threading.Thread(target=write, args=(number == 0,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert (most, done) == ([1], [1200])


def test_a_long_transaction_can_see_that_a_visitor_waits(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/qc.db")

    def visit() -> None:
        driver = Driver(database)
        with driver.transaction():
            pass
        driver.close()

    def is_wanted() -> bool:
        return database.is_wanted

    visitor = threading.Thread(target=visit)
    with database.transaction():
        assert not is_wanted()
        visitor.start()
        while not is_wanted():
            pass
    visitor.join(PATIENCE)
    assert not is_wanted()
    database.close()
