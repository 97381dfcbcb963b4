"""The benchmark of cases that wait: its arithmetic, and a round of it on both databases."""

from datetime import timedelta
from typing import Any, cast

import pytest
from sqlmodel import select

from benchmarks.crowd_of_cases import multiply
from benchmarks.waiting_rounds import claim, figures, make_due
from benchmarks.watched import Memory, slope
from qc_engine.clock import FixedClock
from qc_engine.core.case import Branch, Case, Client, State
from qc_engine.store import cases
from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow, InboxRow
from tests.conftest import NOON

SOON = NOON + timedelta(days=2)


def test_so_many_wait_and_those_that_are_due_are_claimed(database: Database) -> None:
    with database.transaction() as session:
        cases.create(session, first_case(), "code", NOON)
    multiply(database, 200, SOON, timedelta(days=2))
    make_due(database, 100, NOON)
    claim(database, FixedClock(NOON))
    with database.reading() as session:
        rows = {row.id: row for row in session.exec(select(CaseRow)).all()}
        timers = session.exec(select(InboxRow.key)).all()
        woken = cases.get(session, "Z0000120")
    assert sorted(timers) == [f"timer:Z0000{number}:0" for number in range(100, 150)]
    assert woken is not None
    assert (woken.deal_id, woken.client.phone) == (10_000_120, "77020000120")
    assert (rows["Z0000099"].wake_at, rows["Z0000100"].wake_at) == (SOON + timedelta(days=0.99), None)


def first_case() -> Case:
    return Case(
        "K7Q2", 7, "Заказ", "visit", "v1", 1, State.WAITING, "", NOON, NOON, "S", Client("77015550000"),
        Branch("На Абая", "Asia/Almaty", 101, 201), wake_at=SOON,
    )  # fmt: skip


def test_figures_are_medians_of_the_rounds() -> None:
    rounds = [{"claim 100": claimed, "of 10,000": 2.0, "decide 100": 12.0} for claimed in (4.0, 3.0, 100.0)]
    assert figures(cast(Any, rounds)) == {"P12": 2.0, "P13": 4.0, "P22": 3.0}


@pytest.mark.parametrize(
    ("points", "found"), [([], 0), ([(1, 5)], 0), ([(0, 1), (1, 3), (2, 5)], 2), ([(0, 4), (1, 4)], 0)]
)
def test_how_fast_it_grows(points: list[tuple[float, float]], found: float) -> None:
    assert slope(points) == found


def test_memory_is_told_by_its_second_half() -> None:
    memory = Memory(0, 0.0, [(0, 100), (10, 150), (20, 150), (30, 151)])
    assert memory.told() == {"first": 100, "last": 151, "highest": 151, "grows by MB a minute": 6}
