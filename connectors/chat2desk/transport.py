"""One request to Chat2Desk and its answer: paced, bounded, and never repeated here."""

import time
from typing import Any

import httpx

from connectors.chat2desk.failures import Answer, Hiccup, NotSent
from connectors.chat2desk.settings import Chat2DeskSettings
from qc_engine.ports import Broken, OutcomeUnknown, Pace

LARGEST_ANSWER = 4 * 1024 * 1024
# Raised before a byte of the request has left.
NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


class Transport:
    """The only way out: whatever goes to Chat2Desk takes a slot here."""

    def __init__(self, settings: Chat2DeskSettings, pace: Pace, http: httpx.Client | None = None) -> None:
        self.settings = settings
        self.pace = pace
        self.http = http or make_http(settings)

    def exchange(self, method: str, path: str, *, unsafe: bool, **request: Any) -> Answer:
        """One request, one answer. Raises TryLater, Broken or, for an unsafe one, OutcomeUnknown."""
        self.pace.slot()
        try:
            return self._exchanged(method, path, unsafe=unsafe, **request)
        finally:
            self.pace.answered()

    def _exchanged(self, method: str, path: str, *, unsafe: bool, **request: Any) -> Answer:
        call = f"{method} {path}"
        headers = {"Authorization": self.settings.token.get_secret_value(), "Accept": "application/json"}
        try:
            with self.http.stream(
                method, self.settings.base_url + path, headers=headers, **request
            ) as response:
                return Answer(
                    response.status_code, self._body(response), response.headers.get("retry-after", "")
                )
        except NOT_SENT as problem:
            if "CERTIFICATE" in str(problem).upper():
                raise Broken(f"{call}: the certificate is not accepted") from problem
            raise NotSent(f"{call}: not sent, {type(problem).__name__}") from problem
        except httpx.HTTPError as problem:
            lost = f"{call}: no answer, {type(problem).__name__}"
            raise (OutcomeUnknown(lost) if unsafe else Hiccup(lost)) from problem

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


def make_http(settings: Chat2DeskSettings) -> httpx.Client:
    """No redirects, no repeats, and connections too fresh to have been closed by the other side."""
    timeout = httpx.Timeout(
        settings.http_timeout.total_seconds(), connect=settings.connect_timeout.total_seconds()
    )
    limits = httpx.Limits(max_connections=10, keepalive_expiry=5)
    return httpx.Client(timeout=timeout, limits=limits, follow_redirects=False)
