"""One process that empties an outbox into a portal: the engine's deliverers, connector, pace and ledger.

    python -m benchmarks.crm_worker '{"database": ..., "url": ..., "clock_file": null, "urgent": [...]}'

Prints a line of JSON when it is ready, waits for a line, and prints its measures when nothing is left.
"""

import json
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlmodel import col, func, select

from benchmarks.crm_portal import START, TARGET
from connectors.bitrix24.calls.client import AT_ONCE
from connectors.bitrix24.connector import Bitrix24
from connectors.bitrix24.settings import Bitrix24Settings
from qc_engine.clock import Clock, SharedClock, SystemClock
from qc_engine.core.decision import BULK, URGENT
from qc_engine.core.effects import MoveDeal
from qc_engine.flow.deliver import Deliverer, sweep
from qc_engine.settings import Timings
from qc_engine.store import codec, outbox, schema
from qc_engine.store.database import Database
from qc_engine.store.lanes import BucketPace
from qc_engine.store.tables import EffectRow

LANE = "crm"
NAP_SECONDS = 0.05
LEASE = timedelta(seconds=45)  # real; the longest that one turn takes is 30
OPEN = (outbox.PLANNED, outbox.SENDING, outbox.UNKNOWN)


def fill_outbox(url: str, ids: Sequence[int], clock: Clock, priority: int = BULK) -> None:
    """One MoveDeal per deal, each of a case of its own."""
    database = Database(url)
    schema.upgrade(database)
    with database.transaction() as session:
        session.add_all(_row(number, clock, priority) for number in ids)
    database.close()


def _row(number: int, clock: Clock, priority: int) -> EffectRow:
    effect, now = MoveDeal(number, TARGET, (START,)), clock.now()
    return EffectRow(
        key=f"D{number}:1:1", case_id=f"D{number}", lane=LANE, kind="MoveDeal",
        payload=codec.dump_effect(effect), priority=priority, run_at=now, created_at=now,
    )  # fmt: skip


@dataclass
class Worker:
    """Both doors of the lane: one takes whatever is due, one only what is urgent."""

    url: str
    database: Database
    clock: Clock
    operating_limit: timedelta
    lease: timedelta = LEASE
    stopping: threading.Event = field(default_factory=threading.Event)

    def run(self, urgent: Sequence[int], after: float) -> dict[str, Any]:
        """Seconds of the worker's clock until nothing is open, and how long the urgent ones took."""
        portal = self._portal()
        doors = [self._door(portal, urgent_only) for urgent_only in (False, True)]
        threads = [threading.Thread(target=self._drain, args=(door.deliver_some,)) for door in doors]
        began = self.clock.now()
        for thread in threads:
            thread.start()
        busy = self._hurry(urgent[: len(urgent) // 2], after) if urgent else 0.0
        while self._open():
            self.clock.sleep(NAP_SECONDS)
        wall = (self.clock.now() - began).total_seconds()
        idle = self._hurry(urgent[len(urgent) // 2 :], 30.0) if urgent else 0.0
        self.stopping.set()
        for thread in threads:
            thread.join()
        return {"wall": wall, "urgent_busy": busy, "urgent_idle": idle, "states": self._states()}

    def _portal(self) -> Bitrix24:
        settings = Bitrix24Settings(webhook_url=self.url, operating_limit=self.operating_limit)
        pace = BucketPace(self.database, self.clock, "bitrix24", settings.requests_per_second, settings.burst)
        portal = Bitrix24(settings, self.clock, pace)
        portal.batch_size = AT_ONCE
        return portal

    def _door(self, portal: Bitrix24, urgent_only: bool) -> Deliverer:
        timings = Timings(lease=self.lease)
        secret = b"benchmark"
        return Deliverer(
            self.database, self.clock, {}, LANE, portal, timings, secret, lambda: None, urgent_only
        )

    def _drain(self, deliver: Callable[[], int]) -> None:
        while not self.stopping.is_set():
            if not deliver():
                sweep(self.database, self.clock, timedelta(minutes=2))
                self.clock.sleep(NAP_SECONDS)

    def _hurry(self, ids: Sequence[int], after: float) -> float:
        """Puts urgent effects into the outbox after a while; seconds until the last of them is done."""
        self.clock.sleep(after)
        began = self.clock.now()
        fill_outbox(self.database.url, ids, self.clock, URGENT)
        while self._open([f"D{number}:1:1" for number in ids]):
            self.clock.sleep(NAP_SECONDS)
        return (self.clock.now() - began).total_seconds()

    def _open(self, keys: Sequence[str] = ()) -> int:
        query = select(func.count()).select_from(EffectRow).where(col(EffectRow.state).in_(OPEN))
        with self.database.reading() as session:
            return session.exec(query.where(col(EffectRow.key).in_(keys)) if keys else query).one()

    def _states(self) -> dict[str, int]:
        with self.database.reading() as session:
            return outbox.counts(session)


def main() -> None:
    asked = json.loads(sys.argv[1])
    clock = SharedClock(Path(asked["clock_file"])) if asked.get("clock_file") else SystemClock()
    limit = timedelta(seconds=asked.get("operating_limit", 480))
    lease = LEASE * asked.get("rate", 1.0)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    worker = Worker(asked["url"], Database(asked["database"]), clock, limit, lease)
    print(json.dumps({"ready": True}), flush=True)
    sys.stdin.readline()
    print(json.dumps(worker.run(asked.get("urgent", []), asked.get("urgent_after", 0.0))), flush=True)


if __name__ == "__main__":
    main()
