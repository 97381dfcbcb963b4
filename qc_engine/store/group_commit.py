"""One writer for the hot doors: whatever has gathered is committed at once, then every answer goes out."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from sqlmodel import Session

from qc_engine.store.database import Database

T = TypeVar("T")
R = TypeVar("R")
Together = Callable[[Session, Sequence[R]], Sequence[T]]

MOST_IN_A_GROUP = 500
MOST_WAITING = 10_000


class TooManyWaiting(Exception):
    """The writer cannot keep up, or has been stopped: ask the sender to come again."""


class _BadWrite(Exception):
    """A write itself raised (`__cause__`); the database is not to blame."""


@dataclass(eq=False, slots=True)
class _Waiting:
    """A write and whoever waits for its answer; `loop` is None for a thread."""

    together: Together[Any, Any]
    row: Any
    loop: asyncio.AbstractEventLoop | None
    future: Any
    answer: Any = field(default=None)
    error: Exception | None = field(default=None)


class GroupCommit:
    """Answers leave only after the commit of their group; a bad write fails alone.

    There is no artificial delay: while one group is being flushed to disk, the next one gathers.
    A write may run twice (together with others, then alone), so it must do nothing but use its session.
    """

    def __init__(self, database: Database, most_waiting: int = MOST_WAITING) -> None:
        self.database = database
        self.most_waiting = most_waiting
        self._waiting: deque[_Waiting] = deque()
        # The same lock guards 'is there work' and 'I am going to sleep': no wake-up falls in between.
        self._changed = threading.Condition()
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
        self._accept(_Waiting(_one_by_one, write, None, future))
        return future

    async def commit(self, write: Callable[[Session], T]) -> T:
        """For ASGI: `submit`, awaited."""
        answer: T = await self.commit_row(_one_by_one, write)
        return answer

    async def commit_row(self, together: Together[R, T], row: R) -> T:
        """For ASGI: all rows of one `together` in a group are stored by one call, answers in their order."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._accept(_Waiting(together, row, loop, future))
        return await future

    def _accept(self, one: _Waiting) -> None:
        with self._changed:
            if self._stopping or len(self._waiting) >= self.most_waiting:
                raise TooManyWaiting("stopped" if self._stopping else "too many writes are waiting")
            self._waiting.append(one)
            self._changed.notify()

    def _run(self) -> None:
        while group := self._next_group():
            self._store(group)
            _release(group)

    def _next_group(self) -> list[_Waiting]:
        """Empty only when stopped and drained."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._stopping)
            group = list(islice(self._waiting, MOST_IN_A_GROUP))
            for _ in group:
                self._waiting.popleft()
            return group

    def _store(self, group: list[_Waiting]) -> None:
        try:
            self._transact(group)
        except _BadWrite:
            self._store_alone(group)
        except Exception as trouble:  # noqa: BLE001  the writer outlives any trouble; each caller hears of it
            _fail(group, trouble)

    def _store_alone(self, group: list[_Waiting]) -> None:
        for place, one in enumerate(group):
            try:
                self._transact([one])
            except _BadWrite as bad:
                cause = bad.__cause__
                one.error = cause if isinstance(cause, Exception) else bad
            except Exception as trouble:  # noqa: BLE001
                # The database itself is in trouble: every further try would wait for its time-out.
                _fail(group[place:], trouble)
                return

    def _transact(self, group: list[_Waiting]) -> None:
        """Raises _BadWrite for a write's own fault, anything else for the database's."""
        with self.database.transaction() as session:
            session.connection()  # BEGIN comes here, so that its failure is not blamed on a write
            try:
                _write(session, group)
                session.flush()
            except Exception as error:
                raise _BadWrite from error


def _write(session: Session, group: list[_Waiting]) -> None:
    kinds: dict[Together[Any, Any], list[_Waiting]] = {}
    for one in group:
        kinds.setdefault(one.together, []).append(one)
    for together, ones in kinds.items():
        answers = together(session, [one.row for one in ones])
        for one, answer in zip(ones, answers, strict=True):
            one.answer = answer


def _one_by_one(session: Session, writes: Sequence[Callable[[Session], T]]) -> Sequence[T]:
    return [write(session) for write in writes]


def _fail(group: Sequence[_Waiting], error: Exception) -> None:
    for one in group:
        one.error = error


def _release(group: Sequence[_Waiting]) -> None:
    loops: dict[asyncio.AbstractEventLoop | None, list[_Waiting]] = {}
    for one in group:
        loops.setdefault(one.loop, []).append(one)
    for loop, ones in loops.items():
        if loop is None:
            _answer(ones)
        elif not loop.is_closed():
            _wake(loop, ones)  # one wake-up of the loop for the whole group


def _wake(loop: asyncio.AbstractEventLoop, ones: Sequence[_Waiting]) -> None:
    try:
        loop.call_soon_threadsafe(_answer, ones)
    except RuntimeError:  # the loop was closed meanwhile: nobody is left to hear the answer
        return


def _answer(ones: Sequence[_Waiting]) -> None:
    for one in ones:
        if one.future.done():  # the visitor hung up; the row is stored all the same
            continue
        if one.error is None:
            one.future.set_result(one.answer)
        else:
            one.future.set_exception(one.error)
