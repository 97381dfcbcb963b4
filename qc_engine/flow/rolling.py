"""Rollups are brought up to date, a day at a time."""

from datetime import date, timedelta

from qc_engine.clock import Clock
from qc_engine.store import rollups
from qc_engine.store.database import Database
from qc_engine.store.tallies import SETTLES

EVERY = timedelta(minutes=5)


def roll_up(database: Database, clock: Clock) -> int:
    """One day; how many cases of it had news, 0: nothing is left. The last days are not over yet."""
    with database.transaction(durable=False) as session:
        return rollups.roll(session, clock.now().date() - SETTLES)


def all_again(database: Database) -> int:
    """Every day, each in a transaction of its own. How many."""
    count, day = 0, date.min
    while following := _again(database, day):
        count, day = count + 1, following
    return count


def _again(database: Database, after: date) -> date | None:
    with database.transaction(durable=False) as session:
        return rollups.again(session, after)
