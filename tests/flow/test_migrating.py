"""Running cases are moved to another version, knowingly; what does not fit stays where it is."""

from pathlib import Path

import pytest
from sqlmodel import select

from qc_engine.clock import FixedClock
from qc_engine.core.events import AnswerReceived
from qc_engine.core.scenario import Scenario
from qc_engine.flow.versions import migrating
from qc_engine.ports import Arrival
from qc_engine.store import traces
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow
from tests.flow.running import Running

FIRST, SECOND = "77010000001", "77010000002"


@pytest.fixture
def running(database: Database, clock: FixedClock, tmp_path: Path) -> Running:
    """One case waits for its hour, another one has been asked."""
    running = Running(database, clock, tmp_path / "scenarios")
    running.flow.close_order(1, FIRST)
    running.flow.later(hours=1)
    running.flow.close_order(2, SECOND)
    return running


def active(running: Running) -> Scenario:
    return running.flow.libraries[MAIN].active["small"]


def migrated(running: Running, step: str = "") -> list[migrating.Move]:
    to, now = active(running), running.flow.clock.now()
    with running.database.transaction() as session:
        rows = migrating.running(session, MAIN, "small", to.version, step=step)
        moves = [migrating.judged(session, row, to) for row in rows]
        for move in moves:
            if move.hindrance is None:
                migrating.migrate(session, move, to, "Мария", "новый порог", now)
    running.flow.settle()
    return moves


def row_of(running: Running, deal_id: int) -> CaseRow:
    with running.database.reading() as session:
        return session.exec(select(CaseRow).where(CaseRow.deal_id == deal_id)).one()


def says(running: Running, phone: str, text: str, number: int) -> None:
    arrival = Arrival(f"inbox:{number}", AnswerReceived(phone, text, running.flow.clock.now(), number))
    running.flow.arrive(arrival, portal="")
    running.flow.settle()


def test_both_go_on_by_the_new_version(running: Running) -> None:
    running.edit("average_at_least: 8", "average_at_least: 9")
    running.edit("average_below: 8", "average_below: 9")
    moves = migrated(running)
    assert [(move.case.deal_id, move.hindrance) for move in moves] == [(1, None), (2, None)]
    assert {row_of(running, deal).version for deal in (1, 2)} == {running.version}
    says(running, FIRST, "8", 5001)
    assert row_of(running, 1).step == "unhappy"
    running.flow.later(hours=1)
    assert running.flow.world.texts.count("Оцените от 1 до 10") == 2


def test_the_story_tells_it(running: Running) -> None:
    before = running.version
    running.edit("Спасибо!", "Большое спасибо!")
    migrated(running)
    with running.database.reading() as session:
        told = traces.of_case(session, row_of(running, 1).id)
    moved = next(one for one in told if one.body["event"]["kind"] == "Migrated")
    assert moved.version == running.version
    assert moved.body["event"]["data"] == {
        "by": "Мария", "reason": "новый порог", "before": before[:8], "after": running.version[:8],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("  ask:\n", "  ask_now:\n", "migrate.no_step"),
        ("quality", "service", "migrate.no_question"),
    ],
)
def test_what_the_case_stands_on_must_be_there(running: Running, before: str, after: str, why: str) -> None:
    old = running.version
    running.edit(before, after)
    moves = migrated(running)
    assert [(move.case.deal_id, move.hindrance and move.hindrance.key) for move in moves] == [
        (1, why),
        (2, None),
    ]
    assert (row_of(running, 1).version, row_of(running, 2).version) == (old, running.version)


def test_only_those_in_one_step(running: Running) -> None:
    running.edit("Спасибо!", "Большое спасибо!")
    assert [move.case.deal_id for move in migrated(running, "ask")] == [1]


def test_a_later_start_of_the_new_version_is_waited_for(running: Running) -> None:
    running.edit("wait: 1 hour", "wait: 3 hours")
    migrated(running, "")
    running.flow.later(hours=2)
    assert row_of(running, 2).state == "waiting"
    running.flow.later(hours=1)
    assert row_of(running, 2).state == "active"
