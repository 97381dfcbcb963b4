"""Messages whose webhook is not believed: each is read again by its number, and the vendor's own copy counts.

What is still waiting when the process ends is brought by the next back-fill: it begins before them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from connectors.chat2desk.client import Client
from connectors.chat2desk.hooks import MESSAGES, Reading, read_message
from connectors.chat2desk.memory import Remembered
from connectors.chat2desk.wire import Row
from qc_engine.ports import Arrival, Broken, OutcomeUnknown, Polled, Refused, TryLater

log = structlog.get_logger()
MOST_WAITING = 1000  # a storm of forgeries costs so many requests at most, one after another
AT_ONCE = 20


@dataclass
class Reread:
    """Numbers of messages, in the order in which webhooks told them."""

    client: Client
    phone_of: Callable[[Row], str]

    def __post_init__(self) -> None:
        self._waiting: Remembered[str, Arrival] = Remembered(MOST_WAITING)

    def put(self, arrivals: Sequence[Arrival]) -> list[Arrival]:
        """Keeps the messages back; what else a webhook tells cannot be read again and goes on."""
        messages = [one for one in arrivals if one.key.startswith(MESSAGES)]
        for one in messages:
            self._waiting.put(one.key, one)
        return [one for one in arrivals if one not in messages]

    def poll(self, cursor: str, reading: Reading) -> Polled:
        """Some of the messages that wait. Raises what the first of them raised, if none could be read."""
        found: list[Arrival] = []
        for told in (one for _, one in self._waiting.oldest(AT_ONCE)):
            try:
                found += self._read(told, reading)
            except (TryLater, Broken, OutcomeUnknown):
                if not found:
                    raise
                return Polled(found, cursor)
            self._waiting.forget(told.key)
        return Polled(found, cursor, more=len(self._waiting) > 0)

    def _read(self, told: Arrival, reading: Reading) -> list[Arrival]:
        number = int(told.key.rpartition(":")[2])
        try:
            row = self.client.message(number)
        except Refused:
            log.warning("a webhook told of a message that is not there", message=number)
            return []
        found = read_message(row, self.phone_of, reading)
        if [_core(one) for one in found] != [_core(told)]:
            log.warning("a webhook differs from the message itself", message=number)
        return found


def _core(arrival: Arrival) -> tuple[str, str, str]:
    """What a forger would want to change."""
    event = arrival.event
    return type(event).__name__, getattr(event, "phone", ""), getattr(event, "text", "")
