"""The portal's second limit: how long each method may run. Asked before sending, fed by every answer."""

import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta

from connectors.bitrix24.calls.account import Account, dump, load
from qc_engine.clock import Clock
from qc_engine.ports import Memory

NOTE = "operating"
KEEP_EVERY = timedelta(seconds=5)


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


class Operating:
    """All accounts of one portal; many threads may ask."""

    def __init__(self, clock: Clock, limit: timedelta, memory: Memory) -> None:
        self._clock = clock
        self._limit = limit.total_seconds()
        self._memory = memory
        self._turn = threading.Condition()
        self._accounts: dict[str, Account] | None = None
        self._kept_at: datetime | None = None

    def admit(self, method: str, wanted: int) -> int:
        """How many commands of this method may be sent now; each must be reported by `landed`."""
        self._keep()
        with self._turn:
            account = self._account(method)
            # While some are under way their cost is a guess: it is better to hear first.
            while (granted := min(wanted, self._room(account))) < wanted and account.flying:
                self._turn.wait(1.0)
            account.flying += granted
            return granted

    def landed(self, method: str, count: int) -> None:
        """So many admitted commands are no longer under way, however they ended."""
        with self._turn:
            self._account(method).flying -= count
            self._turn.notify_all()

    def note(self, method: str, time: Mapping[str, object]) -> None:
        """The `time` object of a success."""
        with self._turn:
            self._account(method).note(time, self._clock.now())

    def block(self, method: str) -> timedelta:
        """The portal refused this method; how long to leave it alone."""
        with self._turn:
            self._account(method).block(self._clock.now())
        return self.left(method)

    def left(self, method: str) -> timedelta:
        """Zero when the method may be called."""
        with self._turn:
            return self._account(method).left(self._clock.now(), self._limit)

    def room(self, method: str) -> int:
        """How many commands would be admitted now."""
        with self._turn:
            return self._room(self._account(method))

    def takes(self, method: str, count: int) -> timedelta:
        """How long this limit alone makes so many commands take."""
        with self._turn:
            return self._account(method).takes(count, self._clock.now(), self._limit)

    def recall(self) -> None:
        """Another process has called until now: its accounts are newer than ours."""
        with self._turn:
            if not any(one.flying for one in (self._accounts or {}).values()):
                self._accounts = None

    def _room(self, account: Account) -> int:
        return account.room(self._clock.now(), self._limit)

    def _account(self, method: str) -> Account:
        if self._accounts is None:
            self._accounts = load(self._memory.read(NOTE))
        return self._accounts.setdefault(method.lower(), Account())

    def _keep(self) -> None:
        """Before sending, so that no answer waits for it; what a crash loses, the portal tells again."""
        with self._turn:
            now = self._clock.now()
            if self._accounts is None or (self._kept_at and now - self._kept_at < KEEP_EVERY):
                return
            self._kept_at = now
            text = dump(self._accounts, now)
        self._memory.write(NOTE, text)
