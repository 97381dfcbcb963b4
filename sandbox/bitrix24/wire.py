"""HTTP as the portal speaks it: what came in, what goes out, and connections that break on purpose."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from sandbox.bitrix24.errors import Say
from sandbox.bitrix24.phpform import parse_form, parse_multipart, php_json
from sandbox.bitrix24.portal import with_port

LARGEST_BODY = 32 * 1024 * 1024
JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"


class Dropped(Exception):
    """The connection goes away without an answer."""


@dataclass(slots=True)
class Reply:
    status: int
    body: bytes
    kind: str = JSON
    location: str = ""
    drips_seconds: float = 0.0  # virtual; byte after byte over this time

    @classmethod
    def of(cls, no: Say) -> "Reply":
        return cls(no.status, php_json(no.body()))


async def send_reply(reply: Reply, send: Send, sleep: Callable[[float], Awaitable[None]]) -> None:
    headers = [(b"content-type", reply.kind.encode()), (b"content-length", str(len(reply.body)).encode())]
    if reply.location:
        headers.append((b"location", reply.location.encode("latin-1", "replace")))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    if reply.drips_seconds and reply.body:
        await _drip(reply, send, sleep)
    else:
        await send({"type": "http.response.body", "body": reply.body})


async def _drip(reply: Reply, send: Send, sleep: Callable[[float], Awaitable[None]]) -> None:
    pause = reply.drips_seconds / len(reply.body)
    for place in range(len(reply.body)):
        await sleep(pause)
        one: Message = {"type": "http.response.body", "body": reply.body[place : place + 1]}
        await send({**one, "more_body": place + 1 < len(reply.body)})


async def drop(scope: Scope, receive: Receive) -> None:
    """Closes the connection of this request under the client's feet."""
    close: Callable[[], None] | None = scope.get("sandbox.close")
    if close is None:
        raise Dropped("no connection to close")
    close()
    while (await receive())["type"] != "http.disconnect":
        continue


def note_connection(scope: Scope, send: Send) -> None:
    """Keeps what `drop` needs; `send` is the server's own, before any layer wraps it (uvicorn only)."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is not None:
        scope["sandbox.close"] = transport.close


async def read_body(receive: Receive) -> bytes:
    body: bytes = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Dropped
        body += message.get("body", b"")
        if not message.get("more_body") or len(body) > LARGEST_BODY:
            return body


def read_params(scope: Scope, body: bytes) -> dict[str, Any]:
    """The query string and the body together; Say when the body claims to be JSON and is none."""
    params = parse_form(scope["query_string"].decode("latin-1"))
    if not body.strip():
        return params
    kind: bytes = dict(scope["headers"]).get(b"content-type", b"")
    if b"json" in kind:
        return {**params, **_json(body)}
    if b"multipart" in kind:
        return {**params, **parse_multipart(body, kind.decode("latin-1"))}
    return {**params, **parse_form(body.decode("utf-8", "replace"))}


def host_of(scope: Scope) -> str:
    """Name and port as the caller wrote them."""
    host: bytes = dict(scope["headers"]).get(b"host", b"localhost")
    return host.decode("latin-1")


def base_of(scope: Scope) -> str:
    return f"{scope.get('scheme', 'http')}://{host_of(scope)}"


def moved_to(scope: Scope, host: str) -> str | None:
    """Where a renamed portal answers this request, or None when the caller is right here."""
    asked = host_of(scope)
    target = with_port(host, asked)
    if not host or asked.lower() == target.lower():
        return None
    query = scope["query_string"].decode("latin-1")
    path = scope.get("raw_path", b"").decode("latin-1").partition("?")[0] or scope["path"]
    return f"{scope.get('scheme', 'http')}://{target}{path}{'?' + query if query else ''}"


def _json(body: bytes) -> dict[str, Any]:
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        raise Say(400, "INVALID_REQUEST", "Invalid JSON") from None
    return sent if isinstance(sent, dict) else {}
