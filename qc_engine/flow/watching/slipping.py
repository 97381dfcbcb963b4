"""Once a day somebody looks whether a branch slips, so that no page has to count for it."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import structlog

from qc_engine.clock import Clock
from qc_engine.core.figures.drift import COMPARED, WATCHED
from qc_engine.core.figures.slips import slips
from qc_engine.store import slipping, tallies
from qc_engine.store.database import Database
from qc_engine.store.slipping import Look
from qc_engine.store.tallies import Wanted

EVERY = timedelta(minutes=10)  # how often to look whether a new day has come
DAY = timedelta(days=1)

log = structlog.get_logger(__name__)


class Slipping:
    """`zone` is the company's: its day is over for all branches."""

    def __init__(self, database: Database, clock: Clock, zone: str = "UTC") -> None:
        self._database, self._clock, self._zone = database, clock, ZoneInfo(zone)

    def look(self) -> int:
        """Once a day, at the days that are over. 0 for a loop: a look leaves no work behind."""
        now = self._clock.now()
        today = now.astimezone(self._zone).date()
        with self._database.reading() as session:
            before = slipping.last(session)
            if before and before.day >= today:
                return 0
            rows = tallies.by_day(session, _watched(today - DAY), None, today - DAY)
        known = before.slips if before else ()
        look = Look(today, tuple(slips(known, rows, today - DAY, now)))
        with self._database.transaction(durable=False) as session:
            slipping.keep(session, look, now)
        _tell(before, look)
        return 0


def _watched(last: date) -> Wanted:
    return Wanted(since=last - WATCHED - COMPARED + DAY, until=last)


def _tell(before: Look | None, look: Look) -> None:
    known = {one.place for one in before.slips} if before else set()
    for one in look.slips:
        if one.place not in known:
            log.warning("a branch slips", portal=one.portal, branch=one.branch, since=one.since.isoformat())
