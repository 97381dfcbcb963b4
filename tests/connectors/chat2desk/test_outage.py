"""Six hours without a webhook: what was said meanwhile comes once, from where we knew it last."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import respx

from connectors.chat2desk.account import Chat2Desk
from qc_engine.core.effects import SetFields
from qc_engine.ports import Polled, Request, TryLater
from tests.connectors.chat2desk.town import HOUR, SECOND, SECRET, TOKEN, Town

a_day = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

NOW = datetime(2026, 7, 10, 18, 0, tzinfo=UTC)
CHATTER = [f"770199911{number:02d}" for number in range(5)]


def silence(town: Town, span: timedelta) -> None:
    """Our door answers nothing for so long, and the hourly back-fill is not asked either."""
    town.hooked = False
    town.writes("9")
    for _ in range(45):
        town.control("messages", messages=[{"phone": phone, "text": "алло"} for phone in CHATTER])
    town.later(span)


@a_day
@pytest.mark.parametrize("restarted", [False, True])
def test_six_hours_off_and_nothing_is_lost_or_said_twice(town: Town, restarted: bool) -> None:
    town.asked()
    town.ask("watchdog")
    silence(town, 6 * HOUR)
    assert [one["status"] for one in town.hooks()] == ["disable"]
    assert town.scores() == []
    if restarted:
        town.restart()
    town.hooked = True
    town.ask("watchdog")  # alone: more than two hundred messages, two pages
    assert [one["status"] for one in town.hooks()] == ["enable"]
    assert town.scores() == ["9"]
    town.settle()
    assert town.from_us().count(SECOND) == 1
    for poll in ("backfill", "watchdog", "watchdog"):
        town.ask(poll)
    town.later(3 * HOUR)  # the last repeats of what was said before the webhook was switched off
    assert town.from_us().count(SECOND) == 1
    assert town.flow.world.done(SetFields)[0] == SetFields(4312, {"UF_S1": "9"})
    town.writes("10")
    assert town.scores() == ["9", "10"]


@a_day
def test_somebody_deletes_the_webhook(town: Town) -> None:
    town.asked()
    town.ask("watchdog")
    (hook,) = town.hooks()
    url = f"http://sandbox/chat2desk/v1/webhooks/{hook['id']}"
    assert town.call("DELETE", url, headers={"Authorization": TOKEN}).status_code == 200
    town.writes("9")
    town.later(6 * HOUR)
    assert town.scores() == []
    town.ask("watchdog")
    assert len(town.hooks()) == 1
    assert town.scores() == ["9"]


@a_day
def test_registration_that_fails_is_tried_at_the_next_look(town: Town) -> None:
    town.asked()
    town.ask("watchdog")
    silence(town, 6 * HOUR)
    town.hooked = True
    town.account.faults.add({"how": "error500", "match": "PUT /v1/webhooks*", "times": 2})
    for _ in range(3):
        assert town.scores() == []
        town.ask("watchdog")
        town.clock.advance(timedelta(minutes=15))
    assert town.scores() == ["9"]


# --- call by call ------------------------------------------------------------------------------

URL = f"https://survey.example/hooks/chat2desk/{SECRET}"
EVENTS = ["inbox", "outbox", "outbox_status", "client_added_to_blacklist"]
GOOD = {"id": 3, "url": URL, "name": "qc-engine", "events": EVENTS, "status": "enable"}
Sample = Callable[[str], Any]


@pytest.fixture
def told(account: Chat2Desk, sample: Sample) -> Chat2Desk:
    """An account whose webhook has brought a message."""
    body = sample("webhook_inbox.whatsapp.derived.json")
    account.parse(Request(SECRET, {}, json.dumps(body).encode()))
    return account


def webhooks(desk: respx.MockRouter, *rows: dict[str, Any]) -> None:
    desk.get("/v1/webhooks").respond(json={"data": list(rows), "status": "success"})
    desk.put("/v1/webhooks/3").respond(json={"status": "success"})


def test_the_newest_message_of_a_good_day_is_kept(told: Chat2Desk, desk: respx.MockRouter) -> None:
    webhooks(desk, GOOD)
    assert told.watchdog("5", NOW) == Polled((), "963360592")
    assert told.watchdog("963360700", NOW) == Polled((), "963360700")


def test_an_outage_begins_where_the_last_good_look_ended(told: Chat2Desk, desk: respx.MockRouter) -> None:
    webhooks(desk, GOOD | {"status": "disable"})
    assert told.watchdog("5", NOW) == Polled((), "fill:5", more=True)


def test_the_first_look_of_all_begins_with_what_comes_next(
    account: Chat2Desk, desk: respx.MockRouter, sample: Sample
) -> None:
    webhooks(desk)
    desk.post("/v1/webhooks").respond(json={"status": "success"})
    desk.get("/v1/messages").respond(json=sample("messages_get.item.derived.json"))
    assert account.watchdog("", NOW) == Polled((), "963360592")


def test_an_empty_account_has_lost_nothing(account: Chat2Desk, desk: respx.MockRouter) -> None:
    webhooks(desk)
    desk.post("/v1/webhooks").respond(json={"status": "success"})
    asked = desk.get("/v1/messages").respond(json={"data": [], "status": "success"})
    assert account.watchdog("", NOW) == Polled((), "0")
    assert account.watchdog("0", NOW) == Polled((), "fill:0", more=True)
    assert account.watchdog("fill:0", NOW) == Polled([], "0")
    assert asked.call_count == 2


def test_a_page_that_fails_is_asked_for_again(
    account: Chat2Desk, desk: respx.MockRouter, sample: Sample
) -> None:
    row = sample("messages_get.item.derived.json")["data"][0]
    rows = [row | {"id": 1000 + number} for number in range(200)]
    page = desk.get("/v1/messages").respond(json={"data": rows, "status": "success"})
    desk.get("/v1/clients/315533143").respond(json={"data": {"phone": "79160000000"}, "status": "success"})
    polled = account.watchdog("fill:999", NOW)
    assert (len(polled.arrivals), polled.cursor, polled.more) == (200, "fill:1199", True)
    page.respond(503)
    with pytest.raises(TryLater):
        account.watchdog("fill:1199", NOW)
    page.respond(json={"data": [row | {"id": 1200}], "status": "success"})
    last = account.watchdog("fill:1199", NOW)
    assert (len(last.arrivals), last.cursor, last.more) == (1, "1200", False)


def test_what_was_imported_is_no_news(account: Chat2Desk, desk: respx.MockRouter, sample: Sample) -> None:
    row = sample("messages_get.item.derived.json")["data"][0]
    rows = [row | {"id": 11, "created": "2026-07-01T10:00:00 UTC"}, row | {"id": 12}]
    desk.get("/v1/messages").respond(json={"data": rows, "status": "success"})
    desk.get("/v1/clients/315533143").respond(json={"data": {"phone": "79160000000"}, "status": "success"})
    assert [one.key for one in account.backfill("10", NOW).arrivals] == ["inbox:12"]
