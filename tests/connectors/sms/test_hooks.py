"""The gateway calls us: only by the right address, and whatever it sends."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.sms.connector import Sms
from connectors.sms.pending import Sent
from qc_engine.core.events import MessageRefused, MessageStatus
from qc_engine.ports import Arrival, Forbidden, Request, Unreadable
from tests.connectors.sms.conftest import NOW, PHONE, SECRET

Make = Callable[..., Sms]


def call(sms: Sms, body: str | bytes | dict[str, Any], path: str = SECRET) -> list[Arrival]:
    raw = json.dumps(body) if isinstance(body, dict) else body
    return list(sms.parse(Request(path, {}, raw.encode() if isinstance(raw, str) else raw)))


@pytest.mark.parametrize(
    "path", ["", "/", "open-sesame", SECRET + "x", SECRET.upper(), f"x/{SECRET}", "ключ", "\ud800"]
)
def test_strangers(make: Make, path: str) -> None:
    with pytest.raises(Forbidden):
        call(make(webhook_secret=SECRET), "id=7&status=1", path)


def test_while_the_secret_is_changed_both_open(make: Make) -> None:
    sms = make(webhook_secret=SECRET, previous_webhook_secret="former-former-former")
    for path in (SECRET, f"{SECRET}/", "former-former-former"):
        assert call(sms, f"id=7&status=1&phone={PHONE}", path)


def test_without_a_secret_the_door_is_closed(make: Make) -> None:
    for path in ("", "x"):
        with pytest.raises(Forbidden):
            call(make(), "id=7&status=1", path)


def test_without_a_description_too(make: Make) -> None:
    with pytest.raises(Forbidden):
        call(make(webhook_secret=SECRET, description={"callback": None}), "id=7&status=1")


DELIVERED = MessageStatus(PHONE, "delivered", NOW, 7)
REPORT = {"eventId": 26, "eventType": "sms-delivery-report", "webhookId": 1, "attempt": 1, "sign": "3f0a"}


def report(**data: Any) -> dict[str, Any]:
    return {**REPORT, "data": {"messageId": 7, "segNum": 1, "status": "DELIVRD", "to": PHONE, **data}}


@pytest.mark.parametrize(
    ("gateway", "body", "events"),
    [
        ("smsc", f"id=7&phone={PHONE}&status=1&ts=1&err=0", [DELIVERED]),
        ("smsc", f"id=7&phone=%2B{PHONE}&status=1", [DELIVERED]),
        ("smsc", f"status=1&id=7&phone=8{PHONE[1:]}", [DELIVERED]),
        ("smsc", {"id": 7, "phone": PHONE, "status": 1}, [DELIVERED]),
        (
            "smsc",
            f"id=7&phone={PHONE}&status=20&err=248",
            [MessageRefused(PHONE, "SMS не дошло: 20, 248", NOW, 7, "")],
        ),
        ("smsc", f"id=7&phone={PHONE}&status=-1", []),
        ("smsc", "id=7&phone=nobody&status=1", [MessageStatus("", "delivered", NOW, 7)]),
        ("smsc", " \r\n", []),
        ("mobizon", report(), [DELIVERED]),
        ("mobizon", report(status="UNDELIV"), [MessageRefused(PHONE, "SMS не дошло: UNDELIV", NOW, 7, "")]),
        ("mobizon", {**report(), "eventType": "form-submission"}, []),
        ("mobizon", {"eventType": "form-contact-unsubscribe", "data": {"formId": 846}}, []),
    ],
)
def test_what_it_says(make: Make, gateway: str, body: Any, events: list[Any]) -> None:
    assert [one.event for one in call(make(gateway, webhook_secret=SECRET), body)] == events


def test_the_same_news_has_the_same_key_as_an_answer(make: Make) -> None:
    (one,) = call(make(webhook_secret=SECRET), f"id=7&phone={PHONE}&status=1")
    assert one.key == "status:7:delivered"


def test_several_in_one_call(make: Make) -> None:
    several = {"callback": {"rows": "reports"}}
    sms = make(webhook_secret=SECRET, description=several)
    rows = [{"id": number, "phone": PHONE, "status": 1} for number in (7, 8)]
    assert [one.key for one in call(sms, {"reports": rows})] == ["status:7:delivered", "status:8:delivered"]
    assert len(call(make(webhook_secret=SECRET), json.dumps(rows))) == 2


def test_a_callback_without_a_phone_is_known_by_its_number(make: Make) -> None:
    sms = make(webhook_secret=SECRET)
    sms.pending.add(Sent("7", PHONE, NOW - timedelta(hours=1)))
    assert [one.event for one in call(sms, "id=7&status=1")] == [DELIVERED]
    # Told just now: the question about it has time, but is still asked, in case this call is lost after all.
    assert not sms.pending.due(NOW, timedelta(minutes=1), 9)
    assert sms.pending.due(NOW + timedelta(hours=2), timedelta(minutes=1), 9)


@pytest.mark.parametrize(
    "body", ["{", "[[", "nonsense", "status=1", "id=7", "id=&status=1", b"\xff\xfe", "{}", "a&b", "[" * 9999, "=" * 99, '{"id": {"a": 1}, "status": []}']
)  # fmt: skip
def test_what_nobody_can_read(make: Make, body: str | bytes) -> None:
    with pytest.raises(Unreadable):
        call(make(webhook_secret=SECRET), body)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=200)
    | st.dictionaries(
        st.sampled_from(["id", "status", "phone", "err", "data", "eventType"]),
        st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.sampled_from(["1", "20", "DELIVRD", "sms-delivery-report"]),
    ).map(json.dumps)
    | st.lists(st.tuples(st.sampled_from(["id", "status", "phone"]), st.text("0123456789+&=%", max_size=20))).map(
        lambda pairs: "&".join(f"{name}={value}" for name, value in pairs)
    )
)  # fmt: skip
def test_no_call_is_too_strange(make: Make, body: str | bytes) -> None:
    try:
        arrivals = call(make(webhook_secret=SECRET), body)
    except Unreadable:
        return
    assert all(isinstance(one.event, MessageStatus | MessageRefused) for one in arrivals)
