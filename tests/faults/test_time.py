"""The clock is moved, the machine sleeps, a year ends: everything once, in its time, and somebody is told."""

import threading
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from qc_engine.clock import FixedClock
from qc_engine.core.effects import SendMessage
from qc_engine.core.events import AnswerReceived
from qc_engine.flow.deliver import sweep
from qc_engine.flow.loops import EmbeddedRunner
from qc_engine.flow.watching import machine
from qc_engine.flow.watching.machine import Machine
from qc_engine.ports import Arrival, Done, Job, Outcome
from qc_engine.settings import Timings
from qc_engine.store import alarms
from qc_engine.store.database import Database
from tests.flow.fakes import PHONE, Flow

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
JUMPS = {"an hour on": HOUR, "a day on": DAY, "an hour back": -HOUR, "a day back": -DAY}


@pytest.fixture
def flow(sqlite_database: Database, clock: FixedClock) -> Flow:
    return Flow(sqlite_database, clock)


def keys(flow: Flow) -> list[str]:
    return [job.key for job in flow.world.ledger]


def tick(flow: Flow, times: int) -> None:
    """An hour each, with the sweep that a worker does."""
    for _ in range(times):
        flow.later(hours=1)
        sweep(flow.database, flow.clock, Timings().settle)


# --- T-01: the clock is moved -----------------------------------------------------------------


@pytest.mark.parametrize("jump", JUMPS)
@pytest.mark.parametrize("when", ["before the question", "after it"])
def test_a_clock_that_jumps_sends_nothing_twice_and_forgets_nothing(flow: Flow, jump: str, when: str) -> None:
    flow.close_order()
    if when == "after it":
        flow.later(days=1)
    flow.clock.advance(JUMPS[jump])
    flow.settle()
    tick(flow, 50)
    assert len(flow.world.texts) >= 1
    assert len(keys(flow)) == len(set(keys(flow)))
    first = flow.world.texts[0]
    assert flow.world.texts.count(first) == 1
    flow.arrive(Arrival("inbox:1", AnswerReceived(PHONE, "9", flow.clock.now(), 9_000)))
    flow.settle()
    assert len(flow.world.texts) >= 2, "and the answer is heard"


@pytest.mark.parametrize("jump", JUMPS)
def test_a_clock_that_jumps_in_the_middle_of_a_call(flow: Flow, jump: str) -> None:
    """The lease of the call has run out by the clock, and another look sees it; the call itself came back well."""
    flow.close_order()
    flow.clock.advance(DAY)
    moved: list[str] = []

    def answers(job: Job) -> Outcome:
        if not moved and isinstance(job.effect, SendMessage):
            moved.append(job.key)
            flow.clock.advance(JUMPS[jump])
            sweep(flow.database, flow.clock, Timings().settle)
        return Done()

    flow.world.answer = answers
    flow.settle()
    tick(flow, 30)
    sent = [job.key for job in flow.world.ledger if isinstance(job.effect, SendMessage)]
    assert moved[0] in sent
    assert len(sent) == len(set(sent))


def test_the_beat_of_a_loop_is_no_business_of_the_clock() -> None:
    """The bell hangs on the machine's clock: where that was put back by a day, it does not ring for so long."""
    runner, often = EmbeddedRunner(), threading.Event()
    beats: list[int] = []

    def work() -> int:
        beats.append(1)
        if len(beats) == 3:
            often.set()
        return 0

    runner.periodic("one", timedelta(milliseconds=5), work)
    runner.scheduler.pause_job("one")
    runner.start()
    assert often.wait(10)
    runner.stop()


class Even:
    """Seconds that go on evenly."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def even() -> Even:
    return Even()


@pytest.fixture
def watch(database: Database, clock: FixedClock, even: Even, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setattr(machine.platform, "node", lambda: "box")
    return Machine(database, clock, even)


def told(database: Database) -> list[tuple[str, str, dict[str, object]]]:
    with database.reading() as session:
        return [(one.key, one.phrase, one.params) for one in alarms.all_alarms(session)]


def passes(clock: FixedClock, even: Even, by_clock: timedelta, really: timedelta) -> None:
    clock.advance(by_clock)
    even.seconds += really.total_seconds()


def test_a_clock_that_was_moved_is_an_alarm_for_an_hour(
    watch: Machine, database: Database, clock: FixedClock, even: Even
) -> None:
    before = clock.now()
    watch.look()
    passes(clock, even, timedelta(seconds=75), timedelta(seconds=30))
    watch.look()
    assert told(database) == [], "keepers of time correct that much"
    passes(clock, even, timedelta(hours=-1), timedelta(seconds=30))
    watch.look()
    at = before + timedelta(seconds=75) - HOUR
    params = {"host": "box", "seconds": "-3630", "at": at.isoformat()}
    assert told(database) == [("clock:box", "alarm.clock", params)]
    passes(clock, even, timedelta(minutes=59), timedelta(minutes=59))
    watch.look()
    assert len(told(database)) == 1
    passes(clock, even, timedelta(minutes=2), timedelta(minutes=2))
    watch.look()
    assert told(database) == []


def test_eight_hours_of_sleep_are_no_jump(
    watch: Machine, database: Database, clock: FixedClock, even: Even
) -> None:
    """T-08: the steady seconds go on while the machine sleeps."""
    watch.look()
    passes(clock, even, 8 * HOUR, 8 * HOUR)
    watch.look()
    assert told(database) == []


def test_a_clock_of_1970_is_an_alarm_until_it_has_caught_up(
    database: Database, clock: FixedClock, even: Even
) -> None:
    """T-02: what has come already says that it is later."""
    flow = Flow(database, clock)
    flow.close_order()
    came = clock.now()
    clock.advance(datetime(1970, 1, 1, tzinfo=UTC) - came)
    watch = Machine(database, clock, even)
    flow.settle()
    assert flow.world.texts == [], "nothing is due"
    watch.look()
    ((_, phrase, params),) = told(database)
    assert (phrase, params["at"]) == ("alarm.clock.behind", came.isoformat())
    passes(clock, even, came - clock.now(), timedelta(seconds=30))
    even.seconds += 2 * HOUR.total_seconds()
    clock.advance(2 * HOUR)
    watch.look()
    passes(clock, even, 2 * HOUR, 2 * HOUR)
    watch.look()
    assert told(database) == []
    flow.later(days=1)
    assert len(flow.world.texts) == 1


def test_a_disk_that_runs_full_is_an_alarm(
    watch: Machine, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not database.is_sqlite:
        pytest.skip("a server looks after its own disk")
    monkeypatch.setattr(machine, "free_bytes", lambda _: 17 * 10**6)
    watch.look()
    assert told(database) == [("disk:box", "alarm.disk", {"host": "box", "free": "17"})]
    monkeypatch.setattr(machine, "free_bytes", lambda _: 10**12)
    watch.look()
    assert told(database) == []


# --- T-08: the machine sleeps -----------------------------------------------------------------


@pytest.mark.parametrize("hours", [8, 30, 100])
def test_what_came_due_in_a_long_sleep_is_done_once_or_not_at_all(flow: Flow, hours: int) -> None:
    """The first look after it finds everything overdue at one moment."""
    phones = [f"7701555000{number}" for number in range(4)]
    for number, phone in enumerate(phones):
        flow.close_order(10 + number, phone)
    flow.later(hours=23)
    assert flow.world.texts == []
    flow.later(hours=hours)
    tick(flow, 24)
    assert len(keys(flow)) == len(set(keys(flow)))
    asked = [job.effect.phone for job in flow.world.ledger if hasattr(job.effect, "phone")]
    assert {asked.count(phone) for phone in phones} <= {0, 1, 2}, "a question and perhaps its reminder"
    assert len({asked.count(phone) for phone in phones}) == 1


# --- T-04, T-07: zones and calendars ----------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "moment", "hours"),
    [
        ("Asia/Almaty", "2024-02-29T12:00", 6),
        ("Asia/Almaty", "2024-03-01T12:00", 5),  # all of Kazakhstan is one zone since
        ("Asia/Qyzylorda", "2026-01-01T00:00", 5),
        ("Europe/Moscow", "2026-12-31T23:59", 3),
    ],
)
def test_zones_are_those_of_today(zone: str, moment: str, hours: int) -> None:
    """T-04: of the machine, else of the package; either must know the last change of the law."""
    civil = datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone))
    assert civil.utcoffset() == timedelta(hours=hours)


@pytest.mark.parametrize(
    "closed_at", ["2026-12-30T07:00", "2028-02-28T07:00", "2027-02-27T07:00", "2027-01-03T07:00"]
)
def test_a_question_over_the_end_of_a_year_or_a_leap_day(sqlite_database: Database, closed_at: str) -> None:
    """T-07: a day later, by day, whatever the calendar does in between."""
    clock = FixedClock(datetime.fromisoformat(closed_at).replace(tzinfo=UTC))
    flow = Flow(sqlite_database, clock)
    flow.close_order()
    flow.later(hours=23)
    assert flow.world.texts == []
    flow.later(hours=1)
    assert len(flow.world.texts) == 1
