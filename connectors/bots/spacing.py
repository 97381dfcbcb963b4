"""One chat takes only so many messages a second; who comes too soon waits in the outbox."""

from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock

from qc_engine.ports import TryLater

MOST_CHATS = 50_000


class Spacing:
    """The last message of each chat, in bounded space and on any thread; a forgotten chat is a free one."""

    def __init__(self, gap: timedelta, most: int = MOST_CHATS) -> None:
        self.gap, self.most = gap, most
        self._left: OrderedDict[str, datetime] = OrderedDict()
        self._lock = Lock()

    def take(self, address: str, now: datetime) -> None:
        """A message to this chat leaves now. Raises TryLater when the one before left too short ago."""
        with self._lock:
            last = self._left.get(address)
            # A clock that was put back must not hold a chat until the old time comes again.
            if last is not None and timedelta() <= now - last < self.gap:
                raise TryLater("one message after the other in a chat", after=self.gap - (now - last))
            self._left[address] = now
            self._left.move_to_end(address)
            if len(self._left) > self.most:
                self._left.popitem(last=False)
