"""Messages whose end is not known yet: kept over a restart, asked about less and less, forgotten in time."""

import json
from datetime import timedelta

import pytest

from connectors.sms.pending import EACH, INDEX, InRam, Pending, Sent
from qc_engine.clock import FixedClock
from qc_engine.ports import Unsealable
from qc_engine.store.database import Database
from qc_engine.store.memory import DatabaseMemory
from tests.connectors.sms.conftest import NOW, PHONE

MINUTE, HOUR, KEEP = timedelta(minutes=1), timedelta(hours=1), timedelta(days=3)


class Notes(InRam):
    """Counts what is written, and what of it in the clear."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[tuple[str, str, bool]] = []

    def write(self, name: str, value: str, *, sealed: bool = False) -> None:
        super().write(name, value, sealed=sealed)
        self.written.append((name, value, sealed))


def sent(number: int, age: timedelta = timedelta(0)) -> Sent:
    return Sent(str(number), PHONE, NOW - age)


def numbers(pending: Pending, after: timedelta = HOUR, most: int = 1000) -> set[int]:
    return {int(one.number) for one in pending.due(NOW + after, MINUTE, most)}


def test_a_restart_forgets_nothing() -> None:
    notes = Notes()
    before = Pending(notes, KEEP)
    for number in range(2 * EACH + 20):
        before.add(sent(number))
    assert numbers(Pending(notes, KEEP)) == set(range(2 * EACH + 20))
    assert Pending(notes, KEEP).get("7") == sent(7)
    assert Pending(notes, KEEP).get("7000") is None


def test_the_door_knows_what_another_process_sends() -> None:
    """The worker sends, and the gateway calls the process beside it."""
    notes = Notes()
    worker, door = Pending(notes, KEEP), Pending(notes, KEEP)
    worker.add(sent(1))
    assert (door.get("1"), door.get("2")) == (sent(1), None)
    worker.add(sent(2))
    assert (door.get("2"), door.get("1"), door.get("3")) == (sent(2), sent(1), None)


def test_a_message_costs_one_small_note() -> None:
    notes = Notes()
    pending = Pending(notes, KEEP)
    for number in range(10 * EACH):
        pending.add(sent(number))
    assert len(notes.written) <= 11 * EACH
    assert max(len(value) for _, value, _ in notes.written) < 100 * EACH


def test_phones_are_sealed() -> None:
    notes = Notes()
    pending = Pending(notes, KEEP)
    pending.add(sent(1))
    assert not [value for _, value, sealed in notes.written if PHONE in value and not sealed]


def test_notes_are_used_again() -> None:
    notes = Notes()
    pending = Pending(notes, KEEP)
    for number in range(40 * EACH):
        pending.add(sent(number))
        if number % EACH == EACH - 1:
            pending.told("1", map(str, range(number + 1)))
            pending.confirm("1")
    assert {name for name, _, _ in notes.written} == {INDEX, "page:0"}
    assert json.loads(notes.read(INDEX)) == []
    assert notes.read("page:0") == ""


def test_the_end_is_forgotten_only_when_it_is_kept() -> None:
    notes = Notes()
    pending = Pending(notes, KEEP)
    for number in (1, 2, 3):
        pending.add(sent(number))
    pending.asked([sent(1), sent(2), sent(3)], NOW + HOUR)
    pending.told("5", ["1", "2"])
    pending.confirm("4")  # what was told could not be stored
    assert numbers(pending, HOUR) == {1, 2}  # so it is asked again, at once
    pending.told("5", ["1", "2"])
    pending.confirm("5")
    assert numbers(pending, 9 * HOUR) == {3}
    assert numbers(Pending(notes, KEEP)) == {3}


def test_older_ones_are_asked_about_less_often() -> None:
    pending, asked = Pending(InRam(), KEEP), 0
    pending.add(sent(1))
    for minute in range(24 * 60):
        if pending.due(NOW + minute * MINUTE, MINUTE, 1):
            pending.asked([sent(1)], NOW + minute * MINUTE)
            asked += 1
    assert 8 <= asked <= 14


def test_not_before_its_time_and_not_for_ever() -> None:
    notes = Notes()
    pending = Pending(notes, KEEP)
    pending.add(sent(1))
    assert numbers(pending, timedelta(seconds=59)) == set()
    assert numbers(pending, KEEP) == {1}
    assert numbers(pending, KEEP + MINUTE) == set()
    assert numbers(Pending(notes, KEEP)) == set()


def test_the_newest_first() -> None:
    pending = Pending(InRam(), KEEP)
    for number, age in ((1, 5 * HOUR), (2, HOUR), (3, 3 * HOUR)):
        pending.add(sent(number, age))
    assert [one.number for one in pending.due(NOW, MINUTE, 2)] == ["2", "3"]


@pytest.mark.parametrize("spoilt", ["nonsense", "{}", "[1, [2], [1, 2, 3, 4]]", "7", "[null]"])
def test_spoilt_notes_are_empty_ones(spoilt: str) -> None:
    notes = Notes()
    notes.write(INDEX, spoilt)
    notes.write("page:1", spoilt)
    pending = Pending(notes, KEEP)
    pending.add(sent(9))
    assert numbers(pending) == {9}


def test_another_key_forgets_without_a_failure() -> None:
    class Sealed(Notes):
        def read(self, name: str) -> str:
            if name != INDEX:
                raise Unsealable("another key")
            return "[0]"

    pending = Pending(Sealed(), KEEP)
    assert numbers(pending) == set()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_in_the_real_memory(database: Database) -> None:
    memory = DatabaseMemory(database, FixedClock(NOW), "secret", "sms")
    Pending(memory, KEEP).add(sent(1))
    assert numbers(Pending(memory, KEEP)) == {1}
