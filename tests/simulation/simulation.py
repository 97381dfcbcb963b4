"""A town in a nutshell: clients, managers and operators around the real flow; one seed decides all.

Each step has chances of its own, so that the same story can be told without one of its steps.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from qc_engine.clock import FixedClock
from qc_engine.store.database import Database
from tests.flow.fakes import CountingIds
from tests.simulation.endings import Endings
from tests.simulation.engine import Process
from tests.simulation.faults import Crash, Faults, Fuse, Violation, lit
from tests.simulation.moments import inbox_is_open, soonest
from tests.simulation.promises import Promises
from tests.simulation.town import Town
from tests.simulation.witness import Witness
from tests.simulation.world import MOODS, Vendor, World

# Noon in Almaty: an ordinary day, and two before the clocks of Berlin change.
NOONS = tuple(datetime(2026, *day, 7, 0, tzinfo=UTC) for day in ((3, 3), (3, 27), (10, 23)))
STEPS = 60
SPANS = (2, 20, 60, 190, 1000, 3600, 4 * 3600, 8 * 3600, 11 * 3600, 26 * 3600)  # seconds
CRASHES = {  # point -> within how many passes
    "before perform": 2, "in the middle of perform": 3, "before record": 2, "in find": 1,
    "in look": 1, "at a statement": 60, "before a commit": 12,
}  # fmt: skip
LONGEST_SETTLING = 400


class Simulation(Town):
    """One seed: the town, the engine in it, and everything that fails."""

    def __init__(self, seed: int, database: Database, faults: Faults, fuse: Fuse) -> None:
        world = World(FixedClock(NOONS[seed // 2 % len(NOONS)]), random.Random(seed), faults, fuse)
        super().__init__(world, database)
        self.seed, self.faults, self.fuse, self.ids = seed, faults, fuse, CountingIds()
        self.number_of_ways = 1 + seed % 2  # every other town has Telegram beside WhatsApp
        self.promises = Promises(database, world, self.crm, self.delivered)
        world.witness, world.meanwhile = Witness(database, world), self._meanwhile
        self._start()

    def play(self, steps: Sequence[int]) -> None:
        """These steps, by their numbers, and then all that must come to its end."""
        self.order()
        self.poll()
        acts: dict[Callable[[], object], float] = self.habits | {
            self.tick: 36, self.time: 24, self.mood: 9, self.crash: 7, self.poll: 3, self.bounce: 1,
            self.edit: 0.7,
        }  # fmt: skip
        for step in steps:
            self._begin_step(step)
            self._one_of(acts)
            self.people_react()
            self.promises.hold()
        self._begin_step(-1)
        self.settle()

    def _begin_step(self, step: int) -> None:
        self.chance.seed(f"{self.seed} {step}")
        self.faults.begin(step)

    def _one_of(self, acts: Mapping[Callable[[], object], float]) -> None:
        """Something that is possible now: an act that finds nothing to do says False."""
        for _ in range(20):
            act = self.chance.choices(list(acts), list(acts.values()))[0]
            if act() is not False:
                return

    # --- the engine -------------------------------------------------------------------------------

    def _start(self) -> None:
        self.process = self._process()

    def _process(self) -> Process:
        ends = (self.crm, self.channel, self.telegram)
        return Process(self.database, self.clock, self.ids, *ends, (self.number_of_ways, self.world.edition))

    def _work(self, work: Callable[[], int]) -> int:
        """The engine does something; it may die of it, and is started again at once."""
        try:
            with lit(self.fuse):
                return work()
        except Crash as point:
            self.note(f"    the engine dies: {point}")
            self._start()
            return 1

    def tick(self) -> None:
        rounds = self.chance.randint(1, 4)
        self.note(f"tick {rounds}")
        for _ in range(rounds):
            self._work(lambda: self.process.tick(self.chance))
        if self.chance.random() < 0.3:
            self._work(self.process.sweep)

    def poll(self) -> None:
        self.note("poll")
        self._work(self.process.poll)

    def bounce(self) -> bool:
        if not self.faults.strikes("restart"):
            return False
        self.note("restart")
        self._start()
        return True

    def edit(self) -> None:
        """Somebody changes the words of the scenario; cases that run keep theirs."""
        self.world.edition = 1 - self.world.edition
        self.note(f"edition {self.world.edition} of the scenario comes into force")
        self._start()

    def _meanwhile(self) -> None:
        """A call hangs; another process on the same database goes on."""
        if not self.faults.strikes("another process goes on"):
            return
        self.note("    a call hangs, another process goes on")
        self.world.meanwhile = lambda: None
        moods = self.crm.mood, self.channel.mood, self.telegram.mood
        self._all_well()
        other = self._process()
        self._post_some()
        for _ in range(5):
            other.sweep()
            other.tick(self.chance)
            self.clock.advance(timedelta(seconds=self.chance.choice((0, 16, 61))))
        self.promises.hold()
        self.crm.mood, self.channel.mood, self.telegram.mood = moods
        self.world.meanwhile = self._meanwhile

    def _all_well(self) -> None:
        self.crm.mood = self.channel.mood = self.telegram.mood = "well"

    def crash(self) -> None:
        point = self.chance.choice(list(CRASHES))
        self.fuse.point, self.fuse.passes = point, self.chance.randint(1, CRASHES[point])
        self.note(f"will die {point}, pass {self.fuse.passes}")

    def mood(self) -> None:
        name = self.chance.choice(("crm", "channel", "telegram"))
        vendor: Vendor = getattr(self, name)
        vendor.mood = self.chance.choice(list(MOODS))
        self.note(f"{name} is {vendor.mood}")

    # --- time -------------------------------------------------------------------------------------

    def time(self) -> None:
        """A step, a jump over night, or just to where something is due."""
        moment = self._next_moment()
        if moment and self.chance.random() < 0.5:
            self.clock.advance(max(moment - self.clock.now(), timedelta()) + timedelta(seconds=1))
        else:
            self.clock.advance(timedelta(seconds=self.chance.choice(SPANS)))
        self.note("later")

    def _next_moment(self) -> datetime | None:
        doors = [one.closed_until for one in self.process.deliverers]
        moments = [*soonest(self.database, self.clock.now()), *filter(None, doors)]
        return min([one for one in moments if one > self.clock.now()], default=None)

    # --- the dust settles -------------------------------------------------------------------------

    def settle(self) -> None:
        """No more faults, everything arrives, people do their part: all must come to its end."""
        self.note("the dust settles")
        self.fuse.point = ""
        self._all_well()
        for _ in range(LONGEST_SETTLING):
            self._rest()
            self.people_react()
            self.manager()
            if self.person(everything=True) or self.transit:
                continue
            moment = self._next_moment()
            if moment:
                self.clock.advance(moment - self.clock.now() + timedelta(seconds=1))
            elif not inbox_is_open(self.database):
                break
            else:
                self.clock.advance(timedelta(minutes=1))  # a poller rests after a failure
        self.promises.hold()
        Endings(self.database, self.world, self.crm).hold()

    def _rest(self) -> None:
        for one in self.transit:
            self._arrive(one)
        self.transit = []
        self.process.sweep()
        self.process.poll()
        calm = 0
        for _ in range(200):
            calm = 0 if self.process.tick(self.chance) else calm + 1
            if calm == 2:  # a turn that only held back does not count as work
                return
        raise Violation("the flow does not come to rest")
