"""Was it sent? Looking for a message whose answer was lost."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import respx

from connectors.chat2desk.account import Chat2Desk
from qc_engine.core.effects import AddComment, SendMessage, Template
from qc_engine.ports import Absent, CannotTell, Done, Job, Search

Sample = Callable[[str], Any]

PHONE = "79160000000"
TRIED = datetime(2026, 7, 10, 17, 58, 30, tzinfo=UTC)
PLAIN = SendMessage(PHONE, "Оцените <нас> & ждём!\n\nОт 1 до 10", "question")
BY_TEMPLATE = SendMessage(
    PHONE, "Иван, оцените", "question", template=Template("survey", "ru", ("Иван", "5"))
)
WORDS = "Оцените <нас> & ждём!\n\nОт 1 до 10"


def job(effect: SendMessage | AddComment = PLAIN, tried: datetime | None = TRIED) -> Job:
    return Job("case:1:1", "qc-abcdefghij", effect, attempt=1, first_tried_at=tried)


def found(account: Chat2Desk, desk: respx.MockRouter, sample: Sample, rows: list[Any], work: Job) -> Search:
    item = sample("messages_get.item.derived.json")["data"][0]
    ours = {"type": "to_client", "created": "2026-07-10T17:58:31 UTC"}
    data = [item | ours | {"id": 100 - n} | row for n, row in enumerate(rows)]
    desk.get("/v1/clients").respond(json=sample("clients_get.by_phone.derived.json"))
    desk.get("/v1/messages").respond(json={"data": data, "status": "success"})
    return account.find(work)


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [
        ([{"text": WORDS}], Done("100")),
        ([{"text": "Спасибо"}, {"text": WORDS}], Done("99")),
        ([{"text": "Оцените &lt;нас&gt; &amp; ждём!<br>От 1 до 10 "}], Done("100")),
        ([{"text": WORDS, "type": "autoreply"}], Done("100")),
        ([{"text": WORDS, "created": "2026-07-10T17:57:30 UTC"}], Done("100")),
        ([{"text": WORDS, "created": "2026-07-10T17:57:29 UTC"}], Absent()),
        ([{"text": WORDS, "created": "10.07.2026 17:58:31"}], Done("100")),
        ([{"text": WORDS, "type": "from_client"}], Absent()),
        ([{"text": WORDS, "type": "system"}], Absent()),
        ([{"text": "Оцените"}], Absent()),
        ([{"text": None}], Absent()),
        ([{"text": "переписано", "external_id": "qc-abcdefghij"}], Done("100")),
        ([{"text": "переписано", "extra_data": {"external_id": "qc-abcdefghij"}}], Done("100")),
        ([{"text": "переписано", "external_id": "qc-zzzzzzzzzz"}], Absent()),
        ([], Absent()),
        ([{"text": "x"}] * 50, CannotTell("chat2desk: more than 50 messages since the attempt")),
        ([{"text": "x"}] * 49 + [{"text": "x", "created": "2026-07-09T00:00:00 UTC"}], Absent()),
        (
            [{"text": WORDS, "created": None}],
            CannotTell("chat2desk: the same words were sent, but nobody says when"),
        ),
    ],
)
def test_among_the_newest(
    account: Chat2Desk, desk: respx.MockRouter, sample: Sample, rows: list[Any], verdict: Search
) -> None:
    assert found(account, desk, sample, rows, job()) == verdict
    asked = dict(desk.calls.last.request.url.params)
    assert asked == {"client_id": "315533143", "order": "desc", "limit": "50"}


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("@HSM@\nsurvey|ru\nИван\n5", Done("100")),
        ("@HSM@\nsurvey|ru\n\nИван\n5", Done("100")),
        ("@HSM@\nsurvey|ru\nПётр\n5", Absent()),
        ("Иван, оцените", Absent()),
    ],
)
def test_a_template_is_compared_as_it_was_sent(
    account: Chat2Desk, desk: respx.MockRouter, sample: Sample, text: str, verdict: Search
) -> None:
    assert found(account, desk, sample, [{"text": text}], job(BY_TEMPLATE)) == verdict


def test_nothing_was_sent_to_a_client_that_does_not_exist(account: Chat2Desk, desk: respx.MockRouter) -> None:
    desk.get("/v1/clients").respond(json={"data": [], "status": "success"})
    assert account.find(job()) == Absent()


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500),
        httpx.Response(429),
        httpx.Response(401),
        httpx.Response(400),
        httpx.Response(200, json={"status": "success"}),
        httpx.Response(200, text="<html>"),
        httpx.ReadTimeout("x"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/clients", "/v1/messages"])
def test_a_list_that_cannot_be_read_proves_nothing(
    account: Chat2Desk,
    desk: respx.MockRouter,
    sample: Sample,
    path: str,
    answer: httpx.Response | Exception,
) -> None:
    desk.get("/v1/clients").respond(json=sample("clients_get.by_phone.derived.json"))
    desk.get(path).mock(side_effect=[answer] * 3)
    assert isinstance(account.find(job()), CannotTell)


@pytest.mark.parametrize(
    "work",
    [
        job(tried=None),
        job(AddComment(1, "x")),
        job(SendMessage(PHONE, "", "question", template=Template("a|b", "ru"))),
    ],
)
def test_what_cannot_be_looked_for(account: Chat2Desk, desk: respx.MockRouter, work: Job) -> None:
    assert isinstance(account.find(work), CannotTell)
    assert not desk.calls
