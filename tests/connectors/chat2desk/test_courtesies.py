"""Tags, requests and dialogs around a survey: nothing by default, and never at the price of a message."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import respx

from connectors.chat2desk.account import Chat2Desk
from qc_engine.clock import FixedClock
from qc_engine.core.effects import SendMessage
from qc_engine.ports import Broken, Done, Job, Outcome, Polled, TryLater

Make = Callable[..., Chat2Desk]
PHONE = "79160000000"
CLIENT = 315533143
NOW = datetime(2026, 7, 10, 18, 0, tzinfo=UTC)


class Desk:
    """The vendor, and what was asked of it after the client was found, in order."""

    def __init__(self, router: respx.MockRouter, sample: Callable[[str], Any]) -> None:
        ok = {"status": "success"}
        self.router = router
        router.get("/v1/clients").respond(json=sample("clients_get.by_phone.derived.json"))
        router.post("/v1/messages").respond(json=sample("messages_post.response.derived.json"))
        self.tagging = router.post("/v1/tags/assign_to").respond(json=ok)
        self.untagging = router.delete("/v1/tags/970/delete_from").respond(json=ok)
        self.closing = router.put("/v1/requests/close").respond(json=ok)
        self.dialogs = router.get(f"/v1/clients/{CLIENT}/dialogs").respond(json={"data": []})

    def calls(self) -> list[str]:
        told = [f"{call.request.method} {call.request.url.path}" for call in self.router.calls]
        return [one for one in told if one != "GET /v1/clients"]


@pytest.fixture
def vendor(desk: respx.MockRouter, sample: Callable[[str], Any]) -> Desk:
    return Desk(desk, sample)


def send(account: Chat2Desk, purpose: str) -> Outcome:
    (outcome,) = account.perform([Job("c:1:1", "qc-a", SendMessage(PHONE, "Текст", purpose))])
    return outcome


TAG, UNTAG = "POST /v1/tags/assign_to", "DELETE /v1/tags/970/delete_from"
MESSAGE, CLOSE = "POST /v1/messages", "PUT /v1/requests/close"
DIALOGS = f"GET /v1/clients/{CLIENT}/dialogs"


@pytest.mark.parametrize(
    ("settings", "purposes", "calls"),
    [
        ({}, ["question", "reply", "farewell"], [MESSAGE] * 3),
        ({"survey_tag": 970}, ["question"], [TAG, MESSAGE]),
        (
            {"survey_tag": 970},
            ["question", "hint", "question", "reply"],
            [TAG, MESSAGE, MESSAGE, MESSAGE, MESSAGE, UNTAG],
        ),
        ({"survey_tag": 970}, ["question", "farewell"], [TAG, MESSAGE, MESSAGE, UNTAG]),
        ({"survey_tag": 970}, ["reply", "question"], [MESSAGE, UNTAG, TAG, MESSAGE]),
        ({"close_request": True}, ["question", "reply"], [MESSAGE, MESSAGE, DIALOGS, CLOSE]),
    ],
)
def test_what_is_done_around_messages(
    make_account: Make, vendor: Desk, settings: dict[str, Any], purposes: list[str], calls: list[str]
) -> None:
    account = make_account(**settings)
    for purpose in purposes:
        assert send(account, purpose) == Done("963360001")
    assert vendor.calls() == calls


def test_how_a_client_is_tagged(make_account: Make, vendor: Desk) -> None:
    account = make_account(survey_tag=970)
    send(account, "question")
    send(account, "reply")
    tagging, untagging = vendor.tagging.calls.last.request, vendor.untagging.calls.last.request
    assert json.loads(tagging.content) == {
        "tag_ids": [970],
        "assignee_type": "client",
        "assignee_id": CLIENT,
    }
    assert json.loads(untagging.content) == {"client_id": CLIENT}


@pytest.mark.parametrize(
    ("dialog", "closed"),
    [
        ({"state": "open", "operator_id": 31911}, False),  # somebody talks: it is not ours to close
        ({"state": "open", "operator_id": None}, True),
        ({"state": "closed", "operator_id": 31911}, True),
    ],
)
def test_an_operators_request_is_left_open(
    make_account: Make, vendor: Desk, dialog: dict[str, Any], closed: bool
) -> None:
    vendor.dialogs.respond(json={"data": [dialog], "status": "success"})
    send(make_account(close_request=True), "farewell")
    assert vendor.closing.called is closed


@pytest.mark.parametrize(
    ("answer", "outcome", "sent"),
    [
        (httpx.Response(404, json={"status": "error", "message": "Tag not found"}), Done, True),
        (httpx.Response(429, json={"status": "error", "message": "slow down"}), TryLater, False),
        (httpx.Response(500), TryLater, False),
        (httpx.Response(401, json={"status": "error", "message": "You need to auth"}), Broken, False),
    ],
)
def test_a_tag_that_cannot_be_set(
    make_account: Make, vendor: Desk, answer: httpx.Response, outcome: type, sent: bool
) -> None:
    """A missing tag costs no survey; a vendor that is down costs nothing but time."""
    vendor.tagging.mock(return_value=answer)
    assert isinstance(send(make_account(survey_tag=970), "question"), outcome)
    assert (MESSAGE in vendor.calls()) is sent


def test_what_fails_after_the_message_changes_nothing(make_account: Make, vendor: Desk) -> None:
    vendor.untagging.respond(500)
    vendor.dialogs.respond(503)
    assert send(make_account(survey_tag=970, close_request=True), "reply") == Done("963360001")


def test_forgotten_tags_come_off(
    make_account: Make, vendor: Desk, clock: FixedClock, sample: Callable[[str], Any]
) -> None:
    account = make_account(survey_tag=970, survey_tag_for="3 days")
    sweep = account.sending.courtesies.sweep
    assert sweep("", clock.now()) == Polled((), "")
    clock.advance(timedelta(days=2))
    send(account, "question")
    clock.advance(timedelta(days=2))
    sweep("", clock.now())
    assert not vendor.untagging.called
    clock.advance(timedelta(days=1, seconds=1))
    sweep("", clock.now())
    assert vendor.untagging.call_count == 1


def test_a_client_who_still_talks_keeps_the_tag(
    make_account: Make, vendor: Desk, clock: FixedClock, sample: Callable[[str], Any]
) -> None:
    account = make_account(survey_tag=970)
    account.sending.courtesies.sweep("", clock.now())
    clock.advance(timedelta(days=4))
    talking = sample("clients_get.by_phone.derived.json")
    talking["data"][0]["last_client_message"] = "2026-07-13T18:00:00 UTC"
    vendor.router.get("/v1/clients").respond(json=talking)
    account.sending.courtesies.sweep("", clock.now())
    assert not vendor.untagging.called


# --- one person, several clients -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("transports", "chosen"),
    [
        ({1: ["viber"], 2: ["wa_direct"]}, 2),
        ({1: ["wa_direct"], 2: ["viber"]}, 1),
        ({1: ["viber"], 2: []}, 3),
    ],
)
def test_the_client_of_our_messenger_is_written_to(
    make_account: Make, desk: respx.MockRouter, transports: dict[int, list[str]], chosen: int
) -> None:
    rows = [{"id": number, "phone": PHONE} for number in transports]
    desk.get("/v1/clients").respond(json={"data": rows, "status": "success"})
    for number, names in transports.items():
        told = [{"channel_id": 43898, "transports": names}]
        desk.get(f"/v1/clients/{number}/transport").respond(json={"data": told, "status": "success"})
    desk.post("/v1/clients").respond(json={"data": {"id": 3}, "status": "success"})
    posted = desk.post("/v1/messages").respond(json={"data": {"message_id": 8}, "status": "success"})
    assert send(make_account(), "question") == Done("8")
    assert json.loads(posted.calls.last.request.content)["client_id"] == chosen
