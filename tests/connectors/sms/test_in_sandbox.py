"""Stories of real days: the connector against simulated gateways that behave as the real ones may."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from ruamel.yaml import YAML
from starlette.applications import Starlette
from starlette.routing import Mount

from connectors.sms.connector import Sms
from connectors.sms.pending import InRam
from connectors.sms.settings import SmsSettings
from qc_engine.clock import FixedClock
from qc_engine.core.events import MessageRefused, MessageStatus
from qc_engine.ports import (
    Arrival,
    Broken,
    CannotTell,
    Done,
    Forbidden,
    Outcome,
    OutcomeUnknown,
    Refused,
    Request,
    TryLater,
)
from sandbox.sender import Sender
from sandbox.sms.account import KEY, LOGIN, PASSWORD, SmsAccount
from tests.connectors.sms.conftest import NOW, PHONE, SECRET, TEXT, CountedPace, job

MINUTE = timedelta(minutes=1)

# A third gateway: one that answers in bare words, in an alphabet of its own.
OWN = r"""
phone: plus
format: text
needs: [[key]]
errors:
  code: '^\d+,-(\d+)$'
  rows:
    - {codes: [2, 3, 4], means: broken}
    - {codes: [7, 8], means: refused, code: no_account}
    - {codes: [9], means: later, after: 2 min}
send:
  method: GET
  path: /sys/send.php
  query: {apikey: "{key}", phones: "{phone}", mes: "{text}", sender: "{sender}", charset: utf-8, fmt: 1}
  id: '^(\d+),[1-9]'
status:
  method: GET
  path: /sys/status.php
  query: {apikey: "{key}", phone: "{phone}", id: "{id}", fmt: 1}
  id: ''
  status: '^(-?\d+),'
  at: ',(\d+)$'
states: {sent: 0, delivered: 1, failed: [3, 20, 22, 23, 25], codes: {25: no_account}}
callback: {id: id, phone: phone, status: status}
balance: {path: /sys/balance.php, form: {apikey: "{key}", fmt: 1}, value: '^[\d.]+$'}
"""


class Way(httpx.BaseTransport):
    """From the connector's plain calls into the sandbox's ASGI application."""

    def __init__(self, town: "Town") -> None:
        self.town = town

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body = request.read()
        return self.town.call(request.method, str(request.url), content=body, headers=request.headers)


class Town:
    """One company, one gateway, one day. What happened is asked of the phone."""

    def __init__(self, gateway: str, **changes: Any) -> None:
        self.gateway, self.changes = gateway, changes
        self.runner = asyncio.Runner()
        self.clock, self.pace, self.memory = FixedClock(NOW), CountedPace(), InRam()
        self.sender = Sender(self.clock, transport=httpx.MockTransport(self._hook))
        self.account = SmsAccount(self.clock, self.sender)
        self.app = Starlette(
            routes=[Mount("/sms", routes=self.account.routes()), *self.account.control_routes()]
        )
        self.runner.run(self.sender.start())
        self.heard: list[Arrival] = []
        self.cursor = ""
        self.restart()

    def restart(self) -> None:
        """A new process: what stands in the memory is all it knows."""
        http = httpx.Client(transport=Way(self))
        settings = settings_of(self.gateway, **self.changes)
        self.sms = Sms(settings, self.clock, self.pace, self.memory, http, "http://us/hooks/sms")

    def close(self) -> None:
        self.runner.run(self.sender.stop())
        self.runner.close()

    def _hook(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/hooks/sms/")
        try:
            self.heard += self.sms.parse(Request(path, {}, request.content))
        except Forbidden:
            return httpx.Response(403)
        return httpx.Response(200)

    def call(self, method: str, url: str, **options: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app)) as http:
                answer = await http.request(method, url, **options)
                return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

        try:
            return self.runner.run(once())
        except AssertionError as broken:  # the application began an answer and did not finish it
            raise httpx.ReadError("the connection broke") from broken

    def control(self, path: str, **body: Any) -> None:
        answer = self.call("POST", f"http://sandbox/sandbox/sms/{path}", json=body)
        assert answer.status_code == 200, answer.text

    def screen(self) -> list[str]:
        answer = self.call("GET", f"http://sandbox/sandbox/sms/phones/{PHONE}?arrived=1")
        return [one["text"] for one in answer.json()["messages"]]

    def send(self, text: str = TEXT) -> Outcome:
        (outcome,) = self.sms.perform([job(text)])
        return outcome

    def later(self, span: timedelta = MINUTE) -> None:
        self.clock.advance(span)
        self.runner.run(self.sender.settled())

    def ask(self) -> list[Arrival]:
        """One poll as the engine makes it: page after page, the cursor kept."""
        found: list[Arrival] = []
        more = True
        while more:
            polled = self.sms.statuses(self.cursor, self.clock.now())
            self.cursor, more = polled.cursor, polled.more
            found += polled.arrivals
        return found


def settings_of(gateway: str, **changes: Any) -> SmsSettings:
    values: dict[str, Any] = {"gateway": gateway, "base_url": "http://localhost/sms", "key": SecretStr(KEY)}
    if gateway == "smsc":
        values |= {"login": LOGIN, "password": SecretStr(PASSWORD), "key": SecretStr("")}
    if gateway == "own":
        values["description"] = YAML(typ="safe", pure=True).load(StringIO(OWN))
    return SmsSettings(**(values | changes))


@pytest.fixture
def build() -> Iterator[Callable[..., Town]]:
    towns: list[Town] = []

    def make(gateway: str = "smsc", **changes: Any) -> Town:
        towns.append(Town(gateway, **changes))
        return towns[-1]

    yield make
    for one in towns:
        one.close()


@pytest.fixture(params=["smsc", "mobizon", "own"])
def town(request: pytest.FixtureRequest, build: Callable[..., Town]) -> Town:
    return build(request.param)


def number_in(outcome: Outcome) -> str:
    assert isinstance(outcome, Done)
    return outcome.result


def test_a_message_arrives(town: Town) -> None:
    number = number_in(town.send())
    assert town.ask() == []  # it is too early to ask
    town.later()
    (told,) = town.ask()
    assert isinstance(told.event, MessageStatus)
    assert (told.event.phone, told.event.state, told.event.message_id) == (PHONE, "delivered", int(number))
    assert NOW < told.event.at <= town.clock.now()
    assert town.screen() == [TEXT]
    # Now that it is told, nobody asks any more.
    town.ask()
    requests = len(town.pace.slots)
    town.later(timedelta(hours=5))
    assert town.ask() == []
    assert len(town.pace.slots) == requests


def test_a_message_on_its_way(town: Town) -> None:
    town.control("switches", delivery_delay_seconds=3600)
    town.send()
    town.later()
    assert [one.event.state for one in town.ask() if isinstance(one.event, MessageStatus)] == ["sent"]
    town.later(timedelta(hours=2))
    assert [one.event.state for one in town.ask() if isinstance(one.event, MessageStatus)] == ["delivered"]


@pytest.mark.parametrize("why", ["unreachable", "wrong", "forbidden", "absent", "expired"])
def test_a_number_that_nothing_reaches(town: Town, why: str) -> None:
    town.control(f"phones/{PHONE}/undeliverable", why=why)
    number = number_in(town.send())
    town.later()
    (told,) = town.ask()
    assert isinstance(told.event, MessageRefused)
    assert told.event.message_id == int(number)
    assert (told.event.code == "no_account") == (
        why in {"smsc": ("absent", "wrong"), "mobizon": (), "own": ("absent",)}[town.gateway]
    )
    assert town.screen() == []


def test_a_restart_before_the_end_is_known(town: Town) -> None:
    town.send()
    town.later()
    town.restart()
    assert len(town.ask()) == 1


def test_a_turn_that_was_not_kept(town: Town) -> None:
    town.send()
    town.later()
    lost = town.sms.statuses("", town.clock.now())
    town.restart()
    assert [one.key for one in town.ask()] == [one.key for one in lost.arrivals]


@pytest.mark.parametrize(
    ("how", "outcome", "arrives"),
    [
        ("done_no_answer", OutcomeUnknown, 1),
        ("not_done_no_answer", OutcomeUnknown, 0),
        ("done_error500", OutcomeUnknown, 1),
        ("error500", OutcomeUnknown, 0),
        ("html503", OutcomeUnknown, 0),
        ("empty", OutcomeUnknown, 1),
        ("html200", OutcomeUnknown, 1),
        ("limit", TryLater, 0),
        ("forbidden", Broken, 0),
        ("moved", Broken, 0),
    ],
)
def test_faults(town: Town, how: str, outcome: type[Exception], arrives: int) -> None:
    town.control("faults", match="*", how=how)
    assert isinstance(town.send(), outcome)
    town.later()
    assert len(town.screen()) == arrives
    # Nothing is known of such a message, and nobody pretends to.
    assert isinstance(town.sms.find(job()), CannotTell)
    # The gateway answers again.
    assert isinstance(town.send("second"), Done)


@pytest.mark.parametrize("how", ["auth", "no_money", "blocked"])
@pytest.mark.parametrize("gateway", ["smsc", "mobizon"])
def test_a_closed_account(build: Callable[..., Town], gateway: str, how: str) -> None:
    town = build(gateway)
    town.control("faults", match="*", how=how)
    assert isinstance(town.send(), Broken)
    town.later()
    assert town.screen() == []


def test_wrong_credentials(town: Town) -> None:
    town.changes["key"] = SecretStr("wrong")
    if town.gateway == "smsc":
        town.changes["password"] = SecretStr("wrong")
    town.restart()
    assert isinstance(town.send(), Broken)
    assert [one.ok for one in town.sms.doctor()][1] is False


def test_no_money_left(town: Town) -> None:
    town.control("money", left=3)
    assert isinstance(town.send(), Broken)
    town.control("money", left=100)
    assert isinstance(town.send("again"), Done)


def test_a_number_that_the_gateway_refuses(town: Town) -> None:
    town.control(f"phones/{PHONE}/undeliverable", at_once=True)
    refused = town.send()
    assert isinstance(refused, Refused)
    assert refused.code == "no_account"


@pytest.mark.parametrize("gateway", ["smsc", "own"])
def test_the_same_words_twice_in_a_minute(build: Callable[..., Town], gateway: str) -> None:
    town = build(gateway)
    town.send()
    again = town.send()
    assert isinstance(again, TryLater)
    assert again.after is not None
    town.later(again.after)
    assert isinstance(town.send(), Done)


def test_too_fast(build: Callable[..., Town]) -> None:
    town = build("mobizon")
    town.control("faults", match="*", how="too_fast")
    assert isinstance(town.send(), TryLater)
    assert town.pace.pauses == [30]


def test_the_gateway_calls_us(build: Callable[..., Town]) -> None:
    for gateway in ("smsc", "mobizon"):
        town = build(gateway, webhook_secret=SecretStr(SECRET))
        town.account.set_hook(gateway, {"url": f"http://us/hooks/sms/{SECRET}"})
        number = number_in(town.send())
        town.later(timedelta(seconds=30))
        last = town.heard[-1].event
        assert isinstance(last, MessageStatus)
        assert (last.phone, last.state, last.message_id) == (PHONE, "delivered", int(number))
        # The question that follows says the same, under the same key.
        town.later(timedelta(hours=1))
        assert [one.key for one in town.ask()] == [town.heard[-1].key]


def test_a_stranger_calls(build: Callable[..., Town]) -> None:
    town = build("smsc", webhook_secret=SecretStr(SECRET))
    town.account.set_hook("smsc", {"url": "http://us/hooks/sms/open-sesame"})
    town.send()
    town.later()
    assert town.heard == []


def test_parts_are_counted_as_the_gateway_counts_them(town: Town) -> None:
    for text, parts in (("я" * 70, 1), ("я" * 71, 2), ("я" * 201, 3), ("z" * 160, 1), ("z" * 161, 2)):
        before = town.account.ledger()["parts"]
        assert isinstance(town.send(text), Done)
        assert town.account.ledger()["parts"] - before == parts
    assert isinstance(town.send("я" * 202), Refused)


def test_a_busy_day(town: Town) -> None:
    """Every message arrives once and is told once, through lost answers and restarts."""
    faults = ("html503", "not_done_no_answer", "limit")
    sent = set()
    told: list[str] = []
    for number in range(120):
        if number % 20 == 7:
            town.control("faults", match="*", how=faults[number // 20 % 3])
        outcome = town.send(f"Сообщение {number}")
        sent |= {outcome.result} if isinstance(outcome, Done) else set()
        if number % 40 == 39:
            town.later()
            told += [one.key for one in town.ask()]
            town.restart()
    town.later(timedelta(hours=1))
    told += [one.key for one in town.ask()]
    assert len(sent) == 114
    assert set(told) == {f"status:{number}:delivered" for number in sent}
    assert len(town.screen()) == 114


def test_doctor(town: Town) -> None:
    (finding,) = [one for one in town.sms.doctor() if not one.ok]
    assert "отправителя" in finding.what
