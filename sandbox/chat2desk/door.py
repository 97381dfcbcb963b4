"""The HTTP door of the account: faults, token, limits, then the method that the path names."""

import asyncio
import hmac
import json

from starlette.requests import Request
from starlette.responses import Response

from sandbox.chat2desk.call import ApiError, Call, read_fields
from sandbox.chat2desk.desk import Desk
from sandbox.chat2desk.faults import (
    AFTER,
    BEFORE,
    NEED_AUTH,
    QUOTA_EXCEEDED,
    RATE_EXCEEDED,
    error_answer,
)
from sandbox.chat2desk.methods import METHODS

AUTH_MISSING = "You have to specify your token. See API manual on info@chat2desk.com"


OPEN_TO_ALL = ["v1", "help", "transports"]


class Door:
    """Answers every /v1/ path; double and trailing slashes do not matter."""

    def __init__(self, desk: Desk, token: str) -> None:
        self._desk = desk
        self._token = token
        self._tokens_left = 0.0
        self._filled_at: float | None = None

    async def answer(self, request: Request) -> Response:
        desk = self._desk
        desk.tally.requests += 1
        if desk.switches.answer_delay_seconds:
            await asyncio.sleep(desk.switches.answer_delay_seconds)
        parts = ["v1", *filter(None, request.path_params["path"].split("/"))]
        how = desk.faults.take(request.method, "/" + "/".join(parts))
        if how in BEFORE:
            return BEFORE[how]()
        answer = await self._answer(request, parts)
        return AFTER[how]() if how in AFTER else answer

    async def _answer(self, request: Request, parts: list[str]) -> Response:
        try:
            if not (self._desk.switches.help_without_token and parts == OPEN_TO_ALL):
                self._admit(request)
            body = await request.body()
            fields = read_fields(request.scope["query_string"], body, request.headers.get("content-type", ""))
            return self._carry_out(request.method, parts, fields)
        except ApiError as error:
            return error_answer(error.status, error.message, error.errors)

    def _admit(self, request: Request) -> None:
        token = request.headers.get("authorization")
        if not token:
            raise ApiError(401, AUTH_MISSING)
        if not hmac.compare_digest(token.encode(), self._token.encode()):
            raise ApiError(401, NEED_AUTH)
        self._count_month()
        self._count_second()

    def _count_month(self) -> None:
        tally, now = self._desk.tally, self._desk.clock.now()
        if tally.month != (now.year, now.month):
            tally.month, tally.requests_this_month = (now.year, now.month), 0
        quota = self._desk.switches.monthly_quota
        if quota and tally.requests_this_month >= quota:
            tally.rate_limited += 1
            raise ApiError(429, QUOTA_EXCEEDED)
        tally.requests_this_month += 1

    def _count_second(self) -> None:
        rate, now = self._desk.switches.rate_per_second, self._desk.clock.now().timestamp()
        if not rate:
            return
        passed = rate if self._filled_at is None else max(0.0, now - self._filled_at) * rate
        self._tokens_left = min(max(rate, 1.0), self._tokens_left + passed)
        self._filled_at = now
        if self._tokens_left < 1:
            self._desk.tally.rate_limited += 1
            raise ApiError(429, RATE_EXCEEDED)
        self._tokens_left -= 1

    def _carry_out(self, method: str, parts: list[str], fields: dict[str, object]) -> Response:
        shape = "/".join("{id}" if part.isdecimal() else part for part in parts)
        carry_out = METHODS.get(f"{method} /{shape}")
        if carry_out is None:
            raise ApiError(404, "Page not found")
        ids = tuple(int(part) for part in parts if part.isdecimal())
        body = carry_out(self._desk, Call(fields, ids))
        return Response(json.dumps(body, ensure_ascii=False), media_type="application/json")
