"""The gate by rows: when a message may leave, when it waits and until when, and when it never leaves."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from qc_engine.core.calendar import Holidays
from qc_engine.core.case import Branch, Case, Client, State
from qc_engine.core.effects import SendMessage
from qc_engine.core.scenario import ContactRules
from qc_engine.core.talk.gate import Open, Shut, Wait, free_from, gate, may_begin, quiet_until

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RULES = ContactRules(time(21), time(9), 30 * DAY, 2 * HOUR)
BRANCH = Branch("На Абая", "Asia/Almaty", 1, 2)
LINK = "https://qc.example/r/abc"


def at(text: str) -> datetime:
    """Almaty's wall clock, as UTC."""
    return datetime.fromisoformat(f"{text}+05:00").astimezone(UTC)


NOON = at("2026-03-04T12:00")
NIGHT = at("2026-03-04T23:00")


def case(**client: Any) -> Case:
    return Case(
        id="K7", deal_id=1, deal_title="", scenario="s", version="v", round=1, state=State.ACTIVE, step="ask",
        entered_at=NOON - DAY, step_at=NOON, deal_stage="A", client=Client("77015551234", **client),
        branch=BRANCH, links={"yandex": LINK},
    )  # fmt: skip


def message(purpose: str = "question", text: str = "Как мы поработали?", **more: Any) -> SendMessage:
    return SendMessage("77015551234", text, purpose, **more)


def said(verdict: Open | Wait | Shut) -> str:
    match verdict:
        case Open():
            return "open"
        case Wait(until, why):
            return f"{why.key} {until + timedelta(hours=5):%d.%m %H:%M}"
        case Shut(code):
            return code


@pytest.mark.parametrize(
    ("purpose", "client", "now", "verdict"),
    [
        ("question", {}, NOON, "open"),
        ("question", {}, NIGHT, "gate.quiet 05.03 09:00"),
        ("reminder", {}, NIGHT, "gate.quiet 05.03 09:00"),
        ("question", {"wrote_at": NIGHT - 10 * timedelta(minutes=1)}, NIGHT, "open"),
        ("reminder", {"wrote_at": NIGHT - 10 * timedelta(minutes=1)}, NIGHT, "gate.quiet 05.03 09:00"),
        ("question", {"wrote_at": NIGHT - 16 * timedelta(minutes=1)}, NIGHT, "gate.quiet 05.03 09:00"),
        ("question", {"operator_at": NOON - HOUR}, NOON, "gate.operator 04.03 13:00"),
        ("reply", {"operator_at": NOON - HOUR, "wrote_at": NOON}, NOON, "gate.operator 04.03 13:00"),
        ("question", {"operator_at": NOON - 2 * HOUR}, NOON, "open"),
        ("reply", {"opted_out_at": NOON}, NOON, "opted_out"),
        ("farewell", {"opted_out_at": NOON}, NOON, "open"),
    ],
)
def test_consent_and_manners(purpose: str, client: dict[str, Any], now: datetime, verdict: str) -> None:
    assert said(gate(message(purpose), case(**client), RULES, now)) == verdict


def test_too_late_by_a_second() -> None:
    fresh = message(fresh_until=NOON)
    assert said(gate(fresh, case(), RULES, NOON)) == "open"
    assert said(gate(fresh, case(), RULES, NOON + timedelta(seconds=1))) == "too_late"


# --- holidays ---------------------------------------------------------------------------------

CALENDAR = Holidays(
    frozenset({(0, 3, 8), (2026, 3, 21), (2026, 3, 22), (2026, 3, 23)}),
    {"На Абая": frozenset({(2026, 3, 24)})},
)
WITH_HOLIDAYS = replace(RULES, holidays=CALENDAR)


@pytest.mark.parametrize(
    ("purpose", "client", "now", "verdict"),
    [
        ("question", {}, "2026-03-08T12:00", "gate.holiday 09.03 09:00"),
        ("question", {}, "2027-03-08T12:00", "gate.holiday 09.03 09:00"),
        ("reminder", {}, "2026-03-08T12:00", "gate.holiday 09.03 09:00"),
        ("question", {}, "2026-03-20T22:00", "gate.holiday 25.03 09:00"),  # three days, and the branch's own
        ("question", {}, "2027-03-21T12:00", "open"),  # only that year
        ("question", {}, "2026-03-07T20:59", "open"),
        ("question", {}, "2026-03-08T23:30", "gate.quiet 09.03 09:00"),
        ("reply", {"wrote_at": at("2026-03-08T11:50")}, "2026-03-08T12:00", "open"),  # a live conversation
        ("reminder", {"wrote_at": at("2026-03-08T11:50")}, "2026-03-08T12:00", "gate.holiday 09.03 09:00"),
    ],
)
def test_holidays(purpose: str, client: dict[str, Any], now: str, verdict: str) -> None:
    assert said(gate(message(purpose), case(**client), WITH_HOLIDAYS, at(now))) == verdict


def test_another_branch_works_on_that_day() -> None:
    other = replace(case(), branch=replace(BRANCH, name="На Сатпаева"))
    now = at("2026-03-24T12:00")
    assert said(gate(message(), case(), WITH_HOLIDAYS, now)) == "gate.holiday 25.03 09:00"
    assert said(gate(message(), other, WITH_HOLIDAYS, now)) == "open"


def test_a_calendar_of_nothing_but_holidays_ends_somewhere() -> None:
    every_day = Holidays(frozenset((0, month, day) for month in range(1, 13) for day in range(1, 32)))
    assert free_from(case(), replace(RULES, holidays=every_day), NOON) > NOON + 30 * DAY


# --- whose night ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zones", "of", "now", "verdict"),
    [
        (
            ("America/New_York",),
            "client",
            NOON,
            "gate.quiet 04.03 19:00",
        ),  # 2 o'clock there; 9:00 is 14:00 UTC
        (("America/New_York",), "branch", NOON, "open"),
        (("America/New_York",), "client", NIGHT, "open"),
        (("Asia/Almaty", "Europe/Moscow"), "client", NOON, "open"),  # nobody knows: the branch's
        (("Asia/Almaty", "Europe/Moscow"), "client", NIGHT, "gate.quiet 05.03 09:00"),
        (("Europe/Berlin", "Europe/Rome"), "client", NIGHT, "open"),  # two names of one time
        ((), "client", NIGHT, "gate.quiet 05.03 09:00"),
    ],
)
def test_whose_clock(zones: tuple[str, ...], of: str, now: datetime, verdict: str) -> None:
    assert said(gate(message(), case(zones=zones), replace(RULES, quiet_hours_of=of), now)) == verdict


@pytest.mark.parametrize(
    ("hours", "moment", "free"),
    [
        # Berlin, 28.03.2027: 02:00 becomes 03:00; 31.10.2027: 03:00 becomes 02:00.
        (("21:00", "09:00"), "2027-03-28T00:30+00:00", "2027-03-28T07:00+00:00"),
        (("21:00", "09:00"), "2027-10-31T00:30+00:00", "2027-10-31T08:00+00:00"),
        (("21:00", "02:30"), "2027-10-31T00:10+00:00", "2027-10-31T00:30+00:00"),  # the first 02:10
        (("21:00", "02:30"), "2027-10-31T01:10+00:00", "2027-10-31T01:30+00:00"),  # the second 02:10
        (("21:00", "02:30"), "2027-03-28T00:30+00:00", "2027-03-28T01:30+00:00"),  # there is no 02:30
    ],
)
def test_when_the_clocks_change(hours: tuple[str, str], moment: str, free: str) -> None:
    start, end = map(time.fromisoformat, hours)
    rules = replace(RULES, quiet_from=start, quiet_to=end)
    assert quiet_until(rules, "Europe/Berlin", datetime.fromisoformat(moment)) == datetime.fromisoformat(free)


# --- a complaint ------------------------------------------------------------------------------

ANGRY = replace(RULES, after_complaint=14 * DAY)
MORE = {"scores": {"quality": 9}}


@pytest.mark.parametrize(
    ("text", "purpose", "changes", "ago", "verdict"),
    [
        ("Как мы поработали?", "question", {}, DAY, "complaint_open"),
        ("Как мы поработали?", "question", {}, 14 * DAY, "open"),
        ("А вежливость?", "question", MORE, DAY, "open"),  # a conversation under way goes on
        (f"Спасибо! {LINK}", "reply", MORE, DAY, "complaint_open"),
        ("Спасибо!", "reply", MORE, DAY, "open"),
        ("Ждём ответа", "reminder", {}, DAY, "open"),
    ],
)
def test_an_open_complaint(
    text: str, purpose: str, changes: dict[str, Any], ago: timedelta, verdict: str
) -> None:
    one = replace(case(complained_at=NOON - ago), **changes)
    assert said(gate(message(purpose, text), one, ANGRY, NOON)) == verdict
    assert said(gate(message(purpose, text), one, RULES, NOON)) == "open"  # as long as nobody asks for it


@pytest.mark.parametrize(
    ("client", "verdict"),
    [
        ({"complained_at": NOON - DAY}, "complaint_open"),
        ({"complained_at": NOON - 14 * DAY}, "open"),
        ({"surveyed_at": NOON - DAY, "complained_at": NOON - DAY}, "asked_recently"),
        ({"surveyed_at": NOON - 30 * DAY}, "open"),
    ],
)
def test_may_begin(client: dict[str, Any], verdict: str) -> None:
    assert said(may_begin(case(**client), ANGRY, NOON)) == verdict
