"""A simulation that finds nothing proves nothing: bugs are planted, and each must be found."""

from dataclasses import asdict, dataclass
from functools import partial

import pytest

from tests.proofs.workers import Progress, say, spread, write_json
from tests.simulation.all_planted import PLANTS
from tests.simulation.quiet import quiet
from tests.simulation.running import Failed, run
from tests.simulation.year import live
from tests.simulation.year_judge import faults
from tests.simulation.year_planted import PLANTS as YEAR_PLANTS

YEAR = "in a year: "


@dataclass(frozen=True)
class Hunt:
    """`after`: how many schedules it took; 0: not found."""

    bug: str
    after: int
    found: str


def prove(only: str, most: int, jobs: int, file: str) -> int:
    """0 when every bug was found, 1 otherwise."""
    bugs = [*PLANTS, *(f"{YEAR}{bug}" for bug in YEAR_PLANTS)]
    bugs = [bug for bug in bugs if only in bug]
    progress, hunts = Progress(len(bugs), "planted bugs"), list[Hunt]()
    for hunt in spread(partial(hunt_for, most), bugs, jobs, alone=True):
        hunts.append(hunt)
        progress.step()
        say(f"{hunt.after or 'NOT FOUND':>9}  {hunt.bug}: {hunt.found[:90]}")
    hunts.sort(key=lambda one: bugs.index(one.bug))
    _tell(hunts, progress.seconds, most)
    write_json(file, [asdict(one) for one in hunts])
    return 1 if any(not one.after for one in hunts) else 0


def hunt_for(most: int, bug: str) -> Hunt:
    """In a process of its own: what is patched here stays patched."""
    patch = pytest.MonkeyPatch()
    in_a_year = bug.startswith(YEAR)
    (YEAR_PLANTS if in_a_year else PLANTS)[bug.removeprefix(YEAR)](patch)
    with quiet():
        for seed in range(most):
            if found := (_in_a_year(seed) if in_a_year else _in_a_town(seed)):
                return Hunt(bug, seed + 1, found)
    return Hunt(bug, 0, "")


def _in_a_town(seed: int) -> str:
    try:
        run(seed)
    except Failed as failed:
        return failed.broken
    return ""


def _in_a_year(seed: int) -> str:
    year = live(seed, people=6)
    return next(iter(faults(year.told, year.facts)), "")


def _tell(hunts: list[Hunt], seconds: float, most: int) -> None:
    say("\n| planted bug | found after | by |\n|---|---:|---|")
    for one in hunts:
        say(f"| {one.bug} | {one.after or 'NOT FOUND'} | {one.found[:110].replace('|', '/')} |")
    found = [one.after for one in hunts if one.after]
    say(f"\n{len(found)} of {len(hunts)} bugs found within {most} schedules each, {seconds:.0f} s")
    if found:
        say(f"after {sorted(found)[len(found) // 2]} schedules in the middle, {max(found)} at most")
