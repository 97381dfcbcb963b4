"""Processes that write into one file: each has locks of its own, so several objects here stand for them."""

import os
import threading
from contextlib import closing
from pathlib import Path

import pytest

from qc_engine.store.neighbours import Neighbours
from qc_engine.store.turns import Turns

PATIENCE = 10.0


class Street:
    """Processes that come in the order in which they are added, and write down when their turn is."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.order: list[str] = []
        self.known: dict[str, Turns] = {}
        self.threads: list[threading.Thread] = []

    def of(self, name: str) -> Turns:
        process = name.rstrip("0123456789")
        return self.known.setdefault(process, Turns(PATIENCE, Neighbours(self.path, PATIENCE)))

    def add(self, name: str) -> None:
        turns = self.of(name)
        thread = threading.Thread(target=self._write, args=(turns, name))
        self.threads.append(thread)
        thread.start()
        looking = Neighbours(self.path, PATIENCE)
        with closing(looking):
            while looking._is_free("hurry" if name.startswith("hot") else "queue"):
                assert thread.is_alive()

    def _write(self, turns: Turns, name: str) -> None:
        with turns.urgent if name.startswith("hot") else turns.ordinary:
            self.order.append(name)

    def ended(self) -> str:
        for thread in self.threads:
            thread.join(PATIENCE)
        return " ".join(self.order)


@pytest.fixture
def street(tmp_path: Path) -> Street:
    return Street(tmp_path / "qc.db")


def test_the_hot_writer_of_another_process_comes_next(street: Street) -> None:
    with street.of("worker").ordinary:
        assert not street.of("worker").is_wanted
        street.add("other")
        street.add("hot")
        assert street.of("worker").is_wanted
    assert street.ended() == "hot other"
    assert not street.of("worker").is_wanted


def test_but_not_twice_before_the_others(street: Street) -> None:
    hot = street.of("hot")
    with hot.urgent:
        street.add("worker")
        again = threading.Thread(target=street._write, args=(hot, "hot2"))
        again.start()
    street.threads.append(again)
    assert street.ended() == "worker hot2"


def test_whoever_is_alone_never_waits(street: Street) -> None:
    turns = street.of("hot")
    for kind in (turns.urgent, turns.urgent, turns.ordinary, turns.urgent, turns.ordinary):
        with kind:
            street.order.append("done")
    assert len(street.order) == 5


@pytest.mark.parametrize("urgent", [True, False])
def test_nobody_waits_for_ever(street: Street, urgent: bool) -> None:
    impatient = Turns(PATIENCE, Neighbours(street.path, 0.02))
    with street.of("worker").ordinary:
        with (
            pytest.raises(TimeoutError, match="another process"),
            impatient.urgent if urgent else impatient.ordinary,
        ):
            raise AssertionError
        # Nothing of it is left: neither its wish nor its place in this process.
        assert not street.of("worker").is_wanted
    with impatient.urgent if urgent else impatient.ordinary:
        pass


def test_a_process_that_dies_lets_go(street: Street) -> None:
    dying = Neighbours(street.path, PATIENCE)
    dying.take(urgent=False)
    street.add("worker")
    assert street.order == []
    dying.close()
    assert street.ended() == "worker"


def test_files_of_another_user_can_be_locked_too(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    with street.of("worker").ordinary:
        pass
    only_reading = Neighbours(street.path, PATIENCE)
    opened = os.open

    def refusing(path: Path, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_RDWR:
            raise PermissionError
        return opened(path, flags, mode)

    monkeypatch.setattr(os, "open", refusing)
    only_reading.take(urgent=True)
    monkeypatch.undo()
    assert not Neighbours(street.path, 0)._locked("turn")
    only_reading.close()
