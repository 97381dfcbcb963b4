"""A company in one day: the engine, this connector, and the simulated account that behaves as the real one may."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import httpx
from pydantic import SecretStr
from sqlmodel import SQLModel, select
from starlette.applications import Starlette
from starlette.routing import Mount

from connectors.chat2desk.connector import connector
from connectors.chat2desk.settings import Chat2DeskSettings
from qc_engine.clock import FixedClock
from qc_engine.core.case import Case
from qc_engine.flow.deliver import sweep
from qc_engine.flow.poll import Poller
from qc_engine.ports import Forbidden, Request, Unreadable
from qc_engine.store import cases, inbox
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from qc_engine.store.memory import DatabaseMemory
from qc_engine.store.tables import CaseRow, InboxRow
from sandbox.chat2desk.account import Account
from sandbox.sender import Sender
from tests.flow.fakes import PHONE, Flow

TOKEN = "0123456789abcdef0123456789abcd"
SECRET = "open-sesame-open-sesame"
CHANNEL = 43898
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


FIRST = "Здравствуйте, Айгуль! Вы были у нас: На Абая. Оцените?"
SECOND = "Спасибо! А вежливость и скорость обслуживания, от 1 до 10?"


class Way(httpx.BaseTransport):
    """From the connector's plain calls into the sandbox's ASGI application."""

    def __init__(self, town: "Town") -> None:
        self.town = town

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body = request.read()
        return self.town.call(request.method, str(request.url), content=body, headers=request.headers)


class NoPace:
    """Limits are tested elsewhere."""

    def slot(self, urgent: bool = False) -> None: ...

    def answered(self) -> None: ...

    def pause(self, seconds: float) -> None: ...


class Town:
    """One company in one day. `hooked` is whether our door answers; what happened is asked of the phone."""

    def __init__(self, database: Database, clock: FixedClock, **changes: Any) -> None:
        self.runner = asyncio.Runner()
        self.database, self.clock, self.hooked = database, clock, True
        self.sender = Sender(clock, transport=httpx.MockTransport(self._hook))
        self.account = Account(clock, self.sender, TOKEN)
        self.account.switches.set("rate_per_second", 0)
        self.account.add_template(
            "visit_quality", "ru", "Здравствуйте, {{1}}! Вы были у нас: {{2}}. Оцените?"
        )
        self.account.add_template("visit_reminder", "ru", "Будем благодарны за Вашу оценку.")
        self.app = Starlette(
            routes=[Mount("/chat2desk", routes=self.account.routes()), *self.account.control_routes()]
        )
        self.runner.run(self.sender.start())
        self.flow = Flow(database, clock)
        self.changes = changes

    def open(self) -> None:
        """The first day: the engine looks at the account for the first time."""
        self.restart()
        self.ask("backfill")
        self.ask("watchdog")

    def restart(self) -> None:
        """The process ends and comes back: what it knew by heart is gone."""
        memory = DatabaseMemory(self.database, self.clock, "secret", "chat2desk")
        http = httpx.Client(transport=Way(self))
        self.chat = connector(
            settings(**self.changes),
            self.clock,
            NoPace(),
            http,
            "http://us/hooks/chat2desk",
            memory=memory,
            templates=("visit_quality", "visit_reminder"),
            zone="Asia/Almaty",
        )
        assert self.chat.performs is not None
        self.flow.deliverer("channel").performer = self.chat.performs
        self.poller = Poller(
            self.database, self.clock, self.flow.libraries[MAIN], self.chat.name, "", None, lambda: None
        )

    def close(self) -> None:
        self.runner.run(self.sender.stop())
        self.runner.close()

    def _hook(self, request: httpx.Request) -> httpx.Response:
        """The engine's door, without its HTTP."""
        if not self.hooked:
            return httpx.Response(503)
        path = request.url.path.removeprefix("/hooks/chat2desk/")
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            self.hear(Request(path, headers, request.content))
        except (Forbidden, Unreadable):
            return httpx.Response(403)
        return httpx.Response(200)

    def hear(self, request: Request) -> None:
        """A webhook call, by whomever."""
        assert self.chat.receives is not None
        arrivals = self.chat.receives.parse(request)
        with self.database.transaction() as session:
            for arrival in arrivals:
                inbox.add(session, self.chat.name, arrival, self.clock.now())

    def call(self, method: str, url: str, **options: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app)) as http:
                answer = await http.request(method, url, **options)
                return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

        try:
            return self.runner.run(once())
        except AssertionError as broken:  # the application began an answer and did not finish it
            raise httpx.ReadError("the connection broke") from broken

    # --- what happens ---

    def control(self, path: str, **body: Any) -> Any:
        answer = self.call("POST", f"http://sandbox/sandbox/phones/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def writes(self, text: str, phone: str = PHONE, kind: str = "text") -> None:
        self.clock.advance(MINUTE)
        self.control(f"{phone}/messages", text=text, kind=kind)
        self.settle()

    def settle(self) -> None:
        for _ in range(3):  # what the engine sends is told by webhooks, and the engine hears them
            self.runner.run(self.sender.settled())
            self.flow.settle()

    def later(self, span: timedelta, step: timedelta = timedelta(minutes=10)) -> None:
        end = self.clock.now() + span
        while self.clock.now() < end:
            self.clock.advance(min(step, end - self.clock.now()))
            sweep(self.database, self.clock, timedelta(minutes=1))
            self.settle()

    def ask(self, poll: str) -> None:
        found = next(one for one in self.chat.polls if one.name == poll)
        self.poller.poll(found)
        self.flow.settle()

    def asked(self, **more: Any) -> "Town":
        """An order closed a day ago, and its first question."""
        self.flow.close_order(**more)
        self.later(timedelta(days=1), HOUR)
        return self

    # --- what can be seen ---

    def bubbles(self, phone: str = PHONE) -> list[dict[str, Any]]:
        answer = self.call("GET", f"http://sandbox/sandbox/phones/{phone}?peek=1")
        found: list[dict[str, Any]] = json.loads(answer.content)["messages"]
        return found

    def from_us(self, phone: str = PHONE) -> list[str]:
        return [
            one["text"] for one in self.bubbles(phone) if one["from"] == "us" and one["status"] != "failed"
        ]

    def rows(self, kind: type[SQLModel]) -> list[Any]:
        with self.database.reading() as session:
            return list(session.exec(select(kind)).all())

    def heard(self) -> list[dict[str, Any]]:
        """What the engine was told of messages that somebody wrote."""
        return [row.event for row in self.rows(InboxRow) if row.kind == "StaffWrote"]

    def case(self) -> Case:
        with self.database.reading() as session:
            return cases.load(session, session.exec(select(CaseRow)).one())

    def scores(self) -> list[str]:
        return [str(score) for score in self.case().scores.values()]

    def hooks(self) -> list[dict[str, Any]]:
        answer = self.call("GET", "http://sandbox/chat2desk/v1/webhooks", headers={"Authorization": TOKEN})
        found: list[dict[str, Any]] = json.loads(answer.content)["data"]
        return found

    def clients(self) -> list[dict[str, Any]]:
        answer = self.call("GET", "http://sandbox/chat2desk/v1/clients", headers={"Authorization": TOKEN})
        found: list[dict[str, Any]] = json.loads(answer.content)["data"]
        return found


def settings(**changes: Any) -> Chat2DeskSettings:
    values = {
        "base_url": "http://localhost/chat2desk",
        "token": SecretStr(TOKEN),
        "channel_id": CHANNEL,
        "transport": "wa_direct",
        "webhook_secret": SecretStr(SECRET),
    }
    return Chat2DeskSettings(**(values | changes))
