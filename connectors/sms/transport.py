"""One request to the gateway and its answer: paced, bounded, and never repeated once it may have left."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from connectors.sms.failures import Answer, Hiccup
from connectors.sms.settings import SmsSettings
from qc_engine.ports import Broken, NobodyThere, OutcomeUnknown, Pace

LARGEST_ANSWER = 1024 * 1024
# Raised before a byte of the request has left.
NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


@dataclass(frozen=True)
class Filled:
    """A request with nothing left to fill in. `name` stands for it in logs: the rest holds secrets."""

    name: str
    method: str
    path: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    body: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def options(self) -> dict[str, Any]:
        """What httpx needs besides method and address."""
        given: dict[str, Any] = {"headers": {"Accept": "*/*", **self.headers}}
        if self.query:
            given["params"] = dict(self.query)
        if self.form:
            given["data"] = dict(self.form)
        if self.body:
            given["json"] = dict(self.body)
        return given


def _nothing() -> None: ...


class Transport:
    """The only way out: whatever goes to the gateway takes a slot here."""

    def __init__(self, settings: SmsSettings, pace: Pace, http: httpx.Client | None = None) -> None:
        self.settings = settings
        self.pace = pace
        self.http = http or make_http(settings)

    def exchange(
        self, request: Filled, *, unsafe: bool, urgent: bool = False, check: Callable[[], None] = _nothing
    ) -> Answer:
        """One request, one answer. Raises TryLater, Broken or, for an unsafe one, OutcomeUnknown.

        `check` is called once the slot is there, which may take long; what it raises stops the request.
        """
        self.pace.slot(urgent)
        try:
            check()
            return self._first_that_connects(request, unsafe=unsafe)
        finally:
            self.pace.answered()

    def _first_that_connects(self, request: Filled, *, unsafe: bool) -> Answer:
        *first, last = self.settings.addresses
        for base in first:
            try:
                return self._exchanged(base, request, unsafe=unsafe)
            except _NotSent:
                continue
        return self._exchanged(last, request, unsafe=unsafe)

    def _exchanged(self, base: str, request: Filled, *, unsafe: bool) -> Answer:
        try:
            with self.http.stream(request.method, base + request.path, **request.options()) as response:
                return Answer(
                    response.status_code, self._body(response), response.headers.get("retry-after", "")
                )
        except NOT_SENT as problem:
            if "CERTIFICATE" in str(problem).upper():
                raise Broken(f"{request.name}: the certificate is not accepted") from None
            raise _NotSent(f"{request.name}: not sent, {type(problem).__name__}") from None
        except httpx.InvalidURL:
            raise Broken(f"{request.name}: the gateway's address is none") from None
        except httpx.HTTPError as problem:
            # The exception holds the whole request, the password and the client's number too.
            lost = f"{request.name}: no answer, {type(problem).__name__}"
            raise (OutcomeUnknown(lost) if unsafe else Hiccup(lost)) from None

    def _body(self, response: httpx.Response) -> bytes:
        """The body within one deadline and one size, however slowly it drips."""
        # The machine's own seconds: a demo clock that jumps must not end a healthy answer.
        deadline = time.monotonic() + self.settings.http_timeout.total_seconds()
        body = bytearray()
        for part in response.iter_bytes():
            body += part
            if len(body) > LARGEST_ANSWER:
                raise httpx.ReadError("answer too large")
            if time.monotonic() > deadline:
                raise httpx.ReadTimeout("answer too slow")
        return bytes(body)


class _NotSent(Hiccup, NobodyThere):
    """Nobody answered at this address: another one may be tried."""


def make_http(settings: SmsSettings) -> httpx.Client:
    """No redirects, no repeats, and connections too fresh to have been closed by the other side."""
    timeout = httpx.Timeout(
        settings.http_timeout.total_seconds(), connect=settings.connect_timeout.total_seconds()
    )
    limits = httpx.Limits(max_connections=10, keepalive_expiry=5)
    return httpx.Client(timeout=timeout, limits=limits, follow_redirects=False)
