"""By the settings' `keep`: what came in and who visited is emptied when it is old enough."""

from collections.abc import Iterator
from datetime import timedelta

from qc_engine.clock import Clock
from qc_engine.settings import Keep
from qc_engine.store import aging, outgrown
from qc_engine.store.aging import Ages
from qc_engine.store.database import Database

EVERY = timedelta(hours=1)


class Aging:
    """A few rows in each transaction; a loop calls it again until nothing is left."""

    def __init__(self, database: Database, clock: Clock, keep: Keep) -> None:
        self._database, self._clock, self._keep = database, clock, keep

    def look(self) -> int:
        """How many rows were looked at; 0: nothing is old enough."""
        return sum(self._empty(one, lasts) for one, lasts in self._lasting()) + self._stories() + self._told()

    def _lasting(self) -> Iterator[tuple[Ages, timedelta]]:
        """What has an age, and the settings name how long it lasts."""
        for one in aging.EVERY:
            lasts = getattr(self._keep, one.name)
            if lasts is not None:
                yield one, lasts

    def _told(self) -> int:
        if self._keep.webhooks is None:
            return 0
        with self._database.transaction(durable=False) as session:
            return outgrown.forget_told(session, self._clock.now() - self._keep.webhooks)

    def _stories(self) -> int:
        if self._keep.stories is None:
            return 0
        now = self._clock.now()
        with self._database.transaction(durable=False) as session:
            return outgrown.forget_stories(session, now - self._keep.stories, now)

    def _empty(self, one: Ages, lasts: timedelta) -> int:
        with self._database.transaction(durable=False) as session:
            return aging.empty_old(session, one, self._clock.now() - lasts)
