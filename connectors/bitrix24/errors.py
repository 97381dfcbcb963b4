"""What an answer of the portal means: wait, give up, stop everything, or nobody knows.

Codes: the vendor's page "Error codes" (settings/how-to-call-rest-api) and its official Python client.
Texts come in the portal's language, so nothing here looks at them.
"""

import re
import ssl
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from qc_engine.ports import Broken, OutcomeUnknown, Refused, TryLater

Failure = TryLater | Refused | Broken | OutcomeUnknown

TOO_FAST = "QUERY_LIMIT_EXCEEDED"
TOO_LONG = "OPERATION_TIME_LIMIT"
BROKEN = frozenset(
    {
        # the webhook or its owner
        "NO_AUTH_FOUND", "INVALID_CREDENTIALS", "EXPIRED_TOKEN", "INVALID_TOKEN", "AUTHORIZATION_ERROR",
        "WRONG_CLIENT", "WRONG_AUTH_TYPE", "USER_ACCESS_ERROR", "ALLOWED_ONLY_INTRANET_USER",
        # its rights
        "INSUFFICIENT_SCOPE", "METHOD_CONFIRM_WAITING", "METHOD_CONFIRM_DENIED",
        "ERROR_OAUTH", "APPLICATION_NOT_FOUND", "NOT_INSTALLED",
        # the portal
        "OVERLOAD_LIMIT", "PORTAL_DELETED", "PAYMENT_REQUIRED", "INVALID_REQUEST",
    }
)  # fmt: skip
UNKNOWN = frozenset({"INTERNAL_SERVER_ERROR", "ERROR_UNEXPECTED_ANSWER"})
BUSY_STATUSES = frozenset({423, 425, 429})
CLOSED_STATUSES = frozenset({401, 403, 404, 405, 407, 410})
NOT_FOUND = "not_found"

SHORTEST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(hours=1)
LONGEST_TEXT = 300
LONGEST_CHAIN = 10
NUMBER = re.compile(r"\+?\d[\d\s()-]{8,}\d")


class Hiccup(TryLater):
    """The request never left: repeating it at once may help."""


class TimedOut(OutcomeUnknown):
    """No answer in time: repeating it at once would only double the wait."""


def by_code(method: str, code: object, text: object = "", status: int = 200) -> Failure:
    """The failure that an error object means, at the top (with its HTTP status) or inside a batch (200)."""
    word = str(code or "").strip().upper()
    reason = f"{method}: {_told(word or str(code), text)}"
    if word in (TOO_FAST, TOO_LONG):
        return TryLater(reason)
    if word in BROKEN or status == 401:
        return Broken(reason)
    if word == "ACCESS_DENIED" and status == 403:
        return Broken(reason)  # the plan, or the whole webhook; of one deal the portal says 400
    if word in UNKNOWN or status >= 500:
        return OutcomeUnknown(reason)
    return Refused(reason, NOT_FOUND if word == "NOT_FOUND" else "refused")


def _told(word: str, text: object) -> str:
    """The portal's own words, cut short and without anything that looks like a phone number."""
    words = NUMBER.sub("…", str(text or ""))[:LONGEST_TEXT]
    return f"{word} {words}".strip() or "error without a code"


def by_status(method: str, status: int, after: timedelta | None) -> Failure:
    """The failure of an answer that is not the portal's JSON: a proxy, a login page, an outage."""
    reason = f"{method}: HTTP {status} without an answer of the portal"
    if status in BUSY_STATUSES:
        return TryLater(reason, after)
    if status in CLOSED_STATUSES or 300 <= status < 400:
        return Broken(reason)
    if 400 <= status < 500:
        return Refused(reason)
    return OutcomeUnknown(reason)


def by_transport(method: str, error: httpx.TransportError) -> Failure:
    """The failure of a call that got no answer: before sending it is certain, after it nobody knows."""
    reason = f"{method}: {type(error).__name__}"
    if isinstance(error, httpx.ConnectError) and _is_certificate(error):
        return Broken(f"{reason}: the portal's certificate is not trusted")
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.ProxyError):
        return Hiccup(reason)
    return TimedOut(reason) if isinstance(error, httpx.TimeoutException) else OutcomeUnknown(reason)


def _is_certificate(error: BaseException | None) -> bool:
    for _ in range(LONGEST_CHAIN):
        if error is None or isinstance(error, ssl.SSLCertVerificationError):
            break
        error = error.__cause__ or error.__context__
    return isinstance(error, ssl.SSLCertVerificationError)


def retry_after(header: str | None, now: datetime) -> timedelta | None:
    """Seconds or an HTTP date, held between a second and an hour; None for what is neither."""
    if not header:
        return None
    wait = _span(header, now)
    return None if wait is None else min(max(wait, SHORTEST_WAIT), LONGEST_WAIT)


def _span(header: str, now: datetime) -> timedelta | None:
    try:
        return timedelta(seconds=float(header))
    except OverflowError:
        return LONGEST_WAIT
    except ValueError:
        return _until(header, now)


def _until(header: str, now: datetime) -> timedelta | None:
    try:
        moment = parsedate_to_datetime(header)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
    except (ValueError, OverflowError):
        return None
