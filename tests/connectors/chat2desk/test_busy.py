"""An operator in conversation: known from webhooks, asked for where that is wanted, and never for ever."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import respx

from connectors.chat2desk.account import Chat2Desk
from qc_engine.clock import FixedClock
from qc_engine.core.effects import SendMessage
from qc_engine.ports import Done, Job, Outcome, Request, TryLater

Make = Callable[..., Chat2Desk]
PHONE, CLIENT = "79160000000", 315533143
OPEN = {"state": "open", "operator_id": 31911}
NOBODYS = {"state": "open", "operator_id": None}
CLOSED = {"state": "closed", "operator_id": 31911}


@pytest.fixture
def dialogs(desk: respx.MockRouter, sample: Callable[[str], Any]) -> respx.Route:
    desk.get("/v1/clients").respond(json=sample("clients_get.by_phone.derived.json"))
    desk.post("/v1/messages").respond(json=sample("messages_post.response.derived.json"))
    return desk.get(f"/v1/clients/{CLIENT}/dialogs").respond(json={"data": [OPEN], "status": "success"})


def send(account: Chat2Desk, key: str = "c:1:1", *, urgent: bool = False) -> Outcome:
    (outcome,) = account.perform([Job(key, "qc-a", SendMessage(PHONE, key, "question"), urgent=urgent)])
    return outcome


def hear(account: Chat2Desk, sample: Callable[[str], Any], clock: FixedClock, **changes: Any) -> None:
    body = sample("webhook_inbox.whatsapp.derived.json") | {"event_time": clock.now().isoformat()} | changes
    account.parse(Request("open-sesame-open-sesame", {}, json.dumps(body).encode()))


@pytest.mark.parametrize(
    ("mode", "urgent", "dialog", "asked", "waits"),
    [
        ("off", False, OPEN, False, False),
        ("doubt", False, OPEN, True, True),
        ("doubt", False, NOBODYS, True, False),
        ("doubt", False, CLOSED, True, False),
        ("doubt", True, OPEN, False, False),
        ("always", True, OPEN, True, True),
        ("always", False, CLOSED, True, False),
    ],
)
def test_asked(
    make_account: Make, dialogs: respx.Route, mode: str, urgent: bool, dialog: Any, asked: bool, waits: bool
) -> None:
    dialogs.respond(json={"data": [dialog], "status": "success"})
    outcome = send(make_account(busy_check=mode, busy_pause="90 min"), urgent=urgent)
    assert dialogs.called is asked
    if waits:
        assert isinstance(outcome, TryLater)
        assert outcome.after == timedelta(minutes=90)
    else:
        assert outcome == Done("963360001")


@pytest.mark.parametrize(
    ("changes", "waits"),
    [
        ({"operator_id": 31911, "dialog_id": 5}, True),
        ({"operator_id": "31911", "dialog_id": "5"}, True),
        ({"operator_id": None, "dialog_id": 5}, False),
        ({"operator_id": 31911, "dialog_id": None}, False),
    ],
)
def test_fresh_news_save_the_request(
    make_account: Make,
    dialogs: respx.Route,
    sample: Callable[[str], Any],
    clock: FixedClock,
    changes: Any,
    waits: bool,
) -> None:
    account = make_account(busy_check="doubt")
    hear(account, sample, clock, **changes)
    assert isinstance(send(account), TryLater) is waits
    assert not dialogs.called
    clock.advance(timedelta(minutes=61))
    send(account, "c:2:1")
    assert dialogs.called  # too long ago to prove anything


def test_the_newest_news_count(
    make_account: Make, dialogs: respx.Route, sample: Callable[[str], Any], clock: FixedClock
) -> None:
    account = make_account(busy_check="doubt")
    hear(account, sample, clock, operator_id=None)
    late = (clock.now() - timedelta(minutes=5)).isoformat()
    hear(account, sample, clock, operator_id=31911, event_time=late, message_id=963360000)
    assert send(account) == Done("963360001")


def test_a_forgotten_dialog_does_not_hold_a_survey_for_ever(
    make_account: Make, dialogs: respx.Route, clock: FixedClock
) -> None:
    account = make_account(busy_check="always", busy_tries=2)
    assert [type(send(account)) for _ in range(3)] == [TryLater, TryLater, Done]
    assert isinstance(send(account, "c:9:1"), TryLater)  # of every message anew


def test_the_request_is_closed_by_its_own_number(
    make_account: Make, dialogs: respx.Route, desk: respx.MockRouter, sample: Any, clock: FixedClock
) -> None:
    dialogs.respond(json={"data": [], "status": "success"})
    closing = desk.put("/v1/requests/close").respond(json={"status": "success"})
    account = make_account(close_request=True)
    farewell = Job("c:1:1", "qc-a", SendMessage(PHONE, "Спасибо", "farewell"))
    account.perform([farewell])
    assert json.loads(closing.calls.last.request.content) == {"client_id": CLIENT}
    hear(account, sample, clock)
    account.perform([farewell])
    assert json.loads(closing.calls.last.request.content) == {"request_id": 113591968}
