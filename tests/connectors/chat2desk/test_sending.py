"""Messages to clients: what goes over the wire, and what every answer means."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import respx

from connectors.chat2desk.account import Chat2Desk
from qc_engine.clock import FixedClock
from qc_engine.core.effects import AddComment, SendMessage, Template
from qc_engine.ports import Broken, Done, Job, Outcome, OutcomeUnknown, Refused, TryLater

Make = Callable[..., Chat2Desk]
Sample = Callable[[str], Any]

PHONE = "79160000000"
ACCEPTED = {"data": {"message_id": 963360001}, "status": "success"}
NOBODY = {"data": [], "meta": {"total": 0, "limit": 20, "offset": 0}, "status": "success"}


def job(text: str = "Оцените, пожалуйста", **details: Any) -> Job:
    return Job("case:1:1", "qc-abcdefghij", SendMessage(PHONE, text, "question", **details))


def sent(account: Chat2Desk, work: Job | None = None) -> Outcome:
    (outcome,) = account.perform([work or job()])
    return outcome


def body_of(route: respx.Route) -> Any:
    return json.loads(route.calls.last.request.content)


def known_client(desk: respx.MockRouter, sample: Sample) -> respx.Route:
    return desk.get("/v1/clients").respond(json=sample("clients_get.by_phone.derived.json"))


def test_a_message_to_a_known_client(
    account: Chat2Desk, desk: respx.MockRouter, sample: Sample, pace: Any
) -> None:
    clients = known_client(desk, sample)
    messages = desk.post("/v1/messages").respond(json=sample("messages_post.response.derived.json"))
    assert sent(account) == Done("963360001")
    assert dict(clients.calls.last.request.url.params) == {"phone": PHONE}
    assert body_of(messages) == {
        "client_id": 315533143,
        "channel_id": 43898,
        "transport": "wa_direct",
        "text": "Оцените, пожалуйста",
        "type": "to_client",
        "open_dialog": False,
        "external_id": "qc-abcdefghij",
    }
    assert messages.calls.last.request.headers["authorization"] == "0123456789abcdef0123456789abcd"
    assert pace.slots == 2


def test_the_client_is_looked_up_once(account: Chat2Desk, desk: respx.MockRouter, sample: Sample) -> None:
    clients = known_client(desk, sample)
    desk.post("/v1/messages").respond(json=ACCEPTED)
    outcomes = account.perform([job("1"), job("2"), job("3")])
    assert outcomes == [Done("963360001")] * 3
    assert clients.call_count == 1


def test_a_template_goes_as_the_vendor_writes_it(
    account: Chat2Desk, desk: respx.MockRouter, sample: Sample
) -> None:
    known_client(desk, sample)
    messages = desk.post("/v1/messages").respond(json=ACCEPTED)
    sent(account, job(template=Template("verifycode", "es", ("123456", "var2", "123456"))))
    wanted = sample("messages_post.request.code.json")
    assert {name: body_of(messages)[name] for name in wanted} == wanted


def test_a_new_client_is_created(account: Chat2Desk, desk: respx.MockRouter) -> None:
    desk.get("/v1/clients").respond(json=NOBODY)
    created = desk.post("/v1/clients").respond(json={"data": {"id": 5}, "status": "success"})
    messages = desk.post("/v1/messages").respond(json=ACCEPTED)
    assert sent(account) == Done("963360001")
    assert body_of(created) == {"phone": PHONE, "transport": "wa_direct", "channel_id": 43898}
    assert body_of(messages)["client_id"] == 5


def test_a_duplicate_client_is_the_client(account: Chat2Desk, desk: respx.MockRouter, sample: Sample) -> None:
    desk.get("/v1/clients").respond(json=NOBODY)
    desk.post("/v1/clients").respond(400, json=sample("clients_post.duplicate_400.derived.json"))
    messages = desk.post("/v1/messages").respond(json=ACCEPTED)
    assert sent(account) == Done("963360001")
    assert body_of(messages)["client_id"] == 315533143


def test_a_list_that_ignored_the_filter_is_not_believed(account: Chat2Desk, desk: respx.MockRouter) -> None:
    desk.get("/v1/clients").respond(json=NOBODY | {"data": [{"id": 1, "phone": "77011234567"}]})
    desk.post("/v1/clients").respond(json={"data": {"id": 5}, "status": "success"})
    messages = desk.post("/v1/messages").respond(json=ACCEPTED)
    sent(account)
    assert body_of(messages)["client_id"] == 5


@pytest.mark.parametrize("legacy", [{"id": 7}, {"message_id": "7"}, {"message_id": 7, "id": 1}])
def test_the_message_id_in_every_spelling(
    account: Chat2Desk, desk: respx.MockRouter, sample: Sample, legacy: dict[str, Any]
) -> None:
    known_client(desk, sample)
    desk.post("/v1/messages").respond(json={"data": legacy, "status": "success"})
    assert sent(account) == Done("7")


def error(message: str, status: int, **more: Any) -> httpx.Response:
    return httpx.Response(status, json={"status": "error", "message": message, **more})


LOST = [
    httpx.ReadTimeout("x"),
    httpx.ReadError("x"),
    httpx.WriteError("x"),
    httpx.WriteTimeout("x"),
    httpx.RemoteProtocolError("x"),
    httpx.Response(500),
    httpx.Response(502, text="<html>Bad gateway</html>"),
    httpx.Response(503, text="<html>"),
    httpx.Response(504),
    error("Something broke", 500),
    httpx.Response(200, text="<html>Login</html>"),
    httpx.Response(200, text='{"data": {"message_id": 9633'),
    httpx.Response(200),
    httpx.Response(200, text="null"),
    httpx.Response(200, json={"data": None, "status": "success"}),
    httpx.Response(200, json={"data": {"message_id": None}, "status": "success"}),
    httpx.Response(200, json={"data": [], "status": "success"}),
    httpx.Response(200, text="[" * 100_000),
    httpx.Response(200, content=b'{"data": {"message_id": ' + b"9" * 5000 + b"}}"),
    httpx.Response(200, content=b"\x00" * (5 * 1024 * 1024)),
]
NOT_SENT = [
    httpx.ConnectError("[Errno -2] Name or service not known"),
    httpx.ConnectTimeout("x"),
    httpx.PoolTimeout("x"),
    httpx.ProxyError("x"),
    httpx.Response(408),
]
TOO_FAST = [
    httpx.Response(429),
    error("Number of API requests exceeded", 429),
    error("Number of API requests exceeded", 503),
    error("Number of API requests exceeded", 200),
]
BROKEN = [
    httpx.Response(401),
    httpx.Response(403, text="<html>"),
    httpx.Response(402),
    httpx.Response(301, headers={"location": "https://elsewhere.example/"}),
    error("You need to auth", 401),
    error("You need to auth", 200),
    error("You have to specify your token. See API manual on info@chat2desk.com", 400),
    error("API calls exceeded API limit per month", 429),
    error("API calls exceeded API limit per month", 400),
    httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate has expired"),
]
REFUSED = [
    error("Page not found", 404),
    error("Validation failed", 400, errors={"text": ["can't be blank"]}),
    error("Validation failed", 422, errors={"text": "can't be blank"}),
    error("Validation failed", 200),
    httpx.Response(200, json={"data": {"status": "error", "message": "Wrong client"}}),
    httpx.Response(400, text="<html>"),
    httpx.Response(405),
]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        *((answer, OutcomeUnknown) for answer in LOST),
        *((answer, TryLater) for answer in NOT_SENT + TOO_FAST),
        *((answer, Broken) for answer in BROKEN),
        *((answer, Refused) for answer in REFUSED),
    ],
)
def test_what_an_answer_to_a_message_means(
    account: Chat2Desk,
    desk: respx.MockRouter,
    sample: Sample,
    answer: httpx.Response | Exception,
    kind: type[Exception],
) -> None:
    known_client(desk, sample)
    messages = desk.post("/v1/messages").mock(side_effect=[answer])
    outcome = sent(account)
    assert isinstance(outcome, kind)
    assert messages.call_count == 1  # whatever came back, it was not repeated


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        *((answer, TryLater) for answer in LOST[:16] + NOT_SENT + TOO_FAST),
        *((answer, Broken) for answer in BROKEN),
        *((answer, Refused) for answer in REFUSED),
    ],
)
def test_finding_or_creating_a_client_leaves_no_doubt(
    account: Chat2Desk, desk: respx.MockRouter, answer: httpx.Response | Exception, kind: type[Exception]
) -> None:
    desk.get("/v1/clients").respond(json=NOBODY)
    desk.post("/v1/clients").mock(side_effect=[answer])
    messages = desk.post("/v1/messages")
    assert isinstance(sent(account), kind)
    assert messages.call_count == 0


@pytest.mark.parametrize("hiccup", [httpx.ReadTimeout("x"), httpx.ConnectError("x"), httpx.Response(502)])
def test_a_read_is_tried_three_times(
    account: Chat2Desk,
    desk: respx.MockRouter,
    sample: Sample,
    pace: Any,
    hiccup: httpx.Response | Exception,
) -> None:
    answer = httpx.Response(200, json=sample("clients_get.by_phone.derived.json"))
    clients = desk.get("/v1/clients").mock(side_effect=[hiccup, hiccup, answer])
    desk.post("/v1/messages").respond(json=ACCEPTED)
    assert sent(account) == Done("963360001")
    assert clients.call_count == 3
    assert pace.slots == 4  # repeats take slots too


def test_a_read_is_not_tried_a_fourth_time(account: Chat2Desk, desk: respx.MockRouter) -> None:
    clients = desk.get("/v1/clients").respond(503)
    assert isinstance(sent(account), TryLater)
    assert clients.call_count == 3


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        (None, 10),
        ("30", 30),
        ("0", 1),
        ("-5", 1),
        ("0.2", 1),
        ("315360000", 3600),
        ("1e400", 3600),
        ("nan", 10),
        ("Fri, 10 Jul 2026 18:02:00 GMT", 120),
        ("Fri, 10 Jul 2026 17:00:00 GMT", 1),
        ("Fri, 10 Jul 2036 17:00:00 GMT", 3600),
        ("Fri, 10 Jul 2026 18:02:00 -0000", 10),  # a date without a zone
        ("soon", 10),
        ("", 10),
    ],
)
def test_too_fast_pauses_everybody(
    account: Chat2Desk,
    desk: respx.MockRouter,
    sample: Sample,
    pace: Any,
    retry_after: str | None,
    seconds: float,
) -> None:
    known_client(desk, sample)
    headers = {} if retry_after is None else {"retry-after": retry_after}
    desk.post("/v1/messages").respond(429, headers=headers)
    outcome = sent(account)
    assert isinstance(outcome, TryLater)
    assert outcome.after == timedelta(seconds=seconds)
    assert pace.pauses == [seconds]


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("24 hours passed since the last message", "window_closed"),
        ("Используйте шаблон", "template_problem"),
        ("Template x|ru not found", "template_problem"),
        ("Client is in blacklist", "blocked"),
        ("Wrong attachment", "refused"),
    ],
)
def test_a_refusal_has_a_stable_word(
    account: Chat2Desk, desk: respx.MockRouter, sample: Sample, message: str, code: str
) -> None:
    known_client(desk, sample)
    desk.post("/v1/messages").mock(side_effect=[error(message, 400)])
    outcome = sent(account)
    assert isinstance(outcome, Refused)
    assert outcome.code == code


def test_no_number_and_no_key_in_the_words_of_a_failure(account: Chat2Desk, desk: respx.MockRouter) -> None:
    desk.get("/v1/clients").respond(json=NOBODY)
    said = "phone +7 916 000-00-00 (79160000000) token 0123456789abcdef0123456789abcd"
    desk.post("/v1/clients").mock(side_effect=[error(said, 400, errors={"phone": [f"{PHONE} wrong"]})])
    outcome = sent(account)
    assert isinstance(outcome, Refused)
    for secret in (PHONE, "916 000-00-00", "0123456789abcdef"):
        assert secret not in str(outcome)
    assert "7916•••0000 wrong" in str(outcome)


def test_a_client_that_was_deleted_is_looked_up_again(
    account: Chat2Desk, desk: respx.MockRouter, sample: Sample
) -> None:
    clients = known_client(desk, sample)
    desk.post("/v1/messages").mock(
        side_effect=[error("Client not found", 400), httpx.Response(200, json=ACCEPTED)]
    )
    assert isinstance(sent(account), Refused)
    assert sent(account) == Done("963360001")
    assert clients.call_count == 2


def test_one_bad_job_does_not_harm_the_next(
    account: Chat2Desk, desk: respx.MockRouter, sample: Sample
) -> None:
    known_client(desk, sample)
    desk.post("/v1/messages").respond(json=ACCEPTED)
    outcomes = account.perform(
        [
            Job("c:1:1", "m", AddComment(1, "text")),
            Job("c:1:2", "m", SendMessage("", "text", "question")),
            job("  "),
            job(template=Template("a|b", "ru")),
            job("слово \ud800"),
        ]
    )
    assert [type(outcome) for outcome in outcomes] == [Refused, Refused, Refused, Refused, Done]


def test_waiting_for_the_client_may_make_a_message_late(
    account: Chat2Desk, desk: respx.MockRouter, clock: FixedClock, sample: Sample
) -> None:
    def slowly(_: httpx.Request) -> httpx.Response:
        clock.advance(timedelta(minutes=20))
        return httpx.Response(200, json=sample("clients_get.by_phone.derived.json"))

    desk.get("/v1/clients").mock(side_effect=slowly)
    messages = desk.post("/v1/messages").respond(json=ACCEPTED)
    late = sent(account, job(fresh_until=datetime(2026, 7, 10, 18, 10, tzinfo=UTC)))
    assert isinstance(late, Refused)
    assert late.code == "too_late"
    assert messages.call_count == 0
    assert sent(account, job(fresh_until=datetime(2026, 7, 10, 18, 20, tzinfo=UTC))) == Done("963360001")
