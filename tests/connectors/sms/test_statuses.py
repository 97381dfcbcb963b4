"""What became of a message: asked of the gateway, told to the engine once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
import respx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.sms.connector import Sms
from connectors.sms.pending import InRam, Sent
from qc_engine.clock import FixedClock
from qc_engine.core.events import MessageRefused, MessageStatus
from qc_engine.ports import Arrival, Broken, Polled, Refused, TryLater
from tests.connectors.sms.conftest import KEY, NOW, PASSWORD, PHONE

SMSC, MOBIZON = "/sys/status.php", "/service/Message/GetSMSStatus"
OTHER = "77022223344"
LATER = NOW + timedelta(minutes=5)
Make = Callable[..., Sms]


def with_sent(sms: Sms, *numbers: str, phone: str = PHONE) -> Sms:
    for number in numbers:
        sms.pending.add(Sent(number, phone, NOW))
    return sms


def ask(sms: Sms, cursor: str = "", now: datetime = LATER) -> Polled:
    return sms.statuses(cursor, now)


def form(gate: respx.MockRouter) -> dict[str, str]:
    return dict(parse_qsl(gate.calls.last.request.content.decode()))


def test_golden_smsc(make: Make, gate: respx.MockRouter) -> None:
    gate.post(SMSC).respond(json=[])
    sms = with_sent(make(), "1")
    sms.pending.add(Sent("2", OTHER, NOW - timedelta(seconds=1)))
    ask(sms)
    assert form(gate) == {
        "login": "acme",
        "psw": PASSWORD,
        "phone": f"+{PHONE},+{OTHER},",
        "id": "1,2,",
        "charset": "utf-8",
        "fmt": "3",
    }


def test_golden_mobizon(make: Make, gate: respx.MockRouter) -> None:
    gate.post(MOBIZON).respond(json={"code": 0, "data": [], "message": ""})
    ask(with_sent(make("mobizon"), "123", "556"))
    assert form(gate) == {"ids[0]": "123", "ids[1]": "556"}
    assert dict(gate.calls.last.request.url.params) == {"output": "json", "api": "v1", "apiKey": KEY}


OWN: dict[str, Any] = {
    "send": {"path": "/send", "form": {"to": "{phone}", "t": "{text}"}, "id": "id"},
    "needs": [[]],
    "status": {
        "path": "/state",
        "body": {"ids": ["{id:number}"]},
        "at_once": 10,
        "rows": "list",
        "id": "@key",
        "status": "s",
    },
    "states": {"delivered": "Done", "failed": "Lost", "codes": {"Lost": "blocked"}},
}


def test_golden_own(make: Make, gate: respx.MockRouter) -> None:
    gate.post("/state").respond(json={"list": {"7": {"s": "DONE"}, "8": {"s": "lost"}, "99": {"s": "done"}}})
    polled = ask(with_sent(make("own", description=OWN), "7", "8"))
    assert httpx.Response(200, content=gate.calls.last.request.content).json() == {"ids": [7, 8]}
    assert [one.key for one in polled.arrivals] == ["status:7:delivered", "status:8:failed"]


AT = datetime(2026, 7, 10, 18, 1, tzinfo=UTC)
STAMP = int(AT.timestamp())


def status(state: str, at: datetime = AT) -> MessageStatus:
    return MessageStatus(PHONE, state, at, 7)


def failed(word: str, code: str, at: datetime = AT) -> MessageRefused:
    return MessageRefused(PHONE, f"SMS не дошло: {word}", at, 7, code)


@pytest.mark.parametrize(
    ("gateway", "row", "event"),
    [
        ("smsc", {"status": -1, "last_timestamp": STAMP}, None),
        ("smsc", {"status": -3}, None),
        ("smsc", {"status": 0, "last_timestamp": STAMP}, status("sent")),
        ("smsc", {"status": 1, "last_timestamp": STAMP, "err": 0}, status("delivered")),
        ("smsc", {"status": "1", "last_timestamp": str(STAMP)}, status("delivered")),
        ("smsc", {"status": 1}, status("delivered", LATER)),
        ("smsc", {"status": 1, "last_timestamp": STAMP + 10**6}, status("delivered", LATER)),
        ("smsc", {"status": 1, "last_timestamp": 0}, status("delivered", LATER)),
        ("smsc", {"status": 1, "last_timestamp": 10**17}, status("delivered", LATER)),
        ("smsc", {"status": 2, "last_timestamp": STAMP}, status("read")),
        ("smsc", {"status": 3, "last_timestamp": STAMP, "err": 0}, failed("3", "")),
        ("smsc", {"status": 20, "last_timestamp": STAMP, "err": 248}, failed("20, 248", "")),
        ("smsc", {"status": 22, "last_timestamp": STAMP}, failed("22", "no_account")),
        ("smsc", {"status": 25, "last_timestamp": STAMP}, failed("25", "no_account")),
        ("smsc", {"status": 24, "last_timestamp": STAMP}, failed("24", "channel_off")),
        ("smsc", {"status": None}, None),
        ("mobizon", {"status": "NEW"}, None),
        ("mobizon", {"status": "ENQUEUD"}, None),
        ("mobizon", {"status": "ACCEPTD"}, status("sent", LATER)),
        ("mobizon", {"status": "DELIVRD"}, status("delivered", LATER)),
        ("mobizon", {"status": "UNDELIV"}, failed("UNDELIV", "", LATER)),
        ("mobizon", {"status": "EXPIRED"}, failed("EXPIRED", "", LATER)),
        ("mobizon", {"status": "SOMETHING"}, None),
    ],
)
def test_words(make: Make, gate: respx.MockRouter, gateway: str, row: dict[str, Any], event: Any) -> None:
    row = {"id": 7, **row}
    gate.post(SMSC).respond(json=[row])
    gate.post(MOBIZON).respond(json={"code": 0, "data": [row], "message": ""})
    polled = ask(with_sent(make(gateway), "7"))
    assert [one.event for one in polled.arrivals] == ([event] if event else [])


def test_one_row_without_its_number(make: Make, gate: respx.MockRouter) -> None:
    gate.post(SMSC).respond(json={"status": 1})
    assert len(ask(with_sent(make(), "7")).arrivals) == 1
    # Of two messages nobody could say which is meant.
    assert not ask(with_sent(make(), "8", "9")).arrivals


def test_a_number_that_is_no_number(make: Make, gate: respx.MockRouter) -> None:
    gate.post("/state").respond(json={"list": {"a-1": {"s": "done"}}})
    (one,) = ask(with_sent(make("own", description=OWN), "a-1")).arrivals
    assert one == Arrival("status:a-1:delivered", MessageStatus(PHONE, "delivered", LATER, None))


def test_many_messages_in_pages(make: Make, gate: respx.MockRouter) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        ids = dict(parse_qsl(request.content.decode()))["id"].strip(",").split(",")
        return httpx.Response(200, json=[{"id": one, "status": 1} for one in ids])

    gate.post(SMSC).side_effect = answer
    sms, cursor = with_sent(make(), *map(str, range(1, 121))), ""
    told: set[str] = set()
    while True:
        polled = ask(sms, cursor)
        cursor, told = polled.cursor, told | {one.key for one in polled.arrivals}
        if not polled.more:
            break
    assert len(told) == 120
    assert len(gate.calls) == 3
    assert not ask(sms, cursor).arrivals
    assert not sms.pending.due(NOW + timedelta(days=1), timedelta(0), 999)


def test_a_restart_between_sending_and_asking(
    make: Make, gate: respx.MockRouter, memory: InRam, clock: FixedClock
) -> None:
    with_sent(make(), "7")
    gate.post(SMSC).respond(json=[{"id": 7, "status": 1}])
    assert [one.key for one in ask(make()).arrivals] == ["status:7:delivered"]


def test_what_was_not_stored_is_told_again(make: Make, gate: respx.MockRouter) -> None:
    gate.post(SMSC).respond(json=[{"id": 7, "status": 1}])
    sms = with_sent(make(), "7")
    first = ask(sms, "4")
    again = ask(sms, "4")  # the engine never saw the first turn's end
    assert (
        [one.key for one in first.arrivals] == [one.key for one in again.arrivals] == ["status:7:delivered"]
    )
    assert not ask(sms, again.cursor).arrivals
    assert len(gate.calls) == 2


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        ({"json": {"error": "authorise error", "error_code": 2}}, Broken),
        ({"json": {"error": "duplicate", "error_code": 9}}, TryLater),
        ({"status_code": 500}, TryLater),
        ({"text": "<html>"}, TryLater),
        ({"status_code": 403}, Broken),
        ({"json": {"error": "?", "error_code": 1}}, Refused),
    ],
)
def test_failures(
    make: Make, gate: respx.MockRouter, answer: dict[str, Any], raised: type[Exception]
) -> None:
    gate.post(SMSC).respond(**answer)
    sms = with_sent(make(), "7")
    with pytest.raises(raised):
        ask(sms)
    # A refusal must not stand before the others for ever; after any other failure it is asked again.
    assert len(sms.pending.due(LATER, timedelta(minutes=1), 9)) == (0 if raised is Refused else 1)


def test_a_hiccup_is_tried_three_times(make: Make, gate: respx.MockRouter) -> None:
    gate.post(SMSC).side_effect = [
        httpx.ReadError,
        httpx.Response(503),
        httpx.Response(200, json=[{"id": 7, "status": 1}]),
    ]
    assert ask(with_sent(make(), "7")).arrivals


def test_nothing_to_ask(make: Make, gate: respx.MockRouter) -> None:
    assert ask(make(), "5") == Polled((), "5")
    assert not gate.calls


ROW = st.dictionaries(
    st.sampled_from(["id", "status", "err", "last_timestamp", "phone"]),
    st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.lists(st.integers(), max_size=2),
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.lists(ROW | st.none() | st.integers(), max_size=4) | ROW)
def test_no_answer_is_too_strange(make: Make, body: Any) -> None:
    with respx.mock(base_url="https://gate.example") as router:
        router.post(SMSC).respond(json=body)
        polled = ask(with_sent(make(), "7", "8"))
    for one in polled.arrivals:
        assert isinstance(one.event, MessageStatus | MessageRefused)
        assert one.event.at <= LATER
