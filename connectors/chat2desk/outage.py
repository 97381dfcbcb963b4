"""The watch over our webhook, and what was said while it was off.

The cursor is the newest message that was known while the webhook worked; it outlives the process. Found off
or missing, the webhook is mended first, and then everything after that message is read, however long it was.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from connectors.chat2desk import watch
from connectors.chat2desk.client import Client
from connectors.chat2desk.hooks import Reading
from connectors.chat2desk.wire import Row, whole_number
from qc_engine.ports import Arrival, Polled

FILLING = "fill:"


@dataclass
class Outage:
    """`url` is the webhook's full address, `door` the part of it that never changes."""

    client: Client
    url: str
    door: str
    phone_of: Callable[[Row], str]
    newest: int = 0  # that a webhook has told of since this process began

    def heard(self, arrivals: Sequence[Arrival]) -> None:
        """A webhook worked."""
        ids = (getattr(one.event, "message_id", None) for one in arrivals)
        self.newest = max([self.newest, *filter(None, ids)])

    def look(self, cursor: str, reading: Reading) -> Polled:
        """Is the webhook on? While what was missed is being read, the next page of it."""
        if cursor.startswith(FILLING):
            return self._fill(cursor.removeprefix(FILLING), reading)
        was_right = watch.keep_webhook(self.client, self.url, self.door)
        if cursor and not was_right:
            return Polled((), f"{FILLING}{cursor}", more=True)
        known = max(whole_number(cursor) or 0, self.newest)
        # Nothing known from a better day: from now on there is.
        return Polled((), str(known or (0 if cursor else self.client.newest_message_id() or 0)))

    def _fill(self, after: str, reading: Reading) -> Polled:
        page = watch.backfill(self.client, after, reading, self.phone_of)
        cursor = f"{FILLING}{page.cursor}" if page.more else page.cursor
        return Polled(page.arrivals, cursor, page.more)
