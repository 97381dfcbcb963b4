"""The parts of the account beside messages: lists, menus, requests, an external channel, old webhooks."""

import base64
import hashlib
import hmac
import re
from typing import Any

import pytest

PHONE = "77011112233"


@pytest.mark.parametrize(
    "path",
    [
        *("help/api_modes", "help/message_types", "help/roles", "help/dialog_states", "help/tickets"),
        *("operators_groups", "operators/statuses", "templates", "scenarios/menu_items", "countries"),
        *("regions", "custom_client_fields", "web_analytics_data", "statistics", "tickets"),
    ],
)
def test_lists_have_pages(world: Any, path: str) -> None:
    answer = world.api("GET", f"/v1/{path}?limit=1&offset=0").json()
    assert answer["status"] == "success"
    assert answer["meta"]["limit"] == 1
    assert len(answer["data"]) == min(1, answer["meta"]["total"])


@pytest.mark.parametrize(("switch", "status"), [(False, 401), (True, 200)])
def test_transports_may_need_no_token(world: Any, switch: bool, status: int) -> None:
    world.account.switches.set("help_without_token", switch)
    assert world.send("GET", "/chat2desk/v1/help/transports").status_code == status
    assert world.send("GET", "/chat2desk/v1/help/roles").status_code == 401


def test_modes(world: Any) -> None:
    assert world.api("PUT", "/v1/companies/switch_mode", json={"mode": "demo"}).status_code == 200
    assert world.data("GET", "/v1/companies/api_info")["mode"] == "demo"
    assert world.api("PUT", "/v1/companies/switch_mode", json={"mode": "free"}).status_code == 400


@pytest.mark.parametrize("event", ["web_hook", "chat_close_web_hook"])
def test_the_webhook_of_old_clients(world: Any, event: str) -> None:
    for url in ("http://us/one", "http://us/two"):
        world.api("POST", f"/v1/companies/{event}", json={"url": url})
    (hook,) = world.data("GET", "/v1/webhooks")
    assert hook["url"] == "http://us/two"
    info = world.data("GET", "/v1/companies/api_info")
    assert {info["hook"], info["chat_close_web_hook"]} == {"http://us/two", None}
    world.api("POST", f"/v1/companies/{event}", json={"url": None})
    assert world.data("GET", "/v1/webhooks") == []


# --- messages -----------------------------------------------------------------------------------


def test_a_get_with_a_side_effect(world: Any) -> None:
    world.listen()
    number = world.write("алло")
    assert world.data("GET", f"/v1/messages/{number}/transfer?operator_id=31912")["assignee"] == {"id": 31912}
    (dialog,) = world.data("GET", "/v1/dialogs?state=open")
    assert dialog["operator_id"] == 31912
    world.data("GET", f"/v1/messages/{number}/transfer_to_group?group_id=1")
    assert world.data("GET", "/v1/dialogs?state=open")[0]["operator_id"] == 31911
    assert len(world.receiver.of("dialog_transferred")) == 1


@pytest.mark.parametrize(
    "path",
    ["1/transfer?operator_id=31912", "963360001/transfer?operator_id=5", "963360001/transfer_to_group"],
)
def test_what_cannot_be_transferred(world: Any, path: str) -> None:
    world.write("алло")
    assert world.api("GET", f"/v1/messages/{path}").status_code in (400, 404)


def test_unanswered_dialogs(world: Any) -> None:
    world.account.switches.set("inbox_opens_dialog", True)
    world.write("алло")
    assert len(world.data("GET", "/v1/dialogs/unanswered")) == 1
    world.send("POST", f"/sandbox/phones/{PHONE}/operator", json={"text": "слушаю"})
    assert world.data("GET", "/v1/dialogs/unanswered") == []


def test_a_request_and_its_messages(world: Any) -> None:
    world.write("первое")
    number = world.data("GET", "/v1/messages")[0]["request_id"]
    bare = world.api("GET", f"/v1/requests/{number}/messages").json()
    assert [one["text"] for one in bare] == ["первое"]  # no envelope around this list
    assert bare[0]["created"] == int(world.clock.now().timestamp())
    assert world.data("GET", f"/v1/requests/{number}")["closed"] is None
    assert world.api("GET", "/v1/requests/5").status_code == 404


def test_what_a_client_asked(world: Any) -> None:
    for text in ("раз", "два"):
        world.write(text)
    client = world.data("GET", f"/v1/clients?phone={PHONE}")[0]["id"]
    assert world.data("GET", f"/v1/clients/{client}/last_question")["text"] == "два"
    assert [one["text"] for one in world.data("GET", f"/v1/clients/{client}/questions")] == ["раз", "два"]


def test_an_external_channel(world: Any) -> None:
    world.listen()
    body = {"channel_id": 17, "body": "9", "from_client": {"phone": PHONE}, "external_id": "my-1"}
    assert world.api("POST", "/v1/messages/inbox", json=body).status_code == 200
    assert [event["text"] for event in world.receiver.of("inbox")] == ["9"]


@pytest.mark.parametrize(
    "who", [{}, {"phone": PHONE, "id": 1}, {"phone": "+77011112233"}, {"id": 5}, "77011112233"]
)
def test_an_external_client_is_one_person(world: Any, who: Any) -> None:
    answer = world.api("POST", "/v1/messages/inbox", json={"body": "9", "from_client": who})
    assert answer.status_code in (400, 404)


# --- the company's own menu ---------------------------------------------------------------------


def test_a_menu_answers_every_message_but_not_a_tagged_client(world: Any) -> None:
    world.listen()
    world.write("привет")
    assert world.receiver.of("outbox") == []
    world.account.switches.set("menu_text", "1. Запись")
    world.write("привет")
    (menu,) = world.receiver.of("outbox", "autoreply")
    assert (menu["text"], menu["operator_id"]) == ("1. Запись", None)
    assert [one["text"] for one in world.chat() if one["from"] == "menu"] == ["1. Запись"]

    group = world.data("POST", "/v1/tag_groups", json={"tag_group_name": "Опросы"})["id"]
    tag = world.data("POST", "/v1/tags", json={"tag_label": "survey", "tag_group_id": group})
    assert tag["group_name"] == "Опросы"
    client = menu["client_id"]
    body = {"tag_ids": tag["id"], "assignee_type": "client", "assignee_id": client}
    world.api("POST", "/v1/tags/assign_to", json=body)
    world.account.switches.set("menu_skips_tag", tag["id"])
    world.write("9")
    assert len(world.receiver.of("outbox", "autoreply")) == 1


def test_a_menu_item_is_sent_by_rest(world: Any) -> None:
    client = world.client()
    body = {"client_id": client, "menu_item_id": 2}
    assert world.api("POST", "/v1/scenarios/send_menu_item", json=body).json() == {"status": "success"}
    assert (
        world.api("POST", "/v1/scenarios/send_menu_item", json=body | {"menu_item_id": 9}).status_code == 404
    )


# --- how it tells -------------------------------------------------------------------------------


def test_every_step_of_a_message_in_words_of_ones_own(world: Any) -> None:
    for name, value in {
        "delivered_outbox_status": True,
        "sent_outbox_status": True,
        "gateway_status_sent": "1",
        "gateway_status_delivered": "2",
        "gateway_status_read": "3",
        "show_recipient_status": True,
    }.items():
        world.account.switches.set(name, value)
    world.listen()
    world.write("8")
    number = world.say(world.data("GET", f"/v1/clients?phone={PHONE}")[0]["id"], "Спасибо")["message_id"]
    assert world.data("GET", f"/v1/messages/{number}")["recipient_status"] == "2"
    world.send("GET", f"/sandbox/phones/{PHONE}")
    assert [event["data"]["gateway_status"] for event in world.receiver.of("outbox_status")] == [
        "1",
        "2",
        "3",
    ]
    assert world.data("GET", f"/v1/messages/{number}")["recipient_status"] == "3"


def test_a_signature_of_any_kind(world: Any) -> None:
    for name, value in {
        "hook_sign_secret": "key",
        "hook_sign_algorithm": "sha1",
        "hook_sign_encoding": "base64",
        "hook_sign_prefix": "v1=",
        "hook_timestamp_header": "X-Time",
        "hook_sign_timestamp": True,
    }.items():
        world.account.switches.set(name, value)
    world.listen()
    world.write("8")
    request = world.receiver.requests[-1]
    said = request.headers["x-time"]
    assert re.fullmatch(r"\d{10}", said)
    digest = hmac.new(b"key", f"{said}.".encode() + request.content, hashlib.sha1).digest()
    assert request.headers["x-signature"] == "v1=" + base64.b64encode(digest).decode()


def test_the_black_list(world: Any) -> None:
    world.listen()
    assert world.send("POST", f"/sandbox/phones/{PHONE}/blacklist", json={}).status_code == 200
    (event,) = world.receiver.of("client_added_to_blacklist")
    assert event["phone"] == PHONE
