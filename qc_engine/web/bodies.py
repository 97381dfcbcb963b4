"""Reading what a stranger sends: never more than allowed, never longer than allowed."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
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
    try:
        async with asyncio.timeout(seconds):  # unlike wait_for it needs no task of its own
            return await _collect(receive, most)
    except TimeoutError:
        raise TooSlow from None


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
