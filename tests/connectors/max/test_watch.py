"""The webhook stays subscribed, and a person is told what is wrong with the bot."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
import respx

from connectors.max.connector import Max, connector
from qc_engine.clock import FixedClock
from qc_engine.ports import Refused, TryLater

Make = Callable[..., Max]
DOOR = "https://survey.example/hooks/max"
KINDS = ["message_created", "message_edited", "bot_started", "bot_stopped", "dialog_removed"]
ME = {"user_id": 3003, "first_name": "Опрос", "username": "id7701_bot", "is_bot": True}
OTHERS = {"url": "https://other.example/max", "time": 1, "update_types": ["message_created"]}


def listed(*webhooks: dict[str, Any]) -> dict[str, Any]:
    return {"subscriptions": list(webhooks)}


def ours(**more: Any) -> dict[str, Any]:
    return {"url": DOOR, "time": 1783706400000, "update_types": KINDS} | more


def test_a_webhook_is_set_once(bot: Max, api: respx.MockRouter, clock: FixedClock) -> None:
    known = api.get("/subscriptions").respond(json=listed(OTHERS))
    setting = api.post("/subscriptions").respond(json={"success": True})
    cursor = bot.watchdog("", clock.now()).cursor
    assert json.loads(setting.calls.last.request.content) == {
        "url": DOOR,
        "update_types": KINDS,
        "secret": "open-sesame-open-sesame",
    }
    known.respond(json=listed(OTHERS, ours()))
    assert bot.watchdog(cursor, clock.now()).cursor == cursor
    assert setting.call_count == 1
    assert "sesame" not in cursor


@pytest.mark.parametrize(
    ("seen", "again"),
    [
        (listed(ours()), False),
        (listed(ours(update_types=[*KINDS, "bot_added"])), False),
        (listed(ours(update_types=None)), False),
        (listed(ours(update_types=["message_created"])), True),
        (listed(OTHERS), True),
        (listed(), True),  # dropped after 8 hours without an answer
    ],
)
def test_it_is_set_again_when_it_is_gone(
    bot: Max, api: respx.MockRouter, clock: FixedClock, seen: dict[str, Any], again: bool
) -> None:
    known = api.get("/subscriptions").respond(json=listed(ours()))
    setting = api.post("/subscriptions").respond(json={"success": True})
    cursor = bot.watchdog("", clock.now()).cursor
    known.respond(json=seen)
    bot.watchdog(cursor, clock.now())
    assert (setting.call_count == 2) is again


def test_a_new_secret_is_told(make_bot: Make, api: respx.MockRouter, clock: FixedClock) -> None:
    """MAX never shows the secret: only the cursor knows that it is another one."""
    api.get("/subscriptions").respond(json=listed(ours()))
    setting = api.post("/subscriptions").respond(json={"success": True})
    cursor = make_bot(hook_url=DOOR).watchdog("", clock.now()).cursor
    make_bot(hook_url=DOOR, webhook_secret="another-secret-entirely").watchdog(cursor, clock.now())
    assert json.loads(setting.calls.last.request.content)["secret"] == "another-secret-entirely"


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        (httpx.Response(200, json={"success": False, "message": "bad url"}), Refused),
        (httpx.Response(500), TryLater),
    ],
)
def test_a_failed_setting_is_not_taken_for_done(
    bot: Max, api: respx.MockRouter, clock: FixedClock, answer: httpx.Response, meaning: type[Exception]
) -> None:
    api.get("/subscriptions").respond(json=listed())
    api.post("/subscriptions").mock(return_value=answer)
    with pytest.raises(meaning):
        bot.watchdog("", clock.now())


def test_a_list_that_is_none_changes_nothing(bot: Max, api: respx.MockRouter, clock: FixedClock) -> None:
    api.get("/subscriptions").respond(json={})
    with pytest.raises(TryLater):
        bot.watchdog("", clock.now())


def test_the_channel(bot: Max, clock: FixedClock) -> None:
    transport = bot.client.transport
    found = connector(bot.settings, clock, transport.pace, transport.http, DOOR)
    assert found.channel is not None
    assert found.name == found.channel.name == "max"
    assert (found.channel.by_phone, found.channel.answers, found.channel.receipts) == (False, True, False)
    assert found.invite is not None
    assert found.invite("K7-q_2") == "https://max.ru/id7701_bot?start=K7-q_2"
    assert [(poll.name, poll.every) for poll in found.polls] == [("watchdog", timedelta(minutes=15))]
    assert connector(bot.settings, clock, transport.pace, transport.http).polls == ()


def findings(bot: Max, api: respx.MockRouter, me: Any, seen: Any) -> list[tuple[bool, str]]:
    api.get("/me").respond(json=me)
    api.get("/subscriptions").respond(json=seen)
    found = bot.doctor()
    assert all(one.remedy for one in found if not one.ok)
    return [(one.ok, one.what) for one in found]


def test_a_healthy_bot(bot: Max, api: respx.MockRouter) -> None:
    assert findings(bot, api, ME, listed(ours(), OTHERS)) == [
        (True, "ключ принят, бот «Опрос»"),
        (True, "имя бота в ссылках: id7701_bot"),
        (True, "вебхук заведён"),
        (True, "бота слушают и другие программы: 1"),
    ]


@pytest.mark.parametrize(
    ("door", "me", "seen", "bad"),
    [
        (
            DOOR,
            ME | {"username": "id42_bot"},
            listed(ours()),
            "имя бота в ссылках: id7701_bot, а ключ от id42_bot",
        ),
        (DOOR, ME, listed(), "вебхук не заведён"),
        (DOOR, ME, listed(ours(update_types=["bot_started"])), "вебхук заведён не полностью"),
        (None, ME, listed(), "адрес вебхука не задан"),
        (
            "https://survey.example:8443/x",
            ME,
            listed(ours(url="https://survey.example:8443/x")),
            "порт вебхука 8443",
        ),
        (
            "http://survey.example/x",
            ME,
            listed(ours(url="http://survey.example/x")),
            "адрес вебхука без https",
        ),
    ],
)
def test_a_sick_bot(
    make_bot: Make, api: respx.MockRouter, door: str | None, me: Any, seen: Any, bad: str
) -> None:
    assert [what for ok, what in findings(make_bot(hook_url=door), api, me, seen) if not ok] == [bad]


def test_a_closed_door_is_a_finding(bot: Max, api: respx.MockRouter) -> None:
    api.get("/me").respond(401, json={"code": "verify.token", "message": "Invalid access_token"})
    api.get("/subscriptions").mock(side_effect=httpx.ConnectTimeout("x"))
    found = bot.doctor()
    assert [one.ok for one in found] == [False, False]
    assert "ключ бота не принят" in found[0].what
