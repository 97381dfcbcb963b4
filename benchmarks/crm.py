"""Deals moved in a strict portal: the real connector, pace, ledger and outbox against the sandbox over HTTP.

    python -m benchmarks.crm [--only P15,P16] [--quick] [--json]

The portal runs in a process of its own on the real clock: a leaky bucket of 50 requests that drains 2 a
second, 50 commands in a batch, 0.4 s for every request. Each measure has a fresh portal and a fresh SQLite
outbox, which another process empties with the engine's own deliverers. The ideal is what the portal's limit
alone allows: a batch per 50 deals, without anything read before writing. `wall` ends with the last move in
the portal (P15, P16) or when every outcome is recorded (`recorded`; the others).

  P15  an empty bucket                             wall / ideal
  P16  the bucket is full at the start             wall / ideal, refusals (503)
  P17  kill -9 in the middle, and a restart        refusals after it; deals moved twice, deals lost
  P18  0.1 s of run time each, 480 s in 10 minutes refusals (429), wall / ideal; the clock of both
       processes runs five times as fast, so that ten minutes take two: our own work counts five times
  P19  20 urgent moves behind the bulk             their extra wait, against the same with nothing queued
  P20  the same job by fast_bitrix24               as shipped and with slow(5); what is lost counts
"""

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.crm_portal import Portal, lost_and_twice, portal
from benchmarks.crm_worker import fill_outbox
from qc_engine.clock import SharedClock, SystemClock

BURST, PER_SECOND, BATCH = 50, 2.0, 50
RATE = 5.0  # of the clock in P18
COST, LIMIT, WINDOW = 0.1, 480.0, 600.0  # s
URGENT_COUNT = 20
Row = dict[str, Any]


def main() -> None:
    asked = _arguments()
    measures = [name for name in MEASURES if not asked.only or name in asked.only.split(",")]
    rows = []
    for name in measures:
        print(f"{name} ...", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory() as folder, portal(Path(folder)) as fresh:
            rows.append({"measure": name, **MEASURES[name](fresh, Path(folder), asked.deals)})
        print(f"{name} {_told(rows[-1])}", file=sys.stderr, flush=True)
    _print(rows, asked)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="some of P15,P16,P17,P18,P19,P20,P20slow")
    parser.add_argument("--deals", type=int, default=7500)
    parser.add_argument("--quick", action="store_const", const=3000, dest="deals", help="3,000 deals only")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def ideal(deals: int, level: float = 0.0) -> float:
    """Seconds that the bucket alone makes them take; `level` is what is in it at the start."""
    return max(0.0, level + -(-deals // BATCH) - BURST) / PER_SECOND


def ideal_operating(deals: int) -> float:
    """The same with the run time per method: a full account empties ten minutes after it began to fill."""
    each = int(LIMIT / COST)
    full, rest = divmod(deals, each)
    return full * WINDOW + ideal(rest) if rest else (full - 1) * WINDOW + ideal(each)


# --- the measures ----------------------------------------------------------------------------------------


def empty_bucket(fresh: Portal, folder: Path, deals: int) -> Row:
    ids = fresh.fill(deals)
    with worker(fresh, folder, ids) as run:
        moved, done = _moved(fresh, run, deals)
    return {**_measured(fresh, ids, moved, ideal(deals)), "recorded": done["wall"]}


def _moved(fresh: Portal, run: "Run", deals: int) -> tuple[float, Row]:
    """Seconds until the portal has carried out the last move, and what the worker told in the end."""
    run.go()
    began = time.monotonic()
    _until(lambda: fresh.ledger()["by_method"].get("crm.item.update", 0) >= deals)
    return time.monotonic() - began, run.told()


def full_bucket(fresh: Portal, folder: Path, deals: int) -> Row:
    ids = fresh.fill(min(2000, deals))
    with worker(fresh, folder, ids) as run:
        before = fresh.fill_bucket()
        moved, done = _moved(fresh, run, len(ids))
    return {**_measured(fresh, ids, moved, ideal(len(ids), BURST), before), "recorded": done["wall"]}


def killed(fresh: Portal, folder: Path, deals: int) -> Row:
    ids = fresh.fill(deals)
    with worker(fresh, folder, ids) as run:
        run.go()
        _until(lambda: fresh.ledger()["by_method"].get("crm.item.update", 0) >= deals // 2)
        run.process.send_signal(signal.SIGKILL)
        run.process.wait()
    before = fresh.ledger()["rejected_503"]
    with worker(fresh, folder, []) as run:
        done = run.finish()
    row = _measured(fresh, ids, done["wall"], ideal(deals), before)
    return {"refused_before": before, **{name: value for name, value in row.items() if name != "ratio"}}


def operating(fresh: Portal, folder: Path, deals: int) -> Row:
    ids = fresh.fill(deals := max(deals, 6000))
    fresh.switch(operating_costs={"crm.item.update": COST}, operating_limit_seconds=LIMIT)
    fresh.speed(RATE)
    with worker(fresh, folder, ids, shared=True, rate=RATE) as run:
        done = run.finish()
    refused = fresh.ledger()["rejected_429"]
    return {
        "refused_429": refused,
        "rate": RATE,
        **_measured(fresh, ids, done["wall"], ideal_operating(deals)),
    }


def urgent(fresh: Portal, folder: Path, deals: int) -> Row:
    """The bucket is full from the start, so that every request of the bulk has to wait."""
    ids = fresh.fill(min(2500, deals) + 2 * URGENT_COUNT)
    bulk, hurried = ids[: -2 * URGENT_COUNT], ids[-2 * URGENT_COUNT :]
    with worker(fresh, folder, bulk, urgent=hurried, urgent_after=8.0) as run:
        before = fresh.fill_bucket()
        done = run.finish()
    row = _measured(fresh, ids, done["wall"], ideal(len(bulk), BURST), before)
    extra = done["urgent_busy"] - done["urgent_idle"]
    return {"extra_wait": extra, "behind_bulk": done["urgent_busy"], "alone": done["urgent_idle"], **row}


def peer(fresh: Portal, folder: Path, deals: int, slow: int = 0) -> Row:
    ids = fresh.fill(deals)
    numbers = ",".join(map(str, ids))
    command = [sys.executable, "-m", "benchmarks.crm_peer", fresh.url, numbers, str(slow)]
    answer = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=_environment())
    done = json.loads(answer.stdout.splitlines()[-1])
    return {"gave_up": done["gave_up"], **_measured(fresh, ids, done["wall"], ideal(deals))}


MEASURES: dict[str, Callable[[Portal, Path, int], Row]] = {
    "P15": empty_bucket,
    "P16": full_bucket,
    "P17": killed,
    "P18": operating,
    "P19": urgent,
    "P20": peer,
    "P20slow": lambda fresh, folder, deals: peer(fresh, folder, deals, 5),
}


def _measured(fresh: Portal, ids: list[int], wall: float, best: float, refused_before: int = 0) -> Row:
    ledger = fresh.ledger()
    lost, twice = lost_and_twice(fresh.moves(), ids)
    return {
        "deals": len(ids),
        "wall": round(wall, 2),
        "ideal": best,
        "ratio": round(wall / best, 3) if best and not lost else None,
        "refused_503": ledger["rejected_503"] - refused_before,
        "highest_level": ledger["highest_level"],
        "lost": lost,
        "twice": twice,
    }


# --- the worker process ----------------------------------------------------------------------------------


class Run:
    """A worker that is ready and waits for the word."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.told()

    def go(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def finish(self) -> Row:
        self.go()
        return self.told()

    def told(self) -> Row:
        """The next line of JSON that it prints."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("the worker died")
        found: Row = json.loads(line)
        return found


@contextmanager
def worker(fresh: Portal, folder: Path, ids: list[int], shared: bool = False, **more: Any) -> Iterator[Run]:
    """A process with an outbox of so many moves; further ones are added to what an earlier one left."""
    url = f"sqlite:///{folder}/qc.db"
    fill_outbox(url, ids, SharedClock(fresh.clock_file) if shared else SystemClock())
    asked = {
        "database": url,
        "url": fresh.url,
        "clock_file": str(fresh.clock_file) if shared else None,
        **more,
    }
    command = [sys.executable, "-m", "benchmarks.crm_worker", json.dumps(asked)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    process: subprocess.Popen[str] = subprocess.Popen(command, text=True, env=_environment(), **pipes)  # type: ignore[call-overload]
    try:
        yield Run(process)
    finally:
        process.kill()
        process.communicate()


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])}


def _until(happened: Callable[[], bool]) -> None:
    while not happened():
        time.sleep(0.1)


# --- telling ---------------------------------------------------------------------------------------------


def _print(rows: list[Row], asked: argparse.Namespace) -> None:
    if asked.json:
        system = {"python": platform.python_version(), "cores": os.cpu_count(), "method": __doc__}
        print(json.dumps({**system, "rows": rows}))
        return
    print(f"{__doc__}\npython {platform.python_version()}, {os.cpu_count()} cores\n")
    for row in rows:
        print(f"{row['measure']:<8}{_told(row)}")


def _told(row: Row) -> str:
    shown = {name: round(value, 3) if isinstance(value, float) else value for name, value in row.items()}
    return "  ".join(f"{name} {value}" for name, value in shown.items() if name != "measure")


if __name__ == "__main__":
    main()
