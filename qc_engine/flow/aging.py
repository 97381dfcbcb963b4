"""By the settings' `keep`: what came in and who visited is emptied when it is old enough."""

from collections.abc import Iterator
from datetime import timedelta

from qc_engine.clock import Clock
from qc_engine.settings import Keep
from qc_engine.store import aging
from qc_engine.store.aging import Ages
from qc_engine.store.database import Database

EVERY = timedelta(hours=1)


class Aging:
    """A few rows in each transaction; a loop calls it again until nothing is left."""

    def __init__(self, database: Database, clock: Clock, keep: Keep) -> None:
        self._database, self._clock, self._keep = database, clock, keep

    def look(self) -> int:
        """How many rows were looked at; 0: nothing is old enough."""
        return sum(self._empty(one, lasts) for one, lasts in self._lasting())

    def _lasting(self) -> Iterator[tuple[Ages, timedelta]]:
        for one, lasts in ((aging.RAW_BODIES, self._keep.raw_bodies), (aging.VISITORS, self._keep.visitors)):
            if lasts is not None:
                yield one, lasts

    def _empty(self, one: Ages, lasts: timedelta) -> int:
        with self._database.transaction(durable=False) as session:
            return aging.empty_old(session, one, self._clock.now() - lasts)
