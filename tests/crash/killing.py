"""One load, killed many times: the deaths, and what was lost by them."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from benchmarks.postgres import postgres
from sandbox.demo.browsing import Patient
from tests.crash.inside import Inside
from tests.crash.load import Load
from tests.crash.loss import Loss, counted
from tests.crash.points import IN_HAND, POINTS
from tests.crash.reaper import Death, Reaper, start
from tests.crash.storm import Storm
from tests.whole.installation import APPLICATION_TOKEN, Installation, installation, send_events, vendors

PATIENCE = 60.0  # seconds for which people try a page again
SQLITE, POSTGRESQL = "sqlite", "postgresql"


@dataclass(frozen=True)
class Killed:
    """One run."""

    database: str
    seed: int
    deaths: Sequence[Death]
    loss: Loss

    @property
    def missed(self) -> list[str]:
        """Points that were never reached."""
        return [f"{one.point}, pass {one.passes}" for one in self.deaths if not one.happened]

    @property
    def ok(self) -> bool:
        """Nothing is lost, and only what was in hand at a death became uncertain."""
        in_hand = sum(one.sending for one in self.deaths)
        return self.loss.is_none and not self.missed and self.loss.decided <= in_hand


def deaths(database: str, moments: int, passes: int, seed: int) -> list[Death]:
    """Random moments, and every point `passes` times, mixed."""
    here = [name for name, point in POINTS.items() if database == SQLITE or not point.sqlite_only]
    groups = [[Death("")] for _ in range(moments)]
    groups += [_at(name, passed) for name in here for passed in range(1, passes + 1)]
    random.Random(seed).shuffle(groups)
    return [one for group in groups for one in group]


def _at(name: str, passed: int) -> list[Death]:
    """The first, the second, the third time it comes by; a rare one needs another death before it."""
    return [Death(IN_HAND), Death(name)] if POINTS[name].rare else [Death(name, passed)]


def killed(
    folder: Path, database: str, coming: Sequence[Death], seed: int, size: int, told: Callable[[Death], None]
) -> Killed:
    """Plays until all have happened, and every client's story has come to its end."""
    with _standing(folder, database) as here:
        start(here, replace(coming[0]))
        with closing(Inside(here.config["database_url"])) as inside:
            load = Load(here, inside, size, seed)
            storm = _weathered(load, Reaper(here, coming, random.Random(seed + 1), inside.sending, told))
            return Killed(database, seed, coming, counted(load, storm, inside))


def _weathered(load: Load, reaper: Reaper) -> Storm:
    """The whole load, with all deaths in it."""
    with Storm(f"{load.here.engine_url}/hooks/bitrix24", APPLICATION_TOKEN) as storm:
        reaper.start()
        load.go_on_while(reaper.is_alive)
    if reaper.trouble:
        raise reaper.trouble
    load.rest()
    return storm


@contextmanager
def _standing(folder: Path, database: str) -> Iterator[Installation]:
    """Vendors and an installation with this database; the engine is not running yet."""
    people = httpx.Client(timeout=PATIENCE, transport=Patient(PATIENCE))
    with _database(database) as url, vendors(folder) as up, installation(up) as here, people:
        here.plan, here.http = replace(here.plan, patience=PATIENCE), people
        if url:
            here.config["database_url"] = url
            here.write()
        send_events(up, here)
        yield here


@contextmanager
def _database(kind: str) -> Iterator[str]:
    """Its URL; '' for the file in the folder."""
    if kind == SQLITE:
        yield ""
        return
    with postgres() as (url,):
        yield url
