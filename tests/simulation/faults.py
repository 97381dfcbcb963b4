"""What goes wrong in a simulation: everything has a name, is counted, and can be left out of the same story."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


class Crash(BaseException):
    """The process is gone at this very point: no handler of errors runs."""


class Violation(BaseException):
    """A promise was broken; the text says which. The engine survives exceptions of vendors, but not this."""


@dataclass
class Faults:
    """Those that struck, by name: '17.2 the answer was cut' is the third chance for one in step 17."""

    without: frozenset[str] = frozenset()
    struck: list[str] = field(default_factory=list)
    step: int = 0
    _chances: int = 0

    def begin(self, step: int) -> None:
        self.step, self._chances = step, 0

    def strikes(self, kind: str) -> bool:
        """Chance wants it; it strikes, unless this run is to go without it."""
        name, self._chances = f"{self.step}.{self._chances} {kind}", self._chances + 1
        if name in self.without:
            return False
        self.struck.append(name)
        return True

    def by_kind(self) -> Counter[str]:
        return Counter(name.partition(" ")[2] for name in self.struck)


@dataclass
class Fuse:
    """Where the process will die next: at a named point, after so many passes."""

    point: str = ""
    passes: int = 0
    lit: bool = False  # only the engine's own work counts, not our looking at it
    strikes: Callable[[str], bool] = lambda _: True

    def passing(self, point: str) -> None:
        """Raises Crash when it burns down here."""
        if not self.lit or self.point != point:
            return
        self.passes -= 1
        if self.passes <= 0:
            self.point = ""
            if self.strikes(f"dies {point}"):
                raise Crash(point)


@contextmanager
def lit(fuse: Fuse) -> Iterator[None]:
    """While the engine itself works."""
    yield from _set(fuse, to=True)


@contextmanager
def unlit(fuse: Fuse) -> Iterator[None]:
    """While somebody else does, whatever the engine is at."""
    yield from _set(fuse, to=False)


def _set(fuse: Fuse, *, to: bool) -> Iterator[None]:
    before, fuse.lit = fuse.lit, to
    try:
        yield
    finally:
        fuse.lit = before
