"""The control routes: clients and operators played by hand or by a driver."""

from typing import Any

import pytest

PHONE = "77011112233"


def test_a_conversation(world: Any) -> None:
    world.account.phone_name("8 701 111-22-33", "Иван")
    client_id = world.client()
    world.write("Здравствуйте")
    world.say(client_id, "Оцените визит")
    [row] = world.send("GET", "/sandbox/phones").json()["phones"]
    assert row == {
        **{"phone": PHONE, "name": "Иван", "last_text": "Оцените визит", "unread": 1},
        "last_at": "2026-07-10T09:00:00+00:00",
    }
    bubbles = world.send("GET", f"/sandbox/phones/{PHONE}").json()["messages"]
    assert [(bubble["from"], bubble["text"], bubble["status"]) for bubble in bubbles] == [
        ("client", "Здравствуйте", "delivered"),
        ("us", "Оцените визит", "read"),
    ]
    assert set(bubbles[0]) == {"id", "at", "from", "text", "kind", "status", "file"}
    assert world.send("GET", "/sandbox/phones").json()["phones"][0]["unread"] == 0
    assert world.data("GET", f"/v1/clients/{client_id}")["name"] == "Иван"


@pytest.mark.parametrize(
    ("kind", "field"), [("voice", "audio"), ("photo", "photo"), ("sticker", "attachments")]
)
def test_kinds(world: Any, kind: str, field: str) -> None:
    world.listen(events=["inbox"])
    world.write("", kind=kind)
    [event] = world.receiver.events
    assert event["text"] is None
    assert event[field]


def test_bulk_and_outbox(world: Any) -> None:
    numbers = [f"7701000000{n}" for n in range(5)]
    messages = [{"phone": number, "text": str(n)} for n, number in enumerate(numbers)]
    answer = world.send("POST", "/sandbox/phones/messages", json={"messages": messages})
    assert len(answer.json()["messages"]) == 5
    clients = [item["id"] for item in world.data("GET", "/v1/clients")]
    sent = [world.say(client, f"to {n}")["message_id"] for n, client in enumerate(clients)]
    arrived = world.send("GET", f"/sandbox/outbox?after={sent[1]}&limit=2").json()["messages"]
    assert [(item["id"], item["phone"], item["text"]) for item in arrived] == [
        (sent[2], numbers[2], "to 2"),
        (sent[3], numbers[3], "to 3"),
    ]
    assert world.send("GET", f"/sandbox/outbox?after={sent[4]}").json()["messages"] == []
    assert [row["phone"] for row in world.send("GET", "/sandbox/phones?limit=2").json()["phones"]] == [
        numbers[4],
        numbers[3],
    ]


def test_bulk_is_all_or_nothing(world: Any) -> None:
    messages = [{"phone": PHONE, "text": "8"}, {"phone": "1", "text": "9"}]
    answer = world.send("POST", "/sandbox/phones/messages", json={"messages": messages})
    assert answer.status_code == 400
    assert world.chat() == []


def test_operator_steps_in_and_leaves(world: Any) -> None:
    client_id = world.client()
    world.listen()
    world.send("POST", f"/sandbox/phones/{PHONE}/operator", json={"text": "Это Анна"})
    [event] = world.receiver.of("outbox")
    assert (event["type"], event["operator_id"]) == ("to_client", 31911)
    assert world.chat()[0]["from"] == "operator"
    assert world.chat()[0]["status"] == "delivered"
    assert world.data("GET", f"/v1/clients/{client_id}/dialogs")[0]["state"] == "open"
    assert world.account.ledger()["messages_sent"] == 0
    world.send("POST", f"/sandbox/phones/{PHONE}/operator", json={"close": True})
    assert world.data("GET", f"/v1/clients/{client_id}/dialogs")[0]["state"] == "closed"
    assert len(world.receiver.of("close_dialog")) == 1


def test_refused_once(world: Any) -> None:
    client_id = world.client(transport="whatsapp")
    world.listen()
    world.send("POST", f"/sandbox/phones/{PHONE}/refuse", json={"reason": "Number is blocked"})
    sent = world.say(client_id, "x")
    world.say(client_id, "y")
    assert [(bubble["from"], bubble["text"], bubble["status"]) for bubble in world.chat()] == [
        ("us", "x", "failed"),
        ("system", "Number is blocked", "accepted"),
        ("us", "y", "delivered"),
    ]
    assert [note["text"] for note in world.receiver.of("outbox", "system")] == ["Number is blocked"]
    assert world.receiver.of("outbox_status")[0]["data"]["id"] == sent["message_id"]
    ledger = world.account.ledger()
    assert (ledger["messages_sent"], ledger["refused"], ledger["by_phone"]) == (2, 1, {PHONE: 1})


def test_delivered_and_read_reports(world: Any) -> None:
    world.account.switches.set("delivered_outbox_status", True)
    client_id = world.client(transport="whatsapp")
    world.listen(events=["outbox_status"])
    world.say(client_id, "x")
    world.write("8")
    assert [event["data"]["gateway_status"] for event in world.receiver.events] == ["delivered", "read"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"/sandbox/phones/{PHONE}/messages", {}),
        (f"/sandbox/phones/{PHONE}/messages", {"text": 8}),
        (f"/sandbox/phones/{PHONE}/messages", {"text": "8", "kind": "dance"}),
        ("/sandbox/phones/12/messages", {"text": "8"}),
        ("/sandbox/phones/messages", {"messages": "8"}),
        (f"/sandbox/phones/{PHONE}/operator", {}),
        (f"/sandbox/phones/{PHONE}/refuse", {"reason": 1}),
    ],
)
def test_bad_requests(world: Any, path: str, body: dict[str, Any]) -> None:
    answer = world.send("POST", path, json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_version_grows_only_with_changes(world: Any) -> None:
    client_id = world.client()
    before = world.account.version
    world.chat()
    world.api("GET", "/v1/messages")
    assert world.account.version == before
    world.say(client_id, "x")
    assert world.account.version > before
