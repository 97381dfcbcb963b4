"""Operators, tickets, other messengers of one person, and templates under review."""

from typing import Any

import pytest

PHONE = "77011112233"


def test_operators(world: Any) -> None:
    made = world.data("POST", "/v1/operators", json={"email": "new@example.org", "first_name": "Дана"})
    assert (made["role"], made["opened_dialogs"]) == ("operator", 0)
    changed = world.data("PUT", f"/v1/operators/{made['id']}", json={"role": "admin", "phone": PHONE})
    assert (changed["role"], changed["first_name"]) == ("admin", "Дана")
    assert [one["id"] for one in world.data("GET", f"/v1/operators?phone={PHONE}")] == [made["id"]]
    assert len(world.data("GET", "/v1/operators?online=1")) == 3
    assert world.data("GET", "/v1/operators?online=0") == []
    status = {"status_id": 2}
    assert world.api("PUT", f"/v1/operators/statuses/{made['id']}", json=status).status_code == 200
    assert [one["id"] for one in world.data("GET", "/v1/operators?status_id=2")] == [made["id"]]
    assert world.data("GET", "/v1/access_rights")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/operators", {"email": "none"}),
        ("POST", "/v1/operators", {"email": "a@example.org", "role": "king"}),
        ("PUT", "/v1/operators/31911", {"role": "king"}),
        ("PUT", "/v1/operators/5", {"role": "admin"}),
        ("PUT", "/v1/operators/statuses/31911", {}),
        ("POST", "/v1/tickets", {}),
        ("PUT", "/v1/tickets/5", {"title": "x"}),
        ("POST", "/v1/qr-decode", {}),
        ("POST", f"/sandbox/phones/{PHONE}/messages", {"text": "x"}),
    ],
)
def test_what_is_refused(world: Any, method: str, path: str, body: Any) -> None:
    assert world.api(method, path, json=body).status_code in (400, 404)


def test_tickets_and_their_news(world: Any) -> None:
    world.listen()
    made = world.data("POST", "/v1/tickets", json={"title": "Жалоба", "reporter_id": 7})
    world.data("PUT", f"/v1/tickets/{made['id']}", json={"status": "closed"})
    assert world.data("GET", f"/v1/tickets/{made['id']}")["status"] == "closed"
    world.api("DELETE", f"/v1/tickets/{made['id']}")
    assert world.data("GET", "/v1/tickets") == []
    told = [(one["hook_type"], one["ticket"]["reporter_id"]) for one in world.receiver.events]
    assert told == [("new_ticket", 7), ("ticket_updated", 7), ("ticket_deleted", 7)]
    assert world.data("POST", "/v1/qr-decode", json={"url": "https://x.example/code"}) == {"text": "code"}


@pytest.mark.parametrize(("tells", "client_phone"), [(True, PHONE), (False, None)])
def test_one_person_in_two_messengers(world: Any, tells: bool, client_phone: str | None) -> None:
    world.account.add_channel(17, "Telegram", "", "telegram")
    world.write("по WhatsApp")
    world.listen(events=["inbox"])
    said = {"transport": "telegram", "channel_id": 17, "tells_number": tells}
    world.write("по Telegram", **said)
    world.write("ещё раз", **said)
    first, second = world.receiver.events
    assert first["client_id"] == second["client_id"]
    assert first["client"]["phone"] == "[tg] 112233"
    assert (first["client"]["client_phone"], first["channel_id"]) == (client_phone, 17)
    assert [bubble["text"] for bubble in world.chat()] == ["по WhatsApp", "по Telegram", "ещё раз"]
    world.say(first["client_id"], "ответ")
    assert world.chat()[-1]["text"] == "ответ"
    assert world.account.ledger()["by_phone"] == {PHONE: 1}
    assert world.data("GET", "/v1/channels")[1]["transports"] == ["telegram"]
    world.write("снова по WhatsApp")
    assert world.receiver.events[-1]["client"]["phone"] == PHONE


@pytest.mark.parametrize("said", [{"channel_id": 99}, {"transport": 5}, {"button": 5}, {"channel_id": "x"}])
def test_messengers_that_are_not_there(world: Any, said: Any) -> None:
    answer = world.send("POST", f"/sandbox/phones/{PHONE}/messages", json={"text": "x", **said})
    assert answer.status_code == 400


def test_created_after_and_asked_between(world: Any) -> None:
    world.write("раз")
    first = world.data("GET", f"/v1/clients?phone={PHONE}")[0]["id"]
    world.later(86400)
    world.write("два")
    world.write("x", phone="77010000000")
    fresh = world.data("GET", "/v1/clients?created_after=2026-07-10 12:00")
    assert [one["phone"] for one in fresh] == ["77010000000"]
    asked = f"/v1/clients/{first}/questions"
    assert [one["text"] for one in world.data("GET", f"{asked}?start_date=11-07-2026")] == ["два"]
    assert [one["text"] for one in world.data("GET", f"{asked}?finish_date=2026-07-10 23:59")] == ["раз"]
    assert world.api("GET", "/v1/clients?created_after=soon").status_code == 400


def test_an_external_channel_names_its_message(world: Any) -> None:
    world.account.switches.set("hook_external_id", True)
    world.listen(events=["inbox"])
    who = {"phone": PHONE, "nickname": "Айгуль"}
    body = {"channel_id": 17, "location": {"lat": 1, "lon": 2}, "from_client": who, "external_id": "my-1"}
    assert world.api("POST", "/v1/messages/inbox", json=body).status_code == 200
    (event,) = world.receiver.events
    assert (event["text"], event["extra_data"]) == (None, {"external_id": "my-1"})
    assert event["coordinates"]
    assert event["client"]["name"] == "Айгуль"


# --- templates under review ----------------------------------------------------------------------


def judged(world: Any, name: str, status: Any) -> int:
    answer = world.send("POST", f"/sandbox/whatsapp_templates/{name}", json={"status": status})
    return int(answer.status_code)


def test_a_paused_template_is_refused_until_it_is_approved(world: Any) -> None:
    world.account.add_template("visit", "ru", "Оцените, {{1}}")
    world.listen()
    client = world.client()
    assert judged(world, "visit", "paused") == 200
    world.say(client, "@HSM@\nvisit|ru\nИван")
    assert judged(world, "visit", "approved") == 200
    world.say(client, "@HSM@\nvisit|ru\nИван")
    assert [one["status"] for one in world.chat()] == ["failed", "accepted", "delivered"]
    assert "paused" in world.receiver.of("outbox", "system")[0]["text"]
    assert (judged(world, "other", "approved"), judged(world, "visit", "")) == (400, 400)


@pytest.mark.parametrize(
    ("header", "transport", "markup", "fields", "shown"),
    [
        ("image", "wa_direct", "@HSM@\nv|ru\nИван", {"attachment": "https://x.example/a.png"}, "Оцените, Иван"),
        ("image", "wa_direct", "@HSM@\nv|ru\nИван", {}, None),
        ("image", "wa_dialog", "@HSM@\nv|ru|media\nheader|image\nbody|text|Иван", {"attachment": "https://x/a"}, "Оцените, Иван"),
        ("video", "wa_dialog", "@HSM@\nv|ru|media\nheader|image\nbody|text|Иван", {"attachment": "https://x/a"}, None),
        ("text", "wa_direct", "@HSM@\nv|ru\nШины\nИван", {}, "Шины\nОцените, Иван"),
        ("text", "wa_dialog", "@HSM@\nv|ru\nheader|text|Шины\nbody|text|Иван", {}, "Шины\nОцените, Иван"),
        ("text", "wa_direct", "@HSM@\nv|ru", {}, None),
    ],
)  # fmt: skip
def test_headers(
    world: Any, header: str, transport: str, markup: str, fields: Any, shown: str | None
) -> None:
    world.account.add_template("v", "ru", "Оцените, {{1}}", header=header)
    world.say(world.client(transport=transport), markup, transport=transport, **fields)
    first = world.chat()[0]
    assert (first["text"] if first["status"] == "delivered" else None) == shown
