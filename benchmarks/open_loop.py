"""Requests at moments planned beforehand, whether or not the server keeps up.

A latency runs from the planned moment to the end of the answer, so a request that could only leave
late, because the server or we ourselves were busy, is not counted as a quick one.
"""

import asyncio
import random
import re
import statistics
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

FRESH_SECONDS = 1.0  # servers close connections that nobody uses


@dataclass(frozen=True, slots=True)
class Shot:
    """A request that is to leave `at` seconds after the beginning."""

    at: float
    kind: str
    request: bytes
    expects: int  # the status of a good answer


@dataclass(frozen=True, slots=True)
class Hit:
    """How it went, in seconds; `late`: by how much it left after the planned moment."""

    kind: str
    at: float
    seconds: float
    late: float
    status: int
    is_good: bool


def planned(kind: str, requests: Iterable[bytes], expects: int, per_second: float, seed: int) -> list[Shot]:
    """At random moments, as strangers come: `per_second` in the long run."""
    chance, at, shots = random.Random(seed), 0.0, []
    for request in requests:
        at += chance.expovariate(per_second)
        shots.append(Shot(at, kind, request, expects))
    return shots


def fire(port: int, shots: Iterable[Shot]) -> list[Hit]:
    """All of them, in the order of their moments."""
    return asyncio.run(_fire(port, sorted(shots, key=lambda shot: shot.at)))


async def _fire(port: int, shots: Sequence[Shot]) -> list[Hit]:
    idle: list[_Connection] = []
    began, under_way = time.perf_counter() + 0.1, []
    for shot in shots:
        left = began + shot.at - time.perf_counter()
        if left > 0:
            await asyncio.sleep(left)
        under_way.append(asyncio.ensure_future(_one(port, shot, began, idle)))
    hits = await asyncio.gather(*under_way)
    for connection in idle:
        connection.writer.close()
    return hits


@dataclass(slots=True)
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    used_at: float = 0.0


async def _connection(port: int, idle: list[_Connection]) -> _Connection:
    """One that nobody uses at the moment, the last used first; a new one where there is none."""
    if idle and time.perf_counter() - idle[-1].used_at < FRESH_SECONDS:
        return idle.pop()
    while idle:
        idle.pop().writer.close()
    return _Connection(*await asyncio.open_connection("127.0.0.1", port))


async def _one(port: int, shot: Shot, began: float, idle: list[_Connection]) -> Hit:
    late, status = time.perf_counter() - began - shot.at, 0
    for _ in range(2):  # as browsers do: once more, when the server has just closed that connection
        connection = await _connection(port, idle)
        try:
            status = await _ask(connection, shot.request)
        except (OSError, asyncio.IncompleteReadError):
            connection.writer.close()
            idle.clear()
        else:
            connection.used_at = time.perf_counter()
            idle.append(connection)
            break
    return Hit(
        shot.kind, shot.at, time.perf_counter() - began - shot.at, late, status, status == shot.expects
    )


async def _ask(connection: _Connection, request: bytes) -> int:
    """The status, when the whole answer is here."""
    connection.writer.write(request)
    head = await connection.reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
    await connection.reader.readexactly(int(length[1]) if length else 0)
    return int(head[9:12])


def spread(hits: Sequence[Hit]) -> dict[str, Any]:
    """Latencies in ms, and how late we ourselves were."""
    took, late = sorted(one.seconds * 1000 for one in hits), sorted(one.late * 1000 for one in hits)
    return {
        "requests": len(hits),
        "bad": sum(not one.is_good for one in hits),
        "p50": round(statistics.median(took), 2),
        "p99": round(quantile(took, 0.99), 2),
        "p99.9": round(quantile(took, 0.999), 2),
        "longest": round(took[-1], 2),
        "sent late, p99": round(quantile(late, 0.99), 2),
    }


def quantile(ordered: Sequence[float], part: float) -> float:
    """The smallest value that at least this part of all does not exceed."""
    place = -(-len(ordered) * part // 1)
    return ordered[max(0, int(place) - 1)]
