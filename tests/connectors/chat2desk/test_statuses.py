"""How far a message has come: by webhook, by list, in any words, in any order."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import respx
from pydantic import SecretStr

from connectors.chat2desk.account import Chat2Desk
from connectors.chat2desk.settings import Chat2DeskSettings
from qc_engine.core.events import MessageRefused, MessageStatus
from qc_engine.ports import Arrival, Polled, Request

Make = Callable[..., Chat2Desk]
SECRET = "open-sesame-open-sesame"
NOW = datetime(2026, 7, 10, 18, 0, tzinfo=UTC)
OLD = "2026-07-08T17:59:59 UTC"
FRESH = "2026-07-08T18:00:01 UTC"


def hook(status: object, **more: Any) -> Request:
    body = {"hook_type": "outbox_status", "data": {"id": 5, "client_id": 1, "gateway_status": status, **more}}
    return Request(SECRET, {}, json.dumps(body).encode())


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("sent", "sent"),
        ("SENT", "sent"),
        ("delivered", "delivered"),
        ("DELIVRD", ""),
        ("read", "read"),
        ("seen", "read"),
        ("доставлено", "delivered"),
        ("прочитано", "read"),
        ("undelivered", "failed"),
        ("not_delivered", "failed"),
        ("не доставлено", "failed"),
        ("failed", "failed"),
        ("noAccount", "failed"),
        ("UNCONFIRMED_VALUE", ""),
        ("", ""),
        (None, ""),
        (7, ""),
    ],
)
def test_words(account: Chat2Desk, word: object, state: str) -> None:
    found = account.parse(hook(word))
    if not state:
        assert found == []
    elif state == "failed":
        assert [one.key for one in found] == ["outbox_status:5"]
        assert isinstance(found[0].event, MessageRefused)
        assert found[0].event.message_id == 5
    else:
        assert found == [Arrival(f"outbox_status:5:{state}", MessageStatus("", state, NOW, 5))]


def test_a_failure_says_why_where_it_can(account: Chat2Desk) -> None:
    (arrival,) = account.parse(hook("failed: 131026 message undeliverable"))
    assert isinstance(arrival.event, MessageRefused)
    assert (arrival.event.code, arrival.event.reason) == (
        "no_account",
        "failed: 131026 message undeliverable",
    )


def test_words_of_ones_own(make_account: Make) -> None:
    account = make_account(
        failed_status="^-1$",
        status_words=[{"pattern": "^2$", "state": "delivered"}, {"pattern": "^3$", "state": "read"}],
        refusals=[{"pattern": "-1", "code": "phone_off", "say": "Телефон выключен: позвоните вечером"}],
    )
    assert [one.key for one in account.parse(hook(3))] == ["outbox_status:5:read"]
    (arrival,) = account.parse(hook("-1"))
    assert isinstance(arrival.event, MessageRefused)
    assert (arrival.event.code, arrival.event.say) == ("phone_off", "Телефон выключен: позвоните вечером")


REFUSALS = [
    (
        "24 hours passed since the last client message. Please use approved WhatsApp templates",
        "window_closed",
    ),
    ("С последнего сообщения клиента прошло более 24 часов", "window_closed"),
    ("Error 131047: Re-engagement message", "window_closed"),
    ("This phone is not on WhatsApp", "no_account"),
    ("Recipient is not a valid WhatsApp user", "no_account"),
    ("На этом номере нет WhatsApp", "no_account"),
    ("(#131026) Message undeliverable", "no_account"),
    ("User blocked this business", "blocked"),
    ("Клиент находится в чёрном списке", "blocked"),
    ("Message was not sent: template visit (ru) does not exist", "template_problem"),
    ("Шаблон отклонён", "template_problem"),
    ("132001 Template name does not exist in the translation", "template_problem"),
    ("131048: Spam rate limit hit", "spam_limit"),
    ("131049 healthy ecosystem engagement", "spam_limit"),
    ("Channel is disconnected", "channel_off"),
    ("Канал отключен", "channel_off"),
    ("Could not read the template", "template_problem"),
    ("The recipient is not available", ""),
    ("", ""),
]


@pytest.mark.parametrize(("text", "code"), REFUSALS)
def test_refusals(account: Chat2Desk, text: str, code: str) -> None:
    body = {"hook_type": "outbox", "type": "system", "message_id": 9, "text": text, "phone": "77011234567"}
    (arrival,) = account.parse(Request(SECRET, {}, json.dumps(body).encode()))
    assert arrival.event == MessageRefused("77011234567", text, NOW, code=code)


def test_the_schema_knows_the_defaults() -> None:
    settings = Chat2DeskSettings(
        token=SecretStr("x"), channel_id=1, transport="wa_direct", webhook_secret=SecretStr(SECRET)
    )
    assert {one.code for one in settings.refusals} == {code for _, code in REFUSALS if code} | {"read_notice"}


# --- asked for ---------------------------------------------------------------------------------


def listed(*rows: dict[str, Any]) -> dict[str, Any]:
    common = {"type": "to_client", "client_id": 1, "channel_id": 43898, "created": FRESH}
    return {"data": [common | row for row in rows], "meta": {}, "status": "success"}


def test_the_list_tells_what_no_webhook_told(account: Chat2Desk, desk: respx.MockRouter) -> None:
    rows = (
        {"id": 11, "recipient_status": "read", "created": OLD},
        {"id": 12, "recipient_status": "delivered"},
        {"id": 13, "recipient_status": "failed"},
        {"id": 14, "recipient_status": None},
        {"id": 15, "recipient_status": "read", "type": "from_client"},
        {"id": None, "recipient_status": "read"},
    )
    desk.get("/v1/messages").respond(json=listed(*rows))
    polled = account.statuses("10", NOW)
    assert [one.key for one in polled.arrivals] == [
        "outbox_status:11:read",
        "outbox_status:12:delivered",
        "outbox_status:13",
    ]
    # What is older than two days will not change any more; the rest is asked for again.
    assert (polled.cursor, polled.more) == ("11", False)


def test_it_begins_with_what_comes_next(account: Chat2Desk, desk: respx.MockRouter) -> None:
    desk.get("/v1/messages").respond(json=listed({"id": 70}))
    assert account.statuses("", NOW) == Polled((), "70")


def test_a_full_page_goes_on_where_it_ended(account: Chat2Desk, desk: respx.MockRouter) -> None:
    first = listed(*({"id": number, "recipient_status": "read"} for number in range(100, 300)))
    asked = desk.get("/v1/messages").respond(json=first)
    polled = account.statuses("100", NOW)
    assert (polled.cursor, polled.more, len(polled.arrivals)) == ("100:299", True, 200)
    asked.respond(json=listed({"id": 299}, {"id": 300}))
    polled = account.statuses(polled.cursor, NOW)
    assert asked.calls.last.request.url.params["start_id"] == "299"
    assert (polled.cursor, polled.more) == ("100", False)
    # A vendor that ignores start_id must not keep us asking.
    asked.respond(json=first)
    assert account.statuses("100:299", NOW).more is False


def test_it_costs_no_request_per_client(account: Chat2Desk, desk: respx.MockRouter) -> None:
    desk.get("/v1/messages").respond(json=listed({"id": 12, "recipient_status": "read"}))
    (arrival,) = account.statuses("10", NOW).arrivals
    assert arrival.event == MessageStatus("", "read", NOW, 12)
