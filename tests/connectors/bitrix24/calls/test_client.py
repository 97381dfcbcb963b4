"""What the portal answers, and what we make of it."""

import logging
import ssl
from datetime import timedelta
from typing import Any

import httpx
import pytest
import respx

from connectors.bitrix24.calls.client import Answer, Client, Command
from connectors.bitrix24.calls.errors import by_transport, retry_after
from qc_engine.clock import FixedClock
from qc_engine.ports import Broken, OutcomeUnknown, Refused, TryLater

BASE = "https://portal.example/rest/1/s3cr3tcanary"
METHOD = "crm.item.get"


def error(code: object, text: str = "…") -> dict[str, object]:
    return {"error": code, "error_description": text}


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (503, "QUERY_LIMIT_EXCEEDED", TryLater),
        (429, "OPERATION_TIME_LIMIT", TryLater),
        (503, "OVERLOAD_LIMIT", Broken),
        (500, "INTERNAL_SERVER_ERROR", OutcomeUnknown),
        (500, "ERROR_UNEXPECTED_ANSWER", OutcomeUnknown),
        (500, "PORTAL_DELETED", Broken),
        (410, "PORTAL_DELETED", Broken),
        (401, "expired_token", Broken),
        (401, "invalid_token", Broken),
        (401, "NO_AUTH_FOUND", Broken),
        (401, "INVALID_CREDENTIALS", Broken),
        (403, "INVALID_CREDENTIALS", Broken),
        (403, "insufficient_scope", Broken),
        (401, "insufficient_scope", Broken),
        (403, "user_access_error", Broken),
        (403, "ACCESS_DENIED", Broken),
        (400, "ACCESS_DENIED", Refused),
        (401, "authorization_error", Broken),
        (401, "ERROR_OAUTH", Broken),
        (401, "APPLICATION_NOT_FOUND", Broken),
        (401, "NOT_INSTALLED", Broken),
        (401, "PAYMENT_REQUIRED", Broken),
        (401, "METHOD_CONFIRM_WAITING", Broken),
        (403, "METHOD_CONFIRM_DENIED", Broken),
        (403, "WRONG_AUTH_TYPE", Broken),
        (403, "allowed_only_intranet_user", Broken),
        (400, "INVALID_REQUEST", Broken),
        (404, "ERROR_METHOD_NOT_FOUND", Refused),
        (400, "ERROR_BATCH_LENGTH_EXCEEDED", Refused),
        (405, "ERROR_BATCH_METHOD_NOT_ALLOWED", Refused),
        (404, "ERROR_MANIFEST_IS_NOT_AVAILABLE", Refused),
        (400, "NOT_FOUND", Refused),
        (400, "INVALID_ARG_VALUE", Refused),
        (400, "ERROR_CORE", Refused),
        (400, 100, Refused),
        (400, "0", Refused),
        (400, 0, Refused),
        (400, "", Refused),
        (200, "ERROR_CORE", Refused),
        (200, "WRONG_CLIENT", Broken),
        (200, "INTERNAL_SERVER_ERROR", OutcomeUnknown),
        (502, "something new", OutcomeUnknown),
        (401, "something new", Broken),
        (403, "something new", Refused),
    ],
)
def test_error_codes(wire: respx.MockRouter, client: Client, status: int, code: object, kind: type) -> None:
    wire.post(f"{BASE}/{METHOD}").respond(status, json=error(code))
    with pytest.raises((TryLater, Refused, Broken, OutcomeUnknown)) as caught:
        client.call(METHOD, {})
    assert isinstance(caught.value, kind)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (503, b"<html>busy</html>", OutcomeUnknown),
        (502, b"", OutcomeUnknown),
        (504, b"<html></html>", OutcomeUnknown),
        (500, b"{", OutcomeUnknown),
        (429, b"", TryLater),
        (200, b"<html>login</html>", OutcomeUnknown),
        (200, b'{"result": {"item"', OutcomeUnknown),
        (200, b"", OutcomeUnknown),
        (200, b"[]", OutcomeUnknown),
        (200, b'{"time": {}}', OutcomeUnknown),
        (200, b'{"result": ' + b"9" * 5000 + b"}", OutcomeUnknown),
        (200, b"[" * 100_000, OutcomeUnknown),
        (401, b"<html>", Broken),
        (403, b"", Broken),
        (404, b"<html>", Broken),
        (413, b"<html>", Refused),
    ],
)
def test_answers_that_are_not_the_portals(
    wire: respx.MockRouter, client: Client, status: int, body: bytes, kind: type
) -> None:
    wire.post(f"{BASE}/{METHOD}").respond(status, content=body)
    with pytest.raises(kind):
        client.call(METHOD, {})


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        (httpx.ConnectError("refused"), TryLater),
        (httpx.ConnectTimeout("slow"), TryLater),
        (httpx.PoolTimeout("full"), TryLater),
        (httpx.ProxyError("proxy"), TryLater),
        (httpx.ReadTimeout("slow"), OutcomeUnknown),
        (httpx.WriteTimeout("slow"), OutcomeUnknown),
        (httpx.ReadError("reset"), OutcomeUnknown),
        (httpx.WriteError("reset"), OutcomeUnknown),
        (httpx.RemoteProtocolError("closed"), OutcomeUnknown),
        (httpx.DecodingError("gzip"), OutcomeUnknown),
    ],
)
def test_calls_without_an_answer(
    wire: respx.MockRouter, client: Client, problem: Exception, kind: type
) -> None:
    route = wire.post(f"{BASE}/{METHOD}").mock(side_effect=problem)
    with pytest.raises(kind):
        client.call(METHOD, {})
    assert route.call_count == 1


def test_untrusted_certificate_stops_everything() -> None:
    with pytest.raises(httpx.ConnectError) as caught:
        raise httpx.ConnectError("TLS") from ssl.SSLCertVerificationError("self-signed")
    assert isinstance(by_transport(METHOD, caught.value), Broken)
    assert isinstance(by_transport(METHOD, httpx.ConnectError("refused")), TryLater)


def test_endless_answer_is_given_up(
    wire: respx.MockRouter, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.bitrix24.calls.transport.LARGEST_ANSWER", 10)
    wire.post(f"{BASE}/{METHOD}").respond(200, json={"result": "far too long for ten bytes"})
    with pytest.raises(OutcomeUnknown):
        client.call(METHOD, {})


def test_slow_drip_has_a_deadline(
    wire: respx.MockRouter, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = iter(range(0, 10_000, 80))
    monkeypatch.setattr("connectors.bitrix24.calls.exchange.time.monotonic", lambda: next(ticks))
    wire.post(f"{BASE}/{METHOD}").respond(200, json={"result": 1})
    with pytest.raises(OutcomeUnknown):
        client.call(METHOD, {})


# --- limits ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("header", "seconds"), [(None, 5), ("7", 7), ("-3", 1), ("999999999", 3600)])
def test_too_fast_pauses_the_whole_door(
    wire: respx.MockRouter, client: Client, pace: Any, header: str | None, seconds: float
) -> None:
    headers = {"Retry-After": header} if header else {}
    wire.post(f"{BASE}/{METHOD}").respond(503, headers=headers, json=error("QUERY_LIMIT_EXCEEDED"))
    with pytest.raises(TryLater) as caught:
        client.call(METHOD, {})
    assert pace.pauses == [seconds]
    assert caught.value.after == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30),
        ("0", 1),
        ("-5", 1),
        ("1e400", 3600),
        ("inf", 3600),
        ("Wed, 04 Mar 2026 10:02:00 GMT", 120),
        ("Wed, 04 Mar 2036 10:02:00 GMT", 3600),
        ("Wed, 04 Mar 2016 10:02:00 GMT", 1),
        ("soon", None),
        ("nan", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_held_between_a_second_and_an_hour(
    clock: FixedClock, header: str | None, seconds: int | None
) -> None:
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert retry_after(header, clock.now()) == expected


def test_blocked_method_waits_for_its_reset_and_holds_up_nobody(
    wire: respx.MockRouter, client: Client, clock: FixedClock
) -> None:
    slow = wire.post(f"{BASE}/slow")
    slow.respond(json={"result": 1, "time": {"finish": 5000.0, "operating_reset_at": 5090}})
    wire.post(f"{BASE}/quick").respond(json={"result": 2})
    client.call("slow", {})
    clock.advance(timedelta(seconds=10))
    slow.respond(429, json=error("OPERATION_TIME_LIMIT"))
    with pytest.raises(TryLater) as caught:
        client.call("slow", {})
    assert caught.value.after == timedelta(seconds=81)  # the portal cuts its seconds off
    with pytest.raises(TryLater):
        client.call("SLOW", {})
    assert slow.call_count == 2  # the third was not even sent
    assert client.call("quick", {}).result == 2
    slow.respond(json={"result": 3})
    clock.advance(timedelta(seconds=82))
    assert client.call("slow", {}).result == 3


def test_blocked_method_without_a_known_reset_waits_a_minute(wire: respx.MockRouter, client: Client) -> None:
    wire.post(f"{BASE}/slow").respond(429, json=error("OPERATION_TIME_LIMIT"))
    with pytest.raises(TryLater) as caught:
        client.call("slow", {})
    assert caught.value.after == timedelta(minutes=1)


def test_every_attempt_takes_a_slot_and_reads_are_tried_three_times(
    wire: respx.MockRouter, client: Client, pace: Any
) -> None:
    route = wire.post(f"{BASE}/{METHOD}").mock(side_effect=httpx.ConnectError("down"))
    with pytest.raises(TryLater):
        client.read(METHOD, {})
    assert (route.call_count, pace.slots) == (3, 3)


@pytest.mark.parametrize(
    ("answers", "calls"),
    [
        ([httpx.Response(502), httpx.Response(200, json={"result": 1})], 2),
        (
            [
                httpx.Response(503, json=error("QUERY_LIMIT_EXCEEDED")),
                httpx.Response(200, json={"result": 1}),
            ],
            2,
        ),
        ([httpx.ReadError("reset"), httpx.ConnectError("x"), httpx.Response(200, json={"result": 1})], 3),
    ],
)
def test_reads_recover_from_hiccups(
    wire: respx.MockRouter, client: Client, answers: list[httpx.Response | Exception], calls: int
) -> None:
    route = wire.post(f"{BASE}/{METHOD}").mock(side_effect=answers)
    assert client.read(METHOD, {}).result == 1
    assert route.call_count == calls


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(429, json=error("OPERATION_TIME_LIMIT")),
        httpx.ReadTimeout("slow"),
    ],
)
def test_reads_do_not_insist_where_waiting_is_asked(
    wire: respx.MockRouter, client: Client, answer: httpx.Response | Exception
) -> None:
    route = wire.post(f"{BASE}/{METHOD}").mock(side_effect=[answer])
    with pytest.raises(TryLater):
        client.read(METHOD, {})
    assert route.call_count == 1


# --- redirects and secrets ---------------------------------------------------------------------------


def test_renamed_portal_gets_the_same_call_on_its_new_host(
    wire: respx.MockRouter, client: Client, pace: Any
) -> None:
    new = BASE.replace("portal.example", "renamed.example")
    old = wire.post(f"{BASE}/{METHOD}").respond(302, headers={"Location": f"{new}/{METHOD}"})
    moved = wire.post(f"{new}/{METHOD}").respond(json={"result": 5})
    assert [client.call(METHOD, {"id": 1}).result for _ in range(2)] == [5, 5]
    assert (old.call_count, moved.call_count, pace.slots) == (1, 2, 3)
    assert moved.calls[0].request.content == b'{"id":1}'


@pytest.mark.parametrize(
    "location",
    [
        "/auth/",
        "https://evil.example/",
        "http://renamed.example/rest/1/s3cr3tcanary/crm.item.get",
        "",
        f"{BASE}/{METHOD}",
    ],
)
def test_other_redirects_never_carry_the_secret_away(
    wire: respx.MockRouter, client: Client, location: str
) -> None:
    wire.post(f"{BASE}/{METHOD}").respond(302, headers={"Location": location})
    with pytest.raises(Broken) as caught:
        client.call(METHOD, {})
    assert "s3cr3tcanary" not in str(caught.value)


def test_secret_is_in_no_log_and_no_exception(
    wire: respx.MockRouter, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    text = "call +7 701 123-45-67 back"
    wire.post(f"{BASE}/a").respond(400, json=error("ERROR_CORE", text))
    wire.post(f"{BASE}/b").mock(side_effect=httpx.ReadError(f"{BASE}/b"))
    told = []
    for method in ("a", "b"):
        with pytest.raises((Refused, OutcomeUnknown)) as caught:
            client.call(method, {})
        told.append(str(caught.value))
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None
    assert "HTTP Request" in caplog.text
    everything = caplog.text + " ".join(told) + repr(client)
    assert "s3cr3tcanary" not in everything
    assert "701" not in everything


# --- batches -----------------------------------------------------------------------------------------


def test_batch_keys_and_encoding(wire: respx.MockRouter, client: Client) -> None:
    route = wire.post(f"{BASE}/batch").respond(
        json={"result": {"result": {"c0": 1, "c1": 2}, "result_error": []}}
    )
    fields = {"TITLE": "a&b = 5% + $result[c0]\x00", "TAGS": ["x", "y"], "N": 5, "B": True, "E": ""}
    client.batch([Command("crm.item.list", {"filter": {"@id": [1, 2]}}), Command("m", {"fields": fields})])
    sent = route.calls[0].request.content.decode()
    assert '"c0":"crm.item.list?filter[%40id][0]=1&filter[%40id][1]=2"' in sent
    # The reference in a client's text is cut by an invisible character, or the portal would resolve it.
    assert "fields[TITLE]=a%26b%20%3D%205%25%20%2B%20%24%E2%80%8Bresult%5Bc0%5D&" in sent
    assert "fields[TAGS][0]=x&fields[TAGS][1]=y&fields[N]=5&fields[B]=Y&fields[E]=" in sent
    assert '"halt":0' in sent


def test_each_command_has_its_own_outcome(portal: Any, client: Client, failed: Any) -> None:
    portal.on("good", 7)
    portal.on("gone", failed("NOT_FOUND"))
    portal.on("slow", failed("OPERATION_TIME_LIMIT"))
    portal.on("odd", failed("INTERNAL_SERVER_ERROR"))
    outcomes = client.batch([Command(name) for name in ("good", "gone", "slow", "odd", "good")])
    assert outcomes[0] == outcomes[4] == Answer(7)
    assert [type(outcome).__name__ for outcome in outcomes[1:4]] == ["Refused", "TryLater", "OutcomeUnknown"]
    again = client.batch([Command("slow"), Command("good")])
    assert isinstance(again[0], TryLater)
    assert again[1] == Answer(7)
    assert len(portal.sent("slow")) == 1  # blocked: left out of the second batch
    assert isinstance(client.batch([Command("slow")])[0], TryLater)
    assert len(portal.requests) == 2


def test_sample_of_a_batch_that_failed(wire: respx.MockRouter, client: Client, sample: Any) -> None:
    body = sample("batch-response-errors-halt0.json")
    errors = list(body["result"]["result_error"].values())
    body["result"]["result_error"] = {"c0": errors[0], "c1": errors[1]}
    wire.post(f"{BASE}/batch").respond(json=body)
    outcomes = client.batch([Command("user.get"), Command("department.get")])
    assert [type(outcome) for outcome in outcomes] == [Broken, Broken]


def test_sample_of_errors_as_a_list(wire: respx.MockRouter, client: Client, sample: Any) -> None:
    body = sample("batch-response-result_error-as-list.json")
    body["result"]["result"] = {"c1": {"ID": "35943"}}
    wire.post(f"{BASE}/batch").respond(json=body)
    outcomes = client.batch([Command("a"), Command("b"), Command("c")])
    assert [type(outcome) for outcome in outcomes] == [Refused, Answer, Refused]
    assert outcomes[1] == Answer({"ID": "35943"})


@pytest.mark.parametrize("result", [{"result": [], "result_error": []}, {}, [], None, "x", {"result": [1]}])
def test_commands_that_the_batch_is_silent_about_are_unknown(
    wire: respx.MockRouter, client: Client, result: object
) -> None:
    wire.post(f"{BASE}/batch").respond(json={"result": result})
    outcomes = client.batch([Command("a"), Command("b")])
    assert [type(outcome) for outcome in outcomes] == [OutcomeUnknown, OutcomeUnknown]


def test_results_as_a_list_keep_their_order(wire: respx.MockRouter, client: Client) -> None:
    wire.post(f"{BASE}/batch").respond(json={"result": {"result": [4, 5], "result_error": []}})
    assert list(client.batch([Command("a"), Command("b")])) == [Answer(4), Answer(5)]


def test_reading_batches_are_split_by_fifty(portal: Any, client: Client, pace: Any) -> None:
    portal.on("m", lambda params: int(params["n"]))
    outcomes = client.read_batch([Command("m", {"n": n}) for n in range(120)])
    assert [outcome.result for outcome in outcomes if isinstance(outcome, Answer)] == list(range(120))
    assert (len(portal.requests), pace.slots) == (3, 3)
    assert client.read_batch([]) == []
    assert len(portal.requests) == 3
