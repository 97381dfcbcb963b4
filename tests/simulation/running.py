"""Plays a seed, or the same seed with less in it; two runs of one plan leave the same trace.

run(417)                              raises Failed with the schedule that led there
run(417, Plan(skip=frozenset({3})))   the same without step 3
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from sqlmodel import select

from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow, EffectRow, InboxRow
from tests.simulation.engine import empty_database
from tests.simulation.faults import Crash, Faults, Fuse, Violation
from tests.simulation.simulation import STEPS, Simulation

PROMISE = re.compile(r"(I\d+|T-\d+)\b")


@dataclass(frozen=True)
class Plan:
    """How much of a seed is played: its steps but `skip`, and its faults but those `without`."""

    steps: int = STEPS
    skip: frozenset[int] = frozenset()
    without: frozenset[str] = frozenset()

    @property
    def played(self) -> list[int]:
        return [step for step in range(self.steps) if step not in self.skip]


class Failed(AssertionError):
    """A seed that broke a promise, with everything needed to see it again."""

    def __init__(self, seed: int, why: BaseException, played: Simulation, trace: str) -> None:
        self.seed, self.why, self.played, self.trace = seed, why, played, trace
        steps = "\n".join(f"  {number:3} {line}" for number, line in enumerate(played.schedule))
        super().__init__(f"seed {seed}: {self.broken}\nschedule:\n{steps}")

    @property
    def broken(self) -> str:
        """What happened, in one line."""
        return f"{type(self.why).__name__}: {self.why}".partition("\n")[0]

    @property
    def promise(self) -> str:
        """Which promise it was: 'I5', 'T-10'; or the kind of what went wrong."""
        found = PROMISE.match(str(self.why)) if isinstance(self.why, Violation) else None
        return found[0] if found else type(self.why).__name__


@dataclass(frozen=True)
class Played:
    """A seed that kept every promise."""

    simulation: Simulation
    trace: str


def run(seed: int, plan: Plan | None = None) -> Played:
    """Play one seed to its end. Raises Failed."""
    plan = plan or Plan()
    faults = Faults(plan.without)
    fuse = Fuse(strikes=faults.strikes)
    with empty_database(fuse) as database:
        simulation = Simulation(seed, database, faults, fuse)
        try:
            simulation.play(plan.played)
        except (Exception, Crash, Violation) as why:
            fuse.point = ""
            raise Failed(seed, why, simulation, trace_of(simulation, database, str(why))) from why
        return Played(simulation, trace_of(simulation, database))


def trace_of(simulation: Simulation, database: Database, end: str = "") -> str:
    """A hash of all that happened: inside, outside, and in which order."""
    lines = [*simulation.schedule, *simulation.faults.struck, *_outside(simulation), *_inside(database), end]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _outside(simulation: Simulation) -> Iterator[str]:
    return (f"{one.number} {one.at} {one.key} {one.effect}" for one in simulation.world.ledger)


def _inside(database: Database) -> Iterator[str]:
    with database.reading() as session:
        for event in session.exec(select(InboxRow)).all():
            yield f"{event.id} {event.source} {event.key} {event.result} {event.case_id} {event.processed_at}"
        for effect in session.exec(select(EffectRow)).all():
            yield f"{effect.id} {effect.key} {effect.state} {effect.attempts} {effect.fence} {effect.run_at}"
        for case in session.exec(select(CaseRow)).all():
            yield f"{case.id} {case.state} {case.step} {case.outcome} {case.rev} {case.wake_at}"
