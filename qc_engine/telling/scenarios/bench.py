"""Trials on the clients of the past: one at a time, on a thread; only figures of them outlive the process."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event, Lock, Thread

import structlog

from qc_engine.clock import Clock, SystemClock
from qc_engine.store.database import Database
from qc_engine.trying.past import Person
from qc_engine.trying.reading import crowd_of
from qc_engine.trying.report import Report, Voices
from qc_engine.trying.trial import TextLost, Trial
from qc_engine.web.pages.scenarios.rooms import CANCELLED, DONE, FAILED, RUNNING, Asked, Past

log = structlog.get_logger()
KEPT_FOR, MOST_KEPT = timedelta(minutes=30), 5
BREATH = 0.001  # seconds after each person: surveys and visitors need the processor too
TEXT_LOST, OUR_FAULT = "text_lost", "our_fault"


class _Cancelled(Exception):
    """Somebody does not want to know any more."""


@dataclass
class Run:
    """One trial: what it is about, how far it is, and what came of it."""

    id: str
    trial: Trial
    database: Database
    voices: Voices
    asked: Asked
    by: str
    began_at: datetime
    wall: Clock
    state: str = RUNNING
    done: int = 0  # people
    of: int = 0  # 0: they are being gathered
    why_not: str = ""
    report: Report | None = None
    ended_at: datetime | None = None
    stop: Event = field(default_factory=Event)
    keep: Callable[["Run"], None] = lambda _: None  # leaves behind how it stands

    @property
    def past(self) -> Past:
        """As it stands at this moment."""
        season = self.trial.season
        return Past(
            self.id, season.portal, season.scenario, self.trial.new.version, self.asked, self.by,
            self.began_at, self.state, self.done, self.of, self.why_not,
        )  # fmt: skip

    def live(self) -> None:
        """To the end, whatever that is; nothing rises from here."""
        self.keep(self)
        try:
            self.report = self.trial.report(self._people(), self.voices)
            self.state = DONE
        except _Cancelled:
            self.state = CANCELLED
        except TextLost:
            self._failed(TEXT_LOST)
        except Exception:
            log.exception("a trial on the past failed", scenario=self.trial.season.scenario)
            self._failed(OUR_FAULT)
        finally:  # whatever happened: the next one may begin
            self.keep(self)
            self.ended_at = self.wall.now()

    def _people(self) -> Iterator[Person]:
        crowd = crowd_of(self.database, self.trial.season, self.trial.branch)
        self.of = len(crowd)
        for person in crowd:
            yield person
            self.done += 1
            if self.stop.wait(BREATH):
                raise _Cancelled

    def _failed(self, why: str) -> None:
        self.why_not, self.state = why, FAILED


@dataclass
class Bench:
    """The one that goes on, and those that have ended lately."""

    wall: Clock = field(default_factory=SystemClock)
    _runs: dict[str, Run] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def begin(self, run: Run) -> Run | None:
        """None: it goes on from now; otherwise the one that has to end first."""
        with self._lock:
            self._forget()
            other = self._under_way()
            if other is None:
                self._runs[run.id] = run
                Thread(target=run.live, name=f"trial {run.id}", daemon=True).start()
        return other

    def under_way(self) -> Run | None:
        with self._lock:
            return self._under_way()

    def get(self, id_: str) -> Run | None:
        with self._lock:
            self._forget()
            return self._runs.get(id_)

    def _under_way(self) -> Run | None:
        return next((run for run in self._runs.values() if run.ended_at is None), None)

    def _forget(self) -> None:
        """A report of a month is some megabytes."""
        now, ended = self.wall.now(), [run for run in self._runs.values() if run.ended_at is not None]
        for number, run in enumerate(reversed(ended)):
            if number >= MOST_KEPT or (run.ended_at and now - run.ended_at > KEPT_FOR):
                del self._runs[run.id]
