"""Every code that the vendor names has its class, whatever the status and the place it comes with."""

from typing import Any

import pytest
import respx

from connectors.bitrix24.calls.client import Client, Command
from connectors.bitrix24.calls.errors import Kind, Stale, by_code, kind_of, word_of
from qc_engine.ports import Broken, OutcomeUnknown, Refused, TryLater

BASE = "https://portal.example/rest/1/s3cr3tcanary"
METHOD = "crm.item.get"
LATER, RENEW, REFUSED, BROKEN, UNKNOWN = Kind.LATER, Kind.RENEW, Kind.REFUSED, Kind.BROKEN, Kind.UNKNOWN
RAISED = {LATER: TryLater, RENEW: Stale, REFUSED: Refused, BROKEN: Broken, UNKNOWN: OutcomeUnknown}

# The vendor's table of codes and the codes of its methods: code, statuses it is told to come with, its kind
# at the top, and inside a batch, where there is no status.
TABLE: list[tuple[object, tuple[int, ...], Kind, Kind]] = [
    ("QUERY_LIMIT_EXCEEDED", (503, 200, 400), LATER, LATER),
    ("OVERLOAD_LIMIT", (503, 200), BROKEN, BROKEN),
    ("OPERATION_TIME_LIMIT", (429, 200, 503), LATER, LATER),
    ("INTERNAL_SERVER_ERROR", (500, 200, 400), UNKNOWN, UNKNOWN),
    ("ERROR_UNEXPECTED_ANSWER", (500, 200), UNKNOWN, UNKNOWN),
    ("PORTAL_DELETED", (500, 410, 403, 200), BROKEN, BROKEN),
    ("expired_token", (401, 200, 403), RENEW, RENEW),
    ("EXPIRED_TOKEN", (401,), RENEW, RENEW),
    ("invalid_token", (401, 403), RENEW, RENEW),
    ("NO_AUTH_FOUND", (401, 403, 200), BROKEN, BROKEN),
    ("INVALID_CREDENTIALS", (401, 403, 200), BROKEN, BROKEN),
    ("invalid_credentials", (401,), BROKEN, BROKEN),
    ("insufficient_scope", (403, 401, 200), BROKEN, BROKEN),
    ("user_access_error", (403,), BROKEN, BROKEN),
    ("ACCESS_DENIED", (403,), BROKEN, REFUSED),
    ("ACCESS_DENIED", (400, 200), REFUSED, REFUSED),
    ("authorization_error", (401,), BROKEN, BROKEN),
    ("ERROR_OAUTH", (401, 200), BROKEN, BROKEN),
    ("APPLICATION_NOT_FOUND", (401,), BROKEN, BROKEN),
    ("NOT_INSTALLED", (401,), BROKEN, BROKEN),
    ("PAYMENT_REQUIRED", (401, 402), BROKEN, BROKEN),
    ("METHOD_CONFIRM_WAITING", (401,), BROKEN, BROKEN),
    ("METHOD_CONFIRM_DENIED", (403,), BROKEN, BROKEN),
    ("WRONG_AUTH_TYPE", (403,), BROKEN, BROKEN),
    ("allowed_only_intranet_user", (403,), BROKEN, BROKEN),
    ("INVALID_REQUEST", (400,), BROKEN, BROKEN),
    ("WRONG_CLIENT", (200, 401), BROKEN, BROKEN),
    ("invalid_client", (400,), BROKEN, BROKEN),
    ("invalid_grant", (400,), BROKEN, BROKEN),
    ("invalid_scope", (403,), BROKEN, BROKEN),
    ("ERROR_METHOD_NOT_FOUND", (404, 400), REFUSED, REFUSED),
    ("ERROR_BATCH_LENGTH_EXCEEDED", (400,), REFUSED, LATER),
    ("ERROR_BATCH_METHOD_NOT_ALLOWED", (405,), REFUSED, REFUSED),
    ("ERROR_MANIFEST_IS_NOT_AVAILABLE", (404,), REFUSED, REFUSED),
    ("NOT_FOUND", (400, 404), REFUSED, REFUSED),
    ("INVALID_ARG_VALUE", (400,), REFUSED, REFUSED),
    ("CRM_FIELD_ERROR_VALUE_NOT_VALID", (400,), REFUSED, REFUSED),
    ("ERROR_EVENT_NOT_FOUND", (400,), REFUSED, REFUSED),
    ("ERROR_HANDLER_ALREADY_EXIST", (400,), REFUSED, REFUSED),
    ("USER_ID_EMPTY", (400,), REFUSED, REFUSED),
    ("MESSAGE_EMPTY", (400,), REFUSED, REFUSED),
    ("CANCELED", (400,), REFUSED, REFUSED),
    ("wrong_encoding", (400,), REFUSED, REFUSED),
    ("ERROR_CORE", (400, 200), REFUSED, REFUSED),
    ("-", (400,), REFUSED, REFUSED),
    (100, (400, 200), REFUSED, REFUSED),
    ("100", (400,), REFUSED, REFUSED),
    (0, (400,), REFUSED, REFUSED),
    ("0", (400,), REFUSED, REFUSED),
    ("", (400,), REFUSED, REFUSED),
    (None, (400,), REFUSED, REFUSED),
    ("Задача не найдена", (400,), REFUSED, REFUSED),
    # New words: the status decides.
    ("SOMETHING_NEW", (500, 502, 503, 504), UNKNOWN, REFUSED),
    ("SOMETHING_NEW", (423, 425, 429), LATER, REFUSED),
    ("SOMETHING_NEW", (401, 407, 410), BROKEN, REFUSED),
    ("SOMETHING_NEW", (400, 403, 404, 405, 422), REFUSED, REFUSED),
    # REST 3.0: an object instead of a word.
    ({"code": "BITRIX_REST_V3_EXCEPTION_ACCESSDENIEDEXCEPTION", "message": "…"}, (403,), BROKEN, REFUSED),
    ({"code": "BITRIX_REST_V3_EXCEPTION_INSUFFICIENTSCOPEEXCEPTION"}, (403,), BROKEN, BROKEN),
    ({"code": "BITRIX_REST_V3_EXCEPTION_ENTITYNOTFOUNDEXCEPTION"}, (400,), REFUSED, REFUSED),
    ({"code": "BITRIX_REST_V3_EXCEPTION_VALIDATION_REQUESTVALIDATIONEXCEPTION"}, (400,), REFUSED, REFUSED),
    ({"code": "BITRIX_REST_V3_EXCEPTION_INTERNAL_INTERNALEXCEPTION"}, (500,), UNKNOWN, REFUSED),
    ({"code": "INTERNAL_SERVER_ERROR"}, (500,), UNKNOWN, UNKNOWN),
    ({}, (400,), REFUSED, REFUSED),
]


@pytest.mark.parametrize(
    ("code", "status", "kind"), [(code, status, kind) for code, all_, kind, _ in TABLE for status in all_]
)
def test_at_the_top(
    wire: respx.MockRouter, client: Client, pace: Any, code: object, status: int, kind: Kind
) -> None:
    wire.post(f"{BASE}/{METHOD}").respond(status, json={"error": code, "error_description": "…"})
    with pytest.raises(RAISED[kind]):
        client.call(METHOD, {})
    assert (pace.answers, len(pace.pauses)) == ((0, 1) if code == "QUERY_LIMIT_EXCEEDED" else (1, 0))


@pytest.mark.parametrize(("code", "kind"), [(code, inside) for code, _, _, inside in TABLE])
def test_inside_a_batch(wire: respx.MockRouter, client: Client, code: object, kind: Kind) -> None:
    errors = {"c1": {"error": code, "error_description": "…"}}
    wire.post(f"{BASE}/batch").respond(json={"result": {"result": {"c0": 1}, "result_error": errors}})
    fine, failed = client.batch([Command("profile"), Command(METHOD)])
    assert not isinstance(fine, Exception)
    assert type(failed).__mro__[: type(failed).__mro__.index(Exception)].count(RAISED[kind]) == 1


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (503, b'{"error": "QUERY_LIMIT_EXCEEDED"}', TryLater),  # the limit
        (503, b"<html><h1>503 Service Temporarily Unavailable</h1></html>", OutcomeUnknown),  # an outage
        (200, b'{"error": "QUERY_LIMIT_EXCEEDED", "error_description": "Too many requests"}', TryLater),
        (200, b'{"error": ""}', Refused),
        (200, b'{"error": 0, "error_description": "no"}', Refused),
        (200, b'{"error": []}', Refused),
    ],
)
def test_a_limit_is_no_outage(
    wire: respx.MockRouter, client: Client, status: int, body: bytes, kind: type
) -> None:
    wire.post(f"{BASE}/{METHOD}").respond(status, content=body)
    with pytest.raises(kind):
        client.call(METHOD, {})


def test_a_result_beside_an_empty_error_is_a_result(wire: respx.MockRouter, client: Client) -> None:
    wire.post(f"{BASE}/{METHOD}").respond(json={"result": 7, "error": ""})
    assert client.call(METHOD, {}).result == 7


@pytest.mark.parametrize(
    ("code", "word"),
    [
        (" not_found ", "NOT_FOUND"),
        (0, "0"),
        (None, ""),
        ({"code": "BITRIX_REST_V3_EXCEPTION_ENTITYNOTFOUNDEXCEPTION"}, "NOT_FOUND"),
        ({"message": "no code"}, ""),
        (["x"], "['X']"),
    ],
)
def test_however_the_code_is_written(code: object, word: str) -> None:
    assert word_of(code) == word


def test_what_is_gone_is_told_from_what_is_refused() -> None:
    gone = by_code(METHOD, {"code": "BITRIX_REST_V3_EXCEPTION_ENTITYNOTFOUNDEXCEPTION"}, status=400)
    assert isinstance(gone, Refused)
    assert gone.code == "not_found"


def test_no_phone_number_in_the_words(client: Client) -> None:
    told = str(by_code(METHOD, {"code": "X", "message": "+7 701 123 45 67"}, status=400))
    assert "701" not in told
    assert "701" not in str(by_code(METHOD, "call 87011234567", status=400))


def test_a_broken_portal_is_never_taken_for_a_busy_one() -> None:
    assert {kind_of("OVERLOAD_LIMIT", status) for status in (200, 400, 429, 503)} == {BROKEN}


def test_the_portals_markup_stays_outside() -> None:
    failure = by_code("tasks.task.add", "ERROR_CORE", "Не указан ответственный<br>\n5 < 6")
    assert str(failure) == "tasks.task.add: ERROR_CORE Не указан ответственный 5 < 6"
