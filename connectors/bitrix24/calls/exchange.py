"""One request and its whole answer: a deadline, a size, and no secret in any log."""

import logging
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import httpx

from connectors.bitrix24.calls.errors import Failure, TimedOut, by_transport
from connectors.bitrix24.settings import Bitrix24Settings
from qc_engine.ports import OutcomeUnknown

IN_PATH = re.compile(r"(/rest/(?:api/)?\d+/)[^/\s\"']+")
IN_QUERY = re.compile(
    r"(?i)((?<![a-z_])(?:client_secret|refresh_token|access_token|application_token|auth|code|state)=)[^&\s\"']+"
)
LOUD = ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.http2", "httpcore.proxy")
HEADERS = {"Accept": "application/json", "User-Agent": "qc-engine/1"}
# A connection that the portal closed meanwhile turns a write into a riddle: keep it for a moment only.
KEEP_ALIVE_SECONDS = 5.0


@dataclass(frozen=True)
class Reply:
    """An answer as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Patience:
    """How long for a connection, how long for the whole, and how many bytes."""

    connect: timedelta
    whole: timedelta
    largest: int

    @property
    def httpx(self) -> httpx.Timeout:
        return httpx.Timeout(self.whole.total_seconds(), connect=self.connect.total_seconds())


class HidesSecret(logging.Filter):
    """httpx logs whole addresses, and ours hold secrets."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        hidden = IN_QUERY.sub(r"\1***", IN_PATH.sub(r"\1***", text))
        if hidden != text:
            record.msg, record.args = hidden, ()
        return True


HIDES_SECRET = HidesSecret()


def hide_secrets() -> None:
    """No library that carries our requests may log what is secret in them."""
    for name in LOUD:
        logging.getLogger(name).addFilter(HIDES_SECRET)


def open_http(settings: Bitrix24Settings) -> httpx.Client:
    """A client that trusts the usual certificates and the portal's own, and never repeats by itself."""
    trust = httpx.create_ssl_context()
    if settings.extra_ca:
        trust.load_verify_locations(settings.extra_ca)
    limits = httpx.Limits(max_connections=20, keepalive_expiry=KEEP_ALIVE_SECONDS)
    return httpx.Client(verify=trust, limits=limits, follow_redirects=False)


def carried(http: httpx.Client, request: httpx.Request, name: str, patience: Patience) -> Reply:
    """The answer, whatever its status. Raises a Failure that knows nothing of the request but its `name`."""
    try:
        return _carry(http, request, name, patience)
    except httpx.TransportError as error:
        failure: Failure = by_transport(name, error)
    except httpx.HTTPError as error:
        failure = OutcomeUnknown(f"{name}: {type(error).__name__}")
    # Raised here, so that no traceback of ours shows the request with its address.
    raise failure


def _carry(http: httpx.Client, request: httpx.Request, name: str, patience: Patience) -> Reply:
    # A deadline for the whole answer: a slow drip resets httpx's own timeout with every byte.
    deadline = time.monotonic() + patience.whole.total_seconds()
    body = bytearray()
    response = http.send(request, stream=True, follow_redirects=False)
    try:
        for piece in response.iter_bytes():
            body += piece
            if time.monotonic() > deadline or len(body) > patience.largest:
                raise TimedOut(f"{name}: the answer does not end")
    finally:
        response.close()
    return Reply(response.status_code, response.headers, bytes(body))
