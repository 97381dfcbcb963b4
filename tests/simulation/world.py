"""The outside of a simulation: vendors that fail in every known way, and a ledger of what really happened."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from qc_engine.clock import FixedClock
from qc_engine.core.effects import Effect, Repeat, SendMessage
from qc_engine.ports import Absent, Broken, Done, Job, Outcome, OutcomeUnknown, Refused, Search, TryLater
from tests.simulation.faults import Faults, Fuse, Violation

LONGEST_LAG = timedelta(seconds=60)  # the engine's own promise: two looks, at least `settle` between them


@dataclass(frozen=True)
class Entry:
    """One thing that was really carried out."""

    number: int  # the vendor's id of what was made
    at: datetime
    visible_at: datetime  # when a search begins to find it
    key: str
    effect: Effect


# How one call may end, by the vendor's mood: words and how often each is drawn.
MOODS: dict[str, dict[str, int]] = {
    "well": {"done": 1},
    "flaky": {"done": 6, "later": 2, "lost after": 2, "lost before": 2, "refused": 1},
    "cutting": {"done": 1, "lost after": 3, "lost before": 3},
    "down": {"later": 1},
    "broken": {"broken": 1},
    "slow": {"done": 2, "slow after": 2, "slow later": 1},
    "bug": {"done": 2, "bug after": 1, "bug before": 1},
}
WORDS = {
    "later": "503, carried out nothing", "lost after": "the answer was cut", "refused": "refused for ever",
    "lost before": "the request was cut", "broken": "401", "slow after": "answers late",
    "slow later": "503 after a long time", "bug after": "our connector fails after the call",
    "bug before": "our connector fails before the call",
}  # fmt: skip


@dataclass
class World:
    """What both vendors share: time, chance, numbers, the fuse and the ledger."""

    clock: FixedClock
    chance: Random
    faults: Faults = field(default_factory=Faults)
    fuse: Fuse = field(default_factory=Fuse)
    zones: dict[int, ZoneInfo] = field(default_factory=dict)  # by deal, of its branch
    closed: dict[int, list[datetime]] = field(default_factory=dict)  # by deal, when its order was closed
    edition: int = 0  # of the scenario's file, now
    began: dict[str, int] = field(default_factory=dict)  # by case, the edition with which it began
    ledger: list[Entry] = field(default_factory=list)
    last_number: int = 1000
    meanwhile: Callable[[], None] = lambda: None  # what else goes on while a vendor does not answer
    witness: Callable[[Sequence[Job]], None] = lambda _: None  # looks at every call that leaves

    def number(self) -> int:
        self.last_number += 1
        return self.last_number

    def carried_out(self, key: str) -> Entry | None:
        return next((one for one in self.ledger if one.key == key), None)

    def write_down(self, job: Job) -> Entry:
        """Raises Violation when the same unsafe or searchable effect happens a second time."""
        if job.effect.repeat is not Repeat.NATURAL and self.carried_out(job.key):
            raise Violation(f"I5: {job.key} happened twice: {type(job.effect).__name__}")
        now = self.clock.now()
        lag = LONGEST_LAG * self.chance.choice((0, 0, 0.3, 0.9))
        if lag and not self.faults.strikes("the search lags behind"):
            lag = timedelta()
        entry = Entry(self.number(), now, now + lag, job.key, job.effect)
        self.ledger.append(entry)
        return entry


class Vendor:
    """Carries out, forgets to answer, answers late, or not at all."""

    performs: frozenset[type[Effect]] = frozenset()
    batch_size = 10

    def __init__(self, world: World) -> None:
        self.world, self.mood = world, "well"

    # --- what the engine calls ---

    def perform(self, jobs: Sequence[Job]) -> Sequence[Outcome]:
        fuse = self.world.fuse
        fuse.passing("before perform")
        self.world.witness(jobs)
        outcomes: list[Outcome] = []
        for job in jobs:
            outcomes.append(self._call(job))
            fuse.passing("in the middle of perform")
        if any(self.mood == "slow" and isinstance(one, Done) for one in outcomes):
            self._late()
        fuse.passing("before record")
        return outcomes

    def find(self, job: Job) -> Search:
        self.world.fuse.passing("in find")
        if self._draw() in ("later", "broken"):
            raise TryLater("the search is down")
        entry = self.world.carried_out(job.key)
        seen = entry is not None and entry.visible_at <= self.world.clock.now()
        return Done(str(entry.number)) if entry and seen else Absent()

    # --- how it ends ---

    def _draw(self) -> str:
        moods = MOODS[self.mood]
        drawn = self.world.chance.choices(list(moods), list(moods.values()))[0]
        return drawn if drawn == "done" or self.world.faults.strikes(WORDS[drawn]) else "done"

    def _call(self, job: Job) -> Outcome:
        match self._draw():
            case "done" | "slow after":
                return self._carry_out(job)
            case "slow later":
                self._late()
                return TryLater("503 after a long time")
            case "lost after":
                refused = self._carry_out(job)
                return refused if isinstance(refused, Refused) else OutcomeUnknown("the answer was cut")
            case "lost before":
                return OutcomeUnknown("the request was cut")
            case "later":
                return TryLater("503")
            case "refused":
                return Refused("will never work")
            case "broken":
                return Broken("401 INVALID_CREDENTIALS")
            case "bug after":
                self._carry_out(job)
                raise ZeroDivisionError
            case _:
                raise ZeroDivisionError

    def _late(self) -> None:
        """The answer takes so long that somebody else may take the work over."""
        world = self.world
        world.clock.advance(timedelta(seconds=world.chance.choice((10, 100, 200, 400))))
        world.meanwhile()

    def _carry_out(self, job: Job) -> Outcome:
        return Done(str(self.world.write_down(job).number))


class Channel(Vendor):
    """The way to the clients' phones."""

    performs = frozenset({SendMessage})
    batch_size = 1  # as the real one
