"""Every kind of webhook, and everything that only pretends to be one."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from connectors.chat2desk.account import Chat2Desk
from connectors.chat2desk.hooks import Reading, read_hook
from connectors.chat2desk.memory import Remembered
from connectors.chat2desk.settings import Chat2DeskSettings
from qc_engine.clock import FixedClock
from qc_engine.core.effects import SendMessage
from qc_engine.core.events import (
    AnswerReceived,
    Event,
    MessageRefused,
    MessageSeen,
    MessageStatus,
    StaffWrote,
)
from qc_engine.ports import Arrival, Done, Forbidden, Job, Request, Unreadable

Make = Callable[..., Chat2Desk]
Sample = Callable[[str], Any]

SECRET = "open-sesame-open-sesame"
PHONE = "79160000000"
AT = datetime(2026, 7, 10, 17, 57, 56, tzinfo=UTC)
NINE = datetime(2026, 7, 10, 9, 0, tzinfo=UTC)
HSM = "@HSM@\nservice_quality|ru\n\nИван\n10245"


def request(body: object, path: str = SECRET, headers: dict[str, str] | None = None) -> Request:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Request(path, headers or {}, raw)


@pytest.mark.parametrize(
    ("name", "changes", "key", "event"),
    [
        (
            "webhook_inbox.whatsapp.derived.json",
            {},
            "inbox:963360592",
            AnswerReceived(PHONE, "9", AT, 963360592),
        ),
        (
            "webhook_outbox_hsm_echo.derived.json",
            {},
            "outbox:963360001",
            StaffWrote(PHONE, NINE, 963360001, HSM, by="bot"),
        ),
        (
            "webhook_outbox_hsm_echo.derived.json",
            {"extra_data": {"external_id": "qc-1"}},
            "outbox:963360001",
            MessageSeen(PHONE, HSM, NINE, 963360001),
        ),
        (
            "webhook_outbox_hsm_echo.derived.json",
            {"type": "autoreply", "operator_id": 7},
            "outbox:963360001",
            StaffWrote(PHONE, NINE, 963360001, HSM, by="bot"),
        ),
        (
            "webhook_outbox_hsm_echo.derived.json",
            {"operator_id": 41164},
            "outbox:963360001",
            StaffWrote(PHONE, NINE, 963360001, HSM),
        ),
        (
            "webhook_outbox_hsm_echo.derived.json",
            {"operator_id": "41164"},
            "outbox:963360001",
            StaffWrote(PHONE, NINE, 963360001, HSM),
        ),
        (
            "webhook_outbox_hsm_echo.derived.json",
            {"operator_id": 41164, "extra_data": {"external_id": "qc-1"}, "text": "Оценка?"},
            "outbox:963360001",
            MessageSeen(PHONE, "Оценка?", NINE, 963360001),
        ),
        (
            "webhook_outbox_system_24h.derived.json",
            {},
            "outbox:963360002",
            MessageRefused(
                PHONE,
                "24 hours passed since the last client message. Please use approved WhatsApp templates",
                NINE + timedelta(seconds=2),
                code="window_closed",
            ),
        ),
        (
            "webhook_outbox_system_24h.derived.json",
            {"text": "Номер не зарегистрирован"},
            "outbox:963360002",
            MessageRefused(PHONE, "Номер не зарегистрирован", NINE + timedelta(seconds=2), code="no_account"),
        ),
        (
            "webhook_outbox_system_24h.derived.json",
            {"text": "Что-то пошло не так"},
            "outbox:963360002",
            MessageRefused(PHONE, "Что-то пошло не так", NINE + timedelta(seconds=2)),
        ),
        (
            "webhook_outbox_system_24h.derived.json",
            {"text": "Message was read by the client"},
            "outbox:963360002",
            MessageStatus(PHONE, "read", NINE + timedelta(seconds=2)),
        ),
        (
            "webhook_outbox_status.derived.json",
            {"data": {"id": "963360001", "client_id": 1, "gateway_status": "FAILED"}},
            "outbox_status:963360001",
            MessageRefused("", "FAILED", datetime(2026, 7, 10, 18, 0, tzinfo=UTC), 963360001),
        ),
    ],
)
def test_kinds(
    account: Chat2Desk, sample: Sample, name: str, changes: dict[str, Any], key: str, event: Event
) -> None:
    assert account.parse(request(sample(name) | changes)) == [Arrival(key, event)]


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("webhook_outbox_status.derived.json", {}),
        ("webhook_outbox_status.derived.json", {"data": None}),
        ("webhook_outbox_hsm_echo.derived.json", {"type": "comment"}),
        ("webhook_inbox.doc.json", {}),  # another channel of the account
        ("webhook_outbox.doc.json", {}),
        ("webhook_inbox.whatsapp.derived.json", {"hook_type": "imported_message"}),
        ("webhook_inbox.whatsapp.derived.json", {"type": "imported"}),
        ("webhook_new_client.derived.json", {}),
        ("webhook_add_tag_to_client.derived.json", {}),
        ("webhook_delete_tag_from_client.derived.json", {}),
        ("webhook_new_client.derived.json", {"hook_type": "close_dialog"}),
        ("webhook_new_client.derived.json", {"hook_type": "invented_in_2031"}),
        ("webhook_new_client.derived.json", {"hook_type": None}),
    ],
)
def test_what_does_not_concern_us(
    account: Chat2Desk, sample: Sample, name: str, changes: dict[str, Any]
) -> None:
    assert account.parse(request(sample(name) | changes)) == []


@pytest.mark.parametrize("body", [b"", b"  \n", b"{}", b'{"ping": true}', b'{"hook_type": ["inbox"]}'])
def test_pings(account: Chat2Desk, body: bytes) -> None:
    assert account.parse(request(body)) == []


@pytest.mark.parametrize(
    ("changes", "phone", "text", "kind"),
    [
        ({"text": None, "attachments": []}, PHONE, "", "other"),
        ({"text": "", "audio": "https://x/1"}, PHONE, "", "voice"),
        ({"text": None, "photo": "https://x/1.jpg"}, PHONE, "", "photo"),
        ({"text": None, "video": "https://x/1"}, PHONE, "", "video"),
        ({"text": None, "pdf": "https://x/1.pdf"}, PHONE, "", "file"),
        ({"text": None, "coordinates": "43.2,76.9"}, PHONE, "", "location"),
        ({"text": None, "attachments": [{"name": "v.ogg", "link": "https://x/2"}]}, PHONE, "", "voice"),
        ({"text": None, "attachments": [{"name": None, "link": "https://x/a.PNG?s=1"}]}, PHONE, "", "photo"),
        ({"text": None, "attachments": [{"name": "s.webp"}]}, PHONE, "", "sticker"),
        ({"text": None, "attachments": [{"name": "act.docx"}]}, PHONE, "", "file"),
        ({"text": None, "attachments": ["https://x/m.mp4"]}, PHONE, "", "video"),
        ({"text": None, "attachments": [None]}, PHONE, "", "file"),
        ({"text": "9", "photo": "https://x/1.jpg"}, PHONE, "9", "text"),
        ({"text": "<p>10&nbsp;</p>\u200b"}, PHONE, "10", "text"),
        ({"text": 9}, PHONE, "9", "text"),
        ({"text": "\ud800\x00"}, PHONE, "\ufffd\ufffd", "text"),
        ({"text": "x" * 9000}, PHONE, "x" * 4096, "text"),
        ({"client": {"phone": "[tg] 807892", "client_phone": None}}, "", "9", "text"),
        ({"client": {"phone": "[tg] 807892", "client_phone": "8 701 123 45 67"}}, "77011234567", "9", "text"),
        ({"client": {"phone": "87011234567"}}, "77011234567", "9", "text"),
        ({"client": {"phone": 77011234567}}, "77011234567", "9", "text"),
        ({"client": {"phone": "84912345678"}}, "84912345678", "9", "text"),
        ({"client": None, "client_phone": "77011234567"}, "77011234567", "9", "text"),
        ({"client": "x", "phone": "77011234567"}, "77011234567", "9", "text"),
        ({"client": None}, "", "9", "text"),
        ({"channel_id": None}, PHONE, "9", "text"),
        ({"channel_id": "43898"}, PHONE, "9", "text"),
        ({"message_id": "963360592"}, PHONE, "9", "text"),
        ({"type": None}, PHONE, "9", "text"),
        ({"hook_type": None}, PHONE, "9", "text"),
        ({"surprise": {"deep": [1]}}, PHONE, "9", "text"),
    ],
)
def test_answers(
    account: Chat2Desk, sample: Sample, changes: dict[str, Any], phone: str, text: str, kind: str
) -> None:
    body = sample("webhook_inbox.whatsapp.derived.json") | changes
    (arrival,) = account.parse(request(body))
    assert arrival == Arrival("inbox:963360592", AnswerReceived(phone, text, AT, 963360592, kind))


@pytest.mark.parametrize(
    ("event_time", "at"),
    [
        ("2026-07-10T17:57:56Z", AT),
        ("2026-07-10T22:57:56+0500", AT),
        (None, datetime(2026, 7, 10, 18, 0, tzinfo=UTC)),
        ("soon", datetime(2026, 7, 10, 18, 0, tzinfo=UTC)),
        ("2031-01-01T00:00:00Z", datetime(2026, 7, 10, 18, 0, tzinfo=UTC)),
    ],
)
def test_when(account: Chat2Desk, sample: Sample, event_time: object, at: datetime) -> None:
    body = sample("webhook_inbox.whatsapp.derived.json") | {"event_time": event_time}
    (arrival,) = account.parse(request(body))
    assert isinstance(arrival.event, AnswerReceived)
    assert arrival.event.at == at


def test_the_blacklist_ends_the_conversation(account: Chat2Desk, sample: Sample) -> None:
    body = sample("webhook_new_client.derived.json") | {"hook_type": "client_added_to_blacklist"}
    (first,) = account.parse(request(body))
    (second,) = account.parse(request(body))
    assert first == second
    assert isinstance(first.event, MessageRefused)
    assert (first.event.phone, first.event.reason) == (PHONE, "client_added_to_blacklist")
    assert first.event.code == "blocked"
    (other,) = account.parse(request(body | {"phone": "77011234567"}))
    assert other.key != first.key


def test_a_status_finds_the_number_of_a_client_seen_before(account: Chat2Desk, sample: Sample) -> None:
    account.parse(request(sample("webhook_inbox.whatsapp.derived.json")))
    status = {
        "hook_type": "outbox_status",
        "data": {"id": 5, "client_id": 315533143, "gateway_status": "error"},
    }
    (arrival,) = account.parse(request(status))
    assert isinstance(arrival.event, MessageRefused)
    assert arrival.event.phone == PHONE


def test_our_own_words_are_no_operator_even_in_an_operators_dialog(
    account: Chat2Desk, clock: FixedClock, desk: respx.MockRouter, sample: Sample
) -> None:
    """Without operator_id a message goes into the operator's current dialog, and may come back as his."""
    desk.get("/v1/clients").respond(json=sample("clients_get.by_phone.derived.json"))
    desk.post("/v1/messages").respond(json=sample("messages_post.response.derived.json"))
    job = Job("c:1:1", "qc-abc", SendMessage(PHONE, "Оцените,\n\nпожалуйста", "question"))
    assert account.perform([job]) == [Done("963360001")]

    echo = sample("webhook_outbox_hsm_echo.derived.json") | {
        "operator_id": 41164,
        "text": "<p>Оцените,</p><p>пожалуйста</p>",
    }
    (arrival,) = account.parse(request(echo))
    assert isinstance(arrival.event, MessageSeen)
    (arrival,) = account.parse(request(echo | {"text": "Добрый день"}))
    assert isinstance(arrival.event, StaffWrote)
    clock.advance(timedelta(hours=4))
    (arrival,) = account.parse(request(echo))
    assert isinstance(arrival.event, StaffWrote)


@pytest.mark.parametrize(
    "body",
    [
        b"null",
        b"[]",
        b"9",
        b'"ping"',
        b"{",
        b"a=1&b=2",
        b"\xff\xfe{}",
        b"\x1f\x8b\x08\x00",
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b'{"hook_type": "inbox", "message_id": NaN}',
        b'{"hook_type": "inbox", "message_id": 1e400}',
        b'{"hook_type": "inbox", "message_id": ' + b"9" * 5000 + b"}",
        b'{"hook_type": "inbox", "message_id": 99999999999999999999}',
        b'{"hook_type": "inbox"}',
        b'{"hook_type": "inbox", "message_id": null, "text": "9"}',
        b'{"hook_type": "inbox", "message_id": true}',
        b'{"hook_type": "inbox", "message_id": "-5"}',
        b'{"hook_type": "inbox", "message_id": {"a": 1}}',
        b'{"hook_type": "outbox_status", "data": {"gateway_status": "failed"}}',
    ],
)
def test_unreadable(account: Chat2Desk, body: bytes) -> None:
    with pytest.raises(Unreadable):
        account.parse(request(body))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELDS = (
    *("hook_type", "type", "message_id", "text", "client", "client_id", "channel_id", "operator_id"),
    *("event_time", "attachments", "data", "phone", "id", "extra_data", "audio"),
)
WORDS = st.sampled_from(["inbox", "outbox", "outbox_status", "from_client", "to_client", "system", 43898, 7])


@given(st.dictionaries(st.sampled_from(FIELDS), JSON | WORDS))
def test_any_object_is_read_or_unreadable(body: dict[str, Any]) -> None:
    settings = Chat2DeskSettings(
        token=SecretStr("x"), channel_id=43898, transport="wa_direct", webhook_secret=SecretStr(SECRET)
    )
    reading = Reading(settings, AT, Remembered(10), lambda phone, text: False)
    try:
        arrivals = read_hook(json.dumps(body).encode(), reading)
    except Unreadable:
        return
    assert len(arrivals) <= 1
    for arrival in arrivals:
        " ".join(map(str, [arrival.key, *vars(arrival.event).values()])).encode()


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_unreadable(raw: bytes) -> None:
    settings = Chat2DeskSettings(
        token=SecretStr("x"), channel_id=1, transport="wa_direct", webhook_secret=SecretStr(SECRET)
    )
    try:
        assert read_hook(raw, Reading(settings, AT, Remembered(10), lambda phone, text: False)) == []
    except Unreadable:
        return


@pytest.mark.parametrize(
    "path",
    ["", "/", "wrong", SECRET + "x", SECRET[:-1], SECRET.upper(), f"{SECRET}/x", "п" * 23, "\ud800"],
)
def test_a_wrong_address_is_forbidden(account: Chat2Desk, path: str) -> None:
    with pytest.raises(Forbidden) as refused:
        account.parse(request(b"{}", path))
    assert SECRET not in str(refused.value)


def test_both_addresses_work_while_the_secret_changes(make_account: Make) -> None:
    account = make_account(previous_webhook_secret=SecretStr("former-secret-former"))
    assert account.parse(request(b"{}", SECRET)) == []
    assert account.parse(request(b"{}", f"{SECRET}/")) == []
    assert account.parse(request(b"{}", "former-secret-former")) == []
    with pytest.raises(Forbidden):
        account.parse(request(b"{}", "other-secret-other-x"))


def signature(body: bytes, algorithm: str = "sha256") -> bytes:
    return hmac.new(b"signing-key", body, getattr(hashlib, algorithm)).digest()


@pytest.mark.parametrize(
    ("how", "header", "value"),
    [
        ({}, "x-signature", signature(b"{}").hex()),
        ({}, "x-signature", signature(b"{}").hex().upper()),
        ({"prefix": "sha256="}, "x-signature", "sha256=" + signature(b"{}").hex()),
        (
            {"encoding": "base64", "header": "X-Hub"},
            "x-hub",
            base64.b64encode(signature(b"{}")).decode(),
        ),
        ({"algorithm": "sha1"}, "x-signature", signature(b"{}", "sha1").hex()),
    ],
)
def test_signed(make_account: Make, how: dict[str, str], header: str, value: str) -> None:
    account = make_account(hmac={"secret": "signing-key"} | how)
    assert account.parse(request(b"{}", headers={header: value})) == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-signature": ""},
        {"x-signature": signature(b"{ }").hex()},
        {"x-signature": signature(b"{}", "sha1").hex()},
        {"x-signature": base64.b64encode(signature(b"{}")).decode()},
        {"x-signature": "подпись"},
        {"x-other": signature(b"{}").hex()},
    ],
)
def test_a_wrong_signature_is_forbidden(make_account: Make, headers: dict[str, str]) -> None:
    account = make_account(hmac={"secret": "signing-key"})
    with pytest.raises(Forbidden):
        account.parse(request(b"{}", headers=headers))
    with pytest.raises(Forbidden):
        account.parse(request(b"{}", "wrong", {"x-signature": signature(b"{}").hex()}))


def signed_at(said: str, body: bytes = b"{}", *, alone: bool = False) -> dict[str, str]:
    content = body if alone else f"{said}.".encode() + body
    return {"x-signature": signature(content).hex(), "x-time": said}


NOW_SECONDS = 1783706400  # the clock of these tests, 2026-07-10T18:00:00Z
TIMED = {"secret": "signing-key", "timestamp_header": "X-Time", "signed": "timestamp.body"}


@pytest.mark.parametrize(
    ("headers", "admitted"),
    [
        (signed_at(str(NOW_SECONDS)), True),
        (signed_at(str(NOW_SECONDS - 299)), True),
        (signed_at(str(NOW_SECONDS + 299)), True),
        (signed_at(str(NOW_SECONDS * 1000)), True),
        (signed_at("2026-07-10T17:59:00Z"), True),
        (signed_at(str(NOW_SECONDS - 301)), False),  # somebody plays an old call again
        (signed_at(str(NOW_SECONDS + 301)), False),
        (signed_at(str(NOW_SECONDS)) | {"x-time": str(NOW_SECONDS + 1)}, False),
        (signed_at(str(NOW_SECONDS), alone=True), False),
        (signed_at("soon"), False),
        (signed_at("²" * 10), False),
        (signed_at("9" * 400), False),
        ({"x-signature": signature(b".{}").hex()}, False),
    ],
)
def test_a_call_has_its_time(make_account: Make, headers: dict[str, str], admitted: bool) -> None:
    account = make_account(hmac=TIMED)
    if admitted:
        assert account.parse(request(b"{}", headers=headers)) == []
    else:
        with pytest.raises(Forbidden):
            account.parse(request(b"{}", headers=headers))


def test_the_time_may_stand_beside_a_signed_body(make_account: Make) -> None:
    account = make_account(hmac=TIMED | {"signed": "body", "tolerance": "1 min"})
    assert account.parse(request(b"{}", headers=signed_at(str(NOW_SECONDS), alone=True))) == []
    with pytest.raises(Forbidden):
        account.parse(request(b"{}", headers=signed_at(str(NOW_SECONDS - 61), alone=True)))


# --- who wrote it -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("foreign_bots", "changes", "by"),
    [
        ("pause", {"type": "autoreply"}, "bot"),
        ("pause", {"type": "to_client"}, "bot"),
        ("pause", {"type": "autoreply", "operator_id": 7}, "bot"),
        ("pause", {"type": "to_client", "operator_id": 7}, "operator"),
        ("ignore", {"type": "autoreply"}, ""),
        ("ignore", {"type": "to_client"}, ""),
        ("ignore", {"type": "to_client", "operator_id": 7}, "operator"),
    ],
)
def test_whoever_else_writes(
    make_account: Make, sample: Sample, foreign_bots: str, changes: dict[str, Any], by: str
) -> None:
    account = make_account(foreign_bots=foreign_bots)
    body = sample("webhook_outbox_hsm_echo.derived.json") | {"text": "1. Запись 2. Цены"} | changes
    (arrival,) = account.parse(request(body))
    assert getattr(arrival.event, "by", "") == by


# --- one person, several messengers -----------------------------------------------------------


def test_other_channels_bring_answers_and_nothing_else(make_account: Make, sample: Sample) -> None:
    account = make_account(other_channels=[17, 17404])
    telegram = sample("webhook_inbox.doc.json")
    telegram["client"] |= {"client_phone": "77011234567"}
    (arrival,) = account.parse(request(telegram))
    assert isinstance(arrival.event, AnswerReceived)
    assert arrival.event.phone == "77011234567"
    assert account.parse(request(sample("webhook_outbox.doc.json"))) == []


def test_a_client_is_known_by_his_id_when_his_number_is_not_told(account: Chat2Desk, sample: Sample) -> None:
    body = sample("webhook_inbox.whatsapp.derived.json")
    account.parse(request(body))
    (arrival,) = account.parse(request(body | {"message_id": 963360600, "client": None}))
    assert isinstance(arrival.event, AnswerReceived)
    assert arrival.event.phone == PHONE
