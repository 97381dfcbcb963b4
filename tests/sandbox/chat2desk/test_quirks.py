"""Every point that nobody has confirmed can be turned, and every turn is tried somewhere."""

import re
from pathlib import Path
from typing import Any

import pytest

from sandbox.chat2desk.switches import NAMES

PHONE = "77011112233"
TESTS = Path(__file__).parents[2]
FOLDERS = ("sandbox/chat2desk", "connectors/chat2desk")


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_switch_is_turned_in_some_test(name: str) -> None:
    files = [one for folder in FOLDERS for one in (TESTS / folder).glob("test_*.py")]
    turned = re.compile(rf'"{name}"|\b{name}=')
    assert any(turned.search(one.read_text(encoding="utf-8")) for one in files)


def turn(world: Any, **switches: Any) -> None:
    for name, value in switches.items():
        world.account.switches.set(name, value)


# --- the REST door ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("switches", "status", "inside", "header"),
    [
        ({}, 404, False, None),
        ({"errors_with_200": True}, 200, False, None),
        ({"errors_in_data": True}, 404, True, None),
        ({"errors_with_200": True, "errors_in_data": True}, 200, True, None),
    ],
)
def test_how_an_error_looks(world: Any, switches: Any, status: int, inside: bool, header: Any) -> None:
    turn(world, **switches)
    answer = world.api("GET", "/v1/clients/5")
    body = answer.json()
    assert answer.status_code == status
    assert (body["data"] if inside else body)["status"] == "error"


@pytest.mark.parametrize(
    ("switches", "status", "retry_after"),
    [
        ({"rate_per_second": 0.001}, 429, None),
        ({"rate_per_second": 0.001, "retry_after": "30"}, 429, "30"),
        ({"rate_per_second": 0.001, "rate_status": 503}, 503, None),
        ({"monthly_quota": 1, "quota_status": 403, "retry_after": "9"}, 403, "9"),
    ],
)
def test_limits(world: Any, switches: Any, status: int, retry_after: str | None) -> None:
    turn(world, **switches)
    answers = [world.api("GET", "/v1/channels") for _ in range(3)]
    assert answers[-1].status_code == status
    assert answers[-1].headers.get("retry-after") == retry_after


def test_a_wrong_key_in_another_number(world: Any) -> None:
    turn(world, auth_status=403)
    assert world.api("GET", "/v1/channels", headers={"Authorization": "x"}).status_code == 403


def test_what_a_post_answers(world: Any) -> None:
    turn(world, post_status=201, message_id_as_id=True)
    client = world.api("POST", "/v1/clients", json={"phone": PHONE, "transport": "whatsapp"})
    assert client.status_code == 201
    body = {"client_id": client.json()["data"]["id"], "text": "x"}
    sent = world.api("POST", "/v1/messages", json=body).json()["data"]
    assert ("message_id" in sent, sent["id"] > 0) == (False, True)
    assert world.api("GET", "/v1/channels").status_code == 200


def test_dates_of_an_older_account(world: Any) -> None:
    turn(world, rest_dates_dotted=True)
    number = world.write("8")
    assert world.data("GET", f"/v1/messages/{number}")["created"] == "10.07.2026 09:00:00"


@pytest.mark.parametrize(("path", "status"), [("", 404), ("/v1/wa_templates", 200)])
def test_a_list_of_templates(world: Any, path: str, status: int) -> None:
    turn(world, template_list=path)
    world.account.add_template("visit", "ru", "Оцените", status="rejected")
    answer = world.api("GET", "/v1/wa_templates")
    assert answer.status_code == status
    if path:
        assert answer.json()["data"] == [{"name": "visit", "language": "ru", "status": "rejected"}]


# --- messages -----------------------------------------------------------------------------------

BUTTONS = {"buttons": [{"type": "reply", "text": "10"}]}


@pytest.mark.parametrize("field", ["keyboard", "inline_buttons", "interactive"])
@pytest.mark.parametrize(
    ("patterns", "status"), [("*", 200), ("whatsapp", 200), ("telegram,viber*", 400), ("", 400)]
)
def test_who_takes_buttons(world: Any, field: str, patterns: str, status: int) -> None:
    turn(world, button_transports=patterns, hook_shows_buttons=True)
    world.listen()
    body = {"client_id": world.client(transport="whatsapp"), "text": "Оцените", field: BUTTONS}
    assert world.api("POST", "/v1/messages", json=body).status_code == status
    told = [event["keyboard"] for event in world.receiver.of("outbox")]
    assert told == ([BUTTONS] if status == 200 else [])


def test_buttons_are_not_told_by_default(world: Any) -> None:
    world.listen()
    world.say(world.client(transport="whatsapp"), "x", keyboard=BUTTONS)
    assert "keyboard" not in world.receiver.of("outbox")[0]


@pytest.mark.parametrize(
    ("how", "text", "payload", "extra"),
    [
        ("text", "10", None, {}),
        ("payload", None, "score:10", {}),
        ("extra_data", None, None, {"button": {"payload": "score:10"}}),
    ],
)
def test_how_a_press_comes(world: Any, how: str, text: Any, payload: Any, extra: Any) -> None:
    turn(world, press_comes_as=how)
    world.listen(events=["inbox"])
    world.write("10", button="score:10")
    (event,) = world.receiver.events
    assert (event["text"], event.get("payload"), event["extra_data"]) == (text, payload, extra)
    assert world.chat()[0]["text"] == "10"


@pytest.mark.parametrize(("masked", "shown"), [(False, "1234"), (True, "*****")])
def test_a_secret_message(world: Any, masked: bool, shown: str) -> None:
    turn(world, encrypted_masked=masked)
    world.listen(events=["outbox"])
    sent = world.say(world.client(transport="whatsapp"), "1234", encrypted="True")
    assert world.data("GET", f"/v1/messages/{sent['message_id']}")["text"] == shown
    assert world.receiver.events[0]["text"] == shown
    assert world.chat()[0]["text"] == "1234"


def test_a_reply_must_have_its_message(world: Any) -> None:
    client = world.client(transport="whatsapp")
    first = world.say(client, "x")["message_id"]
    world.say(client, "y", reply_message_id=first)
    body = {"client_id": client, "text": "z", "reply_message_id": 5}
    assert world.api("POST", "/v1/messages", json=body).status_code == 400


def test_read_by_an_operator(world: Any) -> None:
    number = world.write("8")
    for act, read in (("read", "1"), ("unread", "0"), ("read", "1")):
        world.api("GET", f"/v1/messages/{number}/{act}")
        assert world.data("GET", f"/v1/messages/{number}")["read"] == read
    assert [one["id"] for one in world.data("GET", "/v1/messages?read=1")] == [number]
    assert world.data("GET", "/v1/messages?read=0") == []


@pytest.mark.parametrize(("switch", "opened"), [(True, 1), (False, 0)])
def test_an_automatic_message_may_open_a_request(world: Any, switch: bool, opened: int) -> None:
    turn(world, autoreply_opens_request=switch)
    client = world.client(transport="whatsapp")
    world.listen(events=["new_request"])
    world.say(client, "x", type="autoreply")
    assert len(world.receiver.events) == opened


def test_answers_go_to_an_operator(world: Any) -> None:
    turn(world, inbox_operator=31911)
    world.listen(events=["inbox"])
    world.write("8")
    (event,) = world.receiver.events
    assert event["operator_id"] == 31911
    assert event["dialog_id"] is not None


@pytest.mark.parametrize("imported_type", ["imported", "from_client"])
def test_an_imported_message(world: Any, imported_type: str) -> None:
    turn(world, imported_type=imported_type)
    world.listen()
    answer = world.send("POST", f"/sandbox/phones/{PHONE}/imported", json={"text": "давно"})
    (event,) = [one for one in world.receiver.events if "message_id" in one]
    assert (event["hook_type"], event["text"]) == ("imported_message", "давно")
    item = world.data("GET", f"/v1/messages/{answer.json()['message_id']}")
    assert (item["type"], item["created"]) == (imported_type, "2026-06-10T09:00:00 UTC")
    assert world.send("POST", f"/sandbox/phones/{PHONE}/imported", json={}).status_code == 400


# --- webhooks -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("style", "phone"),
    [
        ("digits", "77011112233"),
        ("plus", "+77011112233"),
        ("eight", "87011112233"),
        ("spaced", "+7 (701) 111-22-33"),
        ("unknown", "77011112233"),
    ],
)
def test_how_a_number_looks(world: Any, style: str, phone: str) -> None:
    turn(world, hook_phone_format=style)
    world.listen(events=["inbox", "new_client"])
    world.write("8")
    new_client, inbox = world.receiver.events
    assert new_client["phone"] == inbox["client"]["phone"] == inbox["client"]["client_phone"] == phone
    assert inbox["text"] == "8"


@pytest.mark.parametrize(("switch", "extra"), [(False, None), (True, {"external_id": "k1"})])
def test_our_id_may_come_back(world: Any, switch: bool, extra: Any) -> None:
    turn(world, hook_external_id=switch)
    world.listen(events=["outbox"])
    world.say(world.client(transport="whatsapp"), "x", external_id="k1")
    assert world.receiver.events[0].get("extra_data") == extra


@pytest.mark.parametrize(("switch", "shown"), [(False, False), (True, True)])
def test_a_video_may_have_a_field(world: Any, switch: bool, shown: bool) -> None:
    turn(world, hook_shows_video=switch)
    world.listen(events=["inbox"])
    world.write("", kind="video")
    assert bool(world.receiver.events[0].get("video")) is shown


@pytest.mark.parametrize("inside", [False, True])
def test_where_errors_stand(world: Any, inside: bool) -> None:
    turn(world, webhook_errors_inside=inside)
    world.listen(events=["inbox"])
    world.receiver.status = 500
    world.write("8")
    body = world.api("GET", "/v1/webhooks").json()
    errors = body["data"][0]["errors"] if inside else body["errors"]
    assert [one["code"] for one in errors] == [500]
    assert ("errors" in body) is not inside


def test_in_other_words(world: Any) -> None:
    turn(world, status_word_on="active", status_word_off="stopped", refusal_text="нет", window_text="24 часа")
    world.listen()
    assert world.data("GET", "/v1/webhooks/1")["status"] == "active"
    assert world.data("PUT", "/v1/webhooks/1", json={"status": "stopped"})["status"] == "stopped"
    assert world.data("PUT", "/v1/webhooks/1", json={"status": "active"})["status"] == "active"
    client = world.client()
    world.say(client, "без шаблона")
    world.send("POST", f"/sandbox/phones/{PHONE}/refuse", json={})
    world.say(client, "x")
    assert [one["text"] for one in world.receiver.of("outbox", "system")] == ["24 часа", "нет"]


def test_the_signature_stands_where_told(world: Any) -> None:
    turn(world, hook_sign_secret="s3", hook_sign_header="X-Chat2Desk-Signature")
    world.listen(events=["inbox"])
    world.write("8")
    assert len(world.receiver.requests[0].headers["x-chat2desk-signature"]) == 64


def test_a_slow_door(world: Any) -> None:
    turn(world, answer_delay_seconds=0.01, refusal_delay_seconds=60, window_transports="whatsapp")
    world.listen()
    client = world.client(transport="whatsapp")
    world.say(client, "x")
    assert world.receiver.of("outbox", "system") == []
    world.later(60)
    assert len(world.receiver.of("outbox", "system")) == 1


def test_words_for_a_failure(world: Any) -> None:
    turn(world, gateway_status_failed="undeliverable")
    world.listen(events=["outbox_status"])
    client = world.client(transport="whatsapp")
    world.send("POST", f"/sandbox/phones/{PHONE}/refuse", json={"reason": "нет"})
    world.say(client, "x")
    assert [one["data"]["gateway_status"] for one in world.receiver.events] == ["undeliverable"]


def test_the_oldest_templates(world: Any) -> None:
    turn(world, hsm_full_text=True)
    world.say(world.client(), "@HSM@\nvisit\nСлова шаблона")
    assert world.chat()[0]["text"] == "Слова шаблона"


def test_a_reordered_webhook_has_its_delay(world: Any) -> None:
    turn(world, hook_reorder_percent=100, hook_reorder_seconds=60)
    world.listen(events=["inbox"])
    world.write("8")
    world.later(59)
    assert world.receiver.events == []
    world.later(1)
    assert len(world.receiver.events) == 1


# --- a ban --------------------------------------------------------------------------------------


def test_strangers_cost_the_number(world: Any) -> None:
    turn(world, ban_after=2, ban_transports="whatsapp", ban_text="номер заблокирован", transport="whatsapp")
    world.listen()
    phones = [f"7701000000{number}" for number in range(4)]
    world.write("я пишу сам", phone=phones[0])
    clients = [world.client(phone, transport="whatsapp") for phone in phones[1:]]
    friend = world.data("GET", f"/v1/clients?phone={phones[0]}")[0]["id"]
    for client in (friend, friend, *clients[:2]):
        world.say(client, "x")
    assert world.account.ledger()["refused"] == 0
    world.say(clients[2], "x")
    world.say(friend, "x")  # for everybody, and for good
    world.later(2 * 86400)
    world.say(friend, "x")
    assert [one["text"] for one in world.receiver.of("outbox", "system")] == ["номер заблокирован"] * 3


def test_official_channels_are_not_banned(world: Any) -> None:
    turn(world, ban_after=1, ban_transports="whatsapp")
    world.account.add_template("visit", "ru", "Оцените")
    for number in range(4):
        world.say(world.client(f"7701000000{number}"), "@HSM@\nvisit|ru")
    assert world.account.ledger()["refused"] == 0
