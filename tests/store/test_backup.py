"""A backup is whole; after a restore nothing leaves that may have left already, and nothing is lost."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import select

from qc_engine.clock import FixedClock
from qc_engine.core.effects import CreateTask, SendMessage
from qc_engine.core.events import AnswerReceived
from qc_engine.flow.wake import wake_due
from qc_engine.ports import Absent, Arrival, Job
from qc_engine.store import aging, audit, backup, holding, links, notebook, outbox, outgrown, polls, workers
from qc_engine.store.aging import Ages
from qc_engine.store.copying import CannotCopy
from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow, ClickRow, CursorRow, EffectRow
from tests.flow.fakes import Flow

PHONE = "77015550001"
POLL = "bitrix24:history"


def says(flow: Flow, text: str, number: int) -> None:
    flow.arrive(Arrival(f"message:{number}", AnswerReceived(PHONE, text, flow.clock.now(), number)))
    flow.settle()


def catch_up(flow: Flow) -> None:
    """The portal's poll is answered, and what was due is decided."""
    with flow.database.transaction() as session:
        polls.succeeded(session, POLL, flow.clock.now())
    flow.settle()


def effects(database: Database, kind: type) -> list[EffectRow]:
    with database.reading() as session:
        return list(session.exec(select(EffectRow).where(EffectRow.kind == kind.__name__)))


@pytest.fixture
def asked(database: Database, clock: FixedClock, tmp_path: Path) -> tuple[Flow, Path]:
    """A client is to be asked tomorrow; a backup is made; then the client is asked, answers, and all is lost."""
    flow = Flow(database, clock)
    flow.close_order(1, PHONE)
    with database.transaction() as session:
        session.add(CursorRow(name=POLL, value="x"))
        polls.succeeded(session, POLL, clock.now())
    file = tmp_path / "backup.db"
    assert backup.back_up(database, file, clock.now()) > 3
    return flow, file


@pytest.fixture
def restored(asked: tuple[Flow, Path], clock: FixedClock, tmp_path: Path) -> Flow:
    """Two days later, in a new place; the first question had left, which the backup does not know."""
    before, file = asked
    before.later(days=1)
    assert len(before.world.done(SendMessage)) == 1
    clock.advance(timedelta(hours=1))
    database = Database(f"sqlite:///{tmp_path}/new.db")
    backup.restore(file, database, clock.now())
    after = Flow(database, clock)
    after.world.ledger += before.world.ledger
    return after


def test_the_file_is_one_and_private(asked: tuple[Flow, Path]) -> None:
    file = asked[1]
    assert file.stat().st_mode & 0o077 == 0
    assert [one.name for one in file.parent.iterdir() if one.name.startswith("backup")] == ["backup.db"]


def test_who_worked_then_is_not_missed(database: Database, clock: FixedClock, tmp_path: Path) -> None:
    """Else for a day somebody would be taken for silent who never was here."""
    with database.transaction() as session:
        workers.say(session, workers.Worker("w1", "0001"), clock.now())
        workers.hold(session, "house", "w1", clock.now())
    backup.back_up(database, tmp_path / "backup.db", clock.now())
    with closing(Database(f"sqlite:///{tmp_path}/new.db")) as restored:
        backup.restore(tmp_path / "backup.db", restored, clock.now())
        with restored.reading() as session:
            assert (workers.seen(session, clock.now()), workers.holders(session)) == ([], {})


def test_a_backup_replaces_nothing(asked: tuple[Flow, Path], clock: FixedClock) -> None:
    flow, file = asked
    with pytest.raises(CannotCopy, match="there is already"):
        backup.back_up(flow.database, file, clock.now())


def test_what_is_no_backup(tmp_path: Path, sqlite_database: Database) -> None:
    (tmp_path / "x.db").write_text("nothing")
    for path, why in (
        (tmp_path / "x.db", "is no backup"),
        (tmp_path / "y.db", "there is no"),
        (sqlite_database.path, "does not say when"),
    ):
        assert path
        with pytest.raises(CannotCopy, match=why):
            backup.taken_at(path)


def test_nothing_leaves_and_silence_is_not_counted_before_the_polls_have_answered(
    restored: Flow, clock: FixedClock
) -> None:
    restored.later(hours=2)
    assert wake_due(restored.database, clock) == 0, "the client may have answered meanwhile"
    with restored.database.transaction() as session:
        assert holding.unanswered(session) == [POLL]
        with pytest.raises(ValueError, match=POLL):
            holding.release(session, clock.now())
        polls.succeeded(session, POLL, clock.now())
    restored.settle()
    assert effects(restored.database, SendMessage)[0].state == outbox.PLANNED
    assert not restored.world.done(CreateTask)


def test_what_had_left_is_found_and_not_sent_again(
    restored: Flow, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same event makes the same effect with the same key: so the vendor knows it already."""
    sought: list[Job] = []
    find = restored.world.find
    monkeypatch.setattr(restored.world, "find", lambda job: (sought.append(job), find(job))[1])
    sent = len(restored.world.done(SendMessage))
    catch_up(restored)
    with restored.database.transaction() as session:
        assert holding.release(session, clock.now()) == 1
        assert holding.release(session, clock.now()) == -1
    restored.settle()
    (job,) = sought
    assert job.first_tried_at
    assert job.first_tried_at < clock.now() - timedelta(hours=20), "it is looked for since the backup"
    assert len(restored.world.done(SendMessage)) == sent, "the client reads it once"
    says(restored, "9", 6000)
    with restored.database.reading() as session:
        assert session.exec(select(CaseRow)).one().body["scores"]


def test_what_nobody_can_tell_a_person_decides(
    restored: Flow, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restored.world, "find", lambda _: Absent())
    sent = len(restored.world.done(SendMessage))
    catch_up(restored)
    with restored.database.transaction() as session:
        holding.release(session, clock.now())
    for _ in range(5):
        restored.later(minutes=5)
    assert effects(restored.database, SendMessage)[0].state == outbox.REVIEW
    assert len(restored.world.done(SendMessage)) == sent


def test_that_somebody_was_erased_once_is_no_poll_to_wait_for(restored: Flow, clock: FixedClock) -> None:
    with restored.database.transaction() as session:
        notebook.set_cursor(session, links.ERASURES, "1")
        polls.succeeded(session, POLL, clock.now())
    with restored.database.transaction() as session:
        assert holding.unanswered(session) == []
        assert holding.release(session, clock.now()) >= 0


@pytest.mark.parametrize("old", aging.EVERY, ids=lambda one: one.name)
def test_how_far_old_rows_were_emptied_is_no_poll_to_wait_for(
    restored: Flow, clock: FixedClock, old: Ages
) -> None:
    with restored.database.transaction() as session:
        session.add(ClickRow(code="x", at=clock.now(), grade="person", reason="r"))
        audit.note(session, "login", clock.now())
        session.flush()
        assert outgrown.forget_stories(session, clock.now() + timedelta(days=1), clock.now())
        assert aging.empty_old(session, old, clock.now() + timedelta(days=1))
        assert holding.unanswered(session) == [POLL]


def test_a_backup_of_what_was_held_waits_anew_and_is_looked_for_since_the_first(
    restored: Flow, clock: FixedClock, tmp_path: Path
) -> None:
    with restored.database.reading() as session:
        first = holding.held(session)
    assert first
    catch_up(restored)
    backup.back_up(restored.database, tmp_path / "second.db", clock.now())
    clock.advance(timedelta(hours=5))
    with closing(Database(f"sqlite:///{tmp_path}/newer.db")) as newer:
        backup.restore(tmp_path / "second.db", newer, clock.now())
        with newer.transaction() as session:
            assert holding.unanswered(session) == [POLL], "what came in those five hours is not known"
            second = holding.held(session)
            assert second
            assert second.params["at"] == first.params["at"], "since then anything may have left"


def test_what_was_to_follow_something_that_is_refused_now_does_not_stay_for_ever(
    restored: Flow, clock: FixedClock
) -> None:
    catch_up(restored)
    question = effects(restored.database, SendMessage)[0]
    with restored.database.transaction() as session:
        row = session.get_one(EffectRow, question.id)
        needed = EffectRow(
            key="needed", case_id=row.case_id, lane="webhook", kind=SendMessage.__name__, payload=row.payload,
            run_at=clock.now(), created_at=clock.now(),
        )  # fmt: skip
        row.waits_for = needed.key
        session.add(needed)
    with restored.database.transaction() as session:
        assert holding.release(session, clock.now()) == 2
        assert [one.key for one in outbox.dependants(session, "needed")] == [question.key]
        outbox.cancel_dependants(session, "needed", clock.now())
    assert {one.key: one.state for one in effects(restored.database, SendMessage)} == {
        question.key: outbox.CANCELLED, "needed": outbox.UNKNOWN,
    }  # fmt: skip


def test_into_a_database_that_holds_something_nothing_is_restored(
    asked: tuple[Flow, Path], clock: FixedClock
) -> None:
    flow, file = asked
    with pytest.raises(CannotCopy, match="not empty"):
        backup.restore(file, flow.database, clock.now())


def test_what_was_there_is_moved_aside(tmp_path: Path, sqlite_database: Database, clock: FixedClock) -> None:
    with sqlite_database.transaction() as session:
        session.execute(text("CREATE TABLE mine (x INT)"))
    with backup.moved_aside(sqlite_database, clock.now()) as aside:
        assert not (tmp_path / "qc.db").exists()
    assert aside
    with closing(Database(f"sqlite:///{aside}")) as kept, kept.reading() as session:
        session.execute(text("SELECT * FROM mine"))
