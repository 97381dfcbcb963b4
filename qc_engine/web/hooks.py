"""POST /hooks/{connector}: into the inbox, then 200. A raw ASGI application, because it is a hot door."""

import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import structlog

from qc_engine.clock import Clock
from qc_engine.ports import Arrival, Forbidden, Receives, Request, Unreadable
from qc_engine.store import arrivals
from qc_engine.store.arrivals import Incoming
from qc_engine.store.driver import Writing
from qc_engine.web.bodies import (
    HungUp,
    Message,
    Receive,
    Scope,
    Send,
    TooLarge,
    TooSlow,
    headers_of,
    read_body,
)
from qc_engine.web.raw import keepable, without_tokens

PREFIX = "/hooks/"
LARGEST_BODY = 64 * 1024
BODY_SECONDS = 10.0
LONGEST_REASON = 500
RETRY_AFTER_SECONDS = b"5"
ALWAYS = (
    (b"content-type", b"text/plain; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)
# 200, made once: it is nearly every answer.
WELL: Message = {
    "type": "http.response.start",
    "status": 200,
    "headers": [*ALWAYS, (b"content-length", b"0")],
}
NO_BODY: Message = {"type": "http.response.body", "body": b""}
CLOSE = ((b"connection", b"close"),)  # the rest of the body is not waited for

log = structlog.get_logger(__name__)


class CommitsRows(Protocol):
    """What the webhooks need of the group commit."""

    def commit_row(
        self, together: Callable[[Writing, Sequence[Any]], Sequence[Any]], row: Any
    ) -> Awaitable[Any]: ...


@dataclass(frozen=True)
class Answer:
    """What the sender gets; `outcome` is the word it is counted under."""

    status: int
    outcome: str
    headers: tuple[tuple[bytes, bytes], ...] = ()


STORED, REPEATED = Answer(200, "stored"), Answer(200, "repeated")


class Hooks:
    """Answers 200 only after the commit; what cannot be read is kept and answered 200 too.

    `portals` says whose deals a connector speaks of; one that is not in it is a channel.
    `on_arrival` is called on the event loop after every commit that brought something new.
    `counts[connector, outcome]` counts calls; outcomes: stored, repeated, nothing, unreadable,
    forbidden, refused, failed.
    """

    def __init__(
        self,
        connectors: Mapping[str, Receives],
        commit: CommitsRows,
        clock: Clock,
        on_arrival: Callable[[], None],
        body_seconds: float = BODY_SECONDS,
        portals: Mapping[str, str] | None = None,
    ) -> None:
        self.connectors = connectors
        self.portals = portals or {}
        self.commit = commit
        self.clock = clock
        self.on_arrival = on_arrival
        self.body_seconds = body_seconds
        self.counts: Counter[tuple[str, str]] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name, _, path = scope["path"].removeprefix(PREFIX).partition("/")
        try:
            answer = await self._take(name, path, scope, receive)
        except HungUp:
            return
        except Exception as error:  # noqa: BLE001  whatever it was, it is not stored: the sender must repeat it
            # The text of a database error holds what the client wrote.
            log.error("a webhook could not be stored", connector=name, error=_where(error))
            answer = Answer(503, "failed", ((b"retry-after", RETRY_AFTER_SECONDS),))
        self._count(name, answer.outcome)
        await _send(send, answer)

    async def _take(self, name: str, path: str, scope: Scope, receive: Receive) -> Answer:
        connector = self.connectors.get(name)
        if connector is None:
            return Answer(404, "refused")
        request = await self._read(path, scope, receive)
        if isinstance(request, Answer):
            return request
        try:
            found = connector.parse(request)
        except Forbidden:
            return Answer(403, "forbidden")
        except Unreadable as why:
            return await self._keep_unreadable(name, request, str(why))
        except Exception as bug:  # noqa: BLE001  a sender would only repeat what we cannot read
            reason = f"our own bug: {_where(bug)}"
            log.error("a webhook was not understood", connector=name, reason=reason)
            return await self._keep_unreadable(name, request, reason)
        return await self._keep(name, request, found)

    async def _read(self, path: str, scope: Scope, receive: Receive) -> Request | Answer:
        headers = headers_of(scope)
        if scope["method"] != "POST":
            return Answer(405, "refused", ((b"allow", b"POST"),))
        if headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
            return Answer(415, "refused", CLOSE)  # never unpacked: a small bomb would fill the memory
        try:
            body = await read_body(receive, headers, LARGEST_BODY, self.body_seconds)
        except TooLarge:
            return Answer(413, "refused", CLOSE)
        except TooSlow:
            return Answer(408, "refused", CLOSE)
        return Request(path, headers, body)

    async def _keep(self, name: str, request: Request, found: Sequence[Arrival]) -> Answer:
        if not found:
            return Answer(200, "nothing")
        now, raw = self.clock.now(), keepable(request.body)
        portal = self.portals.get(name, "")
        if not await self.commit.commit_row(
            store_calls, [Incoming(name, one, now, raw, portal) for one in found]
        ):
            return REPEATED
        self.on_arrival()
        return STORED

    async def _keep_unreadable(self, name: str, request: Request, reason: str) -> Answer:
        now, raw = self.clock.now(), keepable(request.body)
        why = without_tokens(reason)[:LONGEST_REASON]
        unreadable = Incoming(name, None, now, raw, self.portals.get(name, ""), why)
        await self.commit.commit_row(store_calls, [unreadable])
        return Answer(200, "unreadable")

    def _count(self, name: str, outcome: str) -> None:
        # A stranger may try any name; only ours get a counter of their own.
        self.counts[name if name in self.connectors else "", outcome] += 1


def store_calls(writing: Writing, calls: Sequence[Sequence[Incoming]]) -> Sequence[bool]:
    """For every call: did it bring anything new?"""
    new = iter(arrivals.add_many(writing, [one for call in calls for one in call]))
    return [sum([next(new) for _ in call]) > 0 for call in calls]


def _where(bug: Exception) -> str:
    """The kind and the place of an error, not its text: that may hold what the client wrote."""
    frame = traceback.extract_tb(bug.__traceback__)[-1]
    return f"{type(bug).__name__} at {Path(frame.filename).name}:{frame.lineno}"


async def _send(send: Send, answer: Answer) -> None:
    if answer.status == 200:
        await send(WELL)
        await send(NO_BODY)
        return
    body = b"%d\n" % answer.status
    headers = [*ALWAYS, (b"content-length", b"%d" % len(body)), *answer.headers]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
