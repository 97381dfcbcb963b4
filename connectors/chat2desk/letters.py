"""What we sent lately, and what became of it: so that a refusal without a number finds its message.

WhatsApp's refusals come as `system` messages that name no other message (Webhooks (POST)). Known without
asking: a closed window refuses plain words only, trouble with a template only templates, nothing refuses what
has arrived, and what `outbox_status` has just called failed is meant before anything else.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from connectors.chat2desk.memory import Remembered

REFUSED_WITHIN = timedelta(hours=1)
TOGETHER = timedelta(minutes=2)
MOST_PHONES = 10_000
MOST_OF_ONE = 8
WINDOW, TEMPLATE = "window_closed", "template_problem"


@dataclass
class Sent:
    """One accepted message to one phone. `refused_by` is the system message that spoke of it."""

    number: int
    at: datetime
    template: str
    arrived: bool = False
    failed_at: datetime | None = None
    refused_by: int = 0


class Letters:
    """Our accepted messages of the last hour, by phone."""

    def __init__(self) -> None:
        self._sent: Remembered[str, tuple[Sent, ...]] = Remembered(MOST_PHONES)
        self._phones: Remembered[int, str] = Remembered(MOST_PHONES)
        self._lock = Lock()

    def sent(self, phone: str, number: int, template: str, now: datetime) -> None:
        with self._lock:
            known = [one for one in self._of(phone) if one.at >= now - REFUSED_WITHIN]
            self._sent.put(phone, (*known, Sent(number, now, template))[-MOST_OF_ONE:])
            self._phones.put(number, phone)

    def failed(self, number: int, at: datetime) -> None:
        """A status, or we ourselves, named this message as the one that was refused."""
        if one := self._find(number):
            one.failed_at = at

    def arrived(self, number: int) -> None:
        if one := self._find(number):
            one.arrived = True

    def template_of(self, number: int) -> str:
        """The name under which this message left; '' for plain words or somebody else's message."""
        one = self._find(number)
        return one.template if one else ""

    def meant(self, phone: str, code: str, system_id: int, at: datetime) -> int | None:
        """The message that a refusal without a number speaks of; None when several may be meant."""
        with self._lock:
            fit = [one for one in self._of(phone) if _may_be_meant(one, code, system_id, at)]
            # The same words again: a webhook is repeated, or the back-fill brings them too.
            again = [one for one in fit if one.refused_by == system_id]
            open_ones = [one for one in fit if not one.refused_by]
            # The two ways to tell of one failure come together; an older failure has had its words.
            just_failed = [one for one in open_ones if one.failed_at and abs(at - one.failed_at) <= TOGETHER]
            found = again or just_failed[:1] or [one for one in open_ones if one.failed_at is None]
            if len(found) != 1:
                return None
            found[0].refused_by = system_id
            return found[0].number

    def _of(self, phone: str) -> tuple[Sent, ...]:
        return self._sent.get(phone) or ()

    def _find(self, number: int) -> Sent | None:
        phone = self._phones.get(number)
        return next((one for one in self._of(phone) if one.number == number), None) if phone else None


def _may_be_meant(one: Sent, code: str, system_id: int, at: datetime) -> bool:
    if one.arrived or one.number >= system_id or at - one.at > REFUSED_WITHIN:
        return False
    if code == WINDOW:
        return not one.template
    return bool(one.template) if code == TEMPLATE else True
