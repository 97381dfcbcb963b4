"""Messages to clients: what goes over the wire, and what every answer means."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
import respx

from connectors.telegram.connector import Telegram
from connectors.telegram.settings import TelegramSettings
from qc_engine.clock import FixedClock
from qc_engine.core.effects import AddComment
from qc_engine.ports import Broken, CannotTell, Done, Job, Outcome, OutcomeUnknown, Refused, TryLater
from tests.connectors.bots.yard import CountedPace, job

Make = Callable[..., Telegram]
CHAT = "5100000001"
ACCEPTED = {
    "ok": True,
    "result": {"message_id": 77, "chat": {"id": 5100000001, "type": "private"}, "date": 1, "text": "x"},
}


def sent(bot: Telegram, work: Job | None = None) -> Outcome:
    (outcome,) = bot.perform([work or job(CHAT)])
    return outcome


def error(code: int, description: str, **more: Any) -> httpx.Response:
    return httpx.Response(code, json={"ok": False, "error_code": code, "description": description} | more)


def test_the_request_to_the_letter(bot: Telegram, api: respx.MockRouter, pace: CountedPace) -> None:
    route = api.post("/sendMessage").respond(json=ACCEPTED)
    assert sent(bot, job(CHAT, "Оцените: https://s.kz/r/1 <b>", urgent=True)) == Done("77")
    request = route.calls.last.request
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.content) == {
        "chat_id": 5100000001,
        "text": "Оцените: https://s.kz/r/1 <b>",
        "link_preview_options": {"is_disabled": True},
    }
    assert pace.slots == [True]


LOST = [
    httpx.ReadTimeout("x"),
    httpx.ReadError("x"),
    httpx.WriteError("x"),
    httpx.WriteTimeout("x"),
    httpx.RemoteProtocolError("x"),
    httpx.Response(500),
    httpx.Response(502, text="<html>Bad gateway</html>"),
    error(500, "Internal Server Error"),
    httpx.Response(200, text="<html>Login</html>"),
    httpx.Response(200, text='{"ok": true, "result": {"message_id": 9633'),
    httpx.Response(200),
    httpx.Response(200, text="null"),
    httpx.Response(200, json={"ok": True}),
    httpx.Response(200, json={"ok": True, "result": True}),
    httpx.Response(200, json={"ok": True, "result": {"message_id": None}}),
    httpx.Response(200, json={"ok": "yes", "result": {"message_id": 77}}),
    httpx.Response(200, text="[" * 100_000),
    httpx.Response(200, content=b"\x00" * (5 * 1024 * 1024)),
]
NOT_SENT = [
    httpx.ConnectError("x"),
    httpx.ConnectTimeout("x"),
    httpx.PoolTimeout("x"),
    httpx.Response(408),
    error(429, "Too Many Requests: retry after 7", parameters={"retry_after": 7}),
]
CLOSED = [
    httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"),
    error(401, "Unauthorized"),
    error(404, "Not Found"),
    httpx.Response(401),
    httpx.Response(403, text="<html>Доступ ограничен</html>"),
    httpx.Response(404, text="nginx"),
    httpx.Response(302, headers={"location": "https://elsewhere.example"}),
]


@pytest.mark.parametrize(
    ("answers", "meaning"),
    [(answer, OutcomeUnknown) for answer in LOST]
    + [(answer, TryLater) for answer in NOT_SENT]
    + [(answer, Broken) for answer in CLOSED],
)
def test_what_an_answer_means(
    bot: Telegram, api: respx.MockRouter, answers: httpx.Response | Exception, meaning: type[Exception]
) -> None:
    route = api.post("/sendMessage").mock(side_effect=[answers])
    outcome = sent(bot)
    assert type(outcome) is meaning or isinstance(outcome, meaning)
    assert route.call_count == 1  # never repeated by itself
    assert "AAHdq" not in str(outcome)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (error(403, "Forbidden: bot was blocked by the user"), "blocked"),
        (error(403, "Forbidden: user is deactivated"), "no_account"),
        (error(403, "Forbidden: bot can't initiate conversation with a user"), "no_account"),
        (error(403, "Forbidden: bots can't send messages to bots"), "no_account"),
        (error(400, "Bad Request: chat not found"), "no_account"),
        (error(400, "Bad Request: PEER_ID_INVALID"), "no_account"),
        (error(400, "Bad Request: CHAT_WRITE_FORBIDDEN"), "blocked"),
        (error(400, "Bad Request: message is too long"), "refused"),
        (error(403, "Forbidden: something new"), "refused"),
        # The body is believed where the status says nothing.
        (
            httpx.Response(200, json={"ok": False, "error_code": 403, "description": "blocked by the user"}),
            "blocked",
        ),
    ],
)
def test_refusals(bot: Telegram, api: respx.MockRouter, answer: httpx.Response, code: str) -> None:
    api.post("/sendMessage").mock(return_value=answer)
    outcome = sent(bot)
    assert isinstance(outcome, Refused)
    assert outcome.code == code


def test_words_of_the_installation(make_bot: Make, api: respx.MockRouter) -> None:
    known = [{"pattern": "something new", "code": "channel_off", "say": "Telegram нас не пускает"}]
    api.post("/sendMessage").mock(return_value=error(400, "Bad Request: Something new"))
    outcome = sent(make_bot(refusals=known))
    assert isinstance(outcome, Refused)
    assert (outcome.code, str(outcome)) == ("channel_off", "Telegram нас не пускает")


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (error(429, "Too Many Requests: retry after 7", parameters={"retry_after": 7}), 7),
        (error(429, "Too Many Requests"), 2),
        (httpx.Response(429, headers={"retry-after": "30"}), 30),
        (error(429, "x", parameters={"retry_after": 10**9}), 3600),
        (error(429, "x", parameters="soon"), 2),
    ],
)
def test_too_fast_pauses_everybody(
    bot: Telegram, api: respx.MockRouter, pace: CountedPace, answer: httpx.Response, seconds: float
) -> None:
    api.post("/sendMessage").mock(return_value=answer)
    outcome = sent(bot)
    assert isinstance(outcome, TryLater)
    assert outcome.after == timedelta(seconds=seconds)
    assert pace.pauses == [seconds]


def test_one_chat_takes_one_message_a_second(bot: Telegram, api: respx.MockRouter, clock: FixedClock) -> None:
    route = api.post("/sendMessage").respond(json=ACCEPTED)
    assert sent(bot) == Done("77")
    soon = sent(bot)
    assert isinstance(soon, TryLater)
    assert soon.after == timedelta(seconds=1)
    assert sent(bot, job("5100000002")) == Done("77")
    clock.advance(timedelta(seconds=1))
    assert sent(bot) == Done("77")
    assert route.call_count == 3


@pytest.mark.parametrize(
    ("work", "code"),
    [
        (job(""), "no_account"),
        (job("Айгуль"), "no_account"),
        (job("0"), "no_account"),
        (job("9" * 30), "no_account"),
        (job(CHAT, "  \n"), "refused"),
        (job(CHAT, "я" * 4097), "refused"),
        (job(CHAT, "🙂" * 2049), "refused"),
        (Job("k", "m", AddComment(1, "x")), "refused"),
    ],
)
def test_what_is_not_even_tried(bot: Telegram, api: respx.MockRouter, work: Job, code: str) -> None:
    outcome = sent(bot, work)
    assert isinstance(outcome, Refused)
    assert outcome.code == code
    assert api.calls.call_count == 0


def test_the_longest_text(bot: Telegram, api: respx.MockRouter) -> None:
    api.post("/sendMessage").respond(json=ACCEPTED)
    assert sent(bot, job(CHAT, "я" * 4096)) == Done("77")


def test_stale_after_a_wait_for_its_slot(
    bot: Telegram,
    api: respx.MockRouter,
    clock: FixedClock,
    pace: CountedPace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pace, "slot", lambda urgent: clock.advance(timedelta(minutes=5)))
    outcome = sent(bot, job(CHAT, fresh_until=clock.now() + timedelta(minutes=1)))
    assert isinstance(outcome, Refused)
    assert outcome.code == "too_late"
    assert api.calls.call_count == 0


def test_a_lost_message_goes_to_a_person(bot: Telegram) -> None:
    assert isinstance(bot.find(job(CHAT)), CannotTell)


@pytest.mark.parametrize(
    "change",
    [{"token": "123456789"}, {"token": "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"}, {"longest_text": 5000}],
)
def test_settings_of_telegram(make_settings: Callable[..., TelegramSettings], change: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  pydantic's own
        make_settings(**change)


def test_defaults() -> None:
    ours = TelegramSettings(
        token="123456789:AAHdqTcvCH1vGWJxfSeof", bot="@quality_bot", webhook_secret="open-sesame-open"
    )
    assert (ours.base_url, ours.invite_url, ours.bot) == (
        "https://api.telegram.org",
        "https://t.me",
        "quality_bot",
    )
    assert ours.requests_per_second == 25
