"""The simulated Telegram at the wire: its methods, its errors, its webhook, and the people who use it."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.telegram.account import NICK, TOKEN, TelegramBot
from tests.sandbox.telegram.world import World

HOOK = "http://us/hooks/telegram"


@pytest.fixture
def world() -> Iterator[World]:
    world = World(TelegramBot)
    yield world
    world.close()


def api(world: World, method: str, token: str = TOKEN, **fields: Any) -> tuple[int, dict[str, Any]]:
    answer = world.send("POST", f"/telegram/bot{token}/{method}", json=fields)
    return answer.status_code, answer.json()


def result(world: World, method: str, **fields: Any) -> Any:
    status, body = api(world, method, **fields)
    assert (status, body["ok"]) == (200, True), body
    return body["result"]


def opened(world: World, **more: Any) -> int:
    return int(world.control("chats/open", **({"payload": "tok"} | more))["chat"])


def test_who_the_bot_is(world: World) -> None:
    me = result(world, "getMe")
    assert (me["id"], me["username"], me["is_bot"]) == (700100200, NICK, True)
    assert result(world, "GETME") == me
    assert world.send("GET", f"/telegram/bot{TOKEN}/getMe").json()["result"] == me


def test_a_wrong_key_and_a_wrong_method(world: World) -> None:
    unauthorized = {"ok": False, "error_code": 401, "description": "Unauthorized"}
    assert api(world, "getMe", token="1:x") == (401, unauthorized)
    assert api(world, "getChat") == (
        404,
        {"ok": False, "error_code": 404, "description": "Not Found: method not found"},
    )


def test_a_message_reaches_the_chat(world: World) -> None:
    chat = opened(world)
    sent = result(world, "sendMessage", chat_id=chat, text=" Оцените: http://s.kz ")
    assert sent["text"] == "Оцените: http://s.kz"
    assert (sent["chat"]["id"], sent["chat"]["type"], sent["from"]["is_bot"]) == (chat, "private", True)
    (start, bubble) = world.control(f"chats/{chat}", "GET")["messages"]
    assert (start["text"], start["from"]) == ("/start tok", "client")
    assert (bubble["id"], bubble["from"], bubble["preview"]) == (sent["message_id"], "us", True)


@pytest.mark.parametrize("sent_as", ["params", "data", "json"])
def test_fields_come_in_any_way(world: World, sent_as: str) -> None:
    chat = opened(world)
    fields: dict[str, Any] = {
        "chat_id": str(chat),
        "text": "http://s.kz",
        "link_preview_options": '{"is_disabled": true}',
    }
    answer = world.send("POST", f"/telegram/bot{TOKEN}/sendMessage", **{sent_as: fields})
    assert answer.json()["ok"]
    assert not world.control(f"chats/{chat}", "GET")["messages"][-1]["preview"]


@pytest.mark.parametrize(
    ("fields", "status", "description"),
    [
        ({"text": "x"}, 400, "Bad Request: chat_id is empty"),
        ({"chat_id": 42, "text": "x"}, 400, "Bad Request: chat not found"),
        ({"chat_id": "@someone", "text": "x"}, 400, "Bad Request: chat not found"),
        ({"text": "x", "of": "stranger"}, 403, "Forbidden: bot can't initiate conversation with a user"),
        ({"text": "x", "of": "blocked"}, 403, "Forbidden: bot was blocked by the user"),
        ({"text": "x", "of": "deleted"}, 403, "Forbidden: user is deactivated"),
        ({"text": " ", "of": "friend"}, 400, "Bad Request: message text is empty"),
        ({"text": "я" * 4097, "of": "friend"}, 400, "Bad Request: message is too long"),
    ],
)
def test_who_cannot_be_written_to(
    world: World, fields: dict[str, Any], status: int, description: str
) -> None:
    of = fields.pop("of", None)
    chat = opened(world) if of else 0
    if of == "stranger":
        chat = world.bot.chats.new().id
    elif of in ("blocked", "deleted"):
        world.control(f"chats/{chat}/{'block' if of == 'blocked' else 'delete'}")
    complaint = {"ok": False, "error_code": status, "description": description}
    assert api(world, "sendMessage", **(fields | ({"chat_id": chat} if of else {}))) == (status, complaint)
    assert world.bot.ledger()["refused"] == 1


def test_one_message_a_second_into_one_chat(world: World) -> None:
    chat, other = opened(world), opened(world)
    result(world, "sendMessage", chat_id=chat, text="1")
    status, body = api(world, "sendMessage", chat_id=chat, text="2")
    assert (status, body["parameters"]) == (429, {"retry_after": 1})
    result(world, "sendMessage", chat_id=other, text="1")
    world.later(1)
    result(world, "sendMessage", chat_id=chat, text="2")
    assert world.control("ledger", "GET")["rate_limited"] == 1


def test_thirty_requests_a_second_in_all(world: World) -> None:
    statuses = [api(world, "getMe")[0] for _ in range(32)]
    assert statuses == [200] * 30 + [429] * 2
    world.later(1)
    assert api(world, "getMe")[0] == 200


# --- the webhook ---


def hooked(world: World, **more: Any) -> None:
    result(world, "setWebhook", **({"url": HOOK, "secret_token": "s3cret"} | more))


def test_what_a_webhook_says(world: World) -> None:
    hooked(world)
    chat = opened(world, name="Айгуль")
    world.control(f"chats/{chat}/messages", text="9")
    start, nine = world.updates
    assert world.requests[0].headers["x-telegram-bot-api-secret-token"] == "s3cret"
    assert start["message"]["text"] == "/start tok"
    assert nine["update_id"] == start["update_id"] + 1
    assert nine["message"] == {
        "message_id": 2,
        "from": {"id": chat, "is_bot": False, "first_name": "Айгуль", "language_code": "ru"},
        "chat": {"id": chat, "first_name": "Айгуль", "type": "private"},
        "date": 1783674000,
        "text": "9",
    }


@pytest.mark.parametrize("payload", ["", "two words", "ключ", "x" * 65])
def test_a_link_carries_only_what_a_link_can(world: World, payload: str) -> None:
    hooked(world)
    opened(world, payload=payload)
    assert world.updates[0]["message"]["text"] == "/start"


def test_blocked_and_back(world: World) -> None:
    hooked(world)
    chat = opened(world)
    world.control(f"chats/{chat}/block")
    opened(world, chat=chat, payload="again")
    changes = [one["my_chat_member"] for one in world.updates if "my_chat_member" in one]
    assert [(one["old_chat_member"]["status"], one["new_chat_member"]["status"]) for one in changes] == [
        ("member", "kicked"),
        ("kicked", "member"),
    ]
    assert world.updates[-1]["message"]["text"] == "/start again"


def test_an_edit(world: World) -> None:
    hooked(world)
    chat = opened(world)
    number = world.control(f"chats/{chat}/messages", text="3")["message_id"]
    world.clock.time = world.clock.time.replace(minute=5)
    world.control(f"chats/{chat}/edit", message_id=number, text="8")
    edited = world.updates[-1]["edited_message"]
    assert (edited["message_id"], edited["text"], edited["edit_date"] - edited["date"]) == (number, "8", 300)


def test_only_what_was_asked_for(world: World) -> None:
    hooked(world, allowed_updates=["my_chat_member"])
    world.control(f"chats/{opened(world)}/block")
    assert [list(one)[1] for one in world.updates] == ["my_chat_member"]
    assert result(world, "getWebhookInfo")["allowed_updates"] == ["my_chat_member"]


def test_repeated_until_it_is_taken(world: World) -> None:
    hooked(world)
    world.status = 500
    opened(world)
    world.later(1)
    assert len(world.requests) == 2
    info = result(world, "getWebhookInfo")
    assert (info["pending_update_count"], info["last_error_message"]) == (
        1,
        "Wrong response from the webhook: 500",
    )
    world.status = 200
    world.later(5)
    world.later(10_000)
    assert len(world.requests) == 3
    assert result(world, "getWebhookInfo")["pending_update_count"] == 0


def test_given_up_in_the_end(world: World) -> None:
    hooked(world)
    world.status = None
    opened(world)
    for _ in range(20):
        world.later(3600)
    assert len(world.requests) == 13
    assert world.control("ledger", "GET")["hooks_given_up"] == 1


def test_updates_wait_for_a_webhook(world: World) -> None:
    opened(world)
    assert result(world, "getWebhookInfo")["pending_update_count"] == 1
    hooked(world)
    assert len(world.updates) == 1


def test_a_webhook_moves_and_takes_along_what_waits(world: World) -> None:
    hooked(world, url="http://old/hook")
    world.status = 500
    opened(world)
    world.status = 200
    hooked(world)
    world.later(10_000)
    assert [str(one.url) for one in world.requests] == ["http://old/hook", HOOK]
    result(world, "setWebhook", url="")
    assert result(world, "getWebhookInfo")["url"] == ""


def test_what_waits_can_be_dropped(world: World) -> None:
    opened(world)
    hooked(world, drop_pending_updates=True)
    assert world.updates == []


@pytest.mark.parametrize(
    ("fields", "strict"), [({"url": HOOK}, True), ({"url": "https://us", "secret_token": "a b"}, False)]
)
def test_a_webhook_that_telegram_refuses(world: World, fields: dict[str, Any], strict: bool) -> None:
    world.control("switches", plain_http=not strict)
    assert api(world, "setWebhook", **fields)[0] == 400


# --- faults and controls ---


@pytest.mark.parametrize(
    ("how", "status", "reached"),
    [
        ("limit", 429, 0),
        ("operating", 429, 0),
        ("html503", 503, 0),
        ("error500", 500, 0),
        ("auth", 401, 0),
        ("refuse", 400, 0),
        ("empty", 200, 1),
    ],
)
def test_faults(world: World, how: str, status: int, reached: int) -> None:
    chat = opened(world)
    world.control("faults", match="/sendMessage", how=how, times=2, skip=1)
    answers = []
    for _ in range(3):
        world.later(2)
        url = f"/telegram/bot{TOKEN}/sendMessage"
        answers.append(world.send("POST", url, json={"chat_id": chat, "text": "x"}).status_code)
    assert answers == [200, status, status]
    assert world.bot.tally["messages_sent"] == 1 + 2 * reached


def test_an_outage_ends_when_it_is_cleared(world: World) -> None:
    world.control("faults", match="*", how="html503", times=100_000)
    assert world.send("POST", f"/telegram/bot{TOKEN}/getMe").status_code == 503
    world.control("faults", "DELETE")
    assert api(world, "getMe")[0] == 200


def test_by_link(world: World) -> None:
    hooked(world)
    world.control("chats/open", link=f"https://t.me/{NICK}?start=K7-q_2")
    assert world.updates[0]["message"]["text"] == "/start K7-q_2"
    assert "another bot" in world.refused("chats/open", link="https://t.me/other_bot?start=x")


def test_the_chats(world: World) -> None:
    first, second = opened(world, name="Айгуль"), opened(world)
    world.control(f"chats/{first}/messages", text="9")
    listed = world.control("chats", "GET")
    assert [one["chat"] for one in listed["chats"]] == [first, second]
    assert (listed["bot"], listed["chats"][0]["name"], listed["chats"][0]["last_text"]) == (
        NICK,
        "Айгуль",
        "9",
    )


def test_version_grows_with_every_change(world: World) -> None:
    before = world.bot.version
    chat = opened(world)
    world.control(f"chats/{chat}/messages", text="9")
    result(world, "sendMessage", chat_id=chat, text="x")
    assert world.bot.version == before + 3


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("chats/open", {"chat": 42}),
        ("chats/open", {"payload": 5}),
        ("chats/42/messages", {"text": "9"}),
        ("chats/{}/messages", {}),
        ("chats/{}/messages", {"kind": "song"}),
        ("chats/{}/edit", {"message_id": 99, "text": "x"}),
        ("chats/{}/edit", {"text": "x"}),
        ("switches", {"nonsense": 1}),
        ("switches", {"hook_drop_percent": 101}),
        ("switches", {"hook_drop_percent": True}),
        ("switches", {"hook_wrong_secret": 1}),
        ("faults", {"how": "magic", "match": "*"}),
    ],
)
def test_controls_say_what_is_wrong(world: World, path: str, body: dict[str, Any]) -> None:
    assert world.refused(path.format(opened(world)), **body)


def test_nobody_writes_after_blocking_or_leaving(world: World) -> None:
    chat = opened(world)
    world.control(f"chats/{chat}/block")
    assert world.refused(f"chats/{chat}/messages", text="9") == "the chat with the bot is not open"
    world.control(f"chats/{chat}/delete")
    assert world.refused("chats/open", chat=chat) == "this account is gone"


def test_lost_doubled_and_late(world: World) -> None:
    hooked(world)
    chat = opened(world)
    world.control("switches", hook_drop_percent=100)
    world.control(f"chats/{chat}/messages", text="lost")
    world.control("switches", hook_drop_percent=0, hook_duplicate_percent=100)
    world.control(f"chats/{chat}/messages", text="doubled")
    world.control("switches", hook_duplicate_percent=0, hook_delay_seconds=60)
    world.control(f"chats/{chat}/messages", text="late")
    texts = [one["message"]["text"] for one in world.updates]
    assert texts == ["/start tok", "doubled", "doubled"]
    world.later(60)
    assert world.updates[-1]["message"]["text"] == "late"


def test_a_person_is_known_by_the_phone(world: World) -> None:
    """The sandbox knows whose messenger it is; the bot is never told."""
    link = f"https://t.me/{NICK}?start=abc"
    first = world.control("chats/open", link=link, phone="8 701 000-00-01", name="Айгуль")
    again = world.control("chats/open", phone="77010000001")
    assert (first["chat"], first["phone"]) == (again["chat"], "77010000001")
    assert world.control("chats/open", phone="77010000002")["chat"] != first["chat"]
    assert "77010000001" not in str(world.updates)
    assert "another bot" in world.refused("chats/open", link="https://t.me/other_bot", phone="77010000003")
    assert len(world.control("chats", "GET")["chats"]) == 2


def test_unread_until_somebody_looks(world: World) -> None:
    chat = opened(world)
    result(world, "sendMessage", chat_id=chat, text="Оцените")
    for path, unread in ((f"chats/{chat}?peek=1", 1), (f"chats/{chat}", 0)):
        assert world.control(path, "GET")["unread"] == unread
    assert world.control("chats", "GET")["chats"][0]["unread"] == 0
