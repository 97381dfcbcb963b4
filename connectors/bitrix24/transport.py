"""One POST to the portal: its slot, its deadline, its redirect, and no secret in any log."""

import logging
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

import httpx

from connectors.bitrix24.errors import TimedOut, by_transport
from connectors.bitrix24.settings import Bitrix24Settings
from qc_engine.ports import Broken, OutcomeUnknown, Pace

SECRET = re.compile(r"(/rest/(?:api/)?\d+/)[^/\s\"']+")
USER_AGENT = "qc-engine/1"
LARGEST_ANSWER = 32 * 2**20
# A connection that the portal closed meanwhile turns a write into a riddle: keep it for a moment only.
KEEP_ALIVE_SECONDS = 5.0


@dataclass(frozen=True)
class Reply:
    """An answer as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class HidesSecret(logging.Filter):
    """httpx logs whole addresses, and ours hold the secret."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if SECRET.search(text):
            record.msg, record.args = SECRET.sub(r"\1***", text), ()
        return True


HIDES_SECRET = HidesSecret()


def open_http(settings: Bitrix24Settings) -> httpx.Client:
    """A client that trusts the usual certificates and the portal's own, and never repeats by itself."""
    trust = httpx.create_ssl_context()
    if settings.extra_ca:
        trust.load_verify_locations(settings.extra_ca)
    limits = httpx.Limits(max_connections=20, keepalive_expiry=KEEP_ALIVE_SECONDS)
    return httpx.Client(verify=trust, limits=limits, follow_redirects=False)


class Transport:
    """Carries one call at a time to the portal, wherever it has moved."""

    def __init__(self, settings: Bitrix24Settings, pace: Pace, http: httpx.Client | None) -> None:
        logging.getLogger("httpx").addFilter(HIDES_SECRET)
        self._pace = pace
        self._http = http or open_http(settings)
        self._connect = settings.connect_timeout
        address = urlsplit(settings.webhook_url.get_secret_value())
        self._origin = f"{address.scheme}://{address.netloc}"
        self._path = address.path.rstrip("/")

    def post(self, method: str, params: Mapping[str, object], timeout: timedelta) -> Reply:
        """The answer, whatever its status. Raises a Failure when there is none."""
        for _ in range(2):
            self._pace.slot()
            reply = self._send(method, params, timeout)
            if not (300 <= reply.status < 400):
                return reply
            self._follow(method, reply.headers.get("location", ""))
        raise Broken(f"{method}: the portal redirects in a circle")

    def _follow(self, method: str, location: str) -> None:
        """A renamed portal: the same path on a new host. Any other redirect would carry the secret away."""
        new = urlsplit(location)
        same_path = new.path == f"{self._path}/{method}"
        if not same_path or not new.netloc or (new.scheme, self._origin[:5]) == ("http", "https"):
            raise Broken(f"{method}: the portal redirects to another page ({new.netloc or 'itself'})")
        self._origin = f"{new.scheme}://{new.netloc}"

    def _send(self, method: str, params: Mapping[str, object], timeout: timedelta) -> Reply:
        try:
            return self._exchange(method, params, timeout.total_seconds())
        except httpx.TransportError as error:
            failure = by_transport(method, error)
        except httpx.HTTPError as error:
            failure = OutcomeUnknown(f"{method}: {type(error).__name__}")
        # Raised here, so that no traceback of ours shows the request with its address.
        raise failure

    def _exchange(self, method: str, params: Mapping[str, object], seconds: float) -> Reply:
        # A deadline for the whole answer: a slow drip resets httpx's own timeout with every byte.
        deadline = time.monotonic() + seconds
        headers = {"Accept": "application/json", "User-Agent": USER_AGENT}
        url = f"{self._origin}{self._path}/{method}"
        timeout = httpx.Timeout(seconds, connect=self._connect.total_seconds())
        body = bytearray()
        with self._http.stream("POST", url, json=params, headers=headers, timeout=timeout) as response:
            for piece in response.iter_bytes():
                body += piece
                if time.monotonic() > deadline or len(body) > LARGEST_ANSWER:
                    raise TimedOut(f"{method}: the answer does not end")
        return Reply(response.status_code, response.headers, bytes(body))
