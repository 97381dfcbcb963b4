"""Messages to clients: what goes over the wire, and what every answer means."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
import respx

from connectors.max.connector import Max
from connectors.max.settings import MaxSettings
from qc_engine.clock import FixedClock
from qc_engine.ports import Absent, Broken, CannotTell, Done, Job, Outcome, OutcomeUnknown, Refused, TryLater
from tests.connectors.bots.yard import CountedPace, job

Make = Callable[..., Max]
TOKEN = "f9LHodD0cOK1abcdefghijklmnopqrstuvwxyz0123456789"
DIALOG = "200001001"
SEQ = 116_123_456_789_012_345
TEXT = "Оцените, пожалуйста"


def message(text: str = TEXT, seq: int = SEQ, at: int = 1783706400000, **more: Any) -> dict[str, Any]:
    return {
        "sender": {"user_id": 3003, "is_bot": True},
        "recipient": {"chat_id": 200001001, "chat_type": "dialog", "user_id": 1001},
        "timestamp": at,
        "body": {"mid": "mid.0001", "seq": seq, "text": text, "attachments": []},
    } | more


def sent(bot: Max, work: Job | None = None) -> Outcome:
    (outcome,) = bot.perform([work or job(DIALOG)])
    return outcome


def error(status: int, code: str, said: str = "x", **more: Any) -> httpx.Response:
    return httpx.Response(status, json={"code": code, "message": said}, **more)


def test_the_request_to_the_letter(bot: Max, api: respx.MockRouter, pace: CountedPace) -> None:
    route = api.post("/messages").respond(json={"message": message()})
    assert sent(bot, job(DIALOG, "Оцените: https://s.kz/r/1 *", urgent=True)) == Done(str(SEQ))
    request = route.calls.last.request
    assert dict(request.url.params) == {"chat_id": DIALOG, "disable_link_preview": "true"}
    assert request.headers["authorization"] == TOKEN
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.content) == {"text": "Оцените: https://s.kz/r/1 *"}
    assert pace.slots == [True]


def test_by_the_number_of_the_person(make_bot: Make, api: respx.MockRouter) -> None:
    route = api.post("/messages").respond(json={"message": message()})
    sent(make_bot(recipient="user_id"), job("1001"))
    assert dict(route.calls.last.request.url.params) == {"user_id": "1001", "disable_link_preview": "true"}


def test_accepted_without_a_number(bot: Max, api: respx.MockRouter) -> None:
    api.post("/messages").respond(json={"message": {"body": {"mid": "mid.1"}}})
    assert sent(bot) == Done("")


LOST = [
    httpx.ReadTimeout("x"),
    httpx.WriteError("x"),
    httpx.RemoteProtocolError("x"),
    httpx.Response(500),
    httpx.Response(502, text="<html>Bad gateway</html>"),
    error(503, "service.unavailable"),
    error(500, "internal.error"),
    httpx.Response(200, text="<html>Login</html>"),
    httpx.Response(200, text='{"message": {"body'),
    httpx.Response(200),
    httpx.Response(200, json=[]),
    httpx.Response(200, json={"message": None}),
    httpx.Response(200, json={"success": True}),
]
NOT_SENT = [
    httpx.ConnectError("x"),
    httpx.ConnectTimeout("x"),
    httpx.PoolTimeout("x"),
    error(429, "too.many.requests"),
]
CLOSED = [
    httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] unable to get local issuer certificate"),
    error(401, "verify.token", "Invalid access_token"),
    error(403, "verify.token", "Invalid access_token"),
    error(404, "not.found", "/message"),
    error(405, "method.not.allowed"),
    httpx.Response(401),
    httpx.Response(403, text="<html>Доступ ограничен</html>"),
    httpx.Response(404, text="nginx"),
    httpx.Response(301, headers={"location": "https://platform-api3.max.ru"}),
]


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [(answer, OutcomeUnknown) for answer in LOST]
    + [(answer, TryLater) for answer in NOT_SENT]
    + [(answer, Broken) for answer in CLOSED],
)
def test_what_an_answer_means(
    bot: Max, api: respx.MockRouter, answer: httpx.Response | Exception, meaning: type[Exception]
) -> None:
    route = api.post("/messages").mock(side_effect=[answer])
    outcome = sent(bot)
    assert isinstance(outcome, meaning)
    assert route.call_count == 1  # never repeated by itself
    assert TOKEN not in str(outcome)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (error(403, "chat.denied", "Key: error.dialog.suspended, args: [1001,]."), "blocked"),
        (error(403, "error.dialog.suspended"), "blocked"),
        (error(404, "dialog.not.found", "Key: error.dialog.notfound"), "no_account"),
        (error(404, "chat.not.found", "Chat 5 not found"), "no_account"),
        (error(400, "proto.payload", "Unknown recipient"), "no_account"),
        (error(400, "proto.payload", "text: size must be between 0 and 4000"), "refused"),
        (error(403, "access.denied"), "refused"),
        (error(200, "chat.denied"), "blocked"),
    ],
)
def test_refusals(bot: Max, api: respx.MockRouter, answer: httpx.Response, code: str) -> None:
    api.post("/messages").mock(return_value=answer)
    outcome = sent(bot)
    assert isinstance(outcome, Refused)
    assert outcome.code == code


@pytest.mark.parametrize(("headers", "seconds"), [({}, 2), ({"retry-after": "15"}, 15)])
def test_too_fast_pauses_everybody(
    bot: Max, api: respx.MockRouter, pace: CountedPace, headers: dict[str, str], seconds: float
) -> None:
    api.post("/messages").mock(return_value=error(429, "too.many.requests", headers=headers))
    outcome = sent(bot)
    assert isinstance(outcome, TryLater)
    assert outcome.after == timedelta(seconds=seconds)
    assert pace.pauses == [seconds]


def test_one_dialog_takes_two_messages_a_second(bot: Max, api: respx.MockRouter, clock: FixedClock) -> None:
    api.post("/messages").respond(json={"message": message()})
    assert isinstance(sent(bot), Done)
    soon = sent(bot)
    assert isinstance(soon, TryLater)
    assert soon.after == timedelta(seconds=0.5)
    clock.advance(timedelta(seconds=0.5))
    assert isinstance(sent(bot), Done)


@pytest.mark.parametrize(("signs", "fits"), [(4000, True), (4001, False)])
def test_the_longest_text(bot: Max, api: respx.MockRouter, signs: int, fits: bool) -> None:
    api.post("/messages").respond(json={"message": message()})
    assert isinstance(sent(bot, job(DIALOG, "я" * signs)), Done if fits else Refused)


# --- finding ---


def lost(clock: FixedClock, text: str = TEXT) -> Job:
    return job(DIALOG, text, first_tried_at=clock.now())


AT = 1783706400000  # the still clock's now, in ms
CLIENT = {"user_id": 1001, "is_bot": False}


@pytest.mark.parametrize(
    ("messages", "found"),
    [
        ([message()], Done(str(SEQ))),
        ([message("Другое"), message(TEXT + "\n\n")], Done(str(SEQ))),
        ([message(sender=None)], Done(str(SEQ))),
        ([message(at=AT - 59_000)], Done(str(SEQ))),
        ([message(at=AT - 61_000)], Absent()),  # the same words, of an earlier day
        ([message(sender=CLIENT)], Absent()),  # the client repeats our words
        ([message("Другое")], Absent()),
        ([], Absent()),
    ],
)
def test_a_lost_message_is_looked_for(
    bot: Max, api: respx.MockRouter, clock: FixedClock, messages: list[Any], found: object
) -> None:
    route = api.get("/messages").respond(json={"messages": messages})
    assert bot.find(lost(clock)) == found
    assert dict(route.calls.last.request.url.params) == {"chat_id": DIALOG, "count": "50"}


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, json={"messages": [message("Другое")] * 50}),
        httpx.Response(200, json={"messages": [message(at=0)]}),
        httpx.Response(200, json={}),
        error(403, "chat.denied"),
        error(401, "verify.token"),
        httpx.Response(500),
    ],
)
def test_nobody_can_tell(bot: Max, api: respx.MockRouter, clock: FixedClock, answer: httpx.Response) -> None:
    api.get("/messages").mock(return_value=answer)
    assert isinstance(bot.find(lost(clock)), CannotTell)


def test_without_the_number_of_the_dialog_nobody_can_look(make_bot: Make, clock: FixedClock) -> None:
    assert isinstance(make_bot(recipient="user_id").find(lost(clock)), CannotTell)
    assert isinstance(make_bot().find(job(DIALOG)), CannotTell)


def test_defaults() -> None:
    ours = MaxSettings(token="f9LHodD0cOK1", bot="id7701_bot", webhook_secret="open-sesame-open")
    assert (ours.base_url, ours.invite_url) == ("https://platform-api2.max.ru", "https://max.ru")
    assert ours.chat_gap == timedelta(seconds=0.5)


@pytest.mark.parametrize(
    "change",
    [
        {"webhook_secret": "under_score_under_score"},
        {"requests_per_second": 26},
        {"recipient": "phone"},
        {"longest_text": 4001},
    ],
)
def test_settings_of_max(make_settings: Callable[..., MaxSettings], change: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  pydantic's own
        make_settings(**change)
