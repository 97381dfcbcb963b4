"""The benchmark of the console on a small scale: every page answers over what it fills in."""

import argparse

import pytest
from sqlmodel import func, select

from benchmarks import console
from benchmarks.console_million import fill
from qc_engine.store import casebook, scores
from qc_engine.store.casebook import Sought
from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow
from qc_engine.store.tallies import Wanted


def test_what_is_filled_in_is_counted(database: Database) -> None:
    fill(database, 400, seed=1)
    with database.reading() as session:
        assert session.exec(select(func.count()).select_from(CaseRow)).one() == 400
        asked = casebook.count(session, Sought(figure=Wanted()), None)
        answered = casebook.count(session, Sought(figure=Wanted(reached="answered")), None)
        given = sum(row.count for row in scores.by_question(session, Wanted(), None))
    assert 340 < asked < 400
    assert 180 < answered < 280
    assert given == 2 * answered


@pytest.mark.slow
def test_a_small_run(sqlite_database: Database) -> None:
    row = console._measured(sqlite_database, argparse.Namespace(cases=150, rounds=2, seed=1))
    assert row["ratios"].keys() == console.PAGES.keys()
    assert all(len(one) == 1 + len(console.PAGES) for one in row["rounds"])
