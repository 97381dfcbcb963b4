"""A message over the wire: what is asked, and what each answer means."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
import respx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from connectors.sms.connector import Sms
from qc_engine.core.effects import CloseTask
from qc_engine.ports import Absent, Broken, CannotTell, Done, Job, Outcome, OutcomeUnknown, Refused, TryLater
from tests.connectors.sms.conftest import KEY, NOW, PASSWORD, PHONE, TEXT, CountedPace, job

SMSC, MOBIZON = "/sys/send.php", "/service/Message/SendSmsMessage"
Make = Callable[..., Sms]


def send(sms: Sms, what: Job | None = None) -> Outcome:
    (outcome,) = sms.perform([what or job()])
    return outcome


def asked(gate: respx.MockRouter) -> tuple[httpx.Request, dict[str, str], dict[str, str]]:
    """The last request, its query and its form."""
    request = gate.calls.last.request
    return request, dict(parse_qsl(request.url.query.decode())), dict(parse_qsl(request.content.decode()))


def test_golden_smsc(make: Make, gate: respx.MockRouter) -> None:
    gate.post(SMSC).respond(json={"id": 1234, "cnt": 1})
    assert send(make(sender="ACME")) == Done("1234")
    request, query, form = asked(gate)
    assert request.method == "POST"
    assert query == {}
    assert form == {
        "login": "acme",
        "psw": PASSWORD,
        "phones": f"+{PHONE}",
        "mes": TEXT,
        "sender": "ACME",
        "charset": "utf-8",
        "fmt": "3",
    }
    # The plus must not become a space on its way.
    assert b"phones=%2B7701" in request.content


def test_golden_smsc_by_key(make: Make, gate: respx.MockRouter) -> None:
    gate.post(SMSC).respond(json={"id": 1, "cnt": 1})
    send(make(login="", password=SecretStr(""), key=SecretStr(KEY)))
    _, _, form = asked(gate)
    assert form["apikey"] == KEY
    assert not {"login", "psw", "sender"} & form.keys()


def test_golden_mobizon(make: Make, gate: respx.MockRouter) -> None:
    gate.post(MOBIZON).respond(
        json={"code": 0, "data": {"campaignId": 7, "messageId": 169, "status": 2}, "message": ""}
    )
    assert send(make("mobizon", sender="ACME")) == Done("169")
    _, query, form = asked(gate)
    assert query == {"output": "json", "api": "v1", "apiKey": KEY}
    assert form == {"recipient": PHONE, "text": TEXT, "from": "ACME"}


OWN: dict[str, Any] = {
    "send": {
        "path": "/v2/{login}/messages",
        "headers": {"Authorization": "Bearer {key}"},
        "body": {
            "messages": [{"to": "{phone:number}", "text": "{text}", "ref": "{marker}", "from": "{sender}"}],
            "flash": "{json:false}",
            "tag": "q {marker_number}",
            "hook": "{callback}",
        },
        "id": "messages.*.id",
    },
    "errors": {"code": ["error.code", "messages.0.status"], "text": "error.text", "fine": ["0", "queued"]},
    "states": {"delivered": "ok"},
    "callback": {},
}


def test_golden_own(make: Make, gate: respx.MockRouter) -> None:
    answer = {"messages": [{"id": "a-1", "status": "queued"}]}
    gate.post("/v2/a%2Fb/messages").respond(202, json=answer)
    sms = make(
        "own",
        "https://q.kz/hooks/sms",
        description=OWN,
        login="a/b",
        webhook_secret="open-sesame-open-sesame",
    )
    assert send(sms, job('Он сказал: "{key} {text}"')) == Done("a-1")
    request, _, _ = asked(gate)
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert httpx.Response(200, content=request.content).json() == {
        "messages": [{"to": 77011112233, "text": 'Он сказал: "{key} {text}"', "ref": "qc-abcdefghij"}],
        "flash": False,
        "tag": "q 1068650832",
        "hook": "https://q.kz/hooks/sms/open-sesame-open-sesame",
    }


def test_an_own_gateway_in_plain_text(make: Make, gate: respx.MockRouter) -> None:
    plain = {
        "format": "text",
        "send": {
            "method": "GET",
            "path": "/http",
            "query": {"to": "{phone}", "m": "{text}", "k": "{key}"},
            "id": r"^OK (\d+)",
        },
        "errors": {"code": r"^ERR (\d+)", "text": "^ERR .*$", "rows": [{"codes": 5, "means": "broken"}]},
    }
    sms = make("own", description=plain)
    gate.get("/http").side_effect = [
        httpx.Response(200, text="OK 77"), httpx.Response(200, text="ERR 5 no money"), httpx.Response(200, text="maintenance")
    ]  # fmt: skip
    assert send(sms) == Done("77")
    assert isinstance(send(sms), Broken)
    assert isinstance(send(sms), OutcomeUnknown)


def test_a_gateway_without_numbers(make: Make, gate: respx.MockRouter) -> None:
    quiet = {"send": {**OWN["send"], "path": "/s", "id": None}, "errors": {"code": "code", "fine": ["ok"]}}
    sms = make("own", description=quiet)
    gate.post("/s").side_effect = [httpx.Response(200, json={"code": "ok"}), httpx.Response(200, json={})]
    assert send(sms) == Done("")
    assert isinstance(send(sms), OutcomeUnknown)
    assert not sms.settings.receipts


def wrong(code: int, **more: Any) -> dict[str, Any]:
    return {"json": {"error": "no", "error_code": code, **more}}


def of_mobizon(code: int, message: str = "", data: Any = ()) -> dict[str, Any]:
    return {"json": {"code": code, "data": data or [], "message": message}}


@pytest.mark.parametrize(
    ("gateway", "answer", "outcome", "code"),
    [
        ("smsc", wrong(1), Refused, "refused"),
        ("smsc", wrong(2), Broken, ""),
        ("smsc", wrong(3, id=55), Broken, ""),  # with a number, and yet nothing was sent
        ("smsc", wrong(4), Broken, ""),
        ("smsc", wrong(6, id=55), Refused, "refused"),
        ("smsc", wrong(7, id=55), Refused, "no_phone"),
        ("smsc", wrong(8, id=55), Refused, "no_account"),
        ("smsc", wrong(9), TryLater, ""),
        ("smsc", wrong(77), Refused, "refused"),
        ("smsc", {"status_code": 502, **wrong(9)}, TryLater, ""),
        ("smsc", {"json": {"id": "", "cnt": 1}}, OutcomeUnknown, ""),
        ("smsc", {"json": {"id": None}}, OutcomeUnknown, ""),
        ("smsc", {"json": [1, 2]}, OutcomeUnknown, ""),
        ("smsc", {"json": None}, OutcomeUnknown, ""),
        ("smsc", {"text": "ERROR = 2 (authorise error)"}, OutcomeUnknown, ""),
        ("smsc", {"text": '{"id": 12'}, OutcomeUnknown, ""),
        ("smsc", {"text": ""}, OutcomeUnknown, ""),
        ("smsc", {"status_code": 500}, OutcomeUnknown, ""),
        ("smsc", {"status_code": 503, "text": "<html>"}, OutcomeUnknown, ""),
        ("smsc", {"status_code": 504}, OutcomeUnknown, ""),
        ("smsc", {"status_code": 429}, TryLater, ""),
        ("smsc", {"status_code": 408}, TryLater, ""),
        ("smsc", {"status_code": 401}, Broken, ""),
        ("smsc", {"status_code": 402}, Broken, ""),
        ("smsc", {"status_code": 403, "text": "<html>"}, Broken, ""),
        ("smsc", {"status_code": 302, "headers": {"location": "https://else.where"}}, Broken, ""),
        ("smsc", {"status_code": 404, "text": "no such page"}, Refused, "refused"),
        ("mobizon", of_mobizon(1, "Ошибка", {"recipient": "Неверный номер"}), Refused, "no_account"),
        ("mobizon", of_mobizon(1, "Ошибка", {"text": "Пусто"}), Refused, "refused"),
        ("mobizon", of_mobizon(15, "Недостаточно средств на балансе"), Broken, ""),
        ("mobizon", of_mobizon(8, "Неверный ключ"), Broken, ""),
        ("mobizon", of_mobizon(9), Broken, ""),
        ("mobizon", of_mobizon(13), Broken, ""),
        ("mobizon", of_mobizon(14), Broken, ""),
        ("mobizon", of_mobizon(30), TryLater, ""),
        ("mobizon", of_mobizon(3), OutcomeUnknown, ""),
        ("mobizon", of_mobizon(10), OutcomeUnknown, ""),
        ("mobizon", of_mobizon(100), OutcomeUnknown, ""),
        ("mobizon", of_mobizon(999), OutcomeUnknown, ""),
        ("mobizon", of_mobizon(0, data={"campaignId": 1}), OutcomeUnknown, ""),
        ("mobizon", of_mobizon(99), Refused, "refused"),
    ],
)
def test_answers(
    make: Make,
    gate: respx.MockRouter,
    gateway: str,
    answer: dict[str, Any],
    outcome: type[Exception],
    code: str,
) -> None:
    gate.post(SMSC if gateway == "smsc" else MOBIZON).respond(**answer)
    sms = make(gateway)
    found = send(sms)
    assert type(found) is outcome or (outcome is TryLater and isinstance(found, TryLater))
    assert getattr(found, "code", "") == code
    assert sms.pending.due(NOW + timedelta(hours=1), timedelta(0), 9) == []  # nothing to be asked about


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (httpx.ConnectError, TryLater),
        (httpx.ConnectTimeout, TryLater),
        (httpx.PoolTimeout, TryLater),
        (httpx.ReadTimeout, OutcomeUnknown),
        (httpx.WriteError, OutcomeUnknown),
        (httpx.ReadError, OutcomeUnknown),
        (httpx.RemoteProtocolError, OutcomeUnknown),
    ],
)
def test_a_broken_line(
    make: Make, gate: respx.MockRouter, fault: type[Exception], outcome: type[Exception]
) -> None:
    gate.post(SMSC).side_effect = fault
    assert isinstance(send(make()), outcome)
    assert len(gate.calls) == 1  # a message is never repeated here


def test_a_wrong_certificate(make: Make, gate: respx.MockRouter) -> None:
    gate.post(SMSC).side_effect = httpx.ConnectError("CERTIFICATE_VERIFY_FAILED")
    assert isinstance(send(make()), Broken)


def test_the_backup_takes_over_only_when_nobody_answers(make: Make) -> None:
    with respx.mock(assert_all_called=False) as net:
        first, second = (
            net.post("https://smsc.ru/sys/send.php"),
            net.post("https://www2.smsc.ru/sys/send.php"),
        )
        first.side_effect = httpx.ConnectError
        second.respond(json={"id": 5, "cnt": 1})
        assert send(make(base_url="")) == Done("5")
        first.side_effect = httpx.ReadTimeout
        assert isinstance(send(make(base_url="")), OutcomeUnknown)
        assert second.call_count == 1


def test_pauses(make: Make, gate: respx.MockRouter, pace: CountedPace) -> None:
    gate.post(SMSC).respond(429, headers={"retry-after": "20"})
    later = send(make())
    assert isinstance(later, TryLater)
    assert (later.after, pace.pauses) == (timedelta(seconds=20), [20])
    gate.post(SMSC).respond(json={"error": "duplicate", "error_code": 9})
    later = send(make())
    assert isinstance(later, TryLater)
    # A message that is like another one waits alone.
    assert (later.after, pace.pauses) == (timedelta(seconds=65), [20])
    gate.post(MOBIZON).respond(json={"code": 30, "data": [], "message": "slow"})
    assert isinstance(send(make("mobizon")), TryLater)
    assert pace.pauses == [20, 30]


def test_somebody_waits_for_it(make: Make, gate: respx.MockRouter, pace: CountedPace) -> None:
    gate.post(SMSC).respond(json={"id": 5, "cnt": 1})
    send(make(), Job("k", "m", job().effect, urgent=True))
    assert pace.slots == [True]


@pytest.mark.parametrize(
    ("what", "code", "told"),
    [
        (job("ж" * 202), "refused", "too long: 4 parts, 3 allowed"),
        (job("a" * 460), "refused", "too long"),
        (job(" \n "), "refused", "empty"),
        (job(phone=""), "no_phone", "no phone"),
        (job(phone="123"), "no_phone", "no phone"),
        (job(fresh_until=NOW - timedelta(seconds=1)), "too_late", "too late"),
        (Job("k", "m", CloseTask(5)), "refused", "CloseTask"),
    ],
)
def test_what_is_not_sent(make: Make, gate: respx.MockRouter, what: Job, code: str, told: str) -> None:
    refused = send(make(), what)
    assert isinstance(refused, Refused)
    assert refused.code == code
    assert told in str(refused)
    assert not gate.calls


def test_the_most_that_is_sent(make: Make, gate: respx.MockRouter) -> None:
    gate.post(SMSC).respond(json={"id": 5, "cnt": 3})
    assert send(make(), job("ж" * 201)) == Done("5")


@pytest.mark.parametrize(
    ("given", "region", "sent"),
    [
        ("77011112233", "KZ", "+77011112233"),
        ("87011112233", "KZ", "+77011112233"),
        ("7011112233", "KZ", "+77011112233"),
        ("4915112345678", "KZ", "+4915112345678"),
        ("79161234567", "KZ", "+79161234567"),
    ],
)
def test_phones(make: Make, gate: respx.MockRouter, given: str, region: str, sent: str) -> None:
    gate.post(SMSC).respond(json={"id": 5, "cnt": 1})
    send(make(region=region), job(phone=given))
    assert asked(gate)[2]["phones"] == sent


def test_signs_that_no_wire_can_hold(make: Make, gate: respx.MockRouter) -> None:
    gate.post(SMSC).respond(json={"id": 5, "cnt": 1})
    assert send(make(), job("a\ud800b\x00c\r\nd")) == Done("5")
    assert asked(gate)[2]["mes"] == "a?bc\nd"


def test_reasons_hide_what_is_private(make: Make, gate: respx.MockRouter) -> None:
    said = f"cannot send «{TEXT}» to {PHONE}, +7 (701) 111-22-33 for {PASSWORD}"
    gate.post(SMSC).respond(json={"error": said, "error_code": 1})
    reason = str(send(make()))
    for private in (TEXT, PHONE, PASSWORD, "111-22-33"):
        assert private not in reason
    gate.post(SMSC).side_effect = httpx.ReadTimeout(f"{PHONE} {PASSWORD}")
    unknown = send(make())
    assert isinstance(unknown, OutcomeUnknown)
    assert str(unknown) == "send: no answer, ReadTimeout"
    assert unknown.__cause__ is None


def test_a_full_memory_casts_no_doubt_on_a_message(
    make: Make, gate: respx.MockRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate.post(SMSC).respond(json={"id": 5, "cnt": 1})
    sms = make()

    def full(*_: Any, **__: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(sms.pending, "add", full)
    assert send(sms) == Done("5")


# --- was it sent? ---------------------------------------------------------------------------------


def test_ready_gateways_cannot_be_asked_by_our_number(make: Make, gate: respx.MockRouter) -> None:
    for gateway in ("smsc", "mobizon"):
        assert isinstance(make(gateway).find(job()), CannotTell)
    assert not gate.calls


FIND = {
    **OWN,
    "find": {
        "method": "GET",
        "path": "/find",
        "query": {"ref": "{marker}"},
        "id": "found.0.id",
        "absent": ["404"],
    },
}


@pytest.mark.parametrize(
    ("answer", "search"),
    [
        ({"json": {"found": [{"id": 9}]}}, Done("9")),
        ({"json": {"found": []}}, Absent()),
        ({"json": {"error": {"code": 404}}}, Absent()),
        ({"status_code": 404, "json": {"error": {"code": 404}}}, Absent()),
        ({"json": {"error": {"code": 7}}}, None),
        ({"status_code": 500}, None),
        ({"status_code": 401}, None),
        ({"text": "?"}, None),
    ],
)
def test_find(make: Make, gate: respx.MockRouter, answer: dict[str, Any], search: Any) -> None:
    gate.get("/find").respond(**answer)
    found = make("own", description=FIND, login="a").find(job())
    assert found == search if search else isinstance(found, CannotTell)
    assert asked(gate)[1] == {"ref": "qc-abcdefghij"}


# --- whatever comes back --------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["id", "code", "error", "error_code", "data", "message", "messageId", "recipient", "status"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    gateway=st.sampled_from(["smsc", "mobizon"]),
    status=st.integers(200, 599),
    body=JSON | st.binary(max_size=80),
)
def test_no_answer_is_too_strange(make: Make, gateway: str, status: int, body: Any) -> None:
    content = body if isinstance(body, bytes) else httpx.Response(200, json=_finite(body)).content
    with respx.mock(base_url="https://gate.example") as router:
        router.post(SMSC if gateway == "smsc" else MOBIZON).respond(status, content=content)
        assert isinstance(send(make(gateway)), Done | TryLater | Refused | Broken | OutcomeUnknown)


def _finite(body: Any) -> Any:
    """httpx writes no infinities."""
    match body:
        case float() if body != body or body in (float("inf"), float("-inf")):
            return 0
        case list():
            return [_finite(one) for one in body]
        case dict():
            return {name: _finite(one) for name, one in body.items()}
        case _:
            return body


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000,
        b'{"id": ' + b"9" * 5000 + b"}",
        b'{"id": NaN, "error_code": 1e999}',
        b'\xef\xbb\xbf{"id": 7}',
        b"\xff\xfe",
    ],
)
def test_bad_json(make: Make, gate: respx.MockRouter, content: bytes) -> None:
    gate.post(SMSC).respond(content=content)
    assert isinstance(send(make()), Done | Refused | OutcomeUnknown)


def test_a_file_is_told_by_its_address(make: Make, gate: respx.MockRouter) -> None:
    gate.post(SMSC).respond(json={"id": 1234, "cnt": 1})
    assert send(make(), job("Памятка", file="https://acme.example/m.pdf")) == Done("1234")
    assert asked(gate)[2]["mes"] == "Памятка\nhttps://acme.example/m.pdf"
