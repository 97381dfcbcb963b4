"""Both gateways on a hand-moved clock, called over ASGI; their callbacks arrive in a list."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from sandbox.sender import Sender
from sandbox.sms.account import KEY, LOGIN, PASSWORD, SmsAccount

PHONE = "77011112233"


class HandClock:
    def __init__(self) -> None:
        self.time = datetime(2026, 7, 10, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time


class World:
    """Everything a story needs, with plain calls."""

    def __init__(self, run: Callable[[Coroutine[Any, Any, Any]], Any]) -> None:
        self.run = run
        self.clock = HandClock()
        self.heard: list[httpx.Request] = []
        self.sender = Sender(self.clock, transport=httpx.MockTransport(self._hear))
        self.account = SmsAccount(self.clock, self.sender)
        self.app = Starlette(
            routes=[Mount("/sms", routes=self.account.routes()), *self.account.control_routes()]
        )

    def _hear(self, request: httpx.Request) -> httpx.Response:
        self.heard.append(request)
        return httpx.Response(200)

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
                return await client.request(method, path, **options)

        answer: httpx.Response = self.run(once())
        return answer

    def smsc(self, name: str = "send", **fields: Any) -> Any:
        """SMSC's answer as JSON."""
        access = {"login": LOGIN, "psw": PASSWORD, "charset": "utf-8", "fmt": "3"}
        return self.call("POST", f"/sms/sys/{name}.php", data={**access, **fields}).json()

    def mobizon(self, name: str = "Message/SendSmsMessage", **fields: Any) -> Any:
        """Mobizon's answer as JSON."""
        query = {"output": "json", "api": "v1", "apiKey": KEY}
        return self.call("POST", f"/sms/service/{name}", params=query, data=fields).json()

    def control(self, path: str, method: str = "POST", **body: Any) -> Any:
        options = {"json": body} if method == "POST" else {}
        answer = self.call(method, f"/sandbox/sms/{path}", **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def screen(self, phone: str = PHONE) -> list[str]:
        shown = self.control(f"phones/{phone}?arrived=1", "GET")["messages"]
        return [one["text"] for one in shown]

    def later(self, seconds: float) -> None:
        self.clock.time += timedelta(seconds=seconds)
        self.run(self.sender.settled())


@pytest.fixture
def world() -> Iterator[World]:
    with asyncio.Runner() as runner:
        world = World(runner.run)
        runner.run(world.sender.start())
        yield world
        runner.run(world.sender.stop())
