"""One writer for the hot doors: whatever has gathered is committed at once, then every answer goes out."""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

from sqlmodel import Session

from qc_engine.store.database import Database
from qc_engine.store.driver import Driver, Writing
from qc_engine.store.waiting import Batch, answer, fail, release

T = TypeVar("T")
R = TypeVar("R")
Together = Callable[[Session, Sequence[R]], Sequence[T]]
ByDriver = Callable[[Writing, Sequence[R]], Sequence[T]]  # without a session: for what is really hot

MOST_IN_A_GROUP = 500  # rows; what one turn of a loop has gathered is never torn apart
MOST_WAITING = 10_000
LINGERING = 1.0  # of the time that the last flush took, at most
SHORTEST_LINGERING, LONGEST_LINGERING = 0.0002, 0.01  # s
LULL = 0.5  # of that time without anybody new: those who come back at once are all here


class TooManyWaiting(Exception):
    """The writer cannot keep up, or has been stopped: ask the sender to come again."""


class _BadWrite(Exception):
    """A write itself raised (`__cause__`); the database is not to blame."""


class GroupCommit:
    """Answers leave only after the commit of their group; a bad write fails alone.

    While one group is being flushed to disk, the next one gathers. After a slow flush the writer lingers for
    a part of its time, because those who were just answered may be back at once: without it two halves of
    them take turns, and each flush carries only one half. Who comes to an idle writer never waits.
    A write may run twice (together with others, then alone), so it must do nothing but use its session.
    """

    def __init__(self, database: Database, most_waiting: int = MOST_WAITING) -> None:
        self.database = database
        self.most_waiting = most_waiting
        self._waiting: deque[Batch] = deque()
        self._rows_waiting = 0
        self._enough = 1  # rows for which the writer is to be woken: to wake it costs more than a row
        # What a loop has gathered in its present turn; only that loop touches its entries.
        self._gathering: dict[tuple[asyncio.AbstractEventLoop, Any], Batch] = {}
        # The same lock guards 'is there work' and 'I am going to sleep': no wake-up falls in between.
        self._changed = threading.Condition(threading.Lock())
        self._stopping = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="group-commit", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Takes nothing new, stores everything that was accepted, then returns."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread:
            self._thread.join()

    def submit(self, write: Callable[[Session], T]) -> Future[T]:
        """For threads. Raises TooManyWaiting; the future raises what the write or the commit raised."""
        future: Future[T] = Future()
        self._accept(Batch(_one_by_one, False, None, [write], [future]))
        return future

    async def commit(self, write: Callable[[Session], T]) -> T:
        """For ASGI: `submit`, awaited."""
        stored: T = await self._gather(_one_by_one, False, write)
        return stored

    def commit_together(self, together: Together[R, T], row: R) -> asyncio.Future[T]:
        """For ASGI, to be awaited: all rows of one `together` in a group are stored by one call.

        The future raises TooManyWaiting too.
        """
        return self._gather(together, False, row)

    def commit_row(self, together: ByDriver[R, T], row: R) -> asyncio.Future[T]:
        """The same by the driver's cursor: for the hottest rows."""
        return self._gather(together, True, row)

    def _gather(
        self, together: Callable[[Any, Sequence[Any]], Sequence[Any]], by_driver: bool, row: Any
    ) -> asyncio.Future[Any]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        batch = self._gathering.get((loop, together))
        if batch is None:
            # One turn of the loop is one batch: the lock and the wake-up are paid once for all its rows.
            self._gathering[loop, together] = Batch(together, by_driver, loop, [row], [future])
            loop.call_soon(self._hand_over, loop, together)
        else:
            batch.rows.append(row)
            batch.futures.append(future)
        return future

    def _hand_over(self, loop: asyncio.AbstractEventLoop, together: Any) -> None:
        batch = self._gathering.pop((loop, together))
        try:
            self._accept(batch)
        except TooManyWaiting as full:
            batch.errors = dict.fromkeys(range(len(batch.rows)), full)
            answer([batch])

    def _accept(self, batch: Batch) -> None:
        with self._changed:
            if self._stopping or self._rows_waiting >= self.most_waiting:
                raise TooManyWaiting("stopped" if self._stopping else "too many writes are waiting")
            self._waiting.append(batch)
            self._rows_waiting += len(batch.rows)
            if self._rows_waiting >= self._enough:
                self._changed.notify()

    def _run(self) -> None:
        driver, flush_seconds, size = Driver(self.database), 0.0, 0
        while group := self._next_group(flush_seconds * LINGERING, size):
            began, size = time.monotonic(), sum(len(batch.rows) for batch in group)
            for by_driver in (True, False):
                self._store([batch for batch in group if batch.by_driver is by_driver], driver)
            flush_seconds = time.monotonic() - began
            release(group)
        driver.close()

    def _next_group(self, patience: float, answered: int) -> list[Batch]:
        """Empty only when stopped and drained. `patience`: s, to wait for the `answered` to come back."""
        group: list[Batch] = []
        size = 0
        with self._changed:
            if patience >= SHORTEST_LINGERING:
                self._linger(min(patience, LONGEST_LINGERING), self._rows_waiting + answered)
            while not (self._waiting or self._stopping):
                self._changed.wait()
            while self._waiting and size < MOST_IN_A_GROUP:
                group.append(self._waiting.popleft())
                size += len(group[-1].rows)
            self._rows_waiting -= size
        return group

    def _linger(self, patience: float, expected: int) -> None:
        """As long as they keep coming, but no longer than `patience`."""
        until, before, lull = time.monotonic() + patience, -1, patience * LULL
        self._enough = max(1, expected)
        while before < self._rows_waiting < self._enough and time.monotonic() < until and not self._stopping:
            before = self._rows_waiting
            self._changed.wait(lull)
        self._enough = 1

    def _store(self, group: list[Batch], driver: Driver) -> None:
        try:
            self._transact(group, driver)
        except _BadWrite:
            self._store_alone(group, driver)
        except Exception as trouble:  # noqa: BLE001  the writer outlives any trouble; each caller hears of it
            fail(group, trouble)

    def _store_alone(self, group: list[Batch], driver: Driver) -> None:
        """Row by row: the bad one is found, and the others are stored."""
        trouble: Exception | None = None
        for batch in group:
            batch.answers = [None] * len(batch.rows)
            for place in range(len(batch.rows)):
                # Once the database itself is in trouble, every further try would wait for its time-out.
                trouble = trouble or self._store_one(batch, place, driver)
                if trouble:
                    batch.errors[place] = trouble

    def _store_one(self, batch: Batch, place: int, driver: Driver) -> Exception | None:
        """What is wrong with the database, if anything."""
        one = batch.alone(place)
        try:
            self._transact([one], driver)
        except _BadWrite as bad:
            cause = bad.__cause__
            batch.errors[place] = cause if isinstance(cause, Exception) else bad
        except Exception as trouble:  # noqa: BLE001
            return trouble
        else:
            batch.answers[place] = one.answers[0]
        return None

    def _transact(self, group: Sequence[Batch], driver: Driver) -> None:
        """Raises _BadWrite for a write's own fault, anything else for the database's."""
        if not group:
            return
        if group[0].by_driver:
            with driver.transaction() as writing:
                _write(writing, group)
            return
        with self.database.transaction() as session:
            session.connection()  # BEGIN comes here, so that its failure is not blamed on a write
            _write(session, group)


def _write(by: Session | Writing, group: Sequence[Batch]) -> None:
    kinds: dict[Any, list[Batch]] = {}
    for batch in group:
        kinds.setdefault(batch.together, []).append(batch)
    try:
        for together, batches in kinds.items():
            rows = [row for batch in batches for row in batch.rows] if len(batches) > 1 else batches[0].rows
            answers = together(by, rows)
            if len(answers) != len(rows):
                raise ValueError(f"{len(rows)} rows were stored with {len(answers)} answers")
            start = 0
            for batch in batches:
                batch.answers = list(answers[start : start + len(batch.rows)])
                start += len(batch.rows)
        if isinstance(by, Session):
            by.flush()
    except Exception as error:
        raise _BadWrite from error


def _one_by_one(session: Session, writes: Sequence[Callable[[Session], T]]) -> Sequence[T]:
    return [write(session) for write in writes]
