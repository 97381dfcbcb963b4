"""Notes that survive a restart, and secrets that nobody reads from a copy of the database."""

import threading
from datetime import timedelta

import pytest
from sqlmodel import col, select, update

from qc_engine.clock import FixedClock
from qc_engine.ports import Unsealable
from qc_engine.store.database import Database
from qc_engine.store.memory import DatabaseMemory
from qc_engine.store.tables import NoteRow

CANARY = "refresh-c4n4ry"


@pytest.fixture
def memory(database: Database, clock: FixedClock) -> DatabaseMemory:
    return DatabaseMemory(database, clock, "key one", "bitrix24")


def kept(database: Database, name: str) -> NoteRow:
    with database.reading() as session:
        return session.exec(select(NoteRow).where(NoteRow.name == name)).one()


def test_what_was_never_written_is_empty(memory: DatabaseMemory) -> None:
    assert memory.read("tokens") == ""


@pytest.mark.parametrize("sealed", [True, False])
@pytest.mark.parametrize("text", ["", "short", "Портал 'Шины' \n 👍", "x" * 100_000])
def test_what_was_written_is_read_after_a_restart(
    database: Database, clock: FixedClock, memory: DatabaseMemory, sealed: bool, text: str
) -> None:
    memory.write("note", "something older", sealed=not sealed)
    clock.advance(timedelta(minutes=1))
    memory.write("note", text, sealed=sealed)
    assert DatabaseMemory(database, clock, "key one", "bitrix24").read("note") == text
    row = kept(database, "bitrix24:note")
    assert (row.sealed, row.updated_at) == (sealed, clock.now())


def test_two_portals_do_not_share_their_notes(
    database: Database, clock: FixedClock, memory: DatabaseMemory
) -> None:
    other = DatabaseMemory(database, clock, "key one", "bitrix24-almaty")
    memory.write("tokens", "ours", sealed=True)
    other.write("tokens", "theirs", sealed=True)
    assert (memory.read("tokens"), other.read("tokens")) == ("ours", "theirs")


def test_a_copy_of_the_database_shows_no_secret(database: Database, memory: DatabaseMemory) -> None:
    memory.write("tokens", CANARY, sealed=True)
    first = kept(database, "bitrix24:tokens").value
    memory.write("tokens", CANARY, sealed=True)
    assert CANARY not in first
    assert first != kept(database, "bitrix24:tokens").value  # nobody sees that it did not change


def test_no_file_of_sqlite_holds_the_secret(sqlite_database: Database, clock: FixedClock) -> None:
    memory = DatabaseMemory(sqlite_database, clock, "key one", "bitrix24")
    memory.write("tokens", CANARY, sealed=True)
    memory.write("plain", "visible-c4n4ry")
    assert sqlite_database.path
    files = [one.read_bytes() for one in sqlite_database.path.parent.iterdir() if one.is_file()]
    assert any(b"visible-c4n4ry" in one for one in files)
    assert not any(CANARY.encode() in one for one in files)


def test_another_key_opens_nothing_and_says_what_to_do(
    database: Database, clock: FixedClock, memory: DatabaseMemory
) -> None:
    memory.write("tokens", CANARY, sealed=True)
    memory.write("plain", "visible")
    stranger = DatabaseMemory(database, clock, "key two", "bitrix24")
    with pytest.raises(Unsealable, match=r"former secret_key .* connect again") as caught:
        stranger.read("tokens")
    assert "key two" not in str(caught.value)
    assert stranger.read("plain") == "visible"


def test_a_new_key_reads_what_the_former_one_sealed(
    database: Database, clock: FixedClock, memory: DatabaseMemory
) -> None:
    memory.write("tokens", CANARY, sealed=True)
    turning = DatabaseMemory(database, clock, "key two", "bitrix24", ["key zero", "key one"])
    assert turning.read("tokens") == CANARY
    turning.write("tokens", CANARY, sealed=True)
    assert DatabaseMemory(database, clock, "key two", "bitrix24").read("tokens") == CANARY
    with pytest.raises(Unsealable):
        memory.read("tokens")


def test_a_note_cannot_stand_in_for_another(database: Database, memory: DatabaseMemory) -> None:
    memory.write("pending", "a stranger's tokens", sealed=True)
    memory.write("tokens", "ours", sealed=True)
    replace(database, "bitrix24:tokens", kept(database, "bitrix24:pending").value)
    with pytest.raises(Unsealable):
        memory.read("tokens")


@pytest.mark.parametrize("broken", ["", "v1.", "v1.AAAA", "v1.no base64 é", "v0.AAAA", "{}"])
def test_a_damaged_note_is_not_taken_for_an_empty_one(
    database: Database, memory: DatabaseMemory, broken: str
) -> None:
    memory.write("tokens", CANARY, sealed=True)
    replace(database, "bitrix24:tokens", broken)
    with pytest.raises(Unsealable):
        memory.read("tokens")


def test_many_writers_of_a_new_note_leave_one_of_their_texts(
    database: Database, memory: DatabaseMemory
) -> None:
    start, failures = threading.Barrier(6), []

    def write(number: int) -> None:
        start.wait()
        try:
            memory.write("new", f"text {number}", sealed=True)
        except Exception as failure:  # noqa: BLE001  shown below
            failures.append(failure)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    assert memory.read("new") in {f"text {number}" for number in range(6)}


def replace(database: Database, name: str, value: str) -> None:
    with database.transaction() as session:
        session.execute(update(NoteRow).where(col(NoteRow.name) == name).values(value=value))
