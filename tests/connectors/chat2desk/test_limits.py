"""How many conversations are begun, how fast, and when no more of them."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import respx

from connectors.chat2desk.account import Chat2Desk
from connectors.chat2desk.forecast import takes
from connectors.chat2desk.memory import Notes
from connectors.chat2desk.settings import Chat2DeskSettings
from qc_engine.clock import FixedClock
from qc_engine.core.effects import SendMessage, Template
from qc_engine.ports import Done, Job, Outcome, OutcomeUnknown, Refused, Request, TryLater
from qc_engine.store.database import Database
from qc_engine.store.memory import DatabaseMemory

Make = Callable[..., Chat2Desk]
MIDNIGHT = datetime.fromisoformat("2026-07-11T00:00:00+05:00")  # of Almaty; the tests begin at 23:00 there
DAY = timedelta(days=1)
SECRET = "open-sesame-open-sesame"


def job(number: int, *, urgent: bool = False, key: str = "", template: Template | None = None) -> Job:
    message = SendMessage(f"7701{number:07d}", "Оцените", "question", template=template)
    return Job(key or f"c{number}:1:1", f"qc-{number}", message, urgent=urgent)


def send(account: Chat2Desk, one: Job) -> Outcome:
    (outcome,) = account.perform([one])
    return outcome


def wait(outcome: Outcome) -> timedelta:
    assert isinstance(outcome, TryLater)
    assert outcome.after is not None
    return outcome.after


@pytest.fixture
def vendor(desk: respx.MockRouter) -> respx.Route:
    """Everybody is a client there, and every message is accepted."""
    desk.get("/v1/clients").respond(json={"data": [], "status": "success"})
    desk.post("/v1/clients").respond(json={"data": {"id": 5}, "status": "success"})
    return desk.post("/v1/messages").respond(json={"data": {"message_id": 9}, "status": "success"})


def test_no_limit_no_note(make_account: Make, vendor: respx.Route) -> None:
    memory = Notes()
    account = make_account(memory=memory)
    assert all(send(account, job(number)) == Done("9") for number in range(20))
    assert memory.read("begun") == ""


def test_the_rest_waits_for_the_next_day(
    make_account: Make, vendor: respx.Route, clock: FixedClock, pace: Any
) -> None:
    account = make_account(daily_cap=3)
    outcomes = [send(account, job(number)) for number in range(5)]
    assert outcomes[:3] == [Done("9")] * 3
    assert [clock.now() + wait(one) for one in outcomes[3:]] == [MIDNIGHT] * 2
    assert vendor.call_count == 3
    slots = pace.slots
    wait(send(account, job(3)))
    assert pace.slots == slots  # a refusal of our own costs the vendor nothing
    clock.advance(MIDNIGHT - clock.now())
    assert [type(send(account, job(number))) for number in range(3, 8)] == [Done] * 3 + [TryLater] * 2


def test_whoever_answered_is_not_kept_waiting(make_account: Make, vendor: respx.Route) -> None:
    account = make_account(daily_cap=1, min_spacing="1 hour")
    assert send(account, job(1)) == Done("9")
    wait(send(account, job(2)))
    assert all(send(account, job(number, urgent=True)) == Done("9") for number in range(3, 9))


@pytest.mark.parametrize(
    ("answer", "counted"),
    [
        ({"status_code": 200, "json": {"data": {"message_id": 9}, "status": "success"}}, 1),
        ({"status_code": 502}, 1),  # perhaps it left
        ({"status_code": 429}, 0),
        ({"status_code": 400, "json": {"status": "error", "message": "no"}}, 0),
    ],
)
def test_what_is_counted(
    make_account: Make, vendor: respx.Route, answer: dict[str, Any], counted: int, clock: FixedClock
) -> None:
    account = make_account(daily_cap=5)
    vendor.respond(**answer)
    send(account, job(1))
    assert account.limits.begun(clock.now()).count == counted


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_count_survives_a_restart(
    make_account: Make, vendor: respx.Route, database: Database, clock: FixedClock
) -> None:
    memory = DatabaseMemory(database, clock, "key", "chat2desk")
    first = make_account(daily_cap=2, memory=memory)
    assert [type(send(first, job(number))) for number in range(2)] == [Done] * 2
    second = make_account(daily_cap=2, memory=memory)
    assert clock.now() + wait(send(second, job(3))) == MIDNIGHT


@pytest.mark.parametrize(
    "note", ["{", "[]", '{"day": "soon", "count": 1, "last": null}', '{"count": 5}', "null"]
)
def test_a_broken_note_begins_anew(make_account: Make, vendor: respx.Route, note: str) -> None:
    memory = Notes()
    memory.write("begun", note)
    account = make_account(daily_cap=1, memory=memory)
    assert send(account, job(1)) == Done("9")
    assert json.loads(memory.read("begun"))["count"] == 1


@pytest.mark.parametrize(
    ("settings", "zone", "midnight"),
    [
        ({}, "Asia/Almaty", MIDNIGHT),
        ({"timezone": "Europe/Moscow"}, "Asia/Almaty", MIDNIGHT + timedelta(hours=2)),
        ({}, "Asia/Vladivostok", MIDNIGHT + timedelta(hours=19)),  # it is tomorrow there already
    ],
)
def test_whose_day(
    make_account: Make,
    vendor: respx.Route,
    clock: FixedClock,
    settings: dict[str, Any],
    zone: str,
    midnight: datetime,
) -> None:
    account = make_account(daily_cap=1, zone=zone, **settings)
    send(account, job(1))
    assert clock.now() + wait(send(account, job(2))) == midnight


def test_the_day_of_a_clock_that_changes(make_account: Make, vendor: respx.Route, clock: FixedClock) -> None:
    """The night in which the clocks go back has an hour more."""
    account = make_account(daily_cap=1, zone="Europe/Berlin")
    clock.advance(datetime.fromisoformat("2026-10-25T01:00:00+02:00") - clock.now())
    send(account, job(1))
    assert wait(send(account, job(2))) == timedelta(hours=24)


# --- one after another -------------------------------------------------------------------------


def drained(account: Chat2Desk, clock: FixedClock, count: int) -> tuple[Sequence[datetime], int]:
    """When each of the messages left, and how many attempts it took, the outbox obeying to the second."""
    due = {number: clock.now() for number in range(count)}
    left: list[datetime] = []
    attempts = 0
    while due:
        number = min(due, key=lambda one: (due[one], one))
        clock.advance(max(due[number] - clock.now(), timedelta()))
        attempts += 1
        outcome = send(account, job(number))
        if isinstance(outcome, Done):
            left.append(clock.now())
            del due[number]
        else:
            due[number] = clock.now() + wait(outcome)
    return left, attempts


@pytest.mark.parametrize("seconds", [2, 30, 300])
def test_spacing(make_account: Make, vendor: respx.Route, clock: FixedClock, seconds: int) -> None:
    account = make_account(min_spacing=f"{seconds} s")
    left, attempts = drained(account, clock, 40)
    gaps = [(after - before).total_seconds() for before, after in pairwise(left)]
    assert all(seconds <= gap <= 1.5 * seconds + 5 for gap in gaps)
    assert len({round(gap, 2) for gap in gaps}) > 20  # no metronome
    assert attempts <= 3 * 40


def test_cap_and_spacing_together(make_account: Make, vendor: respx.Route, clock: FixedClock) -> None:
    account = make_account(min_spacing="1 min", daily_cap=10)
    left, _ = drained(account, clock, 25)
    days = [(at + timedelta(hours=5)).date().day for at in left]
    assert [days.count(day) for day in sorted(set(days))] == [10, 10, 5]


# --- the same again, and a channel that refuses -------------------------------------------------


def test_the_same_template_is_not_paid_for_twice(
    make_account: Make, vendor: respx.Route, clock: FixedClock
) -> None:
    template = Template("visit", "ru", ("Иван",))
    account = make_account()
    assert send(account, job(1, template=template)) == Done("9")
    again = send(account, job(1, template=template, key="c2:1:1"))
    assert isinstance(again, Refused)
    assert send(account, job(1, template=template)) == Done("9")  # the same one: a person said 'send again'
    assert send(account, job(1, template=Template("visit", "ru", ("Пётр",)), key="c3:1:1")) == Done("9")
    clock.advance(timedelta(minutes=11))
    assert send(account, job(1, template=template, key="c4:1:1")) == Done("9")


def test_words_may_be_repeated(make_account: Make, vendor: respx.Route) -> None:
    """A hint is said twice when it must be."""
    account = make_account()
    assert [send(account, job(1, key=f"c{n}:1:1")) for n in range(3)] == [Done("9")] * 3


def test_a_template_that_was_not_taken_may_go_for_another_reason(
    make_account: Make, vendor: respx.Route
) -> None:
    account, template = make_account(), Template("visit", "ru")
    vendor.respond(429)
    assert isinstance(send(account, job(1, template=template)), TryLater)
    vendor.respond(json={"data": {"message_id": 9}, "status": "success"})
    assert send(account, job(1, template=template, key="c2:1:1")) == Done("9")


def test_perhaps_sent_counts_as_sent(make_account: Make, vendor: respx.Route) -> None:
    account, template = make_account(), Template("visit", "ru")
    vendor.respond(502)
    assert isinstance(send(account, job(1, template=template)), OutcomeUnknown)
    assert isinstance(send(account, job(1, template=template, key="c2:1:1")), Refused)


def refuse(account: Chat2Desk, number: int, text: str) -> None:
    body = {
        "hook_type": "outbox",
        "type": "system",
        "message_id": number,
        "text": text,
        "phone": "77010000001",
    }
    account.parse(Request(SECRET, {}, json.dumps(body).encode()))


@pytest.mark.parametrize(
    ("text", "stops"),
    [
        ("131048: Spam rate limit hit", True),
        ("Channel is disconnected", True),
        ("User blocked this business", True),
        ("This phone is not on WhatsApp", False),
        ("24 hours passed", False),
    ],
)
def test_a_channel_that_refuses_is_left_alone(
    make_account: Make, vendor: respx.Route, clock: FixedClock, text: str, stops: bool
) -> None:
    account = make_account(stop_after=3)
    for number in range(2):
        refuse(account, number + 1, text)
    clock.advance(timedelta(minutes=20))
    assert send(account, job(1)) == Done("9")
    refuse(account, 3, text)
    outcome = send(account, job(2))
    if not stops:
        assert outcome == Done("9")
        return
    assert wait(outcome) == timedelta(minutes=40)
    assert send(account, job(3, urgent=True)) == Done("9")  # whoever answered hears the end
    clock.advance(timedelta(minutes=40))
    assert send(account, job(2)) == Done("9")


def test_refusals_need_not_be_watched(make_account: Make, vendor: respx.Route) -> None:
    account = make_account(stop_after=0)
    for number in range(50):
        refuse(account, number + 1, "Channel is disconnected")
    assert send(account, job(1)) == Done("9")


# --- how long it will take ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "count", "begun", "expected"),
    [
        ({}, 0, 0, timedelta()),
        ({}, 100, 0, timedelta(seconds=97.5)),
        ({"daily_cap": 200}, 100, 0, timedelta(seconds=97.5)),
        ({"daily_cap": 100}, 100, 0, timedelta(seconds=97.5)),
        ({"daily_cap": 100}, 100, 40, timedelta(hours=1) + timedelta(seconds=37.5)),
        ({"daily_cap": 100}, 100, 100, timedelta(hours=1) + timedelta(seconds=97.5)),
        ({"daily_cap": 500}, 7500, 0, timedelta(hours=1) + 13 * DAY + timedelta(seconds=497.5)),
        ({"min_spacing": "1 min"}, 101, 0, timedelta(minutes=125)),
        ({"daily_cap": 10, "min_spacing": "1 min"}, 15, 0, timedelta(hours=1, minutes=5)),
    ],
)
def test_forecast(
    make_settings: Callable[..., Chat2DeskSettings],
    changes: dict[str, Any],
    count: int,
    begun: int,
    expected: timedelta,
) -> None:
    found = takes(make_settings(**changes), {"SendMessage": count}, begun=begun, day_left=timedelta(hours=1))
    assert found == expected


def test_the_account_forecasts_by_its_own_count(
    make_account: Make, vendor: respx.Route, clock: FixedClock
) -> None:
    account = make_account(daily_cap=2)
    assert account.takes({"SendMessage": 2}) == timedelta()
    send(account, job(1))
    assert account.takes({"SendMessage": 2}) == MIDNIGHT - clock.now()
