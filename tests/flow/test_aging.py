"""What nobody needs any more is emptied by its age, a few rows at a time, and nothing else changes."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from qc_engine.clock import FixedClock
from qc_engine.config_files.load import BadConfig
from qc_engine.core.events import AnswerReceived
from qc_engine.flow.aging import Aging
from qc_engine.ports import Arrival
from qc_engine.settings import Keep
from qc_engine.store import aging, inbox
from qc_engine.store.database import Database
from qc_engine.store.tables import ClickRow, InboxRow
from qc_engine.wiring.installation import read_installation

DAY = timedelta(days=1)
KEEP = Keep(raw_bodies=30 * DAY, visitors=60 * DAY)
CONFIG = Path(__file__).resolve().parents[2] / "config.yaml"


def fill(database: Database, clock: FixedClock, days: tuple[int, ...]) -> None:
    with database.transaction() as session:
        for number, ago in enumerate(days):
            at = clock.now() - ago * DAY
            arrival = Arrival(f"inbox:{number}", AnswerReceived("77015551234", "9", at, number))
            inbox.add(session, "chat2desk", arrival, at, raw=f"body {ago}")
            session.add(ClickRow(code="x", at=at, grade="person", reason="r", agent=f"a{ago}", address="h"))
            session.flush()


def kept(database: Database) -> tuple[list[str], list[str], set[str]]:
    with database.reading() as session:
        raws = [row.raw for row in session.exec(select(InboxRow).order_by(InboxRow.id)).all()]  # type: ignore[arg-type]
        clicks = session.exec(select(ClickRow).order_by(ClickRow.id)).all()  # type: ignore[arg-type]
        assert all(bool(one.agent) == bool(one.address) for one in clicks)
        return raws, [one.agent for one in clicks], {one.grade for one in clicks}


def all_looks(old: Aging) -> int:
    return sum(iter(old.look, 0))


def test_the_old_is_emptied_and_the_young_stays(database: Database, clock: FixedClock) -> None:
    fill(database, clock, (90, 61, 45, 31, 29, 1, 0))
    old = Aging(database, clock, KEEP)
    assert all_looks(old) == 4 + 2
    raws, agents, grades = kept(database)
    assert raws == ["", "", "", "", "body 29", "body 1", "body 0"]
    assert agents == ["", "", "a45", "a31", "a29", "a1", "a0"]
    assert grades == {"person"}
    assert all_looks(old) == 0
    clock.advance(2 * DAY)
    assert all_looks(old) == 1
    assert kept(database)[0][4:] == ["", "body 1", "body 0"]


def test_an_event_that_was_emptied_is_still_known(sqlite_database: Database, clock: FixedClock) -> None:
    fill(sqlite_database, clock, (90,))
    all_looks(Aging(sqlite_database, clock, KEEP))
    with sqlite_database.transaction() as session:
        (row,) = session.exec(select(InboxRow)).all()
        assert (row.raw, row.kind, bool(row.event)) == ("", "AnswerReceived", True)
        again = Arrival("inbox:0", AnswerReceived("77015551234", "9", clock.now(), 0))
        assert inbox.add(session, "chat2desk", again, clock.now()) is False


def test_a_few_at_a_time(
    sqlite_database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aging, "MOST_ROWS", 3)
    fill(sqlite_database, clock, (90,) * 7)
    old = Aging(sqlite_database, clock, Keep(raw_bodies=30 * DAY))
    assert list(iter(old.look, 0)) == [3, 3, 1]
    assert kept(sqlite_database)[0] == [""] * 7


def test_one_that_stands_out_of_order_is_not_lost(sqlite_database: Database, clock: FixedClock) -> None:
    """Two processes wrote at one moment: the older row has the larger number."""
    fill(sqlite_database, clock, (40, 29, 31, 0))
    old = Aging(sqlite_database, clock, KEEP)
    all_looks(old)
    assert kept(sqlite_database)[0] == ["", "body 29", "body 31", "body 0"]
    clock.advance(2 * DAY)
    all_looks(old)
    assert kept(sqlite_database)[0] == ["", "", "", "body 0"]


def test_without_a_span_everything_stays(sqlite_database: Database, clock: FixedClock) -> None:
    fill(sqlite_database, clock, (3000,))
    assert Aging(sqlite_database, clock, Keep()).look() == 0
    assert kept(sqlite_database)[:2] == (["body 3000"], ["a3000"])


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("keep: {raw_bodies: 1 day}", "14 days or more"),
        ("keep: {visitors: 0 days}", "14 days or more"),
        ("keep: {visitors: soon}", "write a number and a unit"),
        ("keep: {events: 90 days}", "'events'"),
    ],
)
def test_nonsense_is_told_at_its_place(tmp_path: Path, line: str, says: str) -> None:
    path = tmp_path / "config.yaml"
    text = CONFIG.read_text("utf-8")
    path.write_text(f"{text}\n{line}\n", encoding="utf-8")
    with pytest.raises(BadConfig) as bad:
        read_installation(path, with_secrets=False)
    (said,) = map(str, bad.value.problems)
    assert says in said
    assert f"config.yaml:{len(text.splitlines()) + 2}:" in said


def test_the_settings_say_it_in_words(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG.read_text("utf-8") + "\nkeep: {raw_bodies: 90 days}\n", encoding="utf-8")
    found = read_installation(path, with_secrets=False).keep
    assert (found.raw_bodies, found.visitors) == (90 * DAY, None)
