"""The running time of each method: asked before sending, as the portal counts it."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from connectors.bitrix24.calls.operating import InRam, Operating
from qc_engine.clock import FixedClock
from sandbox.bitrix24 import limits

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
LIMIT = timedelta(seconds=480)
METHOD = "crm.item.update"
SKEW = 1234.5  # s; the portal's clock is that far ahead of ours


class Portal:
    """The sandbox's account of one method, behind a `time` object like the portal's."""

    def __init__(self, clock: FixedClock, cost: float) -> None:
        self.clock, self.cost = clock, cost
        self.account = limits.Operating()
        self.refused = 0

    def run(self, method: str = METHOD) -> dict[str, float] | None:
        """The `time` of one call; None: OPERATION_TIME_LIMIT."""
        now = self.clock.now().timestamp() + SKEW
        if self.account.used(method, now) >= LIMIT.total_seconds():
            self.refused += 1
            return None
        self.account.spend(method, self.cost, now)
        return {
            "start": now, "finish": now + self.cost, "duration": self.cost,
            "operating": self.account.used(method, now),
            "operating_reset_at": self.account.reset_at(method, now),
        }  # fmt: skip


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def memory() -> InRam:
    return InRam()


@pytest.fixture
def operating(clock: FixedClock, memory: InRam) -> Operating:
    return Operating(clock, LIMIT, memory)


def send(operating: Operating, portal: Portal, wanted: int = 50) -> int:
    """One batch as the client sends it; how many were carried out."""
    granted = operating.admit(METHOD, wanted)
    done = 0
    for _ in range(granted):
        time = portal.run()
        if time is None:
            operating.block(METHOD)
            continue
        operating.note(METHOD, time)
        done += 1
    operating.landed(METHOD, granted)
    return done


def drain(operating: Operating, portal: Portal, count: int, pace: float = 0.5) -> float:
    """Seconds until so many commands are carried out, with a batch every `pace` seconds at most."""
    began = portal.clock.now()
    while count:
        count -= send(operating, portal, min(50, count))
        if not count:
            break
        portal.clock.advance(max(operating.left(METHOD), timedelta(seconds=pace)))
    return (portal.clock.now() - began).total_seconds()


@pytest.mark.parametrize(
    ("cost", "count", "ideal"),
    [
        (0.0, 7500, 74.5),  # the account stays empty
        (0.01, 7500, 74.5),
        (0.1, 7500, 600 + 27),  # 4,800 in the first ten minutes, the rest when they are forgotten
        (0.48, 2800, 2 * 600 + 10),
        (3.0, 400, 2 * 600 + 4),
    ],
)
def test_no_refusal_and_hardly_a_second_wasted(
    operating: Operating, clock: FixedClock, cost: float, count: int, ideal: float
) -> None:
    portal = Portal(clock, cost)
    took = drain(operating, portal, count)
    assert portal.refused == 0
    assert took <= ideal * 1.10


def test_the_forecast_is_what_happens(operating: Operating, clock: FixedClock) -> None:
    portal = Portal(clock, 0.1)
    send(operating, portal)
    promised = operating.takes(METHOD, 7450).total_seconds()
    assert drain(operating, portal, 7450) == pytest.approx(promised, rel=0.1)


def test_a_steady_trickle_is_never_held_up(operating: Operating, clock: FixedClock) -> None:
    portal = Portal(clock, 0.7)
    for _ in range(3600):  # 0.7 s of run time each second would be 420 s in ten minutes
        assert send(operating, portal, 1) == 1
        clock.advance(timedelta(seconds=1))


def test_an_unknown_method_begins_with_a_few(operating: Operating) -> None:
    assert operating.admit(METHOD, 500) == 96  # a tenth of the time, at half a second each
    operating.landed(METHOD, 96)


def test_commands_under_way_count(operating: Operating, clock: FixedClock) -> None:
    portal = Portal(clock, 1.0)
    send(operating, portal)
    assert operating.room(METHOD) == 406
    first = operating.admit(METHOD, 400)
    assert (first, operating.room(METHOD)) == (400, 6)
    operating.landed(METHOD, first)


def test_who_would_have_to_guess_waits_for_the_answer(operating: Operating, clock: FixedClock) -> None:
    portal, granted = Portal(clock, 0.0), [operating.admit(METHOD, 96)]
    other = threading.Thread(target=lambda: granted.append(operating.admit(METHOD, 50)))
    other.start()
    other.join(0.05)
    assert other.is_alive()
    time = portal.run()
    assert time
    operating.note(METHOD, time)
    operating.landed(METHOD, 96)
    other.join(5)
    assert granted == [96, 50]


def test_what_others_used_up_is_counted(operating: Operating, clock: FixedClock) -> None:
    portal = Portal(clock, 1.0)
    portal.account.spend(METHOD, 440, clock.now().timestamp() + SKEW)
    assert sum(send(operating, portal) for _ in range(3)) <= 50
    assert portal.refused <= 10
    assert operating.room(METHOD) == 0
    assert timedelta(minutes=9) < operating.left(METHOD) <= timedelta(minutes=10, seconds=2)


def test_a_refusal_blocks_one_method_until_its_bucket_drops(operating: Operating, clock: FixedClock) -> None:
    operating.note(
        METHOD, {"start": 5000.0, "finish": 5001.0, "operating": 470.0, "operating_reset_at": 5090}
    )
    assert operating.block(METHOD) == timedelta(seconds=91)  # the portal cuts its seconds off
    assert (operating.room(METHOD), operating.room("crm.item.list")) == (0, 96)
    clock.advance(timedelta(seconds=91))
    assert operating.left(METHOD) == timedelta()
    assert 0 < operating.room(METHOD) <= 96  # carefully: it refused what we thought possible


def test_a_refusal_without_a_known_reset_waits_a_minute(operating: Operating) -> None:
    assert operating.block(METHOD) == timedelta(minutes=1)


def test_zero_means_no_limit_but_a_refusal_is_obeyed(clock: FixedClock, memory: InRam) -> None:
    box = Operating(clock, timedelta(), memory)
    portal = Portal(clock, 5.0)
    for _ in range(5):
        time = portal.run()
        assert time
        box.note(METHOD, time)
    assert box.admit(METHOD, 5000) == 5000
    assert box.takes(METHOD, 5000) == timedelta()
    assert box.block(METHOD) > timedelta()
    assert box.room(METHOD) == 0


@pytest.mark.parametrize("time", [{}, {"start": 1.0, "finish": 2.0}, {"operating": None}, {"operating": "x"}])
def test_a_portal_that_keeps_no_account_is_not_held_to_it(
    operating: Operating, time: dict[str, object]
) -> None:
    operating.note(METHOD, time)
    assert operating.room(METHOD) > 10_000


@pytest.mark.parametrize(
    "time",
    [
        {"operating": 1e308, "operating_reset_at": 1e308, "finish": -1e308},
        {"operating": float("nan"), "finish": float("nan"), "operating_reset_at": float("nan")},
        {"operating": -5.0, "finish": 1.0, "operating_reset_at": -1},
        {"operating": True, "finish": True, "duration": True},
        {"operating": float("inf"), "duration": float("inf")},
    ],
)
def test_nonsense_numbers_break_nothing(operating: Operating, time: dict[str, object]) -> None:
    for _ in range(3):
        operating.note(METHOD, time)
    assert operating.room(METHOD) >= 0
    assert operating.left(METHOD) <= timedelta(minutes=11)
    assert operating.takes(METHOD, 10) >= timedelta()


def test_the_ledger_survives_a_restart(operating: Operating, clock: FixedClock, memory: InRam) -> None:
    portal = Portal(clock, 1.0)
    while send(operating, portal):
        clock.advance(timedelta(seconds=1))
    clock.advance(timedelta(seconds=6))
    operating.admit(METHOD, 0)  # the note is written on the way to the next request
    restarted = Operating(clock, LIMIT, memory)
    assert restarted.room(METHOD) == 0
    assert restarted.left(METHOD) == pytest.approx(operating.left(METHOD), abs=timedelta(seconds=1))
    clock.advance(restarted.left(METHOD))
    assert drain(restarted, portal, 300) < 60
    assert portal.refused == 0


def test_the_note_is_written_seldom(clock: FixedClock) -> None:
    class Counting(InRam):
        writes = 0

        def write(self, name: str, value: str, *, sealed: bool = False) -> None:
            self.writes += 1
            super().write(name, value, sealed=sealed)

    memory = Counting()
    operating, portal = Operating(clock, LIMIT, memory), Portal(clock, 0.1)
    for _ in range(100):
        send(operating, portal, 5)
        clock.advance(timedelta(seconds=0.1))
    assert 1 <= memory.writes <= 3


@pytest.mark.parametrize("text", ["", "{", "[]", "5", '{"m": 1}', '{"m": {"cost": 1}}', '{"m": {"buckets": [[1]], "cost": 1, "blocked": 0}}'])  # fmt: skip
def test_a_spoilt_note_is_forgotten(clock: FixedClock, text: str) -> None:
    memory = InRam()
    memory.write("operating", text)
    assert Operating(clock, LIMIT, memory).room(METHOD) == 96
