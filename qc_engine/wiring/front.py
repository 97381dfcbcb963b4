"""The parts that the doors need in a process of their own: scenarios are followed, and nothing is decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from qc_engine.clock import Clock, SystemClock
from qc_engine.flow.versions.library import Library
from qc_engine.ports import Connector
from qc_engine.scenario_files.load import BadScenarios
from qc_engine.store import schema, workers
from qc_engine.store.database import Database
from qc_engine.wiring.engine import doors_of
from qc_engine.wiring.installation import Installation, clock_of, portals_of
from qc_engine.wiring.keys import lasting_secret
from qc_engine.wiring.offline import libraries_in_force
from qc_engine.wiring.versions import stamp

log = structlog.get_logger(__name__)
FOLLOW_EVERY = timedelta(seconds=2)  # how soon a changed scenario is shown by its new words
PATIENCE = timedelta(seconds=60)
LONGEST_SILENCE = timedelta(seconds=45)  # longer than for others to take over: a door need not flutter


@dataclass
class Front:
    """One installation as its doors see it; a worker beside it polls, decides and delivers."""

    settings: Installation
    database: Database
    clock: Clock
    libraries: dict[str, Library]
    connectors: Sequence[Connector]
    _stamps: Mapping[str, object] = field(default_factory=dict)

    def follow(self) -> int:
        """Scenarios as the worker put them in force; what cannot be read leaves the last ones. Returns 0."""
        stamps = self._stamps_now()
        if stamps == self._stamps:
            return 0
        try:
            self.libraries.update(libraries_in_force(self.settings, self.database))
        except BadScenarios as fault:
            log.error("the scenarios in force cannot be read", reason=str(fault))
        self._stamps = stamps
        return 0

    def _stamps_now(self) -> Mapping[str, object]:
        with self.database.reading() as session:
            return {name: stamp(session, name) for name in portals_of(self.settings)}


def open_front(settings: Installation) -> Front:
    """For a while it waits for the tables, which a worker makes.

    Raises WrongSchema, WrongKey and BadScenarios.
    """
    database, clock = Database(settings.database_url), clock_of(settings)
    _wait_for_tables(database)
    schema.require_current(database)
    lasting_secret(settings, database, clock)
    front = Front(settings, database, clock, {}, doors_of(settings, database, clock))
    front.libraries.update(libraries_in_force(settings, database))
    front._stamps = front._stamps_now()
    return front


def _wait_for_tables(database: Database) -> None:
    wall = SystemClock()
    until = wall.now() + PATIENCE
    if schema.current(database) is None:
        log.info("waiting for a worker to make the tables", seconds=PATIENCE.total_seconds())
    while schema.current(database) is None and wall.now() < until:
        wall.sleep(0.5)


# --- is there anybody who works? --------------------------------------------------------------


def is_anybody_working(database: Database) -> bool:
    with database.reading() as session:
        now = workers.moment(session, SystemClock())
        return any(now - one.at < LONGEST_SILENCE for one in workers.seen(session, now))
