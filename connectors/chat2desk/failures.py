"""What an answer of Chat2Desk means for the work that asked for it.

The vendor documents no codes, so words decide beside the HTTP status ("Chat2Desk Public API").
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from connectors.chat2desk.meanings import scrubbed
from connectors.chat2desk.refusals import READ_NOTICE, Refusal, refusal_in
from connectors.chat2desk.wire import Row, part, read_json, whole_number, words
from qc_engine.ports import Broken, NobodyThere, OutcomeUnknown, Refused, TryLater

MONTH_SPENT = "limit per month"
TOO_FAST = "requests exceeded"
NO_ENTRY = ("need to auth", "specify your token")

SHORTEST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(hours=1)
USUAL_PAUSE = timedelta(seconds=10)  # the vendor gives no hint of its own

Failure = TryLater | Refused | Broken | OutcomeUnknown


class Hiccup(TryLater):
    """A read that may well succeed in a second: worth another try inside the client."""


class NotSent(Hiccup, NobodyThere):
    """Certainly not: there was no connection. Of everything, not of reads alone."""


class TooFast(TryLater):
    """The vendor said that we ask too often; `after` is always given."""


@dataclass(frozen=True)
class Answer:
    """What came back over the wire."""

    status: int
    raw: bytes
    retry_after: str = ""

    def row(self) -> Row:
        """The JSON object, or an empty one when the body is none."""
        try:
            body = read_json(self.raw)
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}


def failure_in(
    answer: Answer, call: str, known: tuple[Refusal, ...], now: datetime, *, unsafe: bool
) -> Failure | None:
    """None when the call succeeded. `unsafe`: when in doubt it may have been carried out."""
    row = answer.row()
    said = error_text(row)
    reason = f"{call}: HTTP {answer.status} {scrubbed(said)}".rstrip()
    if MONTH_SPENT in said:
        return Broken(f"{reason} (месячный запас обращений к API исчерпан)")
    if answer.status == 429 or TOO_FAST in said:
        return TooFast(reason, pause_asked(answer.retry_after, now))
    if answer.status == 402:
        return Broken(f"{reason} (счёт Chat2Desk не оплачен)")
    if answer.status in (401, 403) or any(sign in said for sign in NO_ENTRY):
        return Broken(f"{reason} (ключ API не принят)")
    if 300 <= answer.status < 400:
        return Broken(f"{reason} (адрес API ведёт на другой: проверьте base_url)")
    if answer.status >= 500:
        return OutcomeUnknown(reason) if unsafe else Hiccup(reason)
    if answer.status == 408:
        return TryLater(reason)
    if answer.status >= 400 or is_error(row):
        return _refused(said, reason, known)
    if not row:
        unreadable = f"{call}: HTTP {answer.status} with an unreadable body"
        return OutcomeUnknown(unreadable) if unsafe else TryLater(unreadable)
    return None


def _refused(said: str, reason: str, known: tuple[Refusal, ...]) -> Refused:
    """By the same patterns as a refusal that comes in-band."""
    refusal = refusal_in(said, known)
    if refusal is None or refusal.code == READ_NOTICE:
        return Refused(reason)
    return Refused(refusal.say or reason, code=refusal.code)


def is_error(row: Row) -> bool:
    """Errors come with a status of 200 too, at the top or inside data."""
    return "error" in (row.get("status"), part(row, "data").get("status"))


def error_text(row: Row) -> str:
    """All that an error answer says, in one line."""
    said = (words(row.get("message")), words(part(row, "data").get("message")), *error_lines(row))
    return "; ".join(filter(None, said))


def error_lines(row: Row) -> Iterator[str]:
    """The texts of `errors`, a map of a field to its complaints."""
    errors = row.get("errors")
    for complaints in errors.values() if isinstance(errors, dict) else ():
        yield from (words(line) for line in (complaints if isinstance(complaints, list) else [complaints]))


def existing_client(row: Row) -> int | None:
    """The id hidden in the refusal 'Client already exist': a JSON object written as a string."""
    for line in error_lines(row):
        try:
            found = read_json(line.encode())
        except ValueError:
            continue
        if isinstance(found, dict) and (client_id := whole_number(found.get("id"))):
            return client_id
    return None


def pause_asked(retry_after: str, now: datetime) -> timedelta:
    """Retry-After in seconds or as a date, kept between a second and an hour."""
    return min(max(_wish(retry_after.strip(), now), SHORTEST_PAUSE), LONGEST_PAUSE)


def _wish(retry_after: str, now: datetime) -> timedelta:
    try:
        return timedelta(seconds=float(retry_after))
    except OverflowError:
        return LONGEST_PAUSE
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(retry_after) - now
    except (ValueError, TypeError, OverflowError):
        return USUAL_PAUSE
