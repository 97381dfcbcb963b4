"""Review links under load: the redirect with a durable click against what else it could be.

    ./qc bench redirect [--rounds 5] [--seconds 2] [--only P1,P7] [--kills 20] [--postgres URL] [--json]
    ./qc bench redirect --only P8 [--cases 100000] [--busy-seconds 60]

The servers run at the same time in processes of their own, all pinned to one core; the load generator (wrk,
else our own raw sockets) is pinned to the other. Every round loads one server after the other for a slice;
a figure is the median of the ratios of each round. The second witness is the CPU time of a server per
request, from /proc. Every visitor has an address and the headers of a phone's browser; the messages with the
links left an hour ago. Before the rounds every link is opened once, because its first click also tells the
case, once in its life. An answer other than a 302 ends the run. With 32 visitors, no program can answer more
than 32 of them per flush of the disk: look at what one flush takes before you believe P1.

  ours   the real application with all its doors, SQLite, flushed at every commit (or PostgreSQL)
  bare   uvicorn alone, a 302 that knows nothing
  naive  FastAPI, one SQLModel session for each visit
  each   raw ASGI, a commit for every visit
  nginx  return 302, from Debian's package

  P1 ours / bare, 32 connections      P2 the same, 128         P3 CPU per request, ours / bare
  P4 ours / naive                     P6 every flush takes 2 ms more, 128 connections: ours / each
  P7 kill -9 under load: clicks and webhooks that were answered, and are not in the database
  P8 500 clicks a second, come what may (see benchmarks/redirect_busy.py): the 99th percentile of their
     latency, ms, from the moment for which each was planned, while 100,000 cases are due, the portal is down
     and 1,000 webhooks a minute come; and how many times that is of the idle one's. --one-process: the
     doors and the loops together, as plain `qc run` has them; --one-core: all of it on one core
"""

import argparse
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import redirect_busy, redirect_kill
from benchmarks.redirect_load import (
    LOAD_CORE,
    SERVER_CORE,
    Requests,
    Server,
    as_json,
    cpu_ratio,
    flush_ms,
    generator,
    pin,
    ratio,
    rounds,
    stopped_at_the_end,
    verdict,
    wait_for,
)
from benchmarks.redirect_servers import LINKS, fill, start_nginx
from sandbox.demo.processes import free_port

ROOT = Path(__file__).resolve().parents[1]
FLUSH_MS = 2.0
GOALS = {  # gate, aim, is less better
    "P1": (0.35, 0.55, False),
    "P2": (0.45, 0.65, False),
    "P3": (2.5, 1.7, True),
    "P4": (15.0, 30.0, False),
    "P6": (15.0, 40.0, False),
    "P7": (0, 0, True),
    "P8": (50.0, 20.0, True),
    "P8 to idle": (5.0, 5.0, True),
}
BROWSER = {
    "User-Agent": "Mozilla/5.0 (Linux; Android 13; SM-A536E) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/122.0.0.0 Mobile Safari/537.36",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "Accept-Language": "ru-RU,ru;q=0.9,kk;q=0.8,en;q=0.7",
    "Accept-Encoding": "gzip, deflate, br",
}


def visits() -> Requests:
    """Visitor n opens link n, from an address of his own."""

    def make(number: int) -> bytes:
        link = number % LINKS
        heads = BROWSER | {"Host": "x", "X-Forwarded-For": f"10.0.{link // 250}.{link % 250}"}
        lines = "".join(f"{name}: {value}\r\n" for name, value in heads.items())
        return f"GET /r/{link:022d} HTTP/1.1\r\n{lines}\r\n".encode()

    lua = "".join(f'  wrk.headers["{name}"] = "{value}"\n' for name, value in BROWSER.items())
    lua += (
        f"  local link = n % {LINKS}\n"
        '  wrk.headers["X-Forwarded-For"] = string.format("10.0.%d.%d", math.floor(link / 250), link % 250)\n'
        '  return wrk.format("GET", string.format("/r/%022d", link))'
    )
    return Requests(make, lua)


def main() -> None:
    asked = _arguments()
    wanted = [name for name in GOALS if not asked.only or name in asked.only.split(",")]
    pin(os.getpid(), LOAD_CORE)
    figures: dict[str, Any] = {}
    raw: dict[str, Any] = {}
    if {"P1", "P3", "P4"} & set(wanted):
        _measure_32(asked, figures, raw)
    if "P2" in wanted:
        _measure_128(asked, figures, raw)
    if "P6" in wanted:
        _measure_slow_disk(asked, figures, raw)
    if "P7" in wanted:
        raw["P7"] = redirect_kill.kills(asked.kills, random.Random(7), _note)
        figures["P7"] = sum(one["missing"] for one in raw["P7"])
    if "P8" in wanted or "P8 to idle" in wanted:
        _measure_busy(asked, figures, raw)
    _print({name: figures[name] for name in wanted}, raw, asked)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="of one slice")
    parser.add_argument("--only", default="", help=f"some of {','.join(GOALS)}")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--cases", type=int, default=100_000, help="of P8")
    parser.add_argument("--idle-seconds", type=float, default=15.0, help="of P8")
    parser.add_argument("--busy-seconds", type=float, default=60.0, help="of P8")
    parser.add_argument("--one-process", action="store_true", help="of P8")
    parser.add_argument("--one-core", action="store_true", help="of P8")
    parser.add_argument("--postgres", default="", help="URL of an empty database, instead of SQLite")
    parser.add_argument("--folder", default="", help="where the databases are put; default: the system's")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def start(kind: str, url: str, flush_ms: float = 0.0) -> Server:
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.redirect_servers", kind, str(port), url]
    process = subprocess.Popen([*command, "--flush-ms", str(flush_ms)], cwd=ROOT)
    return Server(kind, port, process, 302)


def _ready(servers: list[Server]) -> None:
    for server in servers:
        wait_for(server)
        pin(server.process.pid, SERVER_CORE)


def _measure_32(asked: argparse.Namespace, figures: dict[str, Any], raw: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory(dir=asked.folder or None) as folder:
        raw.setdefault("one flush of this disk, ms", []).append(flush_ms(Path(folder)))
        servers = [start("bare", "none"), start("ours", _database(asked, folder, "ours"))]
        servers.append(start("naive", _database(asked, folder, "naive", sqlite=True)))
        port = free_port()
        nginx = start_nginx(port, Path(folder))
        if nginx:
            servers.append(Server("nginx", port, nginx, 302))
        else:
            _note("nginx not here: its column is left out (Debian: apt-get install nginx-light)")
        with stopped_at_the_end(servers):
            _ready(servers)
            found = rounds(servers, visits(), 32, asked.rounds, asked.seconds)
    raw["32 connections"] = as_json(found)
    figures["P1"] = ratio(found, "ours", "bare")
    figures["P3"] = cpu_ratio(found, "ours", "bare")
    figures["P4"] = ratio(found, "ours", "naive")
    if nginx:
        raw["ours / nginx"] = round(ratio(found, "ours", "nginx"), 3)
        raw["bare / nginx"] = round(ratio(found, "bare", "nginx"), 3)


def _measure_128(asked: argparse.Namespace, figures: dict[str, Any], raw: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory(dir=asked.folder or None) as folder:
        raw.setdefault("one flush of this disk, ms", []).append(flush_ms(Path(folder)))
        servers = [start("bare", "none"), start("ours", _database(asked, folder, "ours"))]
        with stopped_at_the_end(servers):
            _ready(servers)
            found = rounds(servers, visits(), 128, asked.rounds, asked.seconds)
    raw["128 connections"] = as_json(found)
    figures["P2"] = ratio(found, "ours", "bare")


def _measure_slow_disk(asked: argparse.Namespace, figures: dict[str, Any], raw: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory(dir=asked.folder or None) as folder:
        raw.setdefault("one flush of this disk, ms", []).append(flush_ms(Path(folder)))
        servers = [
            start(kind, _database(asked, folder, kind, sqlite=True), FLUSH_MS) for kind in ("ours", "each")
        ]
        with stopped_at_the_end(servers):
            _ready(servers)
            found = rounds(servers, visits(), 128, asked.rounds, asked.seconds)
    raw["slow disk, 128 connections"] = as_json(found)
    figures["P6"] = ratio(found, "ours", "each")


def _measure_busy(asked: argparse.Namespace, figures: dict[str, Any], raw: dict[str, Any]) -> None:
    size = redirect_busy.Size(
        asked.cases, asked.idle_seconds, asked.busy_seconds, not asked.one_process, asked.one_core
    )
    found = redirect_busy.measure(size, visits().make, asked.folder or None)
    raw |= {f"P8, {name}": one for name, one in found.items()}
    figures["P8"] = found["busy"]["p99"]
    figures["P8 to idle"] = found["busy"]["p99"] / found["idle"]["p99"]


def _database(asked: argparse.Namespace, folder: str, name: str, sqlite: bool = False) -> str:
    url = f"sqlite:///{folder}/{name}.db" if sqlite or not asked.postgres else asked.postgres
    fill(url)
    return str(url)


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _print(figures: dict[str, Any], raw: dict[str, Any], asked: argparse.Namespace) -> None:
    verdicts = {
        name: verdict(value, GOALS[name][0], GOALS[name][1], less_is_better=GOALS[name][2])
        for name, value in figures.items()
    }
    method = f"{asked.rounds} interleaved rounds of {asked.seconds:g} s, median of the ratios of each round"
    document: dict[str, Any] = {
        "method": f"{method}; servers on core {SERVER_CORE}, load on core {LOAD_CORE}",
        "generator": generator(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "database": "PostgreSQL" if asked.postgres else "SQLite",
        "figures": {
            name: {"value": round(value, 3), "gate": GOALS[name][0], "aim": GOALS[name][1],
                   "reached": verdicts[name]}
            for name, value in figures.items()
        },
        "raw": raw,
    }  # fmt: skip
    if asked.json:
        print(json.dumps(document, ensure_ascii=False, indent=2))
        return
    print(f"{document['method']}; {document['generator']}; {document['cores']} cores, {document['database']}")
    for title, found in raw.items():
        rows = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
        print(f"\n{title}" if rows else f"\n{title}: {found}")
        for one in rows:
            print("  " + "   ".join(f"{name} {_cell(value)}" for name, value in one.items()))
    print()
    for name, row in document["figures"].items():
        print(f"{name}  {row['value']:8}   gate {row['gate']:5}   aim {row['aim']:5}   {row['reached']}")


def _cell(value: Any) -> str:
    return f"{value['per_second']}/s {value['cpu_us']} us" if isinstance(value, dict) else str(value)


if __name__ == "__main__":
    main()
