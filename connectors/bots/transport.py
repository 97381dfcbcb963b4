"""One request to a messenger and its answer: paced, bounded, and never repeated here."""

import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from connectors.bots.failures import Answer, Hiccup, NotSent, Told, TooFast, failure_in
from connectors.bots.settings import BotSettings
from qc_engine.clock import Clock
from qc_engine.ports import Broken, OutcomeUnknown, Pace

T = TypeVar("T")

READ_TRIES = 3
LARGEST_ANSWER = 4 * 1024 * 1024
# Raised before a byte of the request has left.
NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


def _always() -> None:
    """What is asked may always be asked."""


@dataclass(frozen=True)
class Ask:
    """One request. `call` names it in messages, because a URL may hold the key.

    `unsafe`: a client would read it twice, so that a lost answer is an unknown outcome. `ready` is asked
    when the slot is ours and nothing has left: whatever it raises is the outcome.
    """

    method: str
    url: str
    call: str
    unsafe: bool = False
    urgent: bool = False
    ready: Callable[[], None] = _always
    more: dict[str, Any] = field(default_factory=dict)  # json, params, headers


class Transport:
    """The only way out: whatever goes to the messenger takes a slot here."""

    def __init__(
        self, settings: BotSettings, clock: Clock, pace: Pace, http: httpx.Client | None = None
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.pace = pace
        self.http = http or make_http(settings)

    def exchange(self, ask: Ask) -> Answer:
        """One request, one answer. Raises TryLater, Broken or, for an unsafe one, OutcomeUnknown."""
        self.pace.slot(ask.urgent)
        try:
            ask.ready()
            return self._exchanged(ask)
        finally:
            self.pace.answered()

    def judge(self, ask: Ask, told: Told) -> None:
        """Raises what the answer means, unless it is a good one; a vendor in a hurry pauses the lane."""
        failure = failure_in(told, ask.call, self.settings.refusals, unsafe=ask.unsafe)
        if isinstance(failure, TooFast) and failure.after:
            self.pace.pause(failure.after.total_seconds())
        if failure is not None:
            raise failure

    def read(self, read_once: Callable[[], T]) -> T:
        """Three tries: short hiccups only, longer waiting is the loops' work."""
        tries = Retrying(
            retry=retry_if_exception_type(Hiccup),
            stop=stop_after_attempt(READ_TRIES),
            wait=wait_exponential(multiplier=0.5, max=4),
            sleep=self.clock.sleep,
            reraise=True,
        )
        return tries(read_once)

    def _exchanged(self, ask: Ask) -> Answer:
        try:
            with self.http.stream(ask.method, ask.url, **ask.more) as response:
                return Answer(
                    response.status_code, self._body(response), response.headers.get("retry-after", "")
                )
        except NOT_SENT as problem:
            if "CERTIFICATE" in str(problem).upper():
                raise Broken(f"{ask.call}: the certificate is not accepted (проверьте ca_file)") from problem
            raise NotSent(f"{ask.call}: not sent, {type(problem).__name__}") from problem
        except httpx.HTTPError as problem:
            lost = f"{ask.call}: no answer, {type(problem).__name__}"
            raise (OutcomeUnknown(lost) if ask.unsafe else Hiccup(lost)) from problem

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


def make_http(settings: BotSettings) -> httpx.Client:
    """No redirects, no repeats, and connections too fresh to have been closed by the other side."""
    timeout = httpx.Timeout(
        settings.http_timeout.total_seconds(), connect=settings.connect_timeout.total_seconds()
    )
    limits = httpx.Limits(max_connections=10, keepalive_expiry=5)
    return httpx.Client(
        timeout=timeout, limits=limits, follow_redirects=False, verify=_trust(settings.ca_file)
    )


def _trust(ca_file: Path | None) -> ssl.SSLContext | bool:
    """The usual roots, and one more where the vendor's certificate needs it."""
    if ca_file is None:
        return True
    context = httpx.create_ssl_context()
    context.load_verify_locations(cafile=ca_file)
    return context
