"""Messages of which nobody has told us the end; they survive a restart.

They stand in notes of at most 50, so that a message costs one small note, however many there are. Only one
process at a time may send through one account.
"""

import json
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from qc_engine.ports import Memory, Unsealable

INDEX = "pages"
EACH = 50


class InRam:
    """A memory for those who need none: it ends with the process."""

    def __init__(self) -> None:
        self._notes: dict[str, str] = {}

    def read(self, name: str) -> str:
        return self._notes.get(name, "")

    def write(self, name: str, value: str, *, sealed: bool = False) -> None:
        self._notes[name] = value

    def alone(self, name: str) -> AbstractContextManager[None]:
        """No other process knows these notes."""
        return nullcontext()


@dataclass(frozen=True)
class Sent:
    """An accepted message: its number at the gateway, E.164 digits, and when it left."""

    number: str
    phone: str
    at: datetime


@dataclass
class _Page:
    number: int
    sent: dict[str, Sent] = field(default_factory=dict)


class Pending:
    """Any thread may add and ask."""

    def __init__(self, memory: Memory, keep: timedelta) -> None:
        """`keep`: an older message is forgotten, whatever became of it."""
        self._memory = memory
        self._keep = keep
        self._lock = Lock()
        self._pages: list[_Page] | None = None  # the last one takes what comes
        self._asked: dict[str, datetime] = {}
        self._told: tuple[str, frozenset[str]] = ("", frozenset())

    def add(self, sent: Sent) -> None:
        """Durable when this returns."""
        with self._lock:
            pages = self._loaded()
            if not pages or len(pages[-1].sent) >= EACH:
                pages.append(_Page(self._free_number()))
                self._keep_index()
            pages[-1].sent[sent.number] = sent
            self._keep_page(pages[-1])

    def get(self, number: str) -> Sent | None:
        """Also what another process has sent since we last looked."""
        with self._lock:
            found = self._find(number)
            if found is None:
                self._pages = None
                found = self._find(number)
            return found

    def _find(self, number: str) -> Sent | None:
        return next((page.sent[number] for page in self._loaded() if number in page.sent), None)

    def recall(self) -> None:
        """Another process has sent until now: what it wrote down is read again."""
        with self._lock:
            self._pages = None

    def due(self, now: datetime, every: timedelta, most: int) -> list[Sent]:
        """Those to be asked about now, the newest first; asked ones wait longer, the older they are."""
        with self._lock:
            self._forget(one.number for one in self._all() if now - one.at > self._keep)
            waiting = [one for one in self._all() if self._is_due(one, now, every)]
        return sorted(waiting, key=lambda one: one.at, reverse=True)[:most]

    def asked(self, ones: Iterable[Sent], now: datetime) -> None:
        with self._lock:
            self._asked |= {one.number: now for one in ones}

    def told(self, turn: str, numbers: Iterable[str]) -> None:
        """Their end is being told in this turn; they are forgotten when the turn is known to be kept."""
        with self._lock:
            self._told = (turn, frozenset(numbers))

    def confirm(self, turn: str) -> None:
        """The last turn that was kept: what it told is done, what a lost one told is told again."""
        with self._lock:
            told_in, numbers = self._told
            self._told = ("", frozenset())
            if told_in == turn:
                self._forget(numbers)
            else:
                self._asked = {one: at for one, at in self._asked.items() if one not in numbers}

    def _is_due(self, one: Sent, now: datetime, every: timedelta) -> bool:
        asked = self._asked.get(one.number)
        if asked is None:
            return now - one.at >= every
        return now - asked >= max(every, asked - one.at)

    def _all(self) -> list[Sent]:
        return [one for page in self._loaded() for one in page.sent.values()]

    def _forget(self, numbers: Iterable[str]) -> None:
        gone = set(numbers)
        if not gone:
            return
        pages = self._loaded()
        for page in pages:
            if gone & page.sent.keys():
                page.sent = {number: one for number, one in page.sent.items() if number not in gone}
                self._keep_page(page)
        self._asked = {number: at for number, at in self._asked.items() if number not in gone}
        if any(not page.sent for page in pages):
            self._pages = [page for page in pages if page.sent]
            self._keep_index()

    def _free_number(self) -> int:
        """The smallest one, so that the names of the notes stay few."""
        taken = {page.number for page in self._loaded()}
        return next(number for number in range(len(taken) + 1) if number not in taken)

    # Notes

    def _loaded(self) -> list[_Page]:
        if self._pages is None:
            index = _array(self._read(INDEX))
            self._pages = [self._page(one) for one in index if isinstance(one, int)]
        return self._pages

    def _page(self, number: int) -> _Page:
        rows = [row for row in _array(self._read(_name(number))) if isinstance(row, list) and len(row) == 3]
        sent = [Sent(str(row[0]), str(row[1]), datetime.fromisoformat(str(row[2]))) for row in rows]
        return _Page(number, {one.number: one for one in sent})

    def _read(self, name: str) -> str:
        try:
            return self._memory.read(name)
        except Unsealable:  # the key has changed: what became of those messages is not worth a failure
            return ""

    def _keep_index(self) -> None:
        numbers = [page.number for page in self._loaded()]
        self._memory.write(INDEX, json.dumps(numbers))

    def _keep_page(self, page: _Page) -> None:
        rows = [[one.number, one.phone, one.at.isoformat()] for one in page.sent.values()]
        self._memory.write(_name(page.number), json.dumps(rows) if rows else "", sealed=bool(rows))


def _name(number: int) -> str:
    return f"page:{number}"


def _array(text: str) -> Sequence[object]:
    try:
        found = json.loads(text or "[]")
    except ValueError:
        return ()
    return found if isinstance(found, list) else ()
