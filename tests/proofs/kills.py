"""kill -9 at random moments under load and at every fail-point, of real processes with vendors over HTTP."""

import tempfile
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.crash.killing import POSTGRESQL, SQLITE, Killed, deaths, killed
from tests.crash.reaper import Death
from tests.proofs.workers import Progress, say, write_json

BOTH = (SQLITE, POSTGRESQL)
PASSES = 3  # every fail-point is reached for the first, the second and the third time


def prove(databases: tuple[str, ...], moments: int, seed: int, size: int, file: str, *, points: bool) -> int:
    """0 when nothing was lost and nothing came twice, 1 otherwise."""
    runs = [_run(one, moments, PASSES if points else 0, seed, size) for one in databases]
    write_json(file, [_figures(*one) for one in runs])
    return 0 if all(one.ok for one, _ in runs) else 1


def _run(database: str, moments: int, passes: int, seed: int, size: int) -> tuple[Killed, float]:
    coming, begun = deaths(database, moments, passes, seed), time.monotonic()
    progress = Progress(len(coming), f"kills, {database}")

    def told(_: Death) -> None:
        progress.step()

    with tempfile.TemporaryDirectory(prefix="kill-", ignore_cleanup_errors=True) as folder:
        run = killed(Path(folder), database, coming, seed, size, told)
    seconds = time.monotonic() - begun
    _tell(run, seconds)
    return run, seconds


def _tell(run: Killed, seconds: float) -> None:
    loss, at = run.loss, Counter(one.point for one in run.deaths)
    random, points = at.pop("", 0), len(at)
    say(f"\n{run.database}, seed {run.seed}: {len(run.deaths)} kills in {seconds:.0f} s")
    say(f"  {random} at random moments, {at.total()} at {points} fail-points")
    say(
        f"  {loss.clients} clients, {loss.messages} messages to them, {loss.acknowledged:,} webhooks acknowledged"
    )
    for name, figure in loss.figures.items():
        say(f"  {figure:6}  {name}")
    say(f"  {len(loss.wrong):6}  clients whose story did not end as it should")
    in_hand = sum(one.sending for one in run.deaths)
    say(
        f"  {loss.decided:6}  uncertain messages settled by a person (allowed: {in_hand} were in hand at a kill)"
    )
    for line in (*loss.wrong, *(f"never reached: {one}" for one in run.missed)):
        say(f"  !!! {line}")
    bound = 3 / max(len(run.deaths), 1)
    say(
        f"  0 of {len(run.deaths)}: with 95 % confidence less than {bound:.1%} of kills"
        if run.ok
        else "  BROKEN"
    )


def _figures(run: Killed, seconds: float) -> dict[str, Any]:
    kills = Counter(one.point or "a random moment" for one in run.deaths)
    told = {"database": run.database, "seed": run.seed, "ok": run.ok, "seconds": round(seconds, 1)}
    return {**told, "kills": dict(kills), "never_reached": run.missed, **asdict(run.loss)}
