"""The HTTP door of the portal: /rest/{uid}/{secret}/{method}, limits, faults and the shape of answers."""

import hmac
import json
import traceback
from collections.abc import Callable
from typing import Any, Protocol

from starlette.types import Receive, Scope, Send

from sandbox.bitrix24 import faults
from sandbox.bitrix24.errors import Say
from sandbox.bitrix24.phpform import parse_form, php_json
from sandbox.bitrix24.portal import Portal
from sandbox.bitrix24.running import Timed, commands_of, method_of, run

HTML_503 = b"<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>"
HTML_LOGIN = b"<!DOCTYPE html><html><body><form action='/auth/'>Log in</form></body></html>"
LARGEST_BODY = 32 * 1024 * 1024
JSON = b"application/json; charset=utf-8"
HTML = b"text/html; charset=utf-8"


class Sleeps(Protocol):
    async def sleep(self, seconds: float) -> None: ...


class Dropped(Exception):
    """The connection goes away without an answer."""


class Door:
    """An ASGI application for everything under /rest."""

    def __init__(self, portal: Portal, clock: Sleeps) -> None:
        self._portal, self._clock = portal, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            status, kind, body = await self._answer(scope, receive)
        except Dropped:
            await drop(scope, receive)
            return
        headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, bytes, bytes]:
        portal = self._portal
        body = await _read_body(receive)
        portal.ledger.requests += 1
        try:
            self._count(scope, portal.clock.now().timestamp())
            user, secret, method = _address(scope["path"])
            params = _params(scope, body)
            if latency := portal.switches["latency_seconds"]:
                await self._clock.sleep(latency)
            how = self._fault(method, params)
            if broken := _broken(portal, how):
                return broken
            self._check(user, secret)
            return _spoiled(how, *_carried_out(portal, method, params, int(user)))
        except Say as no:
            return no.status, JSON, php_json(no.body())

    def _count(self, scope: Scope, now: float) -> None:
        portal = self._portal
        source = (scope.get("client") or ("unknown", 0))[0]
        switches = portal.switches
        if not portal.bucket.admit(source, now, switches["rate_plan"], switches["rejected_counts"]):
            raise _too_many(portal)

    def _fault(self, method: str, params: dict[str, Any]) -> str | None:
        if not self._portal.faults:
            return None
        methods = {method}
        if method == "batch":
            methods.update(method_of(command) for command in commands_of(params).values())
        return self._portal.faults.take(methods, faults.OF_REQUESTS)

    def _check(self, user: str, secret: str) -> None:
        known = user.isdigit() and int(user) in self._portal.company.people
        if not (hmac.compare_digest(secret.encode(), self._portal.secret.encode()) and known):
            raise Say(401, "INVALID_CREDENTIALS", "Invalid request credentials")


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


def _broken(portal: Portal, how: str | None) -> tuple[int, bytes, bytes] | None:
    """Faults that strike before anything is carried out."""
    match how:
        case "limit":
            raise _too_many(portal)
        case "auth":
            raise Say(401, "INVALID_CREDENTIALS", "Invalid request credentials")
        case "error500":
            raise Say(500, "INTERNAL_SERVER_ERROR", "Internal server error")
        case "html503":
            return 503, HTML, HTML_503
        case "html200":
            return 200, HTML, HTML_LOGIN
        case "not_done_no_answer":
            raise Dropped
        case _:
            return None


def _carried_out(portal: Portal, method: str, params: dict[str, Any], user: int) -> tuple[int, bytes]:
    try:
        return 200, php_json(_envelope(run(portal, method, params, user)))
    except Say as no:
        return no.status, php_json(no.body())
    except Exception:  # noqa: BLE001 - whatever breaks inside, a portal answers 500
        traceback.print_exc()
        return 500, php_json(Say(500, "INTERNAL_SERVER_ERROR", "Internal server error").body())


def _spoiled(how: str | None, status: int, body: bytes) -> tuple[int, bytes, bytes]:
    """Faults that strike after everything was carried out."""
    match how:
        case "done_no_answer":
            raise Dropped
        case "empty":
            return 200, JSON, b""
        case "truncated":
            return 200, JSON, body[: len(body) // 2]
        case _:
            return status, JSON, body


def _too_many(portal: Portal) -> Say:
    portal.ledger.rejected_503 += 1
    return Say(503, "QUERY_LIMIT_EXCEEDED", "Too many requests")


def _envelope(timed: Timed) -> dict[str, Any]:
    answer = timed.answer
    body = {"result": answer.result}
    if answer.next is not None:
        body["next"] = answer.next
    if answer.total is not None:
        body["total"] = answer.total
    return {**body, "time": timed.time}


def _address(path: str) -> tuple[str, str, str]:
    parts = [part for part in path.split("/") if part]
    if len(parts) != 4 or parts[0].lower() != "rest":
        raise Say(401, "NO_AUTH_FOUND", "Wrong authorization data")
    return parts[1], parts[2], parts[3].lower().removesuffix(".json")


async def _read_body(receive: Receive) -> bytes:
    body: bytes = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Dropped
        body += message.get("body", b"")
        if not message.get("more_body") or len(body) > LARGEST_BODY:
            return body


def _params(scope: Scope, body: bytes) -> dict[str, Any]:
    params = parse_form(scope["query_string"].decode("latin-1"))
    if not body.strip():
        return params
    kind: bytes = dict(scope["headers"]).get(b"content-type", b"")
    if b"json" in kind:
        return {**params, **_json(body)}
    return {**params, **parse_form(body.decode("utf-8", "replace"))}


def _json(body: bytes) -> dict[str, Any]:
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        raise Say(400, "INVALID_REQUEST", "Invalid JSON") from None
    return sent if isinstance(sent, dict) else {}
