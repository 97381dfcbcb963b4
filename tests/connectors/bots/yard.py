"""A connector and the simulated bot it speaks with, over real requests but without a network."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.routing import Mount

from qc_engine.clock import FixedClock
from qc_engine.core.effects import SendMessage
from qc_engine.core.events import Event
from qc_engine.ports import Arrival, Connector, Forbidden, Job, Outcome, Request, Unreadable
from sandbox.bots.bot import Bot
from sandbox.sender import Sender


class CountedPace:
    """Lets everybody through and remembers who asked."""

    def __init__(self) -> None:
        self.slots: list[bool] = []
        self.pauses: list[float] = []

    def slot(self, urgent: bool = False) -> None:
        self.slots.append(urgent)

    def answered(self) -> None: ...

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


class Way(httpx.BaseTransport):
    """From the connector's plain calls into the sandbox's ASGI application."""

    def __init__(self, yard: "Yard") -> None:
        self.yard = yard

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body = request.read()
        return self.yard.call(request.method, str(request.url), content=body, headers=request.headers)


class Yard:
    """`bot` is made by `make_bot`, the connector by `connect`; `arrived` is what our door understood.

    `status` is what our door answers; None: as the connector judges.
    """

    def __init__(
        self,
        clock: FixedClock,
        make_bot: Callable[[FixedClock, Sender], Bot],
        connect: Callable[[httpx.Client, CountedPace], Connector],
    ) -> None:
        self.clock, self.pace = clock, CountedPace()
        self.runner = asyncio.Runner()
        self.sender = Sender(clock, transport=httpx.MockTransport(self._hook))
        self.bot = make_bot(clock, self.sender)
        mount = Mount(f"/{self.bot.name}", routes=self.bot.routes())
        self.app = Starlette(routes=[mount, *self.bot.control_routes()])
        self.ours = connect(httpx.Client(transport=Way(self)), self.pace)
        self.arrived: list[Arrival] = []
        self.keys: set[str] = set()
        self.status: int | None = None
        self.calls: list[httpx.Request] = []
        self.cursor = ""
        self._run(self.sender.start())

    def close(self) -> None:
        self._run(self.sender.stop())
        self.runner.close()

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    def _hook(self, request: httpx.Request) -> httpx.Response:
        self.calls.append(request)
        if self.status is not None:
            return httpx.Response(self.status)
        assert self.ours.receives is not None
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            arrivals = self.ours.receives.parse(Request("", headers, request.content))
        except Forbidden:
            return httpx.Response(403)
        except Unreadable:
            return httpx.Response(200)
        for one in arrivals:
            if one.key not in self.keys:  # as the inbox does
                self.keys.add(one.key)
                self.arrived.append(one)
        return httpx.Response(200)

    def call(self, method: str, url: str, **options: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app)) as http:
                answer = await http.request(method, url, **options)
                return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

        try:
            response: httpx.Response = self._run(once())
            return response
        except AssertionError as broken:  # the application began an answer and did not finish it
            raise httpx.ReadError("the connection broke") from broken

    def control(self, path: str, method: str = "POST", **body: Any) -> Any:
        answer = self.call(method, f"http://sandbox/sandbox/{self.bot.name}/{path}", json=body)
        assert answer.status_code == 200, answer.text
        self.settle()
        return answer.json()

    def settle(self) -> None:
        self._run(self.sender.settled())

    def later(self, seconds: float) -> None:
        self.clock.sleep(seconds)
        self.settle()

    # What we do.

    def watch(self) -> None:
        """One turn of the watchdog, with the cursor that the engine would have kept."""
        (poll,) = self.ours.polls
        self.cursor = poll.run(self.cursor, self.clock.now()).cursor
        self.settle()

    def send(self, chat: int | str, text: str, **more: Any) -> Outcome:
        assert self.ours.performs is not None
        (outcome,) = self.ours.performs.perform([job(str(chat), text, **more)])
        return outcome

    # What can be seen.

    def joined(self, token: str = "tok_1") -> int:
        """A person who has followed our invitation; the number of the chat."""
        assert self.ours.invite is not None
        return int(self.control("chats/open", link=self.ours.invite(token), name="Айгуль")["chat"])

    @property
    def events(self) -> Sequence[Event]:
        return [one.event for one in self.arrived]

    def from_us(self, chat: int) -> list[str]:
        found = self.control(f"chats/{chat}", "GET")["messages"]
        return [one["text"] for one in found if one["from"] == "us"]


def job(address: str, text: str = "Оцените, пожалуйста", **more: Any) -> Job:
    urgent = more.pop("urgent", False)
    tried_at = more.pop("first_tried_at", None)
    effect = SendMessage("", text, "question", channel="bot", address=address, **more)
    return Job("case:1:1", "qc-abcdefghij", effect, first_tried_at=tried_at, urgent=urgent)
