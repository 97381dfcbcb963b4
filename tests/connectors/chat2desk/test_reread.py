"""Webhooks that are not believed: the message itself is read again, and its own words count."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import respx

from connectors.chat2desk.account import Chat2Desk
from qc_engine.core.events import AnswerReceived, MessageStatus, StaffWrote
from qc_engine.ports import Polled, Request, TryLater

Make = Callable[..., Chat2Desk]
Sample = Callable[[str], Any]
SECRET = "open-sesame-open-sesame"
NOW = datetime(2026, 7, 10, 18, 0, tzinfo=UTC)
AT = datetime(2026, 7, 10, 17, 57, 56, tzinfo=UTC)
PHONE, CLIENT = "79160000000", 315533143


def tell(account: Chat2Desk, body: dict[str, Any]) -> Any:
    return account.parse(Request(SECRET, {}, json.dumps(body).encode()))


@pytest.fixture
def wary(make_account: Make) -> Chat2Desk:
    return make_account(reread=True)


@pytest.fixture
def inbox(sample: Sample) -> dict[str, Any]:
    found: dict[str, Any] = sample("webhook_inbox.whatsapp.derived.json")
    return found


@pytest.fixture
def item(desk: respx.MockRouter, sample: Sample) -> dict[str, Any]:
    """The message as the vendor's own copy has it."""
    row: dict[str, Any] = sample("messages_get.item.derived.json")["data"][0]
    desk.get("/v1/messages/963360592").respond(json={"data": row, "status": "success"})
    desk.get(f"/v1/clients/{CLIENT}").respond(json={"data": {"phone": PHONE}, "status": "success"})
    return row


def test_a_true_webhook(
    wary: Chat2Desk, inbox: dict[str, Any], item: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tell(wary, inbox) == []
    polled = wary.reread_some("", NOW)
    assert [(one.key, one.event) for one in polled.arrivals] == [
        ("inbox:963360592", AnswerReceived(PHONE, "9", AT, 963360592))
    ]
    assert wary.reread_some("", NOW) == Polled([], "")
    assert "differs" not in capsys.readouterr().out


@pytest.mark.parametrize(
    "lie",
    [
        {"text": "10"},
        {"client": {"id": CLIENT, "phone": "77011234567"}},
        {"type": "to_client", "hook_type": "outbox", "operator_id": 9},
    ],
)
def test_the_vendors_own_copy_wins(
    wary: Chat2Desk,
    inbox: dict[str, Any],
    item: Any,
    lie: dict[str, Any],
    capsys: pytest.CaptureFixture[str],
) -> None:
    tell(wary, inbox | lie)
    (arrival,) = wary.reread_some("", NOW).arrivals
    assert arrival.event == AnswerReceived(PHONE, "9", AT, 963360592)
    assert "differs" in capsys.readouterr().out


def test_a_lie_teaches_no_number(wary: Chat2Desk, inbox: dict[str, Any], item: Any) -> None:
    tell(wary, inbox | {"client": {"id": CLIENT, "phone": "77011234567"}})
    assert wary.people.known_phone({"client_id": CLIENT}) == ""
    wary.reread_some("", NOW)
    assert wary.people.known_phone({"client_id": CLIENT}) == PHONE


def test_a_message_that_is_not_there(wary: Chat2Desk, inbox: dict[str, Any], desk: respx.MockRouter) -> None:
    desk.get("/v1/messages/963360592").respond(404, json={"status": "error", "message": "not found"})
    tell(wary, inbox)
    assert wary.reread_some("", NOW) == Polled([], "")


def test_a_vendor_that_is_down_is_asked_again(
    wary: Chat2Desk, inbox: dict[str, Any], item: dict[str, Any], desk: respx.MockRouter
) -> None:
    desk.get("/v1/messages/963360592").mock(
        side_effect=[httpx.Response(503)] * 3
        + [httpx.Response(200, json={"data": item, "status": "success"})]
    )
    tell(wary, inbox)
    with pytest.raises(TryLater):
        wary.reread_some("", NOW)
    assert len(wary.reread_some("", NOW).arrivals) == 1


def test_a_storm_costs_one_request_after_another(
    wary: Chat2Desk, inbox: dict[str, Any], item: dict[str, Any], desk: respx.MockRouter, pace: Any
) -> None:
    asked = desk.get(url__regex=r"/v1/messages/\d+$").respond(404, json={"status": "error"})
    for number in range(1, 5001):
        tell(wary, inbox | {"message_id": number})
    polled = wary.reread_some("", NOW)
    assert (asked.call_count, polled.more) == (20, True)
    turns = 1
    while polled.more:
        polled = wary.reread_some("", NOW)
        turns += 1
    assert (asked.call_count, turns) == (1000, 50)
    assert pace.slots == 1000


def test_what_has_no_copy_goes_on_as_told(wary: Chat2Desk) -> None:
    status = {"hook_type": "outbox_status", "data": {"id": 5, "client_id": 1, "gateway_status": "read"}}
    (arrival,) = tell(wary, status)
    assert arrival.event == MessageStatus("", "read", NOW, 5)


def test_by_default_nothing_is_asked(make_account: Make, inbox: dict[str, Any]) -> None:
    (arrival,) = tell(make_account(), inbox)
    assert isinstance(arrival.event, AnswerReceived)
    (arrival,) = tell(make_account(), inbox | {"hook_type": "outbox", "type": "to_client", "operator_id": 7})
    assert isinstance(arrival.event, StaffWrote)
