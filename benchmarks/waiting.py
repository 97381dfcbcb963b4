"""A million cases that wait: to find those whose time has come, to decide them, and to do nothing at all.

    ./qc bench waiting [--cases 1000000] [--rounds 5] [--idle-seconds 60] [--quick] [--only P12,P13,P14,P22]
                       [--database sqlite|postgresql] [--folder DIR] [--json]

One client's order is closed in the simulated portal, and the engine begins its case; then so many more like
it are written, which wait until days later, and a second database with 10,000 of them. Each round makes 100
of each due, and the engine's own loop claims them, 25 in one transaction, as it always does: their timers
stand in the inbox then. What is claimed there the engine's own handler decides; each step ends with a commit
that a power cut leaves. SQLite is flushed as the product has it; PostgreSQL is at QC_TEST_DATABASE_URL, or a
server of its own. All in one process, nothing else at work; medians over the rounds.

  P12  to claim 100 of a million / 100 of 10,000
  P13  to claim 100 of a million, ms
  P22  to decide those 100 and store what follows / to claim them
  P14  nothing is due: processor time of `qc run`, all its loops and doors, % of one core; its memory beside
"""

import argparse
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from benchmarks.crowd_of_cases import begin_one, multiply
from benchmarks.postgres import postgres
from benchmarks.redirect_load import cpu_seconds, verdict
from benchmarks.waiting_rounds import claims
from benchmarks.watched import Memory
from qc_engine.store import schema
from qc_engine.store.database import Database
from sandbox.demo.stage import Plan, Stage, stage

GOALS = {"P12": (2.0, 1.3), "P13": (10.0, 3.0), "P14": (1.0, 0.3), "P22": (3.0, 1.8)}
FEW = 10_000
SOON, SPAN = timedelta(days=3), timedelta(days=90)
PATIENCE_SECONDS, SETTLING_SECONDS = 120, 15
Row = dict[str, Any]


def main() -> None:
    asked = _arguments()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    rows = [{"database": kind, **_of(kind, asked)} for kind in asked.database.split(",")]
    _print(rows, asked)


def _of(kind: str, asked: argparse.Namespace) -> Row:
    with _places(kind, asked.folder) as (folder, many, few):
        plan = Plan(folder, tick="1 s", poll="1 min", channels=False, database=many)
        with stage(plan) as up:
            begin_one(up)
            _until(lambda: up.status(full=True)["cases"], "the engine begins no case")
            up.kill_engine()
            _on_the_machines_clock(folder)
            with closing(Database(many)) as database:
                found = _filled(database, few, asked)
                found |= claims(up, database, few, asked.rounds) if {"P12", "P13", "P22"} & asked.only else {}
            return found | (_idle(up, asked) if "P14" in asked.only else {})


@contextmanager
def _places(kind: str, folder: str) -> Iterator[tuple[Path, str, str]]:
    """A folder, and the URLs of two empty databases."""
    with tempfile.TemporaryDirectory(dir=folder or None) as name:
        place, files = Path(name), [f"sqlite:///{name}/{one}.db" for one in ("many", "few")]
        if kind == "sqlite":
            yield place, files[0], files[1]
            return
        with postgres("_many", "_few") as (many, few):
            yield place, many, few


def _until(there: Callable[[], object], else_say: str) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not there():
        if time.monotonic() > until:
            raise SystemExit(else_say)
        time.sleep(0.2)


def _on_the_machines_clock(folder: Path) -> None:
    """As everybody runs it: some loops rest while a clock is shared."""
    path = folder / "config.yaml"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith("clock_file")), "utf-8")


def _filled(database: Database, few: str, asked: argparse.Namespace) -> Row:
    began, soon = time.perf_counter(), datetime.now(UTC) + SOON
    multiply(database, asked.cases, soon, SPAN)
    with closing(Database(few)) as other:
        schema.upgrade(other)
        multiply(other, min(FEW, asked.cases), soon, SPAN, like=database)
    return {"cases": asked.cases, "filled in s": round(time.perf_counter() - began)}


# --- to do nothing ---------------------------------------------------------------------------------------


def _idle(up: Stage, asked: argparse.Namespace) -> Row:
    """What was decided before has left by then: nothing of it is due any more."""
    up.start_engine()
    _until(lambda: not up.status()["effects_due"], "the effects of the rounds do not leave")
    time.sleep(SETTLING_SECONDS)
    pid, memory = up.processes["engine"].pid, Memory(up.processes["engine"].pid)
    spent, began = cpu_seconds(pid), time.monotonic()
    while time.monotonic() < began + asked.idle_seconds:
        time.sleep(1)
        memory.look()
    share = (cpu_seconds(pid) - spent) / (time.monotonic() - began) * 100
    return {"P14": round(share, 3), "memory of qc run": memory.told()}


# --- telling ---------------------------------------------------------------------------------------------


def _print(rows: list[Row], asked: argparse.Namespace) -> None:
    for row in rows:
        found = row.pop("figures", {}) | ({"P14": row.pop("P14")} if "P14" in row else {})
        row["figures"] = {
            name: {"value": found[name], "gate": GOALS[name][0], "aim": GOALS[name][1],
                   "reached": verdict(found[name], *GOALS[name], less_is_better=True)}
            for name in GOALS if name in found and name in asked.only
        }  # fmt: skip
    document = {
        "method": f"{asked.cases:,} cases that wait; {asked.rounds} rounds in turns, medians; "
        f"idle for {asked.idle_seconds:g} s",
        "python": platform.python_version(), "cores": os.cpu_count(), "rows": rows,
    }  # fmt: skip
    if asked.json:
        print(json.dumps(document, ensure_ascii=False, indent=2))
        return
    print(f"{document['method']}; {document['cores']} cores")
    for row in rows:
        _tell(row)


def _tell(row: Row) -> None:
    print(f"\n{row['database']}, filled in {row['filled in s']} s")
    for one in row.get("rounds", ()):
        print("  " + "   ".join(f"{name} {value} ms" for name, value in one.items()))
    if "memory of qc run" in row:
        print(f"  memory of qc run: {row['memory of qc run']}")
    for name, one in row["figures"].items():
        print(f"{name:4} {one['value']:8}   gate {one['gate']:5}   aim {one['aim']:5}   {one['reached']}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--idle-seconds", type=float, default=60.0)
    parser.add_argument("--quick", action="store_true", help="50,000 cases, 3 rounds, 20 s idle")
    parser.add_argument("--only", default="", help=f"some of {','.join(GOALS)}")
    parser.add_argument("--database", default="sqlite,postgresql", help="sqlite, postgresql or both")
    parser.add_argument("--folder", default="", help="where the files are put; default: the system's")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if asked.quick:
        asked.cases, asked.rounds, asked.idle_seconds = 50_000, 3, 20.0
    asked.only = set(asked.only.split(",")) if asked.only else set(GOALS)
    return asked


if __name__ == "__main__":
    main()
