"""Reading what a stranger sends: never more than allowed, never longer than allowed."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator, Mapping, MutableMapping
from types import coroutine
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]


class TooLarge(Exception):
    """More bytes than allowed: 413."""


class TooSlow(Exception):
    """Not complete in time: 408."""


class HungUp(Exception):
    """The sender went away in the middle: nobody waits for an answer."""


def headers_of(scope: Scope) -> dict[str, str]:
    """Names in lower case; of a repeated header the last one counts."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


async def read_body(receive: Receive, headers: Mapping[str, str], most: int, seconds: float) -> bytes:
    """The whole body, at most `most` bytes. Raises TooLarge, TooSlow or HungUp."""
    declared = headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared[:20]) > most:
        raise TooLarge
    collecting = _collect(receive, most)
    try:
        waits_for = collecting.send(None)
    except StopIteration as complete:  # as nearly always: a timer would cost more than all the reading
        body: bytes = complete.value
        return body
    try:
        async with asyncio.timeout(seconds):  # unlike wait_for it needs no task of its own
            return await _go_on(collecting, waits_for)
    except TimeoutError:
        raise TooSlow from None


@coroutine
def _go_on(begun: Coroutine[Any, Any, bytes], waits_for: Any) -> Generator[Any, Any, bytes]:
    """Await a coroutine that has taken its first step already, and now waits."""
    try:
        yield waits_for
    except BaseException:
        begun.close()
        raise
    return (yield from begun.__await__())


async def _collect(receive: Receive, most: int) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise HungUp
        body += message.get("body", b"")
        if len(body) > most:
            raise TooLarge
        if not message.get("more_body", False):
            return bytes(body)
