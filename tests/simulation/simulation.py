"""A town in a nutshell: clients, managers and operators around the real flow; one seed decides all.

run(417)            plays seed 417; raises Failed with the schedule that led there
"""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from sqlmodel import select

from qc_engine.clock import FixedClock
from qc_engine.flow.watching.status import status
from qc_engine.store.database import Database
from qc_engine.store.tables import EffectRow
from tests.flow.fakes import CountingIds
from tests.simulation.engine import Process, empty_database, lit
from tests.simulation.promises import Promises
from tests.simulation.town import Town
from tests.simulation.witness import Witness
from tests.simulation.world import MOODS, Crash, Fuse, Vendor, Violation, World

NOON = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)  # 12:00 in Almaty
STEPS = 60
SPANS = (2, 20, 60, 190, 1000, 3600, 4 * 3600, 8 * 3600, 11 * 3600, 26 * 3600)  # seconds
CRASHES = {  # point -> within how many passes
    "before perform": 2, "in the middle of perform": 3, "before record": 2, "in find": 1,
    "in look": 1, "at a statement": 60, "before a commit": 12,
}  # fmt: skip
LONGEST_SETTLING = 400


class Failed(AssertionError):
    """A seed that broke a promise, with everything needed to see it again."""

    def __init__(self, seed: int, schedule: Sequence[str], why: BaseException) -> None:
        steps = "\n".join(f"  {number:3} {line}" for number, line in enumerate(schedule))
        super().__init__(f"seed {seed}: {type(why).__name__}: {why}\nschedule:\n{steps}")


def run(seed: int, steps: int = STEPS) -> "Simulation":
    """Play one seed to its end. Raises Failed."""
    fuse = Fuse()
    with empty_database(fuse) as database:
        simulation = Simulation(seed, database, fuse)
        try:
            simulation.play(steps)
        except (Exception, Crash, Violation) as why:
            raise Failed(seed, simulation.schedule, why) from why
        return simulation


class Simulation(Town):
    """One seed: the town, the engine in it, and everything that fails."""

    def __init__(self, seed: int, database: Database, fuse: Fuse) -> None:
        world = World(FixedClock(NOON), random.Random(seed), fuse)
        super().__init__(world, database)
        self.fuse, self.ids, self.crashes = fuse, CountingIds(), 0
        self.number_of_ways = 1 + seed % 2  # every other town has Telegram beside WhatsApp
        self.promises = Promises(database, world, self.crm)
        world.witness, world.meanwhile = Witness(database, world), self._meanwhile
        self._start()

    def play(self, steps: int) -> None:
        self.order()
        self.poll()
        acts: dict[Callable[[], object], float] = self.habits | {
            self.tick: 36, self.time: 24, self.mood: 9, self.crash: 7, self.poll: 3, self.bounce: 1,
        }  # fmt: skip
        for _ in range(steps):
            self._one_of(acts)
            self.people_react()
            self.promises.hold()
        self.settle()

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
        return Process(self.database, self.clock, self.ids, *ends, ways=self.number_of_ways)

    def _work(self, work: Callable[[], int]) -> int:
        """The engine does something; it may die of it, and is started again at once."""
        try:
            with lit(self.fuse):
                return work()
        except Crash as point:
            self.crashes += 1
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

    def bounce(self) -> None:
        self.note("restart")
        self._start()

    def _meanwhile(self) -> None:
        """A call hangs; another process on the same database goes on."""
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
        at = status(self.database, self.clock)["next_at"]
        with self.database.reading() as session:
            leases = session.exec(select(EffectRow.lease_until).where(EffectRow.state == "sending")).all()
        doors = [one.closed_until for one in self.process.deliverers]
        moments = [one for one in (*leases, *doors, at and datetime.fromisoformat(at)) if one]
        moments = [one for one in moments if one > self.clock.now()]
        return min(moments, default=None)

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
            elif not status(self.database, self.clock)["inbox_open"]:
                break
            else:
                self.clock.advance(timedelta(minutes=1))  # a poller rests after a failure
        self.promises.settled()

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
