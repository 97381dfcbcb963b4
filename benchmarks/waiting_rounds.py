"""To claim what is due among many cases that wait, and to decide it, by the engine's own loops."""

import os
import statistics
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from benchmarks.crowd_of_cases import analyze, case_id
from qc_engine.clock import Clock, FixedClock
from qc_engine.flow.handle import Handler
from qc_engine.flow.wake import ENOUGH, wake_due
from qc_engine.store.database import Database
from qc_engine.wiring import build, read_installation
from sandbox.demo.stage import Stage

BATCH = 100
Row = dict[str, Any]


def claims(up: Stage, database: Database, few: str, count: int) -> Row:
    """So many rounds, in milliseconds, and P12, P13, P22 of them. Raises SystemExit, AssertionError."""
    os.environ.update(up.environment)
    settings = read_installation(up.plan.folder / "config.yaml")
    clock = FixedClock(noon_after(datetime.now(UTC) + timedelta(days=1)))
    engine = build(settings, clock=clock)
    with closing(engine.database), closing(Database(few)) as other:
        analyze(other)
        wake_due(database, clock)  # the one that the engine itself has begun: it is due by now too
        engine.handler.handle_some()
        # The first one only warms: statements are prepared, pages are in memory.
        rounds = [_round(number, database, other, engine.handler, clock) for number in range(count + 1)]
    _asked(database, BATCH * len(rounds))
    return {"rounds": rounds[1:], "figures": figures(rounds[1:])}


def noon_after(moment: datetime) -> datetime:
    """In Almaty: the wait of the scenario is over, and nobody sleeps."""
    noon = moment.replace(hour=7, minute=0, second=0, microsecond=0)
    return noon if noon >= moment else noon + timedelta(days=1)


def _asked(database: Database, least: int) -> None:
    """Raises SystemExit unless so many questions are on their way: deciding was to lead to them."""
    with database.reading() as session:
        query = text("SELECT count(*) FROM effects WHERE kind = 'SendMessage'")
        found = session.execute(query).scalar_one()
    if found < least:
        raise SystemExit(f"of {least} cases only {found} were asked: this decided nothing")


def _round(number: int, many: Database, few: Database, handler: Handler, clock: Clock) -> Row:
    """Milliseconds of each step; the smaller one first in every other round."""
    claimed = decided = fewer = 0.0
    for half in range(BATCH // ENOUGH):
        first = number * BATCH + half * ENOUGH
        for database in (many, few) if number % 2 else (few, many):
            make_due(database, first, clock.now())
            took = _ms(lambda: claim(database, clock))  # noqa: B023  called at once
            claimed, fewer = (claimed + took, fewer) if database is many else (claimed, fewer + took)
        decided += _ms(lambda: decide(many, handler))
        _forget(few)
    return {"claim 100": round(claimed, 2), "of 10,000": round(fewer, 2), "decide 100": round(decided, 2)}


def figures(rounds: list[Row]) -> dict[str, float]:
    def median(of: Callable[[Row], float]) -> float:
        return round(statistics.median(map(of, rounds)), 3)

    return {
        "P12": median(lambda one: one["claim 100"] / one["of 10,000"]),
        "P13": median(lambda one: one["claim 100"]),
        "P22": median(lambda one: one["decide 100"] / one["claim 100"]),
    }


def _ms(do: Callable[[], None]) -> float:
    began = time.perf_counter()
    do()
    return (time.perf_counter() - began) * 1000


def claim(database: Database, clock: Clock) -> None:
    """All that are due. Raises AssertionError unless they are as many as stand in the inbox at once."""
    woken = 0
    while done := wake_due(database, clock) if woken < ENOUGH else 0:
        woken += done
    assert woken == ENOUGH, woken
    _to_last(database)


def decide(database: Database, handler: Handler) -> None:
    """All that was claimed. Raises AssertionError unless each was handled."""
    handled = 0
    while done := handler.handle_some():
        handled += done
    assert handled == ENOUGH, handled
    _to_last(database)


def _to_last(database: Database) -> None:
    """One commit that is flushed, and with it all before it: a loop's own may be lost in a power cut."""
    with database.transaction() as session:
        session.execute(text("UPDATE inbox SET reason = reason WHERE id = (SELECT max(id) FROM inbox)"))


def make_due(database: Database, first: int, now: datetime) -> None:
    moment = now.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f") if database.is_sqlite else now
    ids = ", ".join(f"'{case_id(number)}'" for number in range(first, first + ENOUGH))
    with database.transaction() as session:
        session.execute(text(f"UPDATE cases SET wake_at = :now WHERE id IN ({ids})"), {"now": moment})


def _forget(database: Database) -> None:
    with database.transaction() as session:
        session.execute(text("DELETE FROM inbox"))
