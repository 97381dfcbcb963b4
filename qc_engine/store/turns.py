"""One writer at a time, in the order they came: nobody who has just written pushes in before the others."""

import threading
from collections import deque
from contextlib import AbstractContextManager

from qc_engine.store.neighbours import Neighbours


class Turns:
    """Raises TimeoutError for who waits longer than `patience` seconds, perhaps for itself.

    `urgent` is for the hot writer, on whom visitors wait: it comes next, but not twice before the others.
    `neighbours`: other processes, which wait for each other by the same rule.
    """

    def __init__(self, patience: float, neighbours: Neighbours | None = None) -> None:
        self.patience = patience
        self.neighbours = neighbours
        self.ordinary, self.urgent = _Turn(self, urgent=False), _Turn(self, urgent=True)
        self._guard = threading.Lock()
        self._taken = self._was_urgent = False
        self._waiting: dict[bool, deque[threading.Lock]] = {True: deque(), False: deque()}  # by urgency

    @property
    def is_wanted(self) -> bool:
        """Does somebody urgent wait?"""
        return bool(self._waiting[True]) or (self.neighbours is not None and self.neighbours.is_wanted)

    def take(self, *, urgent: bool) -> None:
        with self._guard:
            if not self._taken:
                self._taken, self._was_urgent = True, urgent
                return
            called = threading.Lock()
            called.acquire()
            self._waiting[urgent].append(called)
        if not called.acquire(timeout=self.patience):
            self._leave(called, urgent)

    def give(self) -> None:
        """To who comes next: it stays taken, so nobody slips in between."""
        with self._guard:
            urgent = bool(self._waiting[True]) and not (self._was_urgent and self._waiting[False])
            if self._waiting[urgent]:
                self._was_urgent = urgent
                self._waiting[urgent].popleft().release()
            else:
                self._taken = False

    def _leave(self, called: threading.Lock, urgent: bool) -> None:
        with self._guard:
            if called not in self._waiting[urgent]:  # called at the very last moment
                return
            self._waiting[urgent].remove(called)
        raise TimeoutError("another transaction of this process holds the database")


class _Turn(AbstractContextManager[None]):
    def __init__(self, turns: Turns, *, urgent: bool) -> None:
        self._turns, self._urgent = turns, urgent

    def __enter__(self) -> None:
        self._turns.take(urgent=self._urgent)
        try:
            if self._turns.neighbours:
                self._turns.neighbours.take(urgent=self._urgent)
        except BaseException:
            self._turns.give()
            raise

    def __exit__(self, *_: object) -> None:
        if self._turns.neighbours:
            self._turns.neighbours.give()
        self._turns.give()
