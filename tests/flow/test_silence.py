"""Silence is an alarm when orders close; a quiet night and an empty Sunday are not silence."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from qc_engine.clock import FixedClock
from qc_engine.core.effects import MoveDeal, SendMessage
from qc_engine.flow.watching.silence import Silence, is_silent, is_unheard
from qc_engine.ports import Broken, Connector, Done, Job, Outcome, Poll, Polled, Refused, TryLater
from qc_engine.settings import Watch
from qc_engine.store import alarms, lanes, polls
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from qc_engine.store.polls import PollHealth
from qc_engine.store.tables import AlarmRow
from tests.conftest import NOON
from tests.flow.fakes import Flow, Site

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WATCH = Watch(silence=DAY, silence_orders=5)
HISTORY = Poll("history", MINUTE, lambda cursor, _: Polled((), cursor))


# --- the judgement ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "due", "silent"),
    [
        (None, [], False),  # a Sunday without orders
        (None, [2, 3, 4, 5], False),  # four are no season
        (None, [2, 3, 4, 5, 6], True),
        (30, [2, 3, 4, 5, 6], True),  # the last question left before the span
        (23, [2, 3, 4, 5, 6], False),
        (None, [0.5, 0.5, 0.5, 0.5, 0.5], False),  # became due a moment ago: they are on their way
        (None, [0.5, 1, 2, 3, 4, 5], True),
        (None, [2, 3, 4, 5, 25], False),  # an old one is another day's matter
    ],
)
def test_when_it_is_silent(asked: float | None, due: list[float], silent: bool) -> None:
    asked_at = NOON - asked * HOUR if asked is not None else None
    assert is_silent(asked_at, [NOON - hours * HOUR for hours in due], WATCH, NOON) is silent


@pytest.mark.parametrize(
    ("answered", "failing", "up", "every", "unheard"),
    [
        (None, None, 100, MINUTE, False),  # nobody has written anything down yet
        (1, None, 100, MINUTE, False),
        (25, None, 100, MINUTE, True),  # it hangs
        (25, None, 1, MINUTE, False),  # we were down: nobody asked
        (100, 23, 100, MINUTE, False),
        (100, 25, 1, MINUTE, True),  # it failed before the restart, and after it
        (None, 25, 100, MINUTE, True),
        (25, None, 100, 14 * HOUR, False),  # it is asked only every 14 hours
    ],
)
def test_when_a_poll_is_unheard(
    answered: float | None, failing: float | None, up: float, every: timedelta, unheard: bool
) -> None:
    def ago(hours: float | None) -> datetime | None:
        return NOON - hours * HOUR if hours is not None else None

    poll = PollHealth(ago(answered), ago(failing), "503" if failing else "")
    assert is_unheard(poll, every, WATCH, NOON - up * HOUR, NOON) is unheard


# --- stories ----------------------------------------------------------------------------------


@pytest.fixture
def flow(database: Database, clock: FixedClock) -> Flow:
    return Flow(database, clock)


@pytest.fixture
def silence(flow: Flow) -> Silence:
    connectors = [Connector("bitrix24", portal=MAIN, polls=[HISTORY]), Connector("chat2desk")]
    return Silence(flow.database, flow.clock, connectors, WATCH)


def orders(flow: Flow, count: int = 6) -> None:
    """Closed now, a few minutes apart; each is due a day later."""
    for number in range(count):
        flow.close_order(5000 + number, f"7701000{number:04d}")
        flow.clock.advance(MINUTE)


def alarm(flow: Flow, family: str = "silence") -> AlarmRow | None:
    with flow.database.reading() as session:
        return alarms.standing(session, f"{family}:main")


def hours(flow: Flow, silence: Silence, count: int) -> list[int]:
    """After how many hours the alarm stood."""
    stood = []
    for hour in range(1, count + 1):
        flow.later(hours=1)
        silence.check()
        if alarm(flow):
            stood.append(hour)
    return stood


def refuses(kind: type, outcome: Outcome) -> Callable[[Job], Outcome]:
    return lambda job: outcome if isinstance(job.effect, kind) else Done()


def test_a_day_of_work_and_its_night_are_no_silence(flow: Flow, silence: Silence) -> None:
    orders(flow)
    assert hours(flow, silence, 30) == []
    assert len(flow.world.texts) >= 6


def test_orders_that_become_due_at_night_wait_for_the_morning(
    flow: Flow, silence: Silence, clock: FixedClock
) -> None:
    clock.advance(10 * HOUR)  # 22:00 in Almaty
    orders(flow)
    assert hours(flow, silence, 34) == []
    assert flow.world.texts == []  # 08:00: not yet, and no alarm about it
    assert hours(flow, silence, 3) == []
    assert len(flow.world.texts) == 6


def test_a_client_asked_recently_is_nobodys_fault(flow: Flow, silence: Silence) -> None:
    orders(flow)
    flow.later(days=3)
    orders(flow)  # the same clients
    assert hours(flow, silence, 30) == []


def test_managers_who_move_all_deals_away_are_no_silence(flow: Flow, silence: Silence) -> None:
    flow.world.answer = refuses(MoveDeal, Refused("deal 7 is in LOSE", "deal_elsewhere"))
    orders(flow)
    assert hours(flow, silence, 30) == []
    assert flow.world.texts == []


@pytest.mark.parametrize(
    ("kind", "outcome", "cause", "reason"),
    [
        (SendMessage, TryLater("503 busy", after=HOUR), "refused", "503 busy"),
        (SendMessage, Refused("channel is off"), "refused", "refused: channel is off"),
        (MoveDeal, Refused("no stage UC_QUALITY"), "refused", "refused: no stage UC_QUALITY"),
        (SendMessage, Broken("HTTP 401"), "broken", "HTTP 401"),
        (MoveDeal, Broken("INVALID_CREDENTIALS"), "broken", "INVALID_CREDENTIALS"),
    ],
)
def test_no_question_leaves_and_the_cause_is_told(
    flow: Flow, silence: Silence, kind: type, outcome: Outcome, cause: str, reason: str
) -> None:
    flow.world.answer = refuses(kind, outcome)
    orders(flow)
    stood = hours(flow, silence, 26)
    assert stood[:2] == [25, 26]  # an hour after they became due
    row = alarm(flow)
    assert row is not None
    assert (row.params["kind"], row.params["reason"], row.params["count"]) == (cause, reason, "6")


def test_it_passes_with_the_next_question_and_not_with_time(flow: Flow, silence: Silence) -> None:
    flow.world.answer = refuses(SendMessage, TryLater("503", after=HOUR))
    orders(flow)
    assert len(hours(flow, silence, 26)) == 2
    assert len(hours(flow, silence, 40)) == 40
    began = alarm(flow)
    flow.world.answer = lambda _: Done()
    flow.close_order(6000, "77020000000")
    silence.check()
    assert began is not None
    assert alarm(flow) is not None
    flow.later(hours=6)  # the morning comes
    silence.check()
    assert alarm(flow) is None


def test_timers_that_nobody_hears(flow: Flow, silence: Silence, clock: FixedClock) -> None:
    orders(flow)
    clock.advance(DAY + 2 * HOUR)  # nothing of ours runs but the watch
    silence.check()
    row = alarm(flow)
    assert row is not None
    assert (row.params["kind"], row.params["count"]) == ("unheard", "6")


def test_after_a_night_of_standing_still_nobody_cries_at_once(flow: Flow, clock: FixedClock) -> None:
    orders(flow)
    clock.advance(DAY + 12 * HOUR)
    started = Silence(flow.database, clock, [Connector("bitrix24", portal=MAIN)], WATCH)
    started.check()
    assert alarm(flow) is None
    clock.advance(2 * HOUR)
    started.check()
    assert alarm(flow) is not None  # there was time enough since


def test_a_pause_is_a_cause(flow: Flow, silence: Silence) -> None:
    flow.world.answer = refuses(MoveDeal, TryLater("limit", after=DAY))
    orders(flow)
    flow.later(days=1)
    pace = lanes.BucketPace(flow.database, flow.clock, "bitrix24", 2, 50)
    pace.pause(6 * 3600)
    flow.later(hours=2)
    silence.check()
    row = alarm(flow)
    assert row is not None
    assert (row.params["kind"], row.params["lane"]) == ("paused", "bitrix24")


def test_another_portals_questions_do_not_hide_ours(database: Database, clock: FixedClock) -> None:
    flow = Flow(database, clock, {MAIN: Site(), "astana": Site()})
    portals = [Connector("bitrix24", portal=MAIN), Connector("bitrix24-astana", portal="astana")]
    silence = Silence(database, clock, portals, WATCH)
    flow.world.answer = refuses(MoveDeal, TryLater("busy", after=HOUR))
    orders(flow)
    flow.close_order(7000, "77030000000", portal="astana")
    flow.later(days=1)
    flow.later(hours=2)
    silence.check()
    with database.reading() as session:
        assert [one.key for one in alarms.all_alarms(session)] == ["silence:main"]
    assert len(flow.world.texts) == 1


# --- the portal is not heard ------------------------------------------------------------------


def test_a_portal_that_does_not_answer(flow: Flow, silence: Silence, clock: FixedClock) -> None:
    for hour in range(27):
        with flow.database.transaction() as session:
            if hour < 2:
                polls.succeeded(session, "bitrix24:history", clock.now())
            else:
                polls.failed(session, "bitrix24:history", "503 outage", clock.now())
        silence.check()
        clock.advance(HOUR)
        assert (alarm(flow, "polls") is not None) is (hour >= 26)
    row = alarm(flow, "polls")
    assert row is not None
    told = {"portal": "main", "kind": "failing", "reason": "503 outage"}
    assert row.params == told | {"at": (NOON + HOUR).isoformat()}
    with flow.database.transaction() as session:
        polls.succeeded(session, "bitrix24:history", clock.now())
    silence.check()
    assert alarm(flow, "polls") is None


def test_alarms_of_a_portal_that_was_taken_out(flow: Flow, silence: Silence, clock: FixedClock) -> None:
    with flow.database.transaction() as session:
        for key in ("silence:old", "reconcile:old", "reconcile:main", "names:old"):
            alarms.raise_alarm(session, key, "alarm.polls", {}, clock.now())
    silence.check()
    with flow.database.reading() as session:
        assert [one.key for one in alarms.all_alarms(session)] == ["names:old", "reconcile:main"]


def test_a_broken_lane_gets_its_moment(flow: Flow, silence: Silence, clock: FixedClock) -> None:
    with flow.database.transaction() as session:
        lanes.mark_broken(session, "channel", "HTTP 401", clock.now())
    silence.check()
    with flow.database.transaction() as session:
        row = alarms.standing(session, "broken:channel")
        assert row is not None
        assert (row.since, row.params["reason"]) == (NOON, "HTTP 401")
        lanes.mark_whole(session, "channel")
    silence.check()
    with flow.database.reading() as session:
        assert alarms.all_alarms(session) == []
