"""The console over a million cases: board, search and analytics against one full grouped scan.

    python -m benchmarks.console [--cases 1000000] [--rounds 5] [--seed 1] [--only sqlite|postgresql] [--json]

The cases of three years, 20 branches, with their facts and scores, in SQLite and in PostgreSQL (at
QC_TEST_DATABASE_URL, or a server of its own). Pages are asked for through the whole console by somebody who
is signed in, and answered in full; the baseline is `SELECT state, count(*) FROM cases GROUP BY state` over
the same database. Each round asks for every page and the baseline once, in turns; the ratio is the median of
those of the rounds.

  scan         s of the baseline
  board        the page of today
  list         cases, the newest
  search ...   cases by a phone, by a deal, by a part of a name
  analytics    the main page: the last 30 days, compared with the 8 weeks before
  branch       the same as the head of one branch sees it
  whole        the same of all three years at once
  quarter      of 91 days, the last of them a year ago
  service      of all three years, narrowed to one service: no rollup tells that

Before the first round the engine's own loop rolls up what was filled in.
"""

import argparse
import gc
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from fastapi import FastAPI
from sqlalchemy import text
from starlette.testclient import TestClient

from benchmarks.console_million import NOW, SPAN, fill
from benchmarks.postgres import postgres
from qc_engine.clock import FixedClock
from qc_engine.flow.rolling import roll_up
from qc_engine.store import schema
from qc_engine.store.database import Database
from qc_engine.telling.console import console_of, invite
from qc_engine.telling.teller import Teller
from qc_engine.web.app import CONSOLE
from qc_engine.web.assets import STATIC, Packed
from qc_engine.web.console.policy import Role
from qc_engine.web.guard import with_security_headers
from qc_engine.wiring import Installation, read_installation

CONFIG = Path(__file__).resolve().parents[1] / "config.yaml"
SCAN = text("SELECT state, count(*) FROM cases GROUP BY state")
PASSWORD = "верная лошадь скрепка"
QUARTER = (timedelta(days=455), timedelta(days=365))
PAGES: Mapping[str, str] = {
    "board": "/console",
    "list": "/console/cases",
    "search, phone": "/console/cases?q=77010500000",
    "search, deal": "/console/cases?q=500000",
    "search, name": "/console/cases?q=омаров+123",
    "analytics": "/console/analytics",
    "branch": "/console/analytics?branch=main/Центр+07",
    "whole": f"/console/analytics?since={NOW - SPAN:%Y-%m-%d}",
    "quarter": f"/console/analytics?since={NOW - QUARTER[0]:%Y-%m-%d}&until={NOW - QUARTER[1]:%Y-%m-%d}",
    "service": f"/console/analytics?since={NOW - SPAN:%Y-%m-%d}&service=Ремонт",
}


def main() -> None:
    asked = _arguments()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    rows = []
    for kind, opened in (("sqlite", _sqlite), ("postgresql", _postgresql)):
        if asked.only in ("", kind):
            with opened() as database:
                rows.append({"database": kind, "cases": asked.cases, **_measured(database, asked)})
    for row in rows:
        _told(row, asked.json)


def _measured(database: Database, asked: argparse.Namespace) -> dict[str, Any]:
    schema.upgrade(database)
    begun = time.perf_counter()
    fill(database, asked.cases, asked.seed)
    filled = time.perf_counter() - begun
    rolled, longest = _rolled_up(database)
    visitor = _signed_in(database)
    doings: dict[str, Callable[[], None]] = {"scan": lambda: _scan(database)}
    doings |= {name: lambda path=path: _page(visitor, path) for name, path in PAGES.items()}  # type: ignore[misc]
    for do in doings.values():
        do()
    rounds = [{name: _timed(do) for name, do in doings.items()} for _ in range(asked.rounds)]
    ratios = {name: round(statistics.median(one[name] / one["scan"] for one in rounds), 2) for name in PAGES}
    seconds = {name: round(statistics.median(one[name] for one in rounds), 3) for name in doings}
    told = {"filled": round(filled), "rolled": round(rolled), "longest": round(longest, 3)}
    return {**told, "seconds": seconds, "ratios": ratios, "rounds": rounds}


def _rolled_up(database: Database) -> tuple[float, float]:
    """Seconds of the whole, as the engine does it by itself, and of the longest transaction."""
    clock, each = FixedClock(NOW), []
    left = 1
    while left:
        begun = time.perf_counter()
        left = roll_up(database, clock)
        each.append(time.perf_counter() - begun)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
    return sum(each), max(each)


def _timed(do: Callable[[], None]) -> float:
    gc.collect()
    begun = time.perf_counter()
    do()
    return time.perf_counter() - begun


def _scan(database: Database) -> None:
    with database.reading() as session:
        session.execute(SCAN).all()


def _page(visitor: TestClient, path: str) -> None:
    answer = visitor.get(path)
    assert answer.status_code == 200, (path, answer.status_code)


def _signed_in(database: Database) -> TestClient:
    shipped = read_installation(CONFIG, with_secrets=False)
    settings: Installation = shipped.model_copy(update={"public_url": "https://qc.example"})
    clock = FixedClock(NOW)
    console = console_of(Teller(settings, database, {}), clock)
    app = FastAPI(redirect_slashes=False)
    for page in CONSOLE:
        app.include_router(page(console))
    app.mount("/static", Packed(directory=STATIC))
    with database.transaction() as session:
        _, link = invite(session, settings, console.wall.now(), Role.OWNER, "Анна")
    visitor = TestClient(with_security_headers(app), base_url=settings.public_url, follow_redirects=False)
    form = {"login": "anna", "password": PASSWORD, "again": PASSWORD}
    assert visitor.post(link.removeprefix(settings.public_url), data=form).status_code == 303
    return visitor


@contextmanager
def _sqlite() -> Iterator[Database]:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/qc.db")
        yield database
        database.close()


@contextmanager
def _postgresql() -> Iterator[Database]:
    """A database of its own, dropped at the end."""
    with postgres() as (url,):
        database = Database(url)
        yield database
        database.close()


def _told(row: dict[str, Any], as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
        return
    print(f"{row['database']}: {row['cases']} cases, filled in {row['filled']} s")
    print(f"  rolled up in {row['rolled']} s, the longest transaction {row['longest']} s")
    print(f"  scan {row['seconds']['scan']:.3f} s")
    for name, ratio in row["ratios"].items():
        every = " ".join(f"{one[name] / one['scan']:.2f}" for one in row["rounds"])
        print(f"  {name:14} {row['seconds'][name]:7.3f} s   {ratio:5.2f} of the scan   rounds {every}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=("", "sqlite", "postgresql"), default="")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
