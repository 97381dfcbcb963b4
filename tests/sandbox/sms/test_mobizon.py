"""Mobizon at the wire."""

import hashlib
import json
from typing import Any

import pytest

from tests.sandbox.sms.conftest import PHONE, World

STATUS = "Message/GetSMSStatus"


def send(world: World, **fields: Any) -> Any:
    return world.mobizon(**{"recipient": PHONE, "text": "Оцените визит"} | fields)


def test_a_message_travels(world: World) -> None:
    sent = send(world)
    assert (sent["code"], sent["message"]) == (0, "")
    number = sent["data"]["messageId"]
    for seconds, word in ((0, "ENQUEUD"), (3, "ACCEPTD"), (10, "DELIVRD")):
        world.later(seconds)
        (row,) = world.mobizon(STATUS, **{"ids[0]": number})["data"]
        assert (row["id"], row["status"]) == (number, word)
    assert row["statusUpdateTs"] == "2026-07-10 09:00:13"
    assert world.screen() == ["Оцените визит"]


def test_numbers_in_any_form(world: World) -> None:
    numbers = [send(world, text=text)["data"]["messageId"] for text in "abc"]
    for given in (
        {"ids": ",".join(map(str, numbers))},
        {f"ids[{place}]": number for place, number in enumerate(numbers)},
        {"ids[]": numbers},
    ):
        assert [row["id"] for row in world.mobizon(STATUS, **given)["data"]] == numbers
    assert world.mobizon(STATUS, ids="999999999")["data"] == []
    assert world.mobizon("message/getSMSStatus", ids=str(numbers[0]))["code"] == 0


@pytest.mark.parametrize(
    ("why", "word"), [("unreachable", "UNDELIV"), ("forbidden", "REJECTD"), ("expired", "EXPIRED")]
)
def test_what_does_not_arrive(world: World, why: str, word: str) -> None:
    world.control(f"phones/{PHONE}/undeliverable", why=why)
    number = send(world)["data"]["messageId"]
    world.later(20)
    assert world.mobizon(STATUS, ids=number)["data"][0]["status"] == word


@pytest.mark.parametrize(
    ("name", "fields", "code"),
    [
        ("Message/SendSmsMessage", {"text": "a"}, 11),
        ("Message/SendSmsMessage", {"recipient": "12", "text": "a"}, 1),
        ("Message/SendSmsMessage", {"recipient": "77770000000", "text": "a"}, 1),
        ("Message/SendSmsMessage", {"recipient": PHONE, "text": "a", "from": "Stranger"}, 1),
        ("Message/SendSmsMessage", {"recipient": PHONE, "text": "я" * 700}, 15),
        (STATUS, {}, 2),
        (STATUS, {"ids": ",".join(map(str, range(101)))}, 12),
        ("Message/Delete", {}, 5),
        ("Nothing/List", {}, 4),
    ],
)
def test_errors(world: World, name: str, fields: dict[str, Any], code: int) -> None:
    world.control("phones/77770000000/undeliverable", at_once=True)
    world.control("switches", senders="ACME")
    world.control("money", left=20)
    assert world.mobizon(name, **fields)["code"] == code


def test_the_door(world: World) -> None:
    path = "/sms/service/User/GetOwnBalance"
    good = {"output": "json", "api": "v1", "apiKey": "sandbox-key"}
    assert world.call("GET", path, params=good).json()["data"] == {"balance": "1000.0000", "currency": "KZT"}
    for wrong, code in (({"apiKey": "x"}, 8), ({"output": "xml"}, 6), ({"api": "v2"}, 6)):
        answer = world.call("GET", path, params=good | wrong)
        assert (answer.status_code, answer.json()["code"]) == (200, code)


@pytest.mark.parametrize(("how", "code"), [("auth", 8), ("no_money", 15), ("too_fast", 30), ("blocked", 14)])
def test_faults_in_its_own_words(world: World, how: str, code: int) -> None:
    world.control("faults", match="/service/Message/*", how=how)
    assert send(world)["code"] == code
    assert send(world)["code"] == 0


def test_a_webhook_tells_the_end_alone(world: World) -> None:
    world.control("hooks", gateway="mobizon", url="http://us/hooks/sms/x", secret="secret123")
    number = send(world)["data"]["messageId"]
    world.later(5)
    assert world.heard == []
    world.later(10)
    (heard,) = world.heard
    event = json.loads(heard.content)
    assert event["eventType"] == "sms-delivery-report"
    assert (event["data"]["messageId"], event["data"]["status"], event["data"]["to"]) == (
        number,
        "DELIVRD",
        PHONE,
    )
    signed = f"{event['eventId']}|{event['attempt']}|{event['eventCreateTs']}|secret123"
    assert event["sign"] == hashlib.sha1(signed.encode()).hexdigest()


def test_one_gateway_does_not_know_the_others_messages(world: World) -> None:
    number = send(world)["data"]["messageId"]
    assert world.smsc("status", phone=PHONE, id=number)["status"] == -3
