"""Which of our messages a refusal without a number speaks of."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import respx

from connectors.chat2desk.account import Chat2Desk
from connectors.chat2desk.letters import Letters
from qc_engine.core.effects import SendMessage, Template
from qc_engine.core.events import MessageRefused
from qc_engine.ports import Done, Job, Request

NOW = datetime(2026, 7, 10, 18, 0, tzinfo=UTC)
PHONE, OTHER = "79160000000", "77011234567"
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture
def letters() -> Letters:
    return Letters()


def meant(letters: Letters, code: str = "", system_id: int = 100, at: datetime = NOW) -> int | None:
    return letters.meant(PHONE, code, system_id, at)


def test_the_only_one(letters: Letters) -> None:
    letters.sent(PHONE, 10, "", NOW)
    letters.sent(OTHER, 11, "", NOW)
    assert meant(letters) == 10
    assert meant(letters) == 10  # the same webhook again
    assert meant(letters, system_id=101) is None  # it has had its words


@pytest.mark.parametrize(
    ("code", "number"),
    [("window_closed", 11), ("template_problem", 10), ("no_account", None), ("", None)],
)
def test_two_cases_of_one_phone(letters: Letters, code: str, number: int | None) -> None:
    """A template of one case and plain words of another: some refusals can mean only one of them."""
    letters.sent(PHONE, 10, "visit", NOW)
    letters.sent(PHONE, 11, "", NOW + SECOND)
    assert meant(letters, code, at=NOW + MINUTE) == number


def test_what_arrived_was_not_refused(letters: Letters) -> None:
    letters.sent(PHONE, 10, "", NOW)
    letters.sent(PHONE, 11, "", NOW)
    letters.arrived(11)
    assert meant(letters) == 10


def test_the_two_ways_to_tell_of_one_failure_come_together(letters: Letters) -> None:
    letters.sent(PHONE, 10, "", NOW)
    letters.sent(PHONE, 11, "", NOW)
    letters.failed(10, NOW + SECOND)
    assert meant(letters, at=NOW + 2 * SECOND) == 10
    assert meant(letters, system_id=101, at=NOW + 3 * SECOND) == 11


def test_an_older_failure_does_not_swallow_a_new_one(letters: Letters) -> None:
    letters.sent(PHONE, 10, "", NOW)
    letters.failed(10, NOW + SECOND)
    letters.sent(PHONE, 11, "", NOW + 20 * MINUTE)
    assert meant(letters, at=NOW + 21 * MINUTE) == 11


@pytest.mark.parametrize(
    ("system_id", "at"),
    [(10, NOW), (9, NOW), (100, NOW + timedelta(hours=1, seconds=1))],
)
def test_what_cannot_be_meant(letters: Letters, system_id: int, at: datetime) -> None:
    letters.sent(PHONE, 10, "", NOW)
    assert meant(letters, system_id=system_id, at=at) is None


def test_news_of_other_peoples_messages_change_nothing(letters: Letters) -> None:
    letters.failed(5, NOW)
    letters.arrived(5)
    assert letters.template_of(5) == ""
    assert meant(letters) is None


def test_only_the_last_ones_are_kept(letters: Letters) -> None:
    for number in range(1, 30):
        letters.sent(PHONE, number, "", NOW)
    letters.arrived(1)
    assert letters.template_of(1) == ""
    assert meant(letters) is None


def test_the_refusal_names_its_message(
    account: Chat2Desk, desk: respx.MockRouter, sample: Callable[[str], Any]
) -> None:
    """A template and, a moment later, plain words to the same phone; WhatsApp refuses the words."""
    desk.get("/v1/clients").respond(json=sample("clients_get.by_phone.derived.json"))
    posted = desk.post("/v1/messages")
    for number, template in ((963360000, Template("visit", "ru")), (963360001, None)):
        posted.respond(json={"data": {"message_id": number}, "status": "success"})
        message = SendMessage(PHONE, f"Текст {number}", "question", template=template)
        assert account.perform([Job(f"c{number}:1:1", "qc-a", message)]) == [Done(str(number))]
    body = sample("webhook_outbox_system_24h.derived.json") | {"event_time": "2026-07-10T18:00:00Z"}
    (arrival,) = account.parse(Request("open-sesame-open-sesame", {}, json.dumps(body).encode()))
    assert isinstance(arrival.event, MessageRefused)
    assert (arrival.event.code, arrival.event.message_id) == ("window_closed", 963360001)
