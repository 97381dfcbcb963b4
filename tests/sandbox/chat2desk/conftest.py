"""An account on a hand-moved clock, called over ASGI, whose webhooks arrive in a list."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from sandbox.chat2desk.account import Account
from sandbox.sender import Sender

TOKEN = "0123456789abcdef0123456789abcd"
PHONE = "77011112233"
T = TypeVar("T")


class HandClock:
    def __init__(self) -> None:
        self.time = datetime(2026, 7, 10, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def jump(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@dataclass
class Receiver:
    """Where webhooks arrive; `status` is what it answers, None breaks the connection."""

    status: int | None = 200
    requests: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.status is None:
            raise httpx.ReadError("gone", request=request)
        return httpx.Response(self.status)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(request.content) for request in self.requests]

    def of(self, hook_type: str, kind: str | None = None) -> list[dict[str, Any]]:
        found = [event for event in self.events if event["hook_type"] == hook_type]
        return [event for event in found if kind in {None, event.get("type")}]


class World:
    """Everything a story needs, with plain calls."""

    def __init__(self, run: Callable[[Coroutine[Any, Any, Any]], Any]) -> None:
        self.run = run
        self.clock = HandClock()
        self.receiver = Receiver()
        self.sender = Sender(self.clock, transport=httpx.MockTransport(self.receiver))
        self.account = Account(self.clock, self.sender, TOKEN)
        self.account.switches.set("rate_per_second", 0)
        mount = Mount("/chat2desk", routes=self.account.routes())
        self.app = Starlette(routes=[mount, *self.account.control_routes()])

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        answer: httpx.Response = self.run(self._send(method, path, options))
        return answer

    async def _send(self, method: str, path: str, options: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
            answer = await client.request(method, path, **options)
        await self.sender.settled()
        return answer

    def api(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": TOKEN, **options.pop("headers", {})}
        return self.send(method, f"/chat2desk{path}", headers=headers, **options)

    def data(self, method: str, path: str, **options: Any) -> Any:
        answer = self.api(method, path, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def client(self, phone: str = PHONE, **fields: Any) -> int:
        body = {"phone": phone, "transport": "wa_direct", **fields}
        return int(self.data("POST", "/v1/clients", json=body)["id"])

    def say(self, client_id: int, text: str, **fields: Any) -> dict[str, Any]:
        body = {"client_id": client_id, "text": text, "open_dialog": False, **fields}
        sent: dict[str, Any] = self.data("POST", "/v1/messages", json=body)
        return sent

    def write(self, text: str, phone: str = PHONE, **fields: Any) -> int:
        answer = self.send("POST", f"/sandbox/phones/{phone}/messages", json={"text": text, **fields})
        assert answer.status_code == 200, answer.text
        return int(answer.json()["message_id"])

    def chat(self, phone: str = PHONE) -> list[dict[str, Any]]:
        bubbles: list[dict[str, Any]] = self.send("GET", f"/sandbox/phones/{phone}?peek=1").json()["messages"]
        return bubbles

    def listen(self, **fields: Any) -> None:
        self.account.set_hook({"url": "http://us/hooks/chat2desk", **fields})

    def later(self, seconds: float) -> None:
        self.clock.jump(seconds)
        self.run(self.sender.settled())


@pytest.fixture
def world() -> Iterator[World]:
    with asyncio.Runner() as runner:
        world = World(runner.run)
        runner.run(world.sender.start())
        yield world
        runner.run(world.sender.stop())
