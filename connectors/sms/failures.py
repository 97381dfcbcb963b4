"""What an answer of a gateway means for the work that asked for it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from connectors.sms.description import Gateway
from connectors.sms.errors import ErrorRow
from connectors.sms.wire import Said, read_answer, scrubbed
from qc_engine.ports import Broken, OutcomeUnknown, Refused, TryLater

SHORTEST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(hours=1)
USUAL_PAUSE = timedelta(seconds=10)

Failure = TryLater | Refused | Broken | OutcomeUnknown


class Hiccup(TryLater):
    """A read that may well succeed in a second."""


class TooFast(TryLater):
    """The gateway said that we ask too often; `after` is always given."""


@dataclass(frozen=True)
class Answer:
    """What came back over the wire."""

    status: int
    raw: bytes
    retry_after: str = ""


@dataclass(frozen=True)
class Judged:
    """An answer as it was understood; `said` is None when nobody can read it."""

    answer: Answer
    said: Said | None
    code: str = ""  # of an error, '' when the answer names none
    text: str = ""

    @property
    def is_error(self) -> bool:
        return bool(self.code)


def judged(answer: Answer, gateway: Gateway) -> Judged:
    """Errors stand in the body, mostly with a status of 200."""
    try:
        said = read_answer(answer.raw, gateway.format)
    except ValueError:
        return Judged(answer, None)
    errors = gateway.errors
    codes = [code for path in errors.code if (code := said.at(path)) and code not in errors.fine]
    texts = [text for path in errors.text if (text := said.at(path))]
    return Judged(answer, said, codes[0] if codes else "", "; ".join(texts))


def failure_in(
    judged: Judged, call: str, gateway: Gateway, now: datetime, hidden: Sequence[str], *, unsafe: bool
) -> Failure | None:
    """None when the call succeeded. `unsafe`: when in doubt it may have been carried out.

    `hidden` are texts that must not show up in a reason.
    """
    reason = _reason(judged, call, hidden)
    row = next((one for one in gateway.errors.rows if _fits(one, judged)), None)
    if row is not None:
        return _of_row(row, reason, unsafe=unsafe)
    return _of_http(judged, reason, now, unsafe=unsafe)


def _reason(judged: Judged, call: str, hidden: Sequence[str]) -> str:
    code = f", code {scrubbed(judged.code)}" if judged.code else ""
    said = scrubbed(judged.text, hidden)
    return f"{call}: HTTP {judged.answer.status}{code}{': ' if said else ''}{said}"


def _fits(row: ErrorRow, judged: Judged) -> bool:
    """A row speaks of errors only: words of a good answer must not look like one."""
    status = judged.answer.status
    if not (judged.is_error or status >= 300 or str(status) in row.http):
        return False
    return (
        (not row.codes or judged.code in row.codes)
        and (not row.http or str(status) in row.http)
        and (not row.has or (judged.said is not None and judged.said.has(row.has)))
        and (not row.pattern or bool(re.search(row.pattern, judged.text, re.IGNORECASE)))
    )


def _of_row(row: ErrorRow, reason: str, *, unsafe: bool) -> Failure:
    told = f"{reason} ({row.say})" if row.say else reason
    match row.means:
        case "later":
            return TryLater(told, row.after)
        case "slow_down":
            return TooFast(told, row.pause)
        case "broken":
            return Broken(told)
        case "unknown":
            return OutcomeUnknown(told) if unsafe else TryLater(told)
        case "refused":
            return Refused(told, code=row.code)


def _of_http(judged: Judged, reason: str, now: datetime, *, unsafe: bool) -> Failure | None:
    status = judged.answer.status
    if status == 429:
        return TooFast(reason, pause_asked(judged.answer.retry_after, now))
    if status in (401, 402, 403):
        return Broken(f"{reason} (шлюз не принял ключ или закончились деньги)")
    if 300 <= status < 400:
        return Broken(f"{reason} (адрес шлюза ведёт на другой: проверьте base_url)")
    if status == 408:
        return TryLater(reason)
    if status >= 500:
        return OutcomeUnknown(reason) if unsafe else Hiccup(reason)
    if status >= 400 or judged.is_error:
        return Refused(reason)
    if judged.said is None:
        unreadable = f"{reason}, an unreadable body"
        return OutcomeUnknown(unreadable) if unsafe else TryLater(unreadable)
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
