"""Load for the benchmarks of the hot doors: servers on one core, visitors on the other, slices in turns."""

import asyncio
import itertools
import os
import re
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """A running candidate or baseline. `expects`: the status that a good answer has."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    expects: int


@dataclass(frozen=True)
class Slice:
    """One server under load for a while."""

    requests: int
    seconds: float
    cpu_us_per_request: float

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


@dataclass(frozen=True)
class Requests:
    """What is asked, number n for n from 0 on, over and over again.

    `lua` says the same to wrk: a body of `request = function()` with the global number `n`, that returns it.
    """

    make: Callable[[int], bytes]
    lua: str


def generator() -> str:
    return "wrk" if shutil.which("wrk") else "asyncio raw sockets (wrk is not here: apt-get install wrk)"


def _cores() -> tuple[int, int]:
    usable = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
    return usable[0], usable[min(1, len(usable) - 1)]


# For servers and for load, the same one where there is only one; asked before anything is pinned.
SERVER_CORE, LOAD_CORE = _cores()


def pin(pid: int, core: int) -> None:
    if hasattr(os, "sched_setaffinity"):
        for task in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(task.name), {core})


@contextmanager
def stopped_at_the_end(servers: list[Server]) -> Iterator[None]:
    try:
        yield
    finally:
        for server in servers:
            server.process.kill()
            server.process.wait()


def wait_for(server: Server) -> None:
    for _ in range(600):
        if server.process.poll() is not None:
            raise SystemExit(f"the server '{server.name}' ended at once")
        try:
            socket.create_connection(("127.0.0.1", server.port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"the server '{server.name}' did not start")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far; 0 where /proc does not exist."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def one_slice(server: Server, requests: Requests, connections: int, seconds: float) -> Slice:
    """Raises SystemExit when any answer was not the expected one: such a figure would mean nothing."""
    cpu = cpu_seconds(server.process.pid)
    if shutil.which("wrk"):
        count, elapsed = _wrk(server, requests, connections, seconds)
    else:
        began = time.monotonic()
        count = asyncio.run(_own(server, requests, connections, seconds))
        elapsed = time.monotonic() - began
    spent = cpu_seconds(server.process.pid) - cpu
    return Slice(count, elapsed, spent / max(count, 1) * 1e6)


LUA = """
local bad = 0
local threads = {{}}
n = -1
function setup(thread) table.insert(threads, thread) end
request = function()
  n = n + 1
{body}
end
response = function(status)
  if status ~= {status} then wrong = (wrong or 0) + 1 end
end
function done(summary)
  local found = 0
  for _, thread in ipairs(threads) do found = found + (thread:get("wrong") or 0) end
  local e = summary.errors
  local lost = e.connect + e.read + e.write + e.timeout
  print(string.format("COUNTED %d %d %d %d", summary.requests, summary.duration, found, lost))
end
"""


def _wrk(server: Server, requests: Requests, connections: int, seconds: float) -> tuple[int, float]:
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(LUA.format(body=requests.lua, status=server.expects))
        script.flush()
        duration = f"-d{max(1, round(seconds))}s"
        # An answer may take long on a busy disk; it is lost only when it never comes.
        command = ["wrk", "-t1", f"-c{connections}", duration, "--timeout", "60s", "-s", script.name]
        done = subprocess.run(
            [*command, f"http://127.0.0.1:{server.port}/"],
            capture_output=True,
            text=True,
            check=True,
            timeout=seconds + 60,
        )
    found = re.search(r"COUNTED (\d+) (\d+) (\d+) (\d+)", done.stdout)
    assert found, done.stdout
    count, microseconds, wrong, lost = (int(part) for part in found.groups())
    if wrong or lost:
        raise SystemExit(f"{server.name}: {wrong} wrong and {lost} lost answers of {count}")
    return count, microseconds / 1e6


async def _own(server: Server, requests: Requests, connections: int, seconds: float) -> int:
    """Keep-alive connections, one request in flight on each."""
    turn, until = itertools.count(), time.monotonic() + seconds
    wanted = f"HTTP/1.1 {server.expects}".encode()

    async def visitor() -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        done = 0
        while time.monotonic() < until:
            writer.write(requests.make(next(turn)))
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
            if length:
                await reader.readexactly(int(length[1]))
            if not head.startswith(wanted):
                raise SystemExit(f"{server.name}: unexpected answer {head[:60]!r}")
            done += 1
        writer.close()
        return done

    return sum(await asyncio.gather(*(visitor() for _ in range(connections))))


def flush_ms(folder: Path, tries: int = 40) -> float:
    """What one flush of 16 kB to this disk takes just now, median: others may be flushing too."""
    path, spent = folder / "flush", []
    with path.open("wb", buffering=0) as file:
        for _ in range(tries):
            file.write(b"x" * 16384)
            began = time.perf_counter()
            os.fsync(file.fileno())
            spent.append((time.perf_counter() - began) * 1000)
    path.unlink()
    return round(statistics.median(spent), 3)


def rounds(
    servers: Sequence[Server],
    requests: Mapping[str, Requests] | Requests,
    connections: int,
    count: int,
    seconds: float,
) -> list[dict[str, Slice]]:
    """Every round loads one server after the other; `requests` may differ from server to server."""

    def asked(server: Server) -> Requests:
        return requests if isinstance(requests, Requests) else requests[server.name]

    for server in servers:  # warm: memories are filled, statements prepared
        one_slice(server, asked(server), connections, 1)
    return [
        {server.name: one_slice(server, asked(server), connections, seconds) for server in servers}
        for _ in range(count)
    ]


def ratio(found: Sequence[Mapping[str, Slice]], ours: str, baseline: str) -> float:
    """Median of the ratios of each round."""
    return statistics.median(one[ours].rate / one[baseline].rate for one in found)


def cpu_ratio(found: Sequence[Mapping[str, Slice]], ours: str, baseline: str) -> float:
    return statistics.median(
        one[ours].cpu_us_per_request / max(one[baseline].cpu_us_per_request, 0.01) for one in found
    )


def as_json(found: Sequence[Mapping[str, Slice]]) -> list[dict[str, Any]]:
    return [
        {
            name: {"per_second": round(one.rate), "cpu_us": round(one.cpu_us_per_request, 1)}
            for name, one in slices.items()
        }
        for slices in found
    ]


def verdict(value: float, gate: float, aim: float, *, less_is_better: bool = False) -> str:
    sign = -1 if less_is_better else 1
    if sign * value >= sign * aim:
        return "aim"
    return "gate" if sign * value >= sign * gate else "MISSED"
