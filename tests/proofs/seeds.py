"""Many seeds: how many were played, what went wrong in them on purpose, and which promise was broken."""

from collections import Counter
from dataclasses import asdict, dataclass, field

from tests.proofs.shrinking import tell_smallest
from tests.proofs.workers import Progress, say, spread, write_json
from tests.simulation.quiet import quiet
from tests.simulation.running import Failed, run

MOST_SHRUNK = 3
RULE_OF_THREE = 3  # none in n: with 95 % confidence fewer than 3 in n


@dataclass(frozen=True)
class Ended:
    """What is told of one seed."""

    seed: int
    lines: int
    faults: dict[str, int]
    broken: str = ""
    promise: str = ""


@dataclass
class Account:
    """Of all of them."""

    seeds: int = 0
    lines: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    broken: list[Ended] = field(default_factory=list)

    def add(self, one: Ended) -> None:
        self.seeds, self.lines = self.seeds + 1, self.lines + one.lines
        self.faults.update(one.faults)
        if one.broken:
            self.broken.append(one)


def play(seed: int) -> Ended:
    with quiet():
        try:
            town = run(seed).simulation
        except Failed as failed:
            told = failed.played
            return Ended(seed, len(told.schedule), told.faults.by_kind(), failed.broken, failed.promise)
    return Ended(seed, len(town.schedule), town.faults.by_kind())


def prove(first: int, many: int, jobs: int, file: str) -> int:
    """0 when no promise was broken, 1 otherwise."""
    account, progress = Account(), Progress(many, "seeds")
    for one in spread(play, range(first, first + many), jobs):
        account.add(one)
        progress.step()
        if one.broken:
            say(f"BROKEN in seed {one.seed}: {one.broken}")
    _tell(account, first, progress.seconds)
    write_json(file, _figures(account, first, progress.seconds))
    for one in _different(account.broken)[:MOST_SHRUNK]:
        tell_smallest(one.seed)
    return 1 if account.broken else 0


def _different(broken: list[Ended]) -> list[Ended]:
    """The first seed of each promise."""
    found: dict[str, Ended] = {}
    for one in sorted(broken, key=lambda one: one.seed):
        found.setdefault(one.promise, one)
    return list(found.values())


def _tell(account: Account, first: int, seconds: float) -> None:
    say(f"\nseeds {first} to {first + account.seeds - 1}: {account.seeds} schedules, {account.lines:,} steps")
    say(f"{seconds:.0f} s, {account.seeds / max(seconds, 0.001):.1f} schedules a second")
    say(f"\nfaults: {account.faults.total():,}")
    for kind, count in account.faults.most_common():
        say(f"  {count:9,}  {kind}")
    say(f"\nbreaks: {len(account.broken)}")
    if not account.broken:
        say(
            f"0 of {account.seeds}: with 95 % confidence fewer than {bound(account.seeds):.3%} of all schedules"
        )


def bound(seeds: int) -> float:
    return RULE_OF_THREE / max(seeds, 1)


def _figures(account: Account, first: int, seconds: float) -> dict[str, object]:
    return {
        "first": first,
        "schedules": account.seeds,
        "steps": account.lines,
        "seconds": round(seconds, 1),
        "faults": dict(account.faults.most_common()),
        "breaks": [asdict(one) for one in account.broken],
        "bound_95": bound(account.seeds) if not account.broken else None,
    }
