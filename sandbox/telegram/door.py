"""The HTTP door of the bot: faults, token, limits, then the method that the path names."""

import hmac
import json
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.faults import Dropped
from sandbox.telegram.methods import METHODS, ApiError

if TYPE_CHECKING:
    from sandbox.telegram.account import TelegramBot


def complaint(status: int, description: str, retry_after: int = 0) -> Response:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    if retry_after:
        body["parameters"] = {"retry_after": retry_after}
    return JSONResponse(body, status)


def too_many(seconds: float) -> Response:
    wait = math.ceil(seconds) or 1
    return complaint(429, f"Too Many Requests: retry after {wait}", wait)


# Faults that answer instead of carrying the call out, and faults that answer after it was carried out.
BEFORE: dict[str, Callable[[], Response]] = {
    "limit": lambda: too_many(3),
    "operating": lambda: too_many(600),
    "html503": lambda: Response("<html><h1>503</h1></html>", 503, media_type="text/html"),
    "error500": lambda: complaint(500, "Internal Server Error"),
    "auth": lambda: complaint(401, "Unauthorized"),
    "refuse": lambda: complaint(400, "Bad Request: can't parse entities"),
    "not_done_no_answer": Dropped,
}
AFTER: dict[str, Callable[[], Response]] = {
    "done_no_answer": Dropped,
    "empty": lambda: Response(b"", 200),
}
WAYS_TO_FAIL = (*BEFORE, *AFTER)


class Door:
    """Answers every method under the token, by GET or POST."""

    def __init__(self, bot: "TelegramBot") -> None:
        self._bot = bot

    async def answer(self, request: Request) -> Response:
        bot, method = self._bot, request.path_params["method"]
        bot.tally["requests"] += 1
        how = bot.faults.take(request.method, f"/{method}")
        if how in BEFORE:
            return BEFORE[how]()
        answer = self._answer(request.path_params["token"], method, await _fields(request))
        return AFTER[how]() if how in AFTER else answer

    def _answer(self, token: str, method: str, fields: dict[str, Any]) -> Response:
        bot = self._bot
        if not hmac.compare_digest(token.encode(), bot.token.encode()):
            return complaint(401, "Unauthorized")
        carry_out = METHODS.get(method.lower())
        if carry_out is None:
            return complaint(404, "Not Found: method not found")
        if wait := bot.limits.wait():
            bot.tally["rate_limited"] += 1
            return too_many(wait)
        try:
            return JSONResponse({"ok": True, **carry_out(bot, fields)})
        except ApiError as error:
            key = "rate_limited" if error.status == 429 else "refused"
            bot.tally[key] += 1
            return too_many(error.wait) if error.status == 429 else complaint(error.status, str(error))


async def _fields(request: Request) -> dict[str, Any]:
    """Query, form and JSON fields in one dict, as Telegram takes them."""
    fields: dict[str, Any] = dict(request.query_params)
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        try:
            body = json.loads(await request.body() or b"{}")
        except ValueError:
            body = {}
        return fields | (body if isinstance(body, dict) else {})
    if kind.startswith("application/x-www-form-urlencoded"):
        return fields | dict(parse_qsl((await request.body()).decode(errors="replace")))
    return fields
