"""The simulated MAX at the wire: its methods, its errors, its webhooks, and the people who use it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.max.account import NICK, TOKEN, MaxBot
from tests.sandbox.telegram.world import World

HOOK = "http://us/hooks/max"
SAMPLES = Path(__file__).parents[2] / "connectors" / "max" / "samples"


@pytest.fixture
def world() -> Iterator[World]:
    world = World(MaxBot)
    yield world
    world.close()


def api(
    world: World, call: str, body: Any = None, token: str = TOKEN, **query: Any
) -> tuple[int, dict[str, Any]]:
    method, path = call.split()
    headers = {"Authorization": token}
    answer = world.send(method, f"/max{path}", headers=headers, params=query, json=body)
    return answer.status_code, answer.json()


def done(world: World, call: str, body: Any = None, **query: Any) -> Any:
    status, answer = api(world, call, body, **query)
    assert status == 200, answer
    return answer


def opened(world: World, **more: Any) -> int:
    return int(world.control("chats/open", **({"payload": "tok"} | more))["chat"])


def test_who_the_bot_is(world: World) -> None:
    me = done(world, "GET /me")
    assert (me["user_id"], me["username"], me["is_bot"]) == (3003, NICK, True)


def test_a_wrong_key(world: World) -> None:
    refused = {"code": "verify.token", "message": "Invalid access_token"}
    assert api(world, "GET /me", token="x") == (401, refused)
    assert api(world, "GET /me", token="x", access_token=TOKEN) == (401, refused)  # never in the query


@pytest.mark.parametrize("by", ["chat_id", "user_id"])
def test_a_message_reaches_the_dialog(world: World, by: str) -> None:
    chat = world.bot.chats.get(opened(world))
    assert chat is not None
    number = {"chat_id": chat.id, "user_id": chat.user_id}[by]
    sent = done(world, "POST /messages", {"text": "Оцените: http://s.kz"}, **{by: number})["message"]
    assert sent["recipient"] == {"chat_id": chat.id, "chat_type": "dialog", "user_id": chat.user_id}
    assert (sent["sender"]["is_bot"], sent["body"]["text"]) == (True, "Оцените: http://s.kz")
    (bubble,) = world.control(f"chats/{chat.id}", "GET")["messages"]
    assert (bubble["id"], bubble["from"], bubble["preview"]) == (sent["body"]["seq"], "us", True)


def test_no_preview_where_none_is_wanted(world: World) -> None:
    chat = opened(world)
    done(world, "POST /messages", {"text": "http://s.kz"}, chat_id=chat, disable_link_preview="true")
    assert not world.control(f"chats/{chat}", "GET")["messages"][0]["preview"]


@pytest.mark.parametrize(
    ("body", "query", "of", "status", "code"),
    [
        ({"text": "x"}, {}, "", 400, "proto.payload"),
        ({"text": "x"}, {"chat_id": "me"}, "", 400, "proto.payload"),
        ({"text": "x"}, {"chat_id": 42}, "", 404, "chat.not.found"),
        ({"text": "x"}, {"user_id": 42}, "", 404, "dialog.not.found"),
        ({"text": "x"}, {}, "stranger", 404, "chat.not.found"),
        ({"text": "x"}, {}, "block", 403, "chat.denied"),
        ({"text": "x"}, {}, "delete", 403, "chat.denied"),
        ({"text": ""}, {}, "friend", 400, "proto.payload"),
        ({}, {}, "friend", 400, "proto.payload"),
        (["x"], {}, "friend", 400, "proto.payload"),
        ({"text": "я" * 4001}, {}, "friend", 400, "proto.payload"),
    ],
)
def test_who_cannot_be_written_to(
    world: World, body: Any, query: dict[str, Any], of: str, status: int, code: str
) -> None:
    chat = (world.bot.chats.new().id if of == "stranger" else opened(world)) if of else 0
    if of in ("block", "delete"):
        world.control(f"chats/{chat}/{of}")
    found, answer = api(world, "POST /messages", body, **(query or ({"chat_id": chat} if of else {})))
    assert (found, answer["code"]) == (status, code)


def test_two_messages_a_second_into_one_dialog(world: World) -> None:
    chat = opened(world)
    done(world, "POST /messages", {"text": "1"}, chat_id=chat)
    assert api(world, "POST /messages", {"text": "2"}, chat_id=chat)[1]["code"] == "too.many.requests"
    world.later(0.5)
    done(world, "POST /messages", {"text": "2"}, chat_id=chat)


def test_the_messages_of_a_dialog(world: World) -> None:
    chat = opened(world)
    done(world, "POST /messages", {"text": "Оцените"}, chat_id=chat)
    world.control(f"chats/{chat}/messages", text="9")
    listed = done(world, "GET /messages", chat_id=chat)["messages"]
    assert [(one["body"]["text"], one["sender"]["is_bot"]) for one in listed] == [
        ("9", False),
        ("Оцените", True),
    ]
    assert len(done(world, "GET /messages", chat_id=chat, count=1)["messages"]) == 1


# --- webhooks ---


def hooked(world: World, **more: Any) -> None:
    answer = done(world, "POST /subscriptions", {"url": HOOK, "secret": "s3cret-s3cret"} | more)
    assert answer == {"success": True}


def shape(value: Any) -> Any:
    """The same structure with types instead of values."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    return [shape(one) for one in value] if isinstance(value, list) else type(value)


def test_updates_have_the_shape_of_the_samples(world: World) -> None:
    hooked(world)
    chat = opened(world)
    world.control(f"chats/{chat}/messages", text="9")
    assert world.requests[0].headers["x-max-bot-api-secret"] == "s3cret-s3cret"
    for update, name in zip(world.updates, ("bot_started", "message_created"), strict=True):
        sample = json.loads((SAMPLES / f"{name}.derived.json").read_text(encoding="utf-8"))
        if name == "bot_started":  # the sample leaves out what a person need not show
            update["user"] = {key: update["user"][key] for key in sample["user"]}
        assert shape(update) == shape(sample)


def test_started_stopped_edited_removed(world: World) -> None:
    hooked(world)
    chat = opened(world, payload="")
    number = world.control(f"chats/{chat}/messages", text="3")["message_id"]
    world.control(f"chats/{chat}/edit", message_id=number, text="8")
    world.control(f"chats/{chat}/block")
    opened(world, chat=chat)
    world.control(f"chats/{chat}/delete")
    assert [one["update_type"] for one in world.updates] == [
        *("bot_started", "message_created", "message_edited", "bot_stopped"),
        *("bot_started", "dialog_removed", "bot_stopped"),
    ]
    assert "payload" not in world.updates[0]
    assert world.updates[4]["payload"] == "tok"
    assert world.updates[2]["message"]["body"]["text"] == "8"


def test_several_programs_listen(world: World) -> None:
    hooked(world, update_types=["bot_started"])
    hooked(world, url="http://other/hook", secret=None)
    world.control(f"chats/{opened(world)}/messages", text="9")
    assert [(str(one.url), one.headers.get("x-max-bot-api-secret")) for one in world.requests] == [
        (HOOK, "s3cret-s3cret"),
        ("http://other/hook", None),
        ("http://other/hook", None),
    ]
    listed = done(world, "GET /subscriptions")["subscriptions"]
    assert [(one["url"], one["update_types"]) for one in listed] == [
        (HOOK, ["bot_started"]),
        ("http://other/hook", None),
    ]
    assert done(world, "DELETE /subscriptions", url=HOOK) == {"success": True}
    assert done(world, "DELETE /subscriptions", url=HOOK)["success"] is False


@pytest.mark.parametrize(
    ("body", "strict"),
    [
        ({"url": HOOK}, True),
        ({"url": HOOK, "secret": "a"}, False),
        ({"url": HOOK, "secret": "ключ-ключ"}, False),
        ({}, False),
    ],
)
def test_a_webhook_that_max_refuses(world: World, body: dict[str, Any], strict: bool) -> None:
    world.control("switches", plain_http=not strict)
    assert api(world, "POST /subscriptions", body)[0] == 400


def test_repeats_grow_by_two_and_a_half(world: World) -> None:
    hooked(world)
    world.status = 500
    opened(world)
    for seconds, calls in ((59, 1), (1, 2), (149, 2), (1, 3), (375, 4)):
        world.later(seconds)
        assert len(world.requests) == calls
    world.status = 200
    world.later(940)
    world.later(10_000)
    assert len(world.requests) == 5


def test_dropped_after_eight_hours(world: World) -> None:
    hooked(world)
    world.status = 500
    opened(world)
    for _ in range(12):
        world.later(3600)
    assert done(world, "GET /subscriptions") == {"subscriptions": []}
    calls = len(world.requests)
    opened(world)
    world.later(100_000)
    assert len(world.requests) == calls


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
    world.control("faults", match="POST /messages", how=how)
    headers = {"Authorization": TOKEN}
    answer = world.send(
        "POST", "/max/messages", params={"chat_id": chat}, headers=headers, json={"text": "x"}
    )
    assert (answer.status_code, world.bot.tally["messages_sent"]) == (status, reached)
    assert done(world, "GET /me")["is_bot"]


def test_thirty_requests_a_second_in_all(world: World) -> None:
    assert [api(world, "GET /me")[0] for _ in range(31)] == [200] * 30 + [429]


def test_a_body_that_is_no_json(world: World) -> None:
    headers = {"Authorization": TOKEN, "content-type": "application/json"}
    answer = world.send("POST", "/max/messages", params={"chat_id": 1}, headers=headers, content=b"{")
    assert (answer.status_code, answer.json()["code"]) == (400, "proto.payload")
