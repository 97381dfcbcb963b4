"""Carries webhooks out of the sandbox in virtual time: a jump of the clock delivers what became due."""

import asyncio
import contextlib
import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import httpx

ANSWER_TIMEOUT_SECONDS = 10.0
NAP_SECONDS = 0.02


class Clock(Protocol):
    """Aware UTC time that may jump between two readings."""

    def now(self) -> datetime: ...


def _nobody_listens(_: int | None) -> None: ...


def _always() -> bool:
    return True


@dataclass(slots=True)
class _Post:
    url: str
    content: bytes
    headers: dict[str, str]
    retries: tuple[float, ...]
    done: Callable[[int | None], None]
    wanted: Callable[[], bool]


class Sender:
    """Posts at their virtual time, equal times in the order of asking, at most `lanes` at once."""

    def __init__(
        self, clock: Clock, *, lanes: int = 16, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.sent = 0
        self.failed = 0
        self._clock = clock
        self._transport = transport
        self._lanes = asyncio.Semaphore(lanes)
        self._lane_count = lanes
        self._order = itertools.count()
        self._waiting: list[tuple[float, int, _Post | Callable[[], None]]] = []
        self._woken = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()
        self._runner: asyncio.Task[None] | None = None
        self._client: httpx.AsyncClient | None = None

    async def start(self) -> None:
        """Begins to deliver; what was asked for earlier goes first."""
        limits = httpx.Limits(max_connections=self._lane_count, max_keepalive_connections=self._lane_count)
        self._client = httpx.AsyncClient(
            timeout=ANSWER_TIMEOUT_SECONDS, limits=limits, transport=self._transport, trust_env=False
        )
        self._runner = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Gives up what is still waiting or under way."""
        tasks = [*self._under_way, *([self._runner] if self._runner else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
        self._runner = self._client = None

    def post(
        self,
        url: str,
        content: bytes,
        headers: dict[str, str],
        *,
        delay: float = 0.0,
        retries: tuple[float, ...] = (),
        done: Callable[[int | None], None] | None = None,
        wanted: Callable[[], bool] | None = None,
    ) -> None:
        """Posts after `delay` virtual seconds; without a 2xx again after each of `retries` virtual seconds.

        `done` hears the HTTP status of every attempt, None when there was no answer. An attempt (and all
        later ones) is left out once `wanted` says no.
        """
        self._push(delay, _Post(url, content, headers, retries, done or _nobody_listens, wanted or _always))

    def later(self, delay: float, act: Callable[[], None]) -> None:
        """Calls `act` after `delay` virtual seconds, in one order with the posts."""
        self._push(delay, act)

    async def settled(self) -> None:
        """Returns when nothing is due at this moment and nothing is under way."""
        while self._under_way or self._is_due():
            await asyncio.sleep(0.001)

    def pending(self) -> tuple[int, float | None]:
        """How many are due or under way, and when (epoch s, virtual) the next one will be due."""
        now = self._clock.now().timestamp()
        due = sum(moment <= now for moment, _, _ in self._waiting)
        later = min((moment for moment, _, _ in self._waiting if moment > now), default=None)
        return len(self._under_way) + due, later

    def _push(self, delay: float, item: _Post | Callable[[], None]) -> None:
        due = self._clock.now().timestamp() + max(0.0, delay)
        heapq.heappush(self._waiting, (due, next(self._order), item))
        self._woken.set()

    def _is_due(self) -> bool:
        return bool(self._waiting) and self._waiting[0][0] <= self._clock.now().timestamp()

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            while self._is_due():
                await self._begin_next()
            await self._nap()

    async def _begin_next(self) -> None:
        await self._lanes.acquire()
        _, _, item = heapq.heappop(self._waiting)
        if isinstance(item, _Post):
            task = asyncio.create_task(self._attempt(item))
            self._under_way.add(task)
            task.add_done_callback(self._finish)
        else:
            self._lanes.release()
            item()

    def _finish(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._lanes.release()

    async def _nap(self) -> None:
        # The clock may jump over what is waiting without telling anybody, so naps are short.
        nap = NAP_SECONDS if self._waiting else None
        # Not wait_for: up to Python 3.11 it loses a cancellation that comes together with what it waits for.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(nap):
                await self._woken.wait()

    async def _attempt(self, post: _Post) -> None:
        if not post.wanted():
            return
        status = await self._answer(post)
        good = status is not None and 200 <= status < 300
        self.sent += good
        self.failed += not good
        post.done(status)
        if not good and post.retries:
            self._push(post.retries[0], self._shorter(post))

    def _shorter(self, post: _Post) -> _Post:
        return _Post(post.url, post.content, post.headers, post.retries[1:], post.done, post.wanted)

    async def _answer(self, post: _Post) -> int | None:
        assert self._client is not None
        try:
            response = await self._client.post(post.url, content=post.content, headers=post.headers)
        except (httpx.HTTPError, httpx.InvalidURL):
            return None
        return response.status_code
