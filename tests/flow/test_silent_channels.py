"""A channel that says nothing is an alarm when it usually speaks; nights and Sundays are no silence."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from qc_engine.clock import FixedClock
from qc_engine.core.events import AnswerReceived, MessageSeen, MessageStatus
from qc_engine.flow.watching.silence import Silence
from qc_engine.flow.watching.silent_channels import Quiet, is_quiet, needed, waking
from qc_engine.ports import Arrival, Connector
from qc_engine.settings import Watch
from qc_engine.store import alarms, inbox
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from tests.flow.fakes import Flow

ALMATY = "Asia/Almaty"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WATCH = Watch(silence=DAY, silence_orders=5)
HASTY = Watch(silence=2 * HOUR, silence_orders=5)


def at(text: str) -> datetime:
    """'Tue 12:00' in the week of 3 March 2026; 'Mon2' is the Monday after."""
    day, clock = text.split()
    days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "Mon2", "Tue2"]
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 3, 2 + days.index(day), hour, minute, tzinfo=ZoneInfo(ALMATY))


@pytest.mark.parametrize(
    ("since", "until", "hours"),
    [
        ("Tue 10:00", "Tue 15:00", 5),
        ("Tue 20:00", "Wed 10:00", 2),
        ("Tue 22:00", "Wed 08:00", 0),
        ("Sat 20:00", "Sun 20:00", 1),
        ("Sat 20:00", "Mon2 10:00", 2),
        ("Mon 09:00", "Mon2 09:00", 72),
        ("Tue 12:00", "Tue 11:00", 0),
    ],
)
def test_how_long_people_were_awake(since: str, until: str, hours: float) -> None:
    assert waking(at(since), at(until), ALMATY) == timedelta(hours=hours)


@pytest.mark.parametrize(("span", "daytime"), [(2, 2), (12, 12), (20, 12), (24, 12), (30, 18), (48, 24)])
def test_how_much_of_a_span_is_day(span: int, daytime: int) -> None:
    assert needed(timedelta(hours=span)) == timedelta(hours=daytime)


@pytest.mark.parametrize(
    ("watch", "since", "now", "count", "spoke", "quiet"),
    [
        (WATCH, "Tue 10:00", "Wed 10:00", 5, True, True),
        (WATCH, "Tue 10:00", "Wed 09:59", 5, True, False),
        (WATCH, "Tue 10:00", "Wed 10:00", 4, True, False),  # four are no season
        (WATCH, "Tue 10:00", "Wed 10:00", 5, False, False),  # this account never told anything
        (WATCH, "Tue 15:00", "Wed 23:00", 5, True, False),  # nobody is woken for it
        (WATCH, "Tue 15:00", "Thu 09:00", 5, True, True),
        (WATCH, "Sat 19:00", "Sun 19:00", 9, True, False),  # an empty Sunday
        (WATCH, "Sat 19:00", "Mon2 09:00", 9, True, False),  # two hours of Saturday are not a day
        (WATCH, "Sat 19:00", "Mon2 19:00", 9, True, True),
        (HASTY, "Tue 10:00", "Tue 12:00", 5, True, True),
        (HASTY, "Tue 20:30", "Tue 22:30", 5, True, False),  # a quiet night
        (HASTY, "Tue 20:30", "Wed 09:30", 5, True, False),
        (HASTY, "Tue 20:30", "Wed 10:30", 5, True, True),
    ],
)
def test_when_a_channel_is_quiet(
    watch: Watch, since: str, now: str, count: int, spoke: bool, quiet: bool
) -> None:
    assert is_quiet(Quiet(at(since), count), spoke, watch, ALMATY, at(now)) is quiet


# --- stories ----------------------------------------------------------------------------------


@pytest.fixture
def flow(database: Database, clock: FixedClock) -> Flow:
    return Flow(database, clock)


def watching(flow: Flow, *channels: str) -> Silence:
    names = channels or ("chat2desk",)
    connectors = [
        Connector("bitrix24", portal=MAIN),
        *(Connector(name, way=name if name != "chat2desk" else "") for name in names),
    ]
    return Silence(flow.database, flow.clock, connectors, WATCH, ALMATY)


def hears(flow: Flow, arrival: Arrival, source: str = "chat2desk") -> None:
    with flow.database.transaction() as session:
        inbox.add(session, source, arrival, flow.clock.now())
    flow.settle()


def echo(flow: Flow, number: int) -> Arrival:
    return Arrival(f"outbox:{number}", MessageSeen("77010000001", "Вопрос", flow.clock.now(), number))


def asked(flow: Flow, count: int = 6) -> None:
    """Orders of Tuesday noon, asked on Wednesday noon."""
    for number in range(count):
        flow.close_order(5000 + number, f"7701000{number:04d}")
        flow.clock.advance(MINUTE)
    flow.later(days=1)


def hours(flow: Flow, silence: Silence, count: int) -> list[int]:
    stood = []
    for hour in range(1, count + 1):
        flow.later(hours=1)
        silence.check()
        if standing(flow):
            stood.append(hour)
    return stood


def standing(flow: Flow, channel: str = "chat2desk") -> dict[str, str] | None:
    with flow.database.reading() as session:
        row = alarms.standing(session, f"channel:{channel}")
        return dict(row.params) if row else None


def test_a_channel_that_went_dumb(flow: Flow) -> None:
    silence = watching(flow)
    hears(flow, echo(flow, 1))
    asked(flow)
    assert hours(flow, silence, 26) == [24, 25, 26]
    told = standing(flow)
    assert told is not None
    # Six questions on Wednesday, and their reminders are no questions.
    assert (told["channel"], told["count"]) == ("chat2desk", "6")


def test_it_passes_with_the_first_word_and_not_with_the_night(flow: Flow) -> None:
    silence = watching(flow)
    hears(flow, echo(flow, 1))
    asked(flow)
    hours(flow, silence, 24)
    assert len(hours(flow, silence, 20)) == 20
    hears(flow, Arrival("inbox:9", AnswerReceived("77010000001", "9", flow.clock.now(), 9)))
    silence.check()
    assert standing(flow) is None


@pytest.mark.parametrize("kind", ["echo", "status", "answer"])
def test_any_word_of_the_channel_is_life(flow: Flow, kind: str) -> None:
    silence = watching(flow)
    hears(flow, echo(flow, 1))
    asked(flow)
    now = flow.clock.now() + MINUTE
    said = {
        "echo": MessageSeen("77010000001", "Вопрос", now, 7),
        "status": MessageStatus("77010000001", "delivered", now, 7),
        "answer": AnswerReceived("79990000000", "кто это?", now, 7),
    }
    flow.later(minutes=1)
    hears(flow, Arrival("news:7", said[kind]))
    assert hours(flow, silence, 40) == []


def test_a_new_account_says_nothing_yet(flow: Flow) -> None:
    silence = watching(flow)
    asked(flow)
    assert hours(flow, silence, 30) == []


def test_without_questions_there_is_nothing_to_answer(flow: Flow) -> None:
    silence = watching(flow)
    hears(flow, echo(flow, 1))
    assert hours(flow, silence, 60) == []


def test_after_a_night_of_standing_still_the_vendor_gets_an_hour(flow: Flow) -> None:
    hears(flow, echo(flow, 1))
    asked(flow)
    flow.clock.advance(2 * DAY)
    started = watching(flow)
    started.check()
    assert standing(flow) is None
    flow.clock.advance(2 * HOUR)
    started.check()
    assert standing(flow) is not None


def test_every_channel_is_judged_by_its_own_messages(flow: Flow) -> None:
    """Nothing left through Telegram, so nobody there owed us a word."""
    silence = watching(flow, "chat2desk", "telegram")
    hears(flow, echo(flow, 1))
    hears(flow, Arrival("said:1", AnswerReceived("77010000099", "?", flow.clock.now(), 1)), "telegram")
    asked(flow)
    assert hours(flow, silence, 25) == [24, 25]
    assert standing(flow, "telegram") is None
