"""From a seed that fails to the few steps and faults without which it does not fail any more."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from tests.proofs.workers import say
from tests.simulation.quiet import quiet
from tests.simulation.running import Failed, Plan, run

Part = TypeVar("Part")


def tell_smallest(seed: int) -> None:
    """Plays it again, tells whether it went the same way, and shrinks it."""
    first, again = broken(seed, Plan()), broken(seed, Plan())
    if first is None or again is None or first.trace != again.trace:
        say(f"\n!!! SEED {seed} DOES NOT REPEAT ITSELF: the simulation itself is at fault")
        return
    say(f"\nseed {seed} breaks the same promise again, trace {first.trace} both times")
    plan = smallest(seed, first.promise)
    failed = broken(seed, plan)
    assert failed is not None
    say(f"shrunk to {len(plan.played)} of {Plan().steps} steps, {len(failed.played.faults.struck)} faults:")
    say(str(failed))
    say("faults: " + (", ".join(failed.played.faults.struck) or "none"))
    say(f"the whole story: ./qc test simulation --seed {seed} --trace")


def broken(seed: int, plan: Plan) -> Failed | None:
    with quiet():
        try:
            run(seed, plan)
        except Failed as failed:
            return failed
    return None


def smallest(seed: int, promise: str) -> Plan:
    """The same promise must be broken; nothing more can be left out of it alone."""

    def fails(plan: Plan) -> bool:
        failed = broken(seed, plan)
        return failed is not None and failed.promise == promise

    plan = fewer(Plan(), Plan().played, lambda plan, out: replace(plan, skip=plan.skip | out), fails)
    failed = broken(seed, plan)
    struck = failed.played.faults.struck if failed else []
    return fewer(plan, struck, lambda plan, out: replace(plan, without=plan.without | out), fails)


def fewer(
    plan: Plan,
    parts: Sequence[Part],
    leave_out: Callable[[Plan, frozenset[Part]], Plan],
    fails: Callable[[Plan], bool],
) -> Plan:
    """Halves first, then quarters, in the end one by one."""
    parts, size = list(parts), max(len(parts) // 2, 1)
    while parts and size:
        for start in range(len(parts) - size, -1, -size):
            out = frozenset(parts[start : start + size])
            if fails(smaller := leave_out(plan, out)):
                plan, parts = smaller, [one for one in parts if one not in out]
        size //= 2
    return plan
