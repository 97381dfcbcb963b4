"""Messages that no webhook told of, the webhook itself, and the doctor."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import respx

from connectors.chat2desk.account import Chat2Desk
from connectors.chat2desk.connector import connector
from qc_engine.core.channel import Channel
from qc_engine.core.effects import SendMessage
from qc_engine.core.events import AnswerReceived, MessageRefused, StaffWrote
from qc_engine.ports import Finding, Polled, Refused, Request, TryLater

Make = Callable[..., Chat2Desk]
Sample = Callable[[str], Any]

SECRET = "open-sesame-open-sesame"
URL = f"https://survey.example/hooks/chat2desk/{SECRET}"
EVENTS = ["inbox", "outbox", "outbox_status", "client_added_to_blacklist"]
NOW = datetime(2026, 7, 10, 18, 0, tzinfo=UTC)
AT = datetime(2026, 7, 10, 17, 57, 56, tzinfo=UTC)
HOUR = timedelta(hours=1)
PHONE = "79160000000"
CLIENT = {"data": {"id": 315533143, "phone": PHONE}, "status": "success"}


def messages(sample: Sample, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    item = sample("messages_get.item.derived.json")["data"][0]
    return {"data": [item | row for row in rows], "status": "success"}


def test_the_first_look_only_notes_where_to_begin(
    account: Chat2Desk, desk: respx.MockRouter, sample: Sample
) -> None:
    listed = desk.get("/v1/messages").respond(json=messages(sample, [{}]))
    assert account.backfill("", NOW) == Polled((), "963360592")
    assert dict(listed.calls.last.request.url.params) == {"order": "desc", "limit": "1"}


def test_an_account_without_messages(account: Chat2Desk, desk: respx.MockRouter, sample: Sample) -> None:
    listed = desk.get("/v1/messages").respond(json=messages(sample, []))
    assert account.backfill("", NOW) == Polled((), "0")
    assert account.backfill("0", NOW) == Polled([], "0")
    assert "start_id" not in listed.calls.last.request.url.params


def test_missed_messages_arrive_under_the_keys_of_their_webhooks(
    account: Chat2Desk, desk: respx.MockRouter, sample: Sample
) -> None:
    rows: list[dict[str, Any]] = [
        {"id": 10},  # the cursor itself: the vendor does not say whether start_id belongs to the page
        {"id": 13, "type": "to_client", "operator_id": 9, "text": "Добрый день"},
        {"id": 11, "text": "<p>8</p>"},
        {"id": "12", "type": "to_client", "operator_id": None, "text": "Вопрос"},
        {"id": 14, "type": "system", "operator_id": None, "text": "24 hours passed"},
        {"id": 15, "type": "comment"},
        {"id": 16, "channel_id": 17},
        {"id": None},
    ]
    listed = desk.get("/v1/messages").respond(json=messages(sample, rows))
    asked = desk.get("/v1/clients/315533143").respond(json=CLIENT)
    polled = account.backfill("10", NOW)
    assert [(arrival.key, arrival.event) for arrival in polled.arrivals] == [
        ("inbox:11", AnswerReceived(PHONE, "8", AT, 11)),
        ("outbox:12", StaffWrote(PHONE, AT, 12, "Вопрос", by="bot")),
        ("outbox:13", StaffWrote(PHONE, AT, 13, "Добрый день")),
        ("outbox:14", MessageRefused(PHONE, "24 hours passed", AT, code="window_closed")),
    ]
    assert (polled.cursor, polled.more) == ("16", False)
    assert asked.call_count == 1
    wanted = {"channel_id": "43898", "start_id": "10", "order": "asc", "limit": "200"}
    assert dict(listed.calls.last.request.url.params) == wanted


def test_a_missed_message_and_its_webhook_are_the_same_arrival(
    account: Chat2Desk, desk: respx.MockRouter, sample: Sample
) -> None:
    hook = sample("webhook_inbox.whatsapp.derived.json")
    told = account.parse(Request(SECRET, {}, json.dumps(hook).encode()))
    desk.get("/v1/messages").respond(json=messages(sample, [{}]))
    # The webhook has taught the client's number: nobody asks for it.
    assert list(account.backfill("5", NOW).arrivals) == told


def test_a_full_page_asks_for_the_next_one(
    account: Chat2Desk, desk: respx.MockRouter, sample: Sample
) -> None:
    rows = [{"id": 1000 + n} for n in range(200)]
    desk.get("/v1/messages").respond(json=messages(sample, rows))
    desk.get("/v1/clients/315533143").respond(json=CLIENT)
    polled = account.backfill("999", NOW)
    assert (len(polled.arrivals), polled.cursor, polled.more) == (200, "1199", True)
    stuck = account.backfill("1199", NOW)
    assert (len(stuck.arrivals), stuck.cursor, stuck.more) == (0, "1199", False)


def test_a_client_that_is_gone_has_no_number(
    account: Chat2Desk, desk: respx.MockRouter, sample: Sample
) -> None:
    desk.get("/v1/messages").respond(
        json=messages(sample, [{"id": 11}, {"id": 12}, {"id": 13, "client_id": None}])
    )
    asked = desk.get("/v1/clients/315533143").respond(404, json={"status": "error"})
    polled = account.backfill("10", NOW)
    assert [getattr(arrival.event, "phone", None) for arrival in polled.arrivals] == ["", "", ""]
    assert asked.call_count == 1


def test_a_busy_vendor_leaves_the_cursor_where_it_was(
    account: Chat2Desk, desk: respx.MockRouter, sample: Sample
) -> None:
    desk.get("/v1/messages").respond(json=messages(sample, [{"id": 11}]))
    desk.get("/v1/clients/315533143").respond(503)
    with pytest.raises(TryLater):
        account.backfill("10", NOW)


def webhook(**changes: Any) -> dict[str, Any]:
    return {"id": 3, "url": URL, "name": "qc-engine", "events": EVENTS, "status": "enable"} | changes


OTHER = {"id": 1, "url": "https://crm.example/hook", "name": "crm", "events": ["inbox"]}


@pytest.mark.parametrize(
    "listed",
    [
        [webhook()],
        [OTHER, webhook(events=[*EVENTS, "comment"])],
        [webhook(status=None)],
        [webhook(status=True)],
        [webhook(status="ENABLED")],
        [webhook(id=2, url=URL + "-former", status="disable"), webhook()],
    ],
)
def test_a_webhook_in_order_is_left_alone(
    account: Chat2Desk, desk: respx.MockRouter, listed: list[Any]
) -> None:
    desk.get("/v1/webhooks").respond(json={"data": listed, "status": "success"})
    assert account.watchdog("70", NOW) == Polled((), "70")
    assert [call.request.method for call in desk.calls] == ["GET"]


@pytest.mark.parametrize(
    "listed", [[], [OTHER], [webhook(url=None)], [webhook(url=URL.replace("survey", "x"))]]
)
def test_a_missing_webhook_is_registered(
    account: Chat2Desk, desk: respx.MockRouter, listed: list[Any]
) -> None:
    desk.get("/v1/webhooks").respond(json={"data": listed, "status": "success"})
    registered = desk.post("/v1/webhooks").respond(json={"status": "success"})
    assert account.watchdog("70", NOW) == Polled((), "fill:70", more=True)
    body = json.loads(registered.calls.last.request.content)
    assert body == {"url": URL, "name": "qc-engine", "events": EVENTS, "channels": [43898]}


@pytest.mark.parametrize(
    ("listed", "events"),
    [
        (webhook(status="disable"), EVENTS),
        (webhook(status=False), EVENTS),
        (webhook(status="switched off after errors"), EVENTS),
        (webhook(events=["inbox", "comment"]), [*EVENTS, "comment"]),
        (webhook(events="inbox"), EVENTS),
        (webhook(url=URL.replace(SECRET, "former-secret-former")), EVENTS),
    ],
)
def test_a_webhook_is_mended(
    account: Chat2Desk, desk: respx.MockRouter, listed: dict[str, Any], events: list[str]
) -> None:
    desk.get("/v1/webhooks").respond(json={"data": [OTHER, listed], "status": "success"})
    changed = desk.put("/v1/webhooks/3").respond(json={"status": "success"})
    assert account.watchdog("70", NOW) == Polled((), "fill:70", more=True)
    body = json.loads(changed.calls.last.request.content)
    assert body == {"url": URL, "name": "qc-engine", "events": sorted(events), "status": "enable"}


def test_a_sixth_webhook_is_refused_aloud(account: Chat2Desk, desk: respx.MockRouter) -> None:
    desk.get("/v1/webhooks").respond(json={"data": [OTHER] * 5, "status": "success"})
    desk.post("/v1/webhooks").respond(400, json={"status": "error", "message": "Too many webhooks"})
    with pytest.raises(Refused, match="Too many webhooks"):
        account.watchdog("", NOW)


def test_without_a_public_address_nobody_watches(make_account: Make, desk: respx.MockRouter) -> None:
    assert make_account().watchdog("", NOW) == Polled((), "")
    assert not desk.calls


@pytest.mark.parametrize(
    ("hook_url", "changes", "polls"),
    [
        (None, {}, {"backfill": HOUR, "statuses": HOUR}),
        (None, {"poll_statuses": False}, {"backfill": HOUR}),
        (None, {"survey_tag": 970}, {"backfill": HOUR, "statuses": HOUR, "tags": HOUR}),
        (
            None,
            {"reread": True},
            {"backfill": HOUR, "statuses": HOUR, "reread": timedelta(seconds=2)},
        ),
        (
            "https://x.example/h",
            {},
            {"backfill": HOUR, "statuses": HOUR, "watchdog": timedelta(minutes=15)},
        ),
    ],
)
def test_as_the_engine_sees_it(
    make_settings: Any,
    clock: Any,
    pace: Any,
    hook_url: str | None,
    changes: dict[str, Any],
    polls: dict[str, timedelta],
) -> None:
    seen = connector(make_settings(**changes), clock, pace, hook_url=hook_url)
    assert seen.name == "chat2desk"
    assert seen.receives is not None
    assert seen.performs is not None
    assert seen.performs.performs == {SendMessage}
    assert {poll.name: poll.every for poll in seen.polls} == polls


@pytest.mark.parametrize(
    ("hook_url", "changes", "receipts", "window"),
    [
        ("https://x.example/h", {}, True, True),
        (None, {}, True, True),
        ("https://x.example/h", {"poll_statuses": False}, True, True),
        (None, {"poll_statuses": False}, False, True),
        (None, {"transport": "wa_dialog"}, True, True),
        (None, {"transport": "whatsapp"}, True, False),
        (None, {"transport": "telegram"}, True, False),
    ],
)
def test_what_the_channel_can_do(
    make_settings: Any,
    clock: Any,
    pace: Any,
    hook_url: str | None,
    changes: dict[str, Any],
    receipts: bool,
    window: bool,
) -> None:
    seen = connector(make_settings(**changes), clock, pace, hook_url=hook_url)
    assert seen.channel == Channel("chat2desk", by_phone=True, answers=True, receipts=receipts, window=window)


CHANNEL = {"id": 43898, "name": "Опросы", "phone": "7", "transports": ["wa_direct", "viber"]}


def doctor(
    account: Chat2Desk, desk: respx.MockRouter, info: Any, channels: list[Any], webhooks: list[Any]
) -> Sequence[Finding]:
    desk.get("/v1/companies/api_info").respond(json=info)
    desk.get("/v1/channels").respond(json={"data": channels, "status": "success"})
    desk.get("/v1/webhooks").respond(json={"data": webhooks, "status": "success"})
    return account.doctor()


def test_a_healthy_account(account: Chat2Desk, desk: respx.MockRouter, sample: Sample) -> None:
    info = sample("api_info.derived.json")
    info["data"]["mode"] = "full"
    findings = doctor(account, desk, info, [CHANNEL], [webhook()])
    assert all(finding.ok and not finding.remedy for finding in findings)
    assert [finding.what for finding in findings] == [
        "ключ API принят, компания «Example»",
        "запросов к API в этом месяце: 12",
        "режим API: full",
        "канал 43898 есть: «Опросы»",
        "транспорт wa_direct есть",
        "вебхук заведён и включён",
    ]


@pytest.mark.parametrize(
    ("channels", "webhooks", "wrong"),
    [
        ([], [webhook()], ["режим API: demo", "канала 43898 нет"]),
        (
            [CHANNEL | {"transports": ["viber"]}],
            [webhook()],
            ["режим API: demo", "транспорт wa_direct не подключён"],
        ),
        (
            [CHANNEL | {"transports": None}],
            [],
            ["режим API: demo", "транспорт wa_direct не подключён", "вебхук не заведён"],
        ),
        ([CHANNEL], [webhook(status="disable")], ["режим API: demo", "вебхук выключен"]),
        ([CHANNEL], [webhook(events=["inbox"])], ["режим API: demo", "вебхук заведён не полностью"]),
    ],
)
def test_every_trouble_has_a_remedy(
    account: Chat2Desk,
    desk: respx.MockRouter,
    sample: Sample,
    channels: list[Any],
    webhooks: list[Any],
    wrong: list[str],
) -> None:
    findings = doctor(account, desk, sample("api_info.derived.json"), channels, webhooks)
    assert [finding.what for finding in findings if not finding.ok] == wrong
    assert all(finding.remedy for finding in findings if not finding.ok)


@pytest.mark.parametrize("answer", [httpx.Response(401), httpx.Response(500), httpx.Response(404)])
def test_the_doctor_never_fails_itself(
    account: Chat2Desk, desk: respx.MockRouter, answer: httpx.Response
) -> None:
    desk.route().mock(return_value=answer)
    findings = account.doctor()
    assert len(findings) == 3
    assert all(not finding.ok and finding.remedy for finding in findings)
    assert SECRET not in str(findings)
