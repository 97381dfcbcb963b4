"""What an answer of a messenger means for the work that asked for it."""

import re
from dataclasses import dataclass
from datetime import timedelta

from connectors.bots.refusals import Refusal, refusal_in
from connectors.bots.wire import Row, read_json
from qc_engine.core.wording.texts import masked
from qc_engine.ports import Broken, NobodyThere, OutcomeUnknown, Refused, TryLater

LONGEST = 300
NUMBER = re.compile(r"\+?\d[\d ()-]{7,20}\d")
KEY = re.compile(r"\b[0-9A-Za-z_:-]{30,}\b")

SHORTEST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(hours=1)
USUAL_PAUSE = timedelta(seconds=2)  # the vendor gave no hint of its own

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


@dataclass(frozen=True)
class Told:
    """An answer in one shape for all vendors; `words` is empty unless the vendor itself complains."""

    status: int
    good: bool
    words: str = ""
    retry_after: object = ""  # seconds, by whatever field or header the vendor has for it


def failure_in(told: Told, call: str, known: tuple[Refusal, ...], *, unsafe: bool) -> Failure | None:
    """None when the call succeeded. `unsafe`: when in doubt it may have been carried out."""
    reason = f"{call}: HTTP {told.status} {scrubbed(told.words)}".rstrip()
    if told.status == 429:
        return TooFast(reason, pause_asked(told.retry_after))
    if told.status >= 500:
        return OutcomeUnknown(reason) if unsafe else Hiccup(reason)
    if told.status == 408:
        return TryLater(reason)
    if told.status >= 400:
        return _refused(told, reason, known)
    if told.status >= 300:
        return Broken(f"{reason} (адрес API ведёт на другой: проверьте base_url)")
    if told.good:
        return None
    unreadable = f"{call}: HTTP {told.status} with an unreadable body"
    return OutcomeUnknown(unreadable) if unsafe else TryLater(unreadable)


def _refused(told: Told, reason: str, known: tuple[Refusal, ...]) -> Failure:
    """The key and the address of the API concern everybody; the rest concerns one message."""
    if told.status == 401:
        return Broken(f"{reason} (ключ бота не принят)")
    if refusal := refusal_in(told.words, known):
        return Refused(refusal.say or reason, code=refusal.code)
    if told.status in (404, 405) or not told.words:
        # Nobody of the vendor speaks so: a wrong address, or somebody's page instead of the API.
        return Broken(f"{reason} (это не API мессенджера или ключ бота неверен: проверьте base_url и token)")
    return Refused(reason)


def scrubbed(text: str) -> str:
    """The vendor's words, fit for a log: short, without keys and full numbers."""
    text = KEY.sub("•••", text[: 4 * LONGEST])
    return NUMBER.sub(lambda number: masked(number[0]), text)[:LONGEST]


def pause_asked(retry_after: object) -> timedelta:
    """The pause that the vendor asks for, kept between a second and an hour."""
    if isinstance(retry_after, bool) or not isinstance(retry_after, int | float | str):
        return USUAL_PAUSE
    try:
        wish = timedelta(seconds=float(retry_after))
    except OverflowError:
        return LONGEST_PAUSE
    except ValueError:
        return USUAL_PAUSE
    return min(max(wish, SHORTEST_PAUSE), LONGEST_PAUSE)
