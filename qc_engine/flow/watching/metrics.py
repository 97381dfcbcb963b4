"""How the engine does, in figures for Prometheus: each process tells the same, as all is in the database.

Labels are words of the settings and of the program: no phone, no name, no text of anybody.
"""

import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlmodel import Session

from qc_engine.clock import Clock, SystemClock
from qc_engine.flow.watching.metric_names import LABELS, MEANING
from qc_engine.store import alarms, lanes, measuring, polls, snapshots, workers
from qc_engine.store.database import Database
from qc_engine.store.measuring import Counts, Waiting
from qc_engine.store.workers import Seen

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

# Whoever asks more often gets the same again: a day's rows are read no oftener than that.
NOW_LASTS, DAY_LASTS = timedelta(seconds=5), timedelta(minutes=1)
DAY = timedelta(days=1)
Labels = tuple[str, ...]


@dataclass(frozen=True)
class Sample:
    """One figure; `labels` in the order of LABELS."""

    name: str
    value: float
    labels: Labels = ()


class Metrics:
    """What the last look found, or a new look when that was some seconds ago."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._turn = threading.Lock()
        self._now = _Kept(NOW_LASTS, lambda session, now: list(_at_this_moment(session, now)))
        self._day = _Kept(DAY_LASTS, lambda session, now: list(_of_a_day(session, now - DAY)))

    def text(self) -> bytes:
        """In Prometheus' text format 0.0.4. Raises DBAPIError when the database does not answer."""
        with self._turn, self._database.reading() as session:
            now = self._clock.now()
            found = [*self._now.at(session, now), *self._day.at(session, now)]
        return exposed([*found, *_disk(self._database)])


class _Kept:
    def __init__(self, lasts: timedelta, look: Callable[[Session, datetime], Sequence[Sample]]) -> None:
        self._lasts, self._look = lasts, look
        self._found: tuple[datetime, Sequence[Sample]] | None = None

    def at(self, session: Session, now: datetime) -> Sequence[Sample]:
        if self._found is None or abs(now - self._found[0]) >= self._lasts:
            self._found = (now, self._look(session, now))
        return self._found[1]


# --- what is read -----------------------------------------------------------------------------


def _at_this_moment(session: Session, now: datetime) -> Iterator[Sample]:
    yield from _counts("qc_effects", measuring.open_effects(session))
    yield from _effects_due(session, now)
    yield from _inbox(session, now)
    yield from _cases(session, now)
    yield from _alarms(session, now)
    yield from _lanes(session, now)
    yield from _polls(session, now)
    yield from _workers(workers.seen(session, beat := workers.moment(session, SystemClock())), beat)
    if made_at := snapshots.last(session):
        yield Sample("qc_backup_age_seconds", _age(made_at, now))


def _of_a_day(session: Session, since: datetime) -> Iterator[Sample]:
    yield Sample("qc_day_cases_begun", measuring.begun_since(session, since))
    asked = measuring.asked_since(session, since)
    yield Sample("qc_day_asked", asked.asked)
    yield Sample("qc_day_answered", asked.answered)
    yield Sample("qc_day_clicked", asked.clicked)
    yield from _counts("qc_day_marks", measuring.marks_since(session, since))
    yield from _counts("qc_day_arrivals", measuring.arrivals_since(session, since))
    yield from _counts("qc_day_effects", measuring.effects_since(session, since))
    yield from _counts("qc_day_visits", measuring.visits_since(session, since))


def _counts(name: str, counts: Counts) -> Iterator[Sample]:
    return (Sample(name, count, labels) for labels, count in sorted(counts.items()))


def _effects_due(session: Session, now: datetime) -> Iterator[Sample]:
    """A lane with nothing to do says so: a series that is gone raises no alert."""
    idle = {row.key: Waiting() for row in lanes.all_lanes(session)}
    for lane, waiting in sorted((idle | measuring.due_effects(session, now)).items()):
        yield Sample("qc_effects_due", waiting.count, (lane,))
        yield Sample("qc_effects_oldest_seconds", _age(waiting.since, now), (lane,))


def _inbox(session: Session, now: datetime) -> Iterator[Sample]:
    open_now = measuring.due_arrivals(session, now)
    yield Sample("qc_inbox_open", open_now.count)
    yield Sample("qc_inbox_oldest_seconds", _age(open_now.since, now))
    yield Sample("qc_inbox_quarantined", measuring.quarantined(session))


def _cases(session: Session, now: datetime) -> Iterator[Sample]:
    yield from _counts("qc_cases", measuring.open_cases(session))
    due = measuring.due_cases(session, now)
    yield Sample("qc_timers_due", due.count)
    yield Sample("qc_timers_late_seconds", _age(due.since, now))


def _alarms(session: Session, now: datetime) -> Iterator[Sample]:
    """By family: what an alarm is about may be a branch, and is told elsewhere."""
    standing: dict[str, list[datetime]] = {}
    for row in alarms.all_alarms(session):
        standing.setdefault(row.key.partition(":")[0], []).append(row.since)
    for family, since in sorted(standing.items()):
        yield Sample("qc_alarms", len(since), (family,))
        yield Sample("qc_alarms_oldest_seconds", _age(min(since), now), (family,))


def _lanes(session: Session, now: datetime) -> Iterator[Sample]:
    for row in sorted(lanes.all_lanes(session), key=lambda one: one.key):
        paused = max(0.0, (row.paused_until - now).total_seconds()) if row.paused_until else 0.0
        yield Sample("qc_lane_broken", bool(row.broken), (row.key,))
        yield Sample("qc_lane_paused_seconds", paused, (row.key,))


def _polls(session: Session, now: datetime) -> Iterator[Sample]:
    for name, health in sorted(polls.every_health(session).items()):
        if health.answered_at:
            yield Sample("qc_poll_answer_age_seconds", _age(health.answered_at, now), (name,))
        yield Sample("qc_poll_failing_seconds", _age(health.failing_since, now), (name,))


def _workers(seen: Sequence[Seen], now: datetime) -> Iterator[Sample]:
    """By machine, the newest beat: a process that was replaced is no trouble."""
    yield Sample("qc_workers", sum(one.lives for one in seen), ("living",))
    yield Sample("qc_workers", sum(not one.lives for one in seen), ("silent",))
    newest: Mapping[str, Seen] = {one.worker.host: one for one in sorted(seen, key=lambda one: one.at)}
    for host, one in sorted(newest.items()):
        yield Sample("qc_worker_beat_age_seconds", _age(one.at, now), (host,))
        yield Sample("qc_worker_clock_skew_seconds", one.worker.skew, (host,))


def _disk(database: Database) -> Iterator[Sample]:
    """Only where the database is a file of this machine."""
    if database.path and database.path.exists():
        yield Sample("qc_database_bytes", database.path.stat().st_size)
        yield Sample("qc_disk_free_bytes", shutil.disk_usage(database.path.parent).free)


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0


# --- how it is written ------------------------------------------------------------------------


def exposed(samples: Sequence[Sample]) -> bytes:
    """Every known name once, with its meaning, also where there is no figure for it now."""
    # Only here: most installations never show them, and their processes would load a web server with it.
    from prometheus_client.exposition import generate_latest
    from prometheus_client.metrics_core import GaugeMetricFamily

    families = {
        name: GaugeMetricFamily(name, meaning, labels=LABELS.get(name, ()))
        for name, meaning in MEANING.items()
    }
    for one in samples:
        families[one.name].add_metric(one.labels, one.value)
    return generate_latest(_Families(list(families.values())))


class _Families:
    """What the library takes for its registry."""

    def __init__(self, families: "Sequence[Metric]") -> None:
        self._families = families

    def collect(self) -> "Iterable[Metric]":
        return self._families
