"""Webhooks while a season's messages leave: the running product, on SQLite and on PostgreSQL.

    ./qc bench load [--seconds 60] [--quick] [--database sqlite|postgresql] [--rate 50] [--json]

`qc run --role web` and `qc run --role worker` beside the simulated portal and channel, with everything on
this machine's cores. Some clients were asked before; then thousands of further cases come due at once, and
their messages and moves leave as fast as the vendors' limits allow: that is the drain. It has begun when
webhooks come at random moments planned beforehand, 50 a second on SQLite and 300 on PostgreSQL, whether or
not the doors keep up; a latency runs from the planned moment to the end of the answer. Half are clients'
answers (Chat2Desk, JSON of 1 KB), half are changes of deals (Bitrix24, forms): each is a new one, and is
stored, read, routed and decided as any other, for clients and deals that are there.

  p99         of all answers, ms: at most 300
  not stored  webhooks that were answered 200 and are not in the inbox, none of them may be
  memory      MB of both processes, and by how many MB a minute each grows in the second half
"""

import argparse
import json
import os
import platform
import statistics
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text

from benchmarks.load_drain import prepared
from benchmarks.load_webhooks import shots
from benchmarks.open_loop import Hit, fire, spread
from benchmarks.postgres import postgres
from benchmarks.redirect_load import cpu_seconds
from benchmarks.watched import Memory
from qc_engine.store.database import Database
from sandbox.demo.stage import ENGINE, Plan, Stage, stage

P99_MS, RATES = 300.0, {"sqlite": 50.0, "postgresql": 300.0}
MORNING = datetime(2026, 3, 3, 5, 0, tzinfo=UTC)  # 10:00 in Almaty: no quiet hours
KINDS = {"answer": "AnswerReceived", "deal": "DealChanged"}
Row = dict[str, Any]


@dataclass(frozen=True)
class Size:
    """How many clients there are, how many webhooks a second, and for how long."""

    asked: int
    due: int
    per_second: float
    seconds: float


def main() -> None:
    asked = _arguments()
    rows = [{"database": kind, **_of(kind, asked)} for kind in asked.database.split(",")]
    document = {
        "method": f"open loop, {asked.seconds:g} s, latency from the planned moment; {asked.due} cases due",
        "python": platform.python_version(), "cores": os.cpu_count(), "rows": rows,
    }  # fmt: skip
    if asked.json:
        print(json.dumps(document, ensure_ascii=False, indent=2))
        return
    print(f"{document['method']}; {document['cores']} cores")
    for row in rows:
        _tell(row)


def _of(kind: str, asked: argparse.Namespace) -> Row:
    size = Size(asked.asked, asked.due, asked.rate or RATES[kind], asked.seconds)
    with tempfile.TemporaryDirectory(dir=asked.folder or None) as folder, ExitStack() as stack:
        url = f"sqlite:///{folder}/qc.db" if kind == "sqlite" else stack.enter_context(postgres())[0]
        return measure(size, Path(folder), url)


def measure(size: Size, folder: Path, url: str) -> Row:
    """Latencies, what is missing, what else was done meanwhile, and memory."""
    plan = Plan(folder, branches=12, start=MORNING, tick="1 s", poll="5 s", events=False, channels=False,
                apart=True, database=url)  # fmt: skip
    with stage(plan) as up, closing(Database(url)) as database:
        players = prepared(up, size.asked, size.due)
        before, spent = _counted(database), _cpu(up)
        with _memories(up) as memories:
            hits = fire(
                int(up.engine_url.rpartition(":")[2]), shots(up, players, size.per_second, size.seconds)
            )
        spent, after = _cpu(up) - spent, _counted(database)
    done = {name: after[name] - before[name] for name in after}
    sent = {kind: sum(one.kind == kind and one.is_good for one in hits) for kind in KINDS}
    return {
        "per second": size.per_second,
        "all": spread(hits),
        **{kind: spread([one for one in hits if one.kind == kind]) for kind in KINDS},
        "not stored": sum(sent[kind] - done[name] for kind, name in KINDS.items()),
        "meanwhile": {name: done[name] for name in ("events handled", "effects done")}
        | {
            "effects open before": before["effects open"],
            "in the end": after["effects open"],
            "CPU of a core": round(spent / size.seconds, 2),
        },
        "memory": {name: one.told() for name, one in memories.items()},
        "worst seconds": _worst(hits),
        "reached": spread(hits)["p99"] <= P99_MS,
    }


def _worst(hits: list[Hit]) -> list[Row]:
    """The three seconds with the slowest answers: do they stand alone, or was it slow all the time?"""
    by_second: dict[int, list[float]] = {}
    for one in hits:
        by_second.setdefault(int(one.at), []).append(one.seconds * 1000)
    slow = sorted(by_second.items(), key=lambda pair: -max(pair[1]))[:3]
    return [
        {"second": at, "median": round(statistics.median(took)), "longest": round(max(took))}
        for at, took in slow
    ]


# --- what became of it -----------------------------------------------------------------------------------

COUNTS = {
    **{kind: f"SELECT count(*) FROM inbox WHERE kind = '{kind}'" for kind in KINDS.values()},
    "events handled": "SELECT count(*) FROM inbox WHERE processed_at IS NOT NULL",
    "effects done": "SELECT count(*) FROM effects WHERE state = 'done'",
    "effects open": "SELECT count(*) FROM effects WHERE state IN ('planned', 'sending', 'unknown')",
}


def _counted(database: Database) -> dict[str, int]:
    with database.reading() as session:
        return {name: session.execute(text(query)).scalar_one() for name, query in COUNTS.items()}


def _cpu(up: Stage) -> float:
    return sum(cpu_seconds(up.processes[name].pid) for name in ENGINE)


@contextmanager
def _memories(up: Stage) -> Iterator[dict[str, Memory]]:
    """Both processes, looked at every second."""
    names = {"worker": "worker", "engine": "doors"}
    memories, over = {names[one]: Memory(up.processes[one].pid) for one in ENGINE}, threading.Event()

    def look() -> None:
        while not over.wait(1):
            for one in memories.values():
                one.look()

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield memories
    finally:
        over.set()
        thread.join()


def _tell(row: Row) -> None:
    print(f"\n{row['database']}, {row['per second']:g} webhooks a second")
    for name in ("all", *KINDS, "meanwhile", "memory", "worst seconds", "not stored"):
        print(f"  {name}: {row[name]}")
    print(f"  p99 {row['all']['p99']} ms, at most {P99_MS:g}: {'reached' if row['reached'] else 'MISSED'}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--asked", type=int, default=500, help="clients that were asked before, and answer")
    parser.add_argument("--due", type=int, default=3000, help="cases that come due at once")
    parser.add_argument("--rate", type=float, default=0.0, help="webhooks a second; default: 50 and 300")
    parser.add_argument("--quick", action="store_true", help="10 s, 200 and 800 clients")
    parser.add_argument("--database", default="sqlite,postgresql", help="sqlite, postgresql or both")
    parser.add_argument("--folder", default="", help="where SQLite's file is put; default: the system's")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if asked.quick:
        asked.seconds, asked.asked, asked.due = 10.0, 200, 800
    return asked


if __name__ == "__main__":
    main()
