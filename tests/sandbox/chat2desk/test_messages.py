"""Messages on their way to the phone: the 24-hour rule, templates, refusals, lists, dialogs."""

from typing import Any

import pytest

from sandbox.chat2desk.switches import WINDOW_TEXT

PHONE = "77011112233"
HSM = "@HSM@\nservice_quality|ru\n\nИван\n10245"


@pytest.mark.parametrize(
    ("transport", "hours", "status"),
    [
        ("wa_direct", None, "failed"),
        ("wa_direct", 23.9, "delivered"),
        ("wa_direct", 24.0, "failed"),
        ("wa_dialog", 25.0, "failed"),
        ("whatsapp", None, "delivered"),
        ("whatsapp", 100.0, "delivered"),
        ("telegram", None, "delivered"),
    ],
)
def test_window(world: Any, transport: str, hours: float | None, status: str) -> None:
    """`hours` passed since the client's last message, None: he never wrote."""
    client_id = world.client(transport=transport)
    if hours is not None:
        world.write("hello")
        world.later(hours * 3600)
    world.listen()
    sent = world.say(client_id, "free text")
    bubble = next(bubble for bubble in world.chat() if bubble["id"] == sent["message_id"])
    assert (bubble["from"], bubble["status"]) == ("us", status)
    notes = world.receiver.of("outbox", "system")
    assert [note["text"] for note in notes] == ([WINDOW_TEXT] if status == "failed" else [])
    assert world.receiver.of("outbox_status") == []
    assert all(note["message_id"] > sent["message_id"] for note in notes)
    arrived = world.send("GET", "/sandbox/outbox").json()["messages"]
    assert len(arrived) == (status == "delivered")


def test_window_can_be_turned_off(world: Any) -> None:
    world.account.switches.set("window_hours", 0)
    world.say(world.client(), "free text")
    assert [bubble["status"] for bubble in world.chat()] == ["delivered"]


def test_window_refusal_with_status_and_delay(world: Any) -> None:
    world.account.switches.set("window_outbox_status", True)
    world.account.switches.set("refusal_delay_seconds", 2)
    world.listen()
    sent = world.say(world.client(), "free text")
    assert [bubble["status"] for bubble in world.chat()] == ["accepted"]
    world.later(2)
    assert [bubble["status"] for bubble in world.chat()] == ["failed", "accepted"]
    [status] = world.receiver.of("outbox_status")
    assert status["data"] == {
        "id": sent["message_id"],
        "client_id": sent["client_id"],
        "gateway_status": "failed",
    }


def test_template_reaches_the_phone_outside_the_window(world: Any) -> None:
    world.account.add_template("service_quality", "ru", "{{1}}, заказ {{2}}: оцените нас от 1 до 10")
    world.listen()
    sent = world.say(world.client(), HSM)
    [bubble] = world.chat()
    assert (bubble["text"], bubble["status"]) == ("Иван, заказ 10245: оцените нас от 1 до 10", "delivered")
    [echo] = world.receiver.of("outbox")
    assert (echo["message_id"], echo["text"]) == (sent["message_id"], HSM)


@pytest.mark.parametrize("text", [HSM, "@HSM@", "@HSM@\nname only\ntext"])
def test_unknown_template(world: Any, text: str) -> None:
    world.listen()
    sent = world.say(world.client(), text)
    [note] = world.receiver.of("outbox", "system")
    assert "template" in note["text"]
    assert "approved WhatsApp templates" not in note["text"]
    [status] = world.receiver.of("outbox_status")
    assert status["data"]["id"] == sent["message_id"]
    assert world.account.ledger()["refused"] == 1


def test_markup_is_plain_text_on_a_personal_whatsapp(world: Any) -> None:
    world.say(world.client(transport="whatsapp"), HSM)
    assert world.chat()[0]["text"] == HSM


@pytest.mark.parametrize(
    ("kind", "shown"), [("system", 0), ("comment", 0), ("autoreply", 1), ("to_client", 1)]
)
def test_types(world: Any, kind: str, shown: int) -> None:
    client_id = world.client(transport="whatsapp")
    world.listen()
    world.say(client_id, "x", type=kind)
    assert len(world.chat()) == shown
    assert [event["type"] for event in world.receiver.of("outbox")] == [kind]
    assert len(world.receiver.of("comment")) == (kind == "comment")


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"client_id": 1}, "client_id"),
        ({"client_id": "x"}, "client_id"),
        ({"text": ""}, "text"),
        ({"type": "from_client"}, "type"),
        ({"channel_id": 5}, "channel_id"),
    ],
)
def test_refused_at_the_door(world: Any, fields: dict[str, Any], name: str) -> None:
    body = {"client_id": world.client(), "text": "x", **fields}
    answer = world.api("POST", "/v1/messages", json=body)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [name]


def test_open_dialog_gives_the_answer_an_operator(world: Any) -> None:
    client_id = world.client(transport="whatsapp")
    sent = world.say(client_id, "x", open_dialog=True, operator_id=31911)
    world.listen()
    world.write("8")
    [answer] = world.receiver.of("inbox")
    assert (answer["dialog_id"], answer["operator_id"]) == (sent["dialog_id"], 31911)
    assert answer["is_new_request"] is False
    path = f"/v1/dialogs/{sent['dialog_id']}"
    assert world.data("PUT", path, json={"operator_id": 31912, "state": "open"})["operator_id"] == 31912
    assert world.data("PUT", path, json={"state": "closed"})["state"] == "closed"
    hooks = [event["hook_type"] for event in world.receiver.events]
    assert hooks == ["inbox", "dialog_transferred", "close_dialog"]
    assert world.data("GET", "/v1/dialogs?state=open") == []
    assert len(world.data("GET", "/v1/dialogs?state=closed")) == 1


@pytest.mark.parametrize("by", ["request_id", "client_id"])
def test_close_request(world: Any, by: str) -> None:
    world.write("8")
    world.listen()
    world.write("9")
    [event] = world.receiver.of("inbox")
    assert world.api("PUT", "/v1/requests/close", json={by: event[by]}).json() == {"status": "success"}
    world.write("10")
    fresh = world.receiver.of("inbox")[1]
    assert fresh["is_new_request"] is True
    assert fresh["request_id"] > event["request_id"]
    hooks = [event["hook_type"] for event in world.receiver.events]
    assert hooks == ["inbox", "close_request", "new_request", "inbox"]


def test_list_filters(world: Any) -> None:
    client_id = world.client(transport="whatsapp")
    ids = [world.say(client_id, "1")["message_id"], world.write("a")]
    world.later(86400)
    ids += [world.say(client_id, "2")["message_id"], world.write("b")]
    world.write("c", "77770000000")

    def found(query: str) -> list[int]:
        return [item["id"] for item in world.data("GET", f"/v1/messages?{query}")]

    mine = f"client_id={client_id}"
    assert found(mine) == ids
    assert found(f"{mine}&order=desc&limit=2") == [ids[3], ids[2]]
    assert found(f"{mine}&limit=2&start_id={ids[1]}") == [ids[1], ids[2]]
    assert found(f"{mine}&start_id={ids[1]}&direction_reverse=true") == [ids[1], ids[0]]
    assert found(f"{mine}&type=from_client") == [ids[1], ids[3]]
    assert found(f"type=from_client&start_id={ids[2]}&transport=whatsapp") == [ids[3]]
    assert found(f"{mine}&start_date=11-07-2026") == ids[2:]
    assert found(f"{mine}&finish_date=2026-07-10 23:59&request_id=1") == ids[:2]
    assert found("client_id=1") == []
    assert found("type=unknown") == []
    assert len(found("")) == 5
    world.account.switches.set("start_id_inclusive", False)
    assert found(f"{mine}&start_id={ids[1]}") == ids[2:]
    assert found(f"{mine}&start_id={ids[1]}&direction_reverse=true") == ids[:1]


def test_list_meta(world: Any) -> None:
    client_id = world.client(transport="whatsapp")
    for number in range(3):
        world.say(client_id, str(number))
    world.write("a")
    answer = world.api("GET", f"/v1/messages?client_id={client_id}&type=to_client&limit=2&offset=1").json()
    assert [item["text"] for item in answer["data"]] == ["1", "2"]
    assert answer["meta"] == {"total": 3, "limit": 2, "offset": 1}
    assert world.api("GET", "/v1/messages?limit=1000").json()["meta"]["limit"] == 200


def test_external_id(world: Any) -> None:
    client_id = world.client(transport="whatsapp")
    first = world.say(client_id, "x", external_id="k1")
    assert world.say(client_id, "x", external_id="k1")["message_id"] > first["message_id"]
    world.account.switches.set("external_id_deduplicates", True)
    assert world.say(client_id, "x", external_id="k1") == first
    assert world.account.ledger()["messages_sent"] == 2


def test_attachment_without_text(world: Any) -> None:
    client_id = world.client(transport="whatsapp")
    body = {"client_id": client_id, "attachment": "https://us/a.png"}
    sent = world.data("POST", "/v1/messages", json=body)
    item = world.data("GET", f"/v1/messages/{sent['message_id']}")
    assert item["attachments"] == [{"name": "a.png", "link": "https://us/a.png"}]
    assert [one["file"] for one in world.chat(PHONE)] == ["https://us/a.png"]


@pytest.mark.parametrize(
    ("switch", "name", "off", "on"),
    [
        ("show_external_id", "extra_data", {}, {"external_id": "k1"}),
        ("show_recipient_status", "recipient_status", None, "delivered"),
    ],
)
def test_what_an_item_shows(world: Any, switch: str, name: str, off: object, on: object) -> None:
    sent = world.say(world.client(transport="whatsapp"), "x", external_id="k1")
    path = f"/v1/messages/{sent['message_id']}"
    assert world.data("GET", path)[name] == off
    world.account.switches.set(switch, True)
    assert world.data("GET", path)[name] == on
