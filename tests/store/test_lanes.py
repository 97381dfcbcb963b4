"""The leaky bucket in the database: never too fast, nothing wasted, one probe where the count is unknown."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from qc_engine.clock import FixedClock
from qc_engine.store.database import Database
from qc_engine.store.lanes import PROBE_LEASE, SPARE, BucketPace, all_lanes
from sandbox.bitrix24.limits import Bucket

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
LANE = "bitrix24"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


@pytest.fixture
def begin(database: Database, clock: FixedClock) -> Callable[..., BucketPace]:
    """A pace as a process has it after its start; all of them share the lane's row."""
    return lambda per_second=2.0, burst=50: BucketPace(database, clock, LANE, per_second, burst)


def send(pace: BucketPace, count: int, urgent: bool = False) -> None:
    for _ in range(count):
        pace.slot(urgent)
        pace.answered()


def seconds(clock: FixedClock) -> float:
    return (clock.now() - NOW).total_seconds()


@pytest.mark.parametrize(
    ("per_second", "burst", "count", "ideal"),
    [
        (2.0, 50, 49, 0.0),  # a burst costs nothing; one is kept for what is urgent
        (2.0, 50, 50, 0.5),
        (2.0, 50, 150, 50.0),
        (5.0, 250, 350, 20.0),
        (2.0, 5, 9, 2.0),
        (2.0, 1, 11, 5.0),
    ],
)
def test_as_fast_as_the_bucket_allows(
    begin: Callable[..., BucketPace],
    clock: FixedClock,
    per_second: float,
    burst: int,
    count: int,
    ideal: float,
) -> None:
    send(begin(per_second, burst), count)
    assert ideal <= seconds(clock) + 1e-6
    assert seconds(clock) <= (ideal + 1 / per_second) * SPARE + 1e-3


def test_the_portals_own_arithmetic_never_refuses(
    begin: Callable[..., BucketPace], clock: FixedClock
) -> None:
    portal, paces = Bucket(), [begin(), begin()]
    for turn in range(200):
        paces[turn % 2].slot(urgent=turn % 7 == 0)
        assert portal.admit("us", clock.now().timestamp(), "standard"), f"refused request {turn}"
        paces[turn % 2].answered()


def test_two_processes_in_threads_share_one_bucket(
    begin: Callable[..., BucketPace], clock: FixedClock
) -> None:
    portal, admitted, turn = Bucket(), [], threading.Lock()

    def work(pace: BucketPace) -> None:
        for _ in range(60):
            pace.slot()
            with turn:
                admitted.append(portal.admit("us", clock.now().timestamp(), "standard"))
            pace.answered()

    threads = [threading.Thread(target=work, args=(begin(),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert admitted == [True] * 120


def test_one_token_is_kept_for_what_is_urgent(begin: Callable[..., BucketPace], clock: FixedClock) -> None:
    pace = begin()
    send(pace, 49)
    send(pace, 1, urgent=True)
    assert seconds(clock) == 0
    send(pace, 1, urgent=True)
    assert 0.5 <= seconds(clock) < 0.6
    send(pace, 1)  # what can wait comes after both
    assert 1.5 <= seconds(clock) < 1.6


def test_what_is_still_on_its_way_has_not_drained(
    begin: Callable[..., BucketPace], clock: FixedClock
) -> None:
    """Eight requests are held up for ten seconds: the portal's bucket gets them when ours would be empty."""
    portal, pace, gone = Bucket(), begin(), threading.Barrier(9)
    send(pace, 3)
    clock.advance(timedelta(minutes=1))
    arrive = threading.Event()

    def held_up() -> None:
        pace.slot()
        gone.wait(5)
        arrive.wait(5)
        assert portal.admit("us", clock.now().timestamp(), "standard")
        pace.answered()

    threads = [_in_a_thread(held_up) for _ in range(8)]
    gone.wait(5)
    clock.advance(timedelta(seconds=10))
    arrive.set()
    for thread in threads:
        thread.join(5)
    for turn in range(60):
        pace.slot()
        assert portal.admit("us", clock.now().timestamp(), "standard"), f"refused request {turn}"
        pace.answered()
    assert seconds(clock) < 70 + 12  # and nothing was waited for in vain


# --- the probe -------------------------------------------------------------------------------------------


def test_after_a_restart_one_request_goes_alone_and_the_rest_by_the_kept_level(
    begin: Callable[..., BucketPace], clock: FixedClock
) -> None:
    send(begin(), 49)
    restarted = begin()
    restarted.slot()
    assert 0.5 <= seconds(clock) < 0.6  # the level was kept
    others = _wait_in_a_thread(restarted)
    assert others.is_alive(), "nobody leaves before the probe is back"
    clock.advance(timedelta(seconds=1))
    restarted.answered()
    others.join(5)
    assert not others.is_alive()


def test_a_new_lane_costs_no_waiting(begin: Callable[..., BucketPace], clock: FixedClock) -> None:
    send(begin(), 30)
    assert seconds(clock) == 0


def test_a_refused_probe_means_a_full_bucket(begin: Callable[..., BucketPace], clock: FixedClock) -> None:
    pace, portal, refused = begin(), Bucket(), 0
    for _ in range(50):
        assert portal.admit("us", clock.now().timestamp(), "standard")
    for _ in range(40):
        pace.slot()
        if portal.admit("us", clock.now().timestamp(), "standard"):
            pace.answered()
        else:
            refused += 1
            pace.pause(5)
    assert refused == 1
    assert seconds(clock) <= 40 / 2 * 1.06


def test_after_a_pause_one_goes_first(begin: Callable[..., BucketPace], clock: FixedClock) -> None:
    pace, other = begin(), begin()
    send(pace, 3)
    send(other, 1)
    pace.slot()
    pace.pause(7)
    other.slot()
    assert 7 <= seconds(clock) < 7.2
    waiting = _wait_in_a_thread(pace)
    assert waiting.is_alive()
    other.answered()
    waiting.join(5)
    assert not waiting.is_alive()


def test_a_second_request_of_the_probe_need_not_wait_for_itself(
    begin: Callable[..., BucketPace], clock: FixedClock
) -> None:
    pace = begin()
    pace.slot()
    pace.slot()  # a redirect, or a fresh token
    pace.answered()
    pace.slot()
    assert seconds(clock) == 0


def test_a_probe_whose_process_died_is_taken_over(
    begin: Callable[..., BucketPace], clock: FixedClock
) -> None:
    begin().slot()
    survivor = begin()
    _in_a_thread(survivor.slot).join(20)
    assert seconds(clock) == pytest.approx(PROBE_LEASE.total_seconds(), abs=0.2)


def test_a_late_refusal_is_not_forgotten_by_the_probe(
    begin: Callable[..., BucketPace], clock: FixedClock
) -> None:
    """A request that was under way before is refused while the probe is out: the longer word counts."""
    pace = begin()
    pace.slot()
    _in_a_thread(lambda: pace.pause(200)).join(5)
    pace.answered()
    pace.slot()
    assert seconds(clock) >= 200


def test_a_clock_that_was_put_back_does_not_freeze_the_lane(
    database: Database, clock: FixedClock, begin: Callable[..., BucketPace]
) -> None:
    send(begin(), 49)
    clock.advance(-timedelta(hours=5))
    send(begin(), 3)
    assert seconds(clock) + 5 * 3600 < 3


def test_waiting_holds_no_transaction(
    database: Database, begin: Callable[..., BucketPace], monkeypatch: pytest.MonkeyPatch, clock: FixedClock
) -> None:
    pace = begin()
    send(pace, 49)

    def sleep(span: float) -> None:
        with database.transaction() as session:
            assert all_lanes(session)[0].key == LANE
        clock.advance(timedelta(seconds=span))

    monkeypatch.setattr(clock, "sleep", sleep)
    send(pace, 2)


def _wait_in_a_thread(pace: BucketPace) -> threading.Thread:
    """A thread that asks for a slot and looks again and again, on a clock that stands still meanwhile."""
    asked, patience = threading.Event(), threading.Event()
    reserve, real = pace._reserve, pace.clock

    def counted(urgent: bool) -> object:
        found = reserve(urgent)
        asked.set()
        return found

    class Still:
        def now(self) -> datetime:
            return real.now()

        def sleep(self, _: float) -> None:
            patience.wait(0.005)

    pace.clock, pace._reserve = Still(), counted  # type: ignore[method-assign,assignment]
    thread = _in_a_thread(pace.slot)
    assert asked.wait(5)
    return thread


def _in_a_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread
