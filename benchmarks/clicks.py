"""Redirect with a durable click against a bare uvicorn that answers 302: a ratio, in interleaved rounds.

    python -m benchmarks.clicks [--connections 32] [--rounds 5] [--seconds 2] [--links 2000] [--json]

Both servers run at the same time in processes of their own, pinned to one core; the load generator
(keep-alive raw sockets, one request in flight per connection) is pinned to another. Every round
loads the bare server, then ours; the result is the median of the per-round ratios. The second
witness is the CPU time of the servers per request. Before the rounds every link is opened once, because
its first click also tells the case, once in its life; the rounds measure the durable click itself.
"""

import argparse
import asyncio
import itertools
import json
import multiprocessing
import os
import platform
import socket
import statistics
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import uvicorn

TARGET = "https://maps.example/org/1/reviews"
AGENT = "Mozilla/5.0 (Linux; Android 13; SM-A536E) AppleWebKit/537.36 Chrome/122.0.0.0 Mobile Safari/537.36"


@dataclass(frozen=True)
class Slice:
    """One server under load for a while."""

    requests: int
    seconds: float
    cpu_us_per_request: float

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


def main() -> None:
    asked = _arguments()
    rounds = _measure(asked)
    ratios = [ours.rate / bare.rate for bare, ours in rounds]
    cpu = [ours.cpu_us_per_request / bare.cpu_us_per_request for bare, ours in rounds]
    result = {
        "method": "interleaved slices, median of per-round ratios, asyncio raw-socket load generator",
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "connections": asked.connections,
        "links": asked.links,
        "rounds": [{"bare": asdict(bare), "ours": asdict(ours)} for bare, ours in rounds],
        "ratio": round(statistics.median(ratios), 3),
        "ratios": [round(ratio, 3) for ratio in ratios],
        "cpu_ratio": round(statistics.median(cpu), 2),
    }
    _print(result, rounds, asked.json)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--links", type=int, default=1000)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _measure(asked: argparse.Namespace) -> list[tuple[Slice, Slice]]:
    codes = [f"{n:022d}" for n in range(asked.links)]
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        servers = [
            context.Process(target=serve, args=(kind, port, folder, codes), daemon=True)
            for kind, port in (("bare", free_port()), ("ours", free_port()))
        ]
        ports = [server._args[1] for server in servers]  # type: ignore[attr-defined]
        for server in servers:
            server.start()
        _pin(1)
        try:
            return asyncio.run(_rounds(asked, list(zip(servers, ports, strict=True)), codes))
        finally:
            for server in servers:
                server.terminate()
                server.join()


async def _rounds(
    asked: argparse.Namespace, servers: list[Any], codes: list[str]
) -> list[tuple[Slice, Slice]]:
    for _, port in servers:
        await wait_for(port)
        await load(port, codes, asked.connections, 0.5, at_least=len(codes))
    rounds = []
    for _ in range(asked.rounds):
        bare, ours = [await _slice(asked, server.pid, port, codes) for server, port in servers]
        rounds.append((bare, ours))
    return rounds


async def _slice(asked: argparse.Namespace, pid: int, port: int, codes: list[str]) -> Slice:
    cpu = cpu_seconds(pid)
    started = time.monotonic()
    requests = await load(port, codes, asked.connections, asked.seconds)
    elapsed = time.monotonic() - started
    return Slice(requests, elapsed, (cpu_seconds(pid) - cpu) / requests * 1e6)


async def load(port: int, codes: list[str], connections: int, seconds: float, at_least: int = 0) -> int:
    """Answered requests; anything but a 302 ends the run."""
    turn = itertools.cycle(codes)
    until = time.monotonic() + seconds

    async def visitor() -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        done = 0
        while time.monotonic() < until or done * connections < at_least:
            writer.write(f"GET /r/{next(turn)} HTTP/1.1\r\nHost: x\r\nUser-Agent: {AGENT}\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 302"):
                raise SystemExit(f"unexpected answer: {head[:60]!r}")
            done += 1
        writer.close()
        return done

    return sum(await asyncio.gather(*(visitor() for _ in range(connections))))


def serve(kind: str, port: int, folder: str, codes: list[str]) -> None:
    _pin(0)
    app = bare if kind == "bare" else our_app(folder, codes)
    uvicorn.run(app, port=port, log_level="error", access_log=False, lifespan="off", server_header=True)


async def bare(scope: Any, receive: Any, send: Any) -> None:
    headers = [(b"location", TARGET.encode()), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 302, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def our_app(folder: str, codes: list[str]) -> Any:
    """The real application with all its doors, on a SQLite file that is flushed at every commit."""
    from qc_engine.clock import SystemClock
    from qc_engine.store import links, schema
    from qc_engine.store.database import Database
    from qc_engine.store.group_commit import GroupCommit
    from qc_engine.web.app import Doors, make_app
    from qc_engine.web.hooks import Hooks
    from redirect.app import Redirect

    clock, database = SystemClock(), Database(f"sqlite:///{folder}/qc.db")
    schema.upgrade(database)
    with database.transaction() as session:
        for code in codes:
            links.add(session, code, "BENCH222", "yandex", TARGET, clock.now())
    commit = GroupCommit(database)
    commit.start()
    return make_app(
        Doors(
            redirect=Redirect(commit, clock),
            hooks=Hooks({}, commit, clock, lambda: None),
            commit=commit,
            clock=clock,
            ready=list,
            review_of=lambda _code: None,
            story=lambda _case, _deal, _phone: None,
            attention=dict,
            status=lambda _full: {},
            public_url="http://127.0.0.1",
        )
    )


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


async def wait_for(port: int) -> None:
    for _ in range(300):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return
    raise SystemExit("a server did not start")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far; 0 where /proc does not exist."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _pin(core: int) -> None:
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[core % len(cores)]})


def _print(result: dict[str, Any], rounds: list[tuple[Slice, Slice]], as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(result) + "\n")
        return
    lines = [f"{result['method']}; {result['cores']} cores, {result['connections']} connections"]
    for bare_slice, ours in rounds:
        lines.append(
            f"  bare {bare_slice.rate:8.0f}/s {bare_slice.cpu_us_per_request:6.0f} us   "
            f"ours {ours.rate:8.0f}/s {ours.cpu_us_per_request:6.0f} us   {ours.rate / bare_slice.rate:.3f}"
        )
    lines.append(f"ratio {result['ratio']} (goal 0.35), CPU per request x{result['cpu_ratio']} (goal 2.5)")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
