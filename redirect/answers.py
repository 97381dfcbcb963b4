"""Answers of the door, and how they leave."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from redirect import pages

Headers = list[tuple[bytes, bytes]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

ALWAYS: Headers = [(b"cache-control", b"no-store"), (b"referrer-policy", b"no-referrer")]
HEAD_OF_PAGE: Headers = [
    *ALWAYS,
    (b"content-type", b"text/html; charset=utf-8"),
    (b"content-security-policy", pages.CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-robots-tag", b"noindex"),
    (b"vary", b"accept-language"),
]
HEAD_OF_PICTURE: Headers = [
    *ALWAYS,
    (b"content-type", b"image/svg+xml"),
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; sandbox"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-robots-tag", b"noindex"),
]
NO_BODY = {"type": "http.response.body", "body": b""}


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, complete. `start`: its first message, where it is kept ready."""

    status: int
    headers: Headers
    body: bytes = b""
    start: MutableMapping[str, Any] | None = None


def page(status: int, body: bytes, more: Iterable[tuple[bytes, bytes]] = ()) -> Answer:
    return Answer(status, [*HEAD_OF_PAGE, *more], body)


@lru_cache(maxsize=4096)
def redirection(place: bytes) -> Answer:
    """The one answer that is hot: made once for each place."""
    headers = [*ALWAYS, (b"location", place), (b"content-length", b"0")]
    return Answer(302, headers, b"", {"type": "http.response.start", "status": 302, "headers": headers})


async def send_answer(send: Send, answer: Answer, is_head: bool) -> None:
    if answer.start is not None:
        await send(answer.start)
        await send(NO_BODY)
        return
    headers = [*answer.headers, (b"content-length", b"%d" % len(answer.body))]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if is_head else answer.body})
