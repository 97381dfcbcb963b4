"""The HTTP door of the bot: faults, token, limits, then the method that the path names."""

import hmac
import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.faults import Dropped
from sandbox.max.methods import METHODS, ApiError, Call

if TYPE_CHECKING:
    from sandbox.max.account import MaxBot


def complaint(status: int, code: str, message: str) -> Response:
    return JSONResponse({"code": code, "message": message}, status)


def too_many() -> Response:
    return complaint(429, "too.many.requests", "Too many requests")


# Faults that answer instead of carrying the call out, and faults that answer after it was carried out.
BEFORE: dict[str, Callable[[], Response]] = {
    "limit": too_many,
    "operating": too_many,
    "html503": lambda: Response("<html><h1>503</h1></html>", 503, media_type="text/html"),
    "error500": lambda: complaint(500, "internal.error", "Internal error"),
    "auth": lambda: complaint(401, "verify.token", "Invalid access_token"),
    "refuse": lambda: complaint(400, "proto.payload", "Invalid body"),
    "not_done_no_answer": Dropped,
}
AFTER: dict[str, Callable[[], Response]] = {
    "done_no_answer": Dropped,
    "empty": lambda: Response(b"", 200),
}
WAYS_TO_FAIL = (*BEFORE, *AFTER)


class Door:
    """Answers every path under the token of the header."""

    def __init__(self, bot: "MaxBot") -> None:
        self._bot = bot

    async def answer(self, request: Request) -> Response:
        bot = self._bot
        bot.tally["requests"] += 1
        # Below a prefix the path has it in front.
        path = "/" + request.url.path.rpartition("/")[2]
        how = bot.faults.take(request.method, path)
        if how in BEFORE:
            return BEFORE[how]()
        answer = self._answer(request, f"{request.method} {path}", await request.body())
        return AFTER[how]() if how in AFTER else answer

    def _answer(self, request: Request, call: str, raw: bytes) -> Response:
        bot = self._bot
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), bot.token.encode()):
            return complaint(401, "verify.token", "Invalid access_token")
        if bot.limits.wait():
            bot.tally["rate_limited"] += 1
            return too_many()
        try:
            return JSONResponse(METHODS[call](bot, Call(dict(request.query_params), _body(raw))))
        except ApiError as error:
            bot.tally["rate_limited" if error.status == 429 else "refused"] += 1
            return complaint(error.status, error.code, str(error))


def _body(raw: bytes) -> dict[str, object]:
    try:
        body = json.loads(raw) if raw else {}
    except ValueError:
        raise ApiError(400, "proto.payload", "Can't deserialize body") from None
    return body if isinstance(body, dict) else {}
