"""A simulated bot on a hand-moved clock, called over ASGI, whose webhooks arrive in a list."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.routing import Mount

from sandbox.bots.bot import Bot
from sandbox.sender import Clock, Sender


class HandClock:
    def __init__(self) -> None:
        self.time = datetime(2026, 7, 10, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time


class World:
    """`status` is what our webhook answers; None breaks the connection."""

    def __init__(self, make: Callable[[Clock, Sender], Bot]) -> None:
        self.runner = asyncio.Runner()
        self.clock = HandClock()
        self.status: int | None = 200
        self.requests: list[httpx.Request] = []
        self.sender = Sender(self.clock, transport=httpx.MockTransport(self._take))
        self.bot = make(self.clock, self.sender)
        mount = Mount(f"/{self.bot.name}", routes=self.bot.routes())
        self.app = Starlette(routes=[mount, *self.bot.control_routes()])
        self.runner.run(self.sender.start())

    def close(self) -> None:
        self.runner.run(self.sender.stop())
        self.runner.close()

    def _take(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.status is None:
            raise httpx.ReadError("gone", request=request)
        return httpx.Response(self.status)

    @property
    def updates(self) -> list[dict[str, Any]]:
        return [json.loads(request.content) for request in self.requests]

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
                answer = await client.request(method, path, **options)
            await self.sender.settled()
            return answer

        return self.runner.run(once())

    def control(self, path: str, method: str = "POST", **body: Any) -> Any:
        answer = self.send(method, f"/sandbox/{self.bot.name}/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refused(self, path: str, method: str = "POST", **body: Any) -> str:
        answer = self.send(method, f"/sandbox/{self.bot.name}/{path}", json=body)
        assert answer.status_code == 400, answer.text
        return str(answer.json()["error"])

    def later(self, seconds: float) -> None:
        self.clock.time += timedelta(seconds=seconds)
        self.runner.run(self.sender.settled())
