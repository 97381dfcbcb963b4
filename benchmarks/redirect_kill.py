"""kill -9 in the middle of the load: is every click and every webhook that was answered in the database?"""

import asyncio
import contextlib
import json
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.hooks_servers import PATH_TOKEN
from benchmarks.redirect_load import Server, wait_for
from benchmarks.redirect_servers import LINKS, fill
from sandbox.demo.processes import free_port

ROOT = Path(__file__).resolve().parents[1]
CONNECTIONS = 32
SHORTEST, LONGEST = 0.15, 0.6  # s under load before the kill


def kills(
    count: int, chance: random.Random, note: Callable[[str], None], folder: str | None = None
) -> list[dict[str, int]]:
    """One database, `count` accidents; what each of them answered, and what of that is missing afterwards."""
    found = []
    with tempfile.TemporaryDirectory(dir=folder) as place:
        path = Path(place) / "qc.db"
        fill(f"sqlite:///{path}")
        for number in range(count):
            answered = _one_life(path, chance.uniform(SHORTEST, LONGEST), number)
            missing = answered - _stored(path, number)
            found.append({"answered": len(answered), "missing": len(missing)})
            note(f"kill {number + 1}: {len(answered)} answered, {len(missing)} missing")
    return found


def _one_life(path: Path, seconds: float, number: int) -> set[str]:
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.redirect_servers", "ours", str(port), f"sqlite:///{path}"]
    process = subprocess.Popen(command, cwd=ROOT)
    server = Server("ours", port, process, 302)
    try:
        wait_for(server)
        return asyncio.run(_visit_until_killed(process, port, seconds, number))
    finally:
        process.kill()
        process.wait()


async def _visit_until_killed(
    process: subprocess.Popen[Any], port: int, seconds: float, number: int
) -> set[str]:
    answered: set[str] = set()
    visitors = [
        asyncio.ensure_future(_visitor(port, number, place, answered)) for place in range(CONNECTIONS)
    ]
    await asyncio.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    await asyncio.gather(*visitors)
    return answered


async def _visitor(port: int, number: int, place: int, answered: set[str]) -> None:
    """One in four sends webhooks, the others open links; every request can be told from all others later."""
    ask, expected = (_webhook, b"200") if place % 4 == 0 else (_visit, b"302")
    turn = 0
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return
    try:
        while True:
            mark, request = ask(number, place, turn)
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 " + expected):
                raise SystemExit(f"unexpected answer: {head[:60]!r}")
            answered.add(mark)
            turn += 1
    except (OSError, asyncio.IncompleteReadError):
        return  # killed: what was in flight was not answered
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def _visit(number: int, place: int, turn: int) -> tuple[str, bytes]:
    mark, link = f"k{number}-{place}-{turn}", (place * 31 + turn) % LINKS
    request = (
        f"GET /r/{link:022d} HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nAccept-Language: ru\r\n"
        f"X-Forwarded-For: 10.1.{place}.{turn % 250}\r\n"
        f"User-Agent: Mozilla/5.0 (Linux; Android 13) {mark}\r\n\r\n"
    )
    return mark, request.encode()


def _webhook(number: int, place: int, turn: int) -> tuple[str, bytes]:
    message = (number * CONNECTIONS + place) * 1_000_000 + turn
    body = json.dumps({"message_id": message, "text": "9", "client": {"phone": "77010000001"}})
    head = f"POST /hooks/json/{PATH_TOKEN} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    return f"inbox:{message}", (head + body).encode()


def _stored(path: Path, number: int) -> set[str]:
    connection = sqlite3.connect(path)
    try:
        agents = connection.execute(
            "SELECT agent FROM clicks WHERE agent LIKE ?", (f"% k{number}-%",)
        ).fetchall()
        keys = connection.execute("SELECT key FROM inbox WHERE source = 'json'").fetchall()
    finally:
        connection.close()
    return {agent.rpartition(" ")[2] for (agent,) in agents} | {key for (key,) in keys}
