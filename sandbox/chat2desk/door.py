"""The HTTP door of the account: faults, token, limits, then the method that the path names."""

import asyncio
import hmac
import json
import re

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
from sandbox.chat2desk.methods.company import whatsapp_templates

AUTH_MISSING = "You have to specify your token. See API manual on info@chat2desk.com"
OPEN_TO_ALL = ["v1", "help", "transports"]
REST_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d:\d\d) UTC")


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
        is_down = desk.switches.messenger == "down"
        how = "html503" if is_down else desk.faults.take(request.method, "/" + "/".join(parts))
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
            return self._refused(error)

    def _refused(self, error: ApiError) -> Response:
        switches = self._desk.switches
        status = 200 if switches.errors_with_200 else error.status
        answer = error_answer(status, error.message, error.errors, in_data=switches.errors_in_data)
        if error.message in (RATE_EXCEEDED, QUOTA_EXCEEDED) and switches.retry_after:
            answer.headers["Retry-After"] = switches.retry_after
        return answer

    def _admit(self, request: Request) -> None:
        token = request.headers.get("authorization")
        refused = self._desk.switches.auth_status
        if not token:
            raise ApiError(refused, AUTH_MISSING)
        if not hmac.compare_digest(token.encode(), self._token.encode()):
            raise ApiError(refused, NEED_AUTH)
        self._count_month()
        self._count_second()

    def _count_month(self) -> None:
        tally, now = self._desk.tally, self._desk.clock.now()
        if tally.month != (now.year, now.month):
            tally.month, tally.requests_this_month = (now.year, now.month), 0
        quota = self._desk.switches.monthly_quota
        if quota and tally.requests_this_month >= quota:
            tally.rate_limited += 1
            raise ApiError(self._desk.switches.quota_status, QUOTA_EXCEEDED)
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
            raise ApiError(self._desk.switches.rate_status, RATE_EXCEEDED)
        self._tokens_left -= 1

    def _carry_out(self, method: str, parts: list[str], fields: dict[str, object]) -> Response:
        shape = "/".join("{id}" if part.isdecimal() else part for part in parts)
        carry_out = METHODS.get(f"{method} /{shape}")
        if (method, f"/{shape}") == ("GET", self._desk.switches.template_list):
            carry_out = whatsapp_templates
        if carry_out is None:
            raise ApiError(404, "Page not found")
        ids = tuple(int(part) for part in parts if part.isdecimal())
        text = json.dumps(carry_out(self._desk, Call(fields, ids)), ensure_ascii=False)
        if self._desk.switches.rest_dates_dotted:
            text = REST_DATE.sub(r"\3.\2.\1 \4", text)
        status = self._desk.switches.post_status if method == "POST" else 200
        return Response(text, status, media_type="application/json")
