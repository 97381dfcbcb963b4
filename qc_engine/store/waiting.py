"""Rows that wait for the hot writer, and how their answers get back to whoever waits."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(eq=False, slots=True)
class Batch:
    """Rows that one call stores, and who waits for each; `loop` is None for a thread."""

    together: Callable[[Any, Sequence[Any]], Sequence[Any]]
    by_driver: bool
    loop: asyncio.AbstractEventLoop | None
    rows: list[Any]
    futures: list[Any]
    answers: list[Any] = field(default_factory=list)
    errors: dict[int, Exception] = field(default_factory=dict)  # by place; the others have an answer

    def alone(self, place: int) -> "Batch":
        return Batch(self.together, self.by_driver, self.loop, [self.rows[place]], [self.futures[place]])


def fail(group: Iterable[Batch], error: Exception) -> None:
    """All of them hear of it."""
    for batch in group:
        batch.errors = dict.fromkeys(range(len(batch.rows)), error)


def release(group: Sequence[Batch]) -> None:
    """From the writer's thread, after the commit."""
    loops: dict[asyncio.AbstractEventLoop | None, list[Batch]] = {}
    for batch in group:
        loops.setdefault(batch.loop, []).append(batch)
    for loop, batches in loops.items():
        if loop is None:
            answer(batches)
        elif not loop.is_closed():
            _wake(loop, batches)  # one wake-up of the loop for the whole group


def _wake(loop: asyncio.AbstractEventLoop, batches: Sequence[Batch]) -> None:
    try:
        loop.call_soon_threadsafe(answer, batches)
    except RuntimeError:  # the loop was closed meanwhile: nobody is left to hear the answer
        return


def answer(batches: Sequence[Batch]) -> None:
    """On the loop, or the thread, that the futures belong to."""
    for batch in batches:
        answers = batch.answers or [None] * len(batch.rows)
        for place, (future, result) in enumerate(zip(batch.futures, answers, strict=True)):
            if future.done():  # the visitor hung up; the row is stored all the same
                continue
            error = batch.errors.get(place) if batch.errors else None
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)
