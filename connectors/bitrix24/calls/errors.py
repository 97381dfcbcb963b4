"""What an answer of the portal means: wait, give up, stop everything, or nobody knows.

Codes: the vendor's page "Error codes" (settings/how-to-call-rest-api) and its official Python client.
Texts come in the portal's language, so nothing here looks at them.
"""

import re
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum

import httpx

from qc_engine.ports import Broken, NobodyThere, OutcomeUnknown, Refused, TryLater

Failure = TryLater | Refused | Broken | OutcomeUnknown

TOO_FAST = "QUERY_LIMIT_EXCEEDED"
TOO_LONG = "OPERATION_TIME_LIMIT"
TOO_MANY = "ERROR_BATCH_LENGTH_EXCEEDED"


class Kind(Enum):
    """What the portal's word asks of us."""

    LATER = "certainly not done: wait and repeat"
    RENEW = "the access token is stale: renew it, then repeat"
    REFUSED = "this call will never work: a person looks at it"
    BROKEN = "no call works until a person acts"
    UNKNOWN = "nobody knows whether it was done"


KINDS = {
    TOO_FAST: Kind.LATER,
    TOO_LONG: Kind.LATER,
    "EXPIRED_TOKEN": Kind.RENEW,
    "INVALID_TOKEN": Kind.RENEW,
    "INTERNAL_SERVER_ERROR": Kind.UNKNOWN,
    "ERROR_UNEXPECTED_ANSWER": Kind.UNKNOWN,
    "ERROR_METHOD_NOT_FOUND": Kind.REFUSED,
    "ERROR_BATCH_METHOD_NOT_ALLOWED": Kind.REFUSED,
    "ERROR_MANIFEST_IS_NOT_AVAILABLE": Kind.REFUSED,
    "NOT_FOUND": Kind.REFUSED,
    "INVALID_ARG_VALUE": Kind.REFUSED,
    "ERROR_CORE": Kind.REFUSED,
    **dict.fromkeys(
        (
            # the webhook, or the application and its owner
            "NO_AUTH_FOUND", "INVALID_CREDENTIALS", "AUTHORIZATION_ERROR", "WRONG_AUTH_TYPE",
            "USER_ACCESS_ERROR", "ALLOWED_ONLY_INTRANET_USER", "ERROR_OAUTH", "APPLICATION_NOT_FOUND",
            "NOT_INSTALLED", "WRONG_CLIENT", "INVALID_CLIENT", "INVALID_GRANT", "INVALID_REQUEST",
            # its rights
            "INSUFFICIENT_SCOPE", "INVALID_SCOPE", "METHOD_CONFIRM_WAITING", "METHOD_CONFIRM_DENIED",
            # the portal
            "OVERLOAD_LIMIT", "PORTAL_DELETED", "PAYMENT_REQUIRED",
        ),
        Kind.BROKEN,
    ),
}  # fmt: skip
# REST 3.0 says the same in longer words (rest-v3.md): BITRIX_REST_V3_EXCEPTION_ENTITYNOTFOUNDEXCEPTION.
V3 = re.compile(r"BITRIX_REST_V3_EXCEPTION_(\w+?)(?:EXCEPTION)?")
FROM_V3 = {
    "ACCESSDENIED": "ACCESS_DENIED", "INSUFFICIENTSCOPE": "INSUFFICIENT_SCOPE", "ENTITYNOTFOUND": "NOT_FOUND",
}  # fmt: skip
BUSY_STATUSES = frozenset({423, 425, 429})
CLOSED_STATUSES = frozenset({401, 403, 404, 405, 407, 410})
NOT_FOUND = "not_found"

SHORTEST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(hours=1)
LONGEST_TEXT = 300
LONGEST_CHAIN = 10
TAG = re.compile(r"<[a-zA-Z/][^<>]{0,40}>")  # texts of tasks end in <br>
NUMBER = re.compile(r"\+?\d[\d\s()-]{8,}\d")


class Hiccup(NobodyThere):
    """The request never left: repeating it at once may help."""


class TooFast(TryLater):
    """One request too many in too short a time: the pace knows, and lets it go when there is room."""


class TimedOut(OutcomeUnknown):
    """No answer in time: repeating it at once would only double the wait."""


class Stale(Broken):
    """The portal takes our access token no more, and renewing it has not helped or is not possible."""


def by_code(
    method: str, code: object, text: object = "", status: int = 200, *, in_batch: bool = False
) -> Failure:
    """The failure that an error object means, at the top (with its HTTP status) or inside a batch."""
    word, told = word_of(code), (code.get("message") if isinstance(code, Mapping) else text)
    reason = f"{method}: {_told(word, told)}"
    match kind_of(word, status, in_batch=in_batch):
        case Kind.LATER:
            return TryLater(reason)
        case Kind.RENEW:
            return Stale(reason)
        case Kind.BROKEN:
            return Broken(reason)
        case Kind.UNKNOWN:
            return OutcomeUnknown(reason)
        case Kind.REFUSED:
            return Refused(reason, NOT_FOUND if word == "NOT_FOUND" else "refused")


def word_of(code: object) -> str:
    """The code in capitals, however the portal writes it: a string, a number, nothing, an object (3.0)."""
    if isinstance(code, Mapping):
        code = code.get("code")
    word = "" if code is None else str(code).strip().upper()
    if longer := V3.fullmatch(word):
        last = longer[1].rpartition("_")[2]
        return FROM_V3.get(last, last)
    return word


def kind_of(word: str, status: int, *, in_batch: bool = False) -> Kind:
    """The word decides; where it is new or says little, the HTTP status does."""
    if kind := KINDS.get(word):
        return kind
    if word == TOO_MANY:
        return Kind.LATER if in_batch else Kind.REFUSED  # the fifty before it were run
    if status in BUSY_STATUSES:
        return Kind.LATER
    # Of one deal the portal says 400; 403 is the plan, or the whole webhook.
    if status in (401, 407, 410) or (word == "ACCESS_DENIED" and status == 403):
        return Kind.BROKEN
    return Kind.UNKNOWN if status >= 500 else Kind.REFUSED


def _told(word: str, text: object) -> str:
    """The portal's own words, cut short and without anything that looks like a phone number."""
    words = " ".join(NUMBER.sub("…", TAG.sub(" ", str(text or ""))).split())[:LONGEST_TEXT]
    return f"{NUMBER.sub('…', word)[:LONGEST_TEXT]} {words}".strip() or "error without a code"


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
