"""One seed again, with all that happened in it."""

from tests.proofs.shrinking import broken
from tests.proofs.workers import say
from tests.simulation.quiet import quiet
from tests.simulation.running import Plan, run
from tests.simulation.simulation import Simulation


def tell(seed: int, *, everything: bool) -> int:
    """0 when it keeps every promise, 1 otherwise."""
    failed = broken(seed, Plan())
    if failed is not None:
        _tell(failed.played, everything=everything)
        say(f"seed {seed} is BROKEN: {failed.broken}\ntrace {failed.trace}")
        return 1
    with quiet():
        played = run(seed)
    _tell(played.simulation, everything=everything)
    say(f"seed {seed} keeps every promise\ntrace {played.trace}")
    return 0


def _tell(town: Simulation, *, everything: bool) -> None:
    if not everything:
        return
    for number, line in enumerate(town.schedule):
        say(f"{number:4} {line}")
    say("\nfaults:")
    for name in town.faults.struck:
        say(f"  {name}")
    say("\nwhat really happened outside:")
    for one in town.world.ledger:
        say(f"  {one.at:%d %H:%M:%S} {one.key} {one.effect}")
    say()
