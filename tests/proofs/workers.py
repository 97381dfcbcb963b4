"""Work for many processes, and a line that tells how far it is."""

import gc
import json
import multiprocessing
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

Given = TypeVar("Given")
Taken = TypeVar("Taken")
NEXT_LINE = 15.0  # seconds, where nobody can overwrite a line


def spread(
    work: Callable[[Given], Taken], over: Sequence[Given], jobs: int, *, alone: bool = False
) -> Iterator[Taken]:
    """As they come. `alone`: a new process for each, so that nothing is left of the one before."""
    gc.collect()
    gc.freeze()  # what all processes share is not looked at again in each
    context = multiprocessing.get_context("fork")
    with context.Pool(max(1, jobs), _begin, maxtasksperchild=1 if alone else None) as pool:
        yield from pool.imap_unordered(work, over, chunksize=1)


def _begin() -> None:
    gc.set_threshold(50_000, 20, 50)


class Progress:
    """'1200 of 10000, 5.1 a second, 29 min left'."""

    def __init__(self, of: int, what: str) -> None:
        self.of, self.what, self.done = of, what, 0
        self.begun = self.told = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.begun

    def step(self) -> None:
        self.done += 1
        pause = 0.5 if sys.stderr.isatty() else NEXT_LINE
        if time.monotonic() - self.told >= pause or self.done == self.of:
            self.told = time.monotonic()
            self._tell()

    def _tell(self) -> None:
        rate = self.done / max(self.seconds, 0.001)
        left = (self.of - self.done) / rate / 60
        line = f"{self.done} of {self.of} {self.what}, {rate:.1f} a second, {left:.1f} min left"
        ends = ("\r", "  ") if sys.stderr.isatty() and self.done < self.of else ("", "\n")
        sys.stderr.write(f"{ends[0]}{line}{ends[1]}")
        sys.stderr.flush()


def say(text: str = "") -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def write_json(file: str, figures: Any) -> None:
    if file:
        text = json.dumps(figures, ensure_ascii=False, indent=2) + "\n"
        Path(file).write_text(text, encoding="utf-8")
