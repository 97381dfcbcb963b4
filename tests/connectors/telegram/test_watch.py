"""The webhook stays set, and a person is told what is wrong with the bot."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
import respx

from connectors.telegram.connector import Telegram, connector
from qc_engine.clock import FixedClock
from qc_engine.ports import Broken, TryLater

Make = Callable[..., Telegram]
DOOR = "https://survey.example/hooks/telegram"
KINDS = ["message", "edited_message", "my_chat_member"]
TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
ME = {
    "ok": True,
    "result": {"id": 123456789, "is_bot": True, "first_name": "Опрос", "username": "Quality_Bot"},
}


def info(url: str = DOOR, **more: Any) -> dict[str, Any]:
    return {"ok": True, "result": {"url": url, "pending_update_count": 0, "allowed_updates": KINDS} | more}


def test_a_webhook_is_set_once(bot: Telegram, api: respx.MockRouter, clock: FixedClock) -> None:
    known = api.post("/getWebhookInfo").respond(json=info(""))
    setting = api.post("/setWebhook").respond(json={"ok": True, "result": True})
    cursor = bot.watchdog("", clock.now()).cursor
    assert json.loads(setting.calls.last.request.content) == {
        "url": DOOR,
        "secret_token": "open-sesame-open-sesame",
        "allowed_updates": KINDS,
        "drop_pending_updates": False,
    }
    known.respond(json=info())
    assert bot.watchdog(cursor, clock.now()).cursor == cursor
    assert setting.call_count == 1
    assert "sesame" not in cursor


@pytest.mark.parametrize(
    ("seen", "again"),
    [
        (info(), False),
        (info(allowed_updates=[*KINDS, "poll"]), False),
        (info(allowed_updates=[]), False),
        (info(allowed_updates=["message"]), True),
        (info("https://other.example/bot"), True),
        (info(""), True),
        ({"ok": True, "result": {}}, True),
    ],
)
def test_it_is_set_again_when_it_is_not_ours(
    bot: Telegram, api: respx.MockRouter, clock: FixedClock, seen: dict[str, Any], again: bool
) -> None:
    api.post("/getWebhookInfo").respond(json=info())
    setting = api.post("/setWebhook").respond(json={"ok": True, "result": True})
    cursor = bot.watchdog("", clock.now()).cursor
    before = setting.call_count
    api.post("/getWebhookInfo").respond(json=seen)
    bot.watchdog(cursor, clock.now())
    assert (setting.call_count > before) is again


def test_a_new_secret_is_told(make_bot: Make, api: respx.MockRouter, clock: FixedClock) -> None:
    """Telegram never shows the secret: only the cursor knows that it is another one."""
    api.post("/getWebhookInfo").respond(json=info())
    setting = api.post("/setWebhook").respond(json={"ok": True, "result": True})
    cursor = make_bot(hook_url=DOOR).watchdog("", clock.now()).cursor
    renewed = make_bot(hook_url=DOOR, webhook_secret="another-secret-entirely")
    assert renewed.watchdog(cursor, clock.now()).cursor != cursor
    assert json.loads(setting.calls.last.request.content)["secret_token"] == "another-secret-entirely"


def test_a_failed_setting_is_not_taken_for_done(
    bot: Telegram, api: respx.MockRouter, clock: FixedClock
) -> None:
    api.post("/setWebhook").respond(500)
    with pytest.raises(TryLater):
        bot.watchdog("", clock.now())


def test_reads_smooth_short_hiccups(bot: Telegram, api: respx.MockRouter, clock: FixedClock) -> None:
    answers: list[httpx.Response | Exception] = [
        httpx.ReadTimeout("x"),
        httpx.Response(502),
        httpx.Response(200, json=info()),
    ]
    api.post("/getWebhookInfo").mock(side_effect=answers)
    assert bot.client.webhook()["url"] == DOOR


def test_without_a_public_address_nobody_watches(make_bot: Make, clock: FixedClock) -> None:
    bot = make_bot()
    ours = connector(bot.settings, clock, bot.client.transport.pace, bot.client.transport.http)
    assert ours.polls == ()
    assert bot.watchdog("", clock.now()).cursor == ""


def test_the_channel(bot: Telegram, clock: FixedClock) -> None:
    ours = connector(bot.settings, clock, bot.client.transport.pace, bot.client.transport.http, DOOR)
    assert ours.name == "telegram"
    assert ours.channel is not None
    assert (ours.channel.name, ours.channel.by_phone, ours.channel.answers, ours.channel.receipts) == (
        "telegram",
        False,
        True,
        False,
    )
    assert ours.invite is not None
    assert ours.invite("K7-q_2") == "https://t.me/quality_bot?start=K7-q_2"
    assert [(poll.name, poll.every) for poll in ours.polls] == [("watchdog", timedelta(minutes=15))]


# --- doctor ---


def findings(bot: Telegram, api: respx.MockRouter, me: Any, seen: Any) -> list[tuple[bool, str]]:
    api.post("/getMe").respond(json=me)
    api.post("/getWebhookInfo").respond(json=seen)
    found = bot.doctor()
    assert all(one.remedy for one in found if not one.ok)
    return [(one.ok, one.what) for one in found]


def test_a_healthy_bot(bot: Telegram, api: respx.MockRouter) -> None:
    assert findings(bot, api, ME, info()) == [
        (True, "ключ принят, бот «Опрос»"),
        (True, "имя бота в ссылках: quality_bot"),
        (True, "вебхук заведён"),
        (True, "ждут доставки: 0"),
    ]


@pytest.mark.parametrize(
    ("me", "seen", "bad"),
    [
        (
            {"ok": True, "result": {"username": "other_bot"}},
            info(),
            "имя бота в ссылках: quality_bot, а ключ от other_bot",
        ),
        ({"ok": True, "result": {}}, info(), "имя бота в ссылках: quality_bot, а ключ от другого"),
        (ME, info(""), "вебхук не заведён или заведён не полностью"),
        (ME, info(allowed_updates=["message"]), "вебхук не заведён или заведён не полностью"),
        (ME, info("https://other.example"), "вебхук бота занят другим адресом"),
        (ME, info(pending_update_count=100), "ждут доставки: 100"),
        (
            ME,
            info(last_error_date=1783706000, last_error_message="403 Forbidden"),
            "Telegram недавно не дозвонился: 403 Forbidden",
        ),
    ],
)
def test_a_sick_bot(bot: Telegram, api: respx.MockRouter, me: Any, seen: Any, bad: str) -> None:
    assert [what for ok, what in findings(bot, api, me, seen) if not ok] == [bad]


def test_an_old_failure_is_no_finding(bot: Telegram, api: respx.MockRouter) -> None:
    seen = info(last_error_date=1783600000, last_error_message="403 Forbidden")
    assert all(ok for ok, _ in findings(bot, api, ME, seen))


@pytest.mark.parametrize(
    ("door", "bad"),
    [
        (None, ["адрес вебхука не задан"]),
        ("http://survey.example/hooks/telegram", ["адрес вебхука без https"]),
        ("https://survey.example:9443/hooks/telegram", ["порт вебхука 9443"]),
        ("https://survey.example:8443/hooks/telegram", []),
    ],
)
def test_where_telegram_can_call(
    make_bot: Make, api: respx.MockRouter, door: str | None, bad: list[str]
) -> None:
    found = findings(make_bot(hook_url=door), api, ME, info(door or ""))
    assert [what for ok, what in found if not ok] == bad


def test_a_simulated_telegram_calls_anywhere(make_bot: Make) -> None:
    with respx.mock(base_url="http://localhost:9000/telegram") as api:
        api.post(f"/bot{TOKEN}/getMe").respond(json=ME)
        api.post(f"/bot{TOKEN}/getWebhookInfo").respond(json=info("http://127.0.0.1:8080/hooks/telegram"))
        bot = make_bot("http://127.0.0.1:8080/hooks/telegram", base_url="http://localhost:9000/telegram")
        assert all(one.ok for one in bot.doctor())


def test_a_closed_door_is_a_finding(bot: Telegram, api: respx.MockRouter) -> None:
    api.post("/getMe").respond(401, json={"ok": False, "error_code": 401, "description": "Unauthorized"})
    api.post("/getWebhookInfo").mock(side_effect=httpx.ConnectTimeout("x"))
    found = bot.doctor()
    assert [one.ok for one in found] == [False, False]
    assert "ключ бота не принят" in found[0].what
    assert all("AAHdq" not in one.what for one in found)
    with pytest.raises(Broken):
        bot.client.me()
