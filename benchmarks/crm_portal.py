"""The sandbox portal in a process of its own, filled with deals, and what it remembers of them."""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from sandbox.demo.processes import free_port

START, TARGET = "NEW", "PREPARATION"
LATENCY_SECONDS = 0.4  # of every request, as measured on busy portals
BATCH, PAGE = 50, 50


class Portal:
    """One fresh portal; `url` is its incoming webhook."""

    def __init__(self, port: int, clock_file: Path) -> None:
        self.url = f"http://127.0.0.1:{port}/rest/1/sandboxsecret/"
        self.clock_file = clock_file
        self.control = httpx.Client(base_url=f"http://127.0.0.1:{port}/sandbox/", timeout=60)

    def fill(self, count: int) -> list[int]:
        """So many new deals, made while the limits are off; their ids."""
        self.switch(rate_plan="off", latency_seconds=0.0, events_on=False)
        ids = [number for size in _sizes(count) for number in self._add(size)]
        self.switch(rate_plan="standard", latency_seconds=LATENCY_SECONDS)
        return ids

    def switch(self, **positions: Any) -> None:
        self.control.post("switches", json=positions).raise_for_status()

    def speed(self, rate: float) -> None:
        """The portal's own time runs `rate` times as fast; others read it from the clock file."""
        self.control.post("clock", json={"rate": rate}).raise_for_status()

    def ledger(self) -> dict[str, Any]:
        found: dict[str, Any] = self.control.get("ledger").raise_for_status().json()["bitrix24"]
        return found

    def fill_bucket(self) -> int:
        """Requests until the portal says 503; how many of them were refused."""
        self.switch(latency_seconds=0.0)
        with ThreadPoolExecutor(8) as threads:
            statuses = list(threads.map(lambda _: httpx.get(f"{self.url}server.time").status_code, range(60)))
        self.switch(latency_seconds=LATENCY_SECONDS)
        return statuses.count(503)

    def moves(self) -> Counter[int]:
        """How often each deal came into the target stage, by the portal's own stage history."""
        self.switch(rate_plan="off", latency_seconds=0.0, operating_limit_seconds=0.0)
        found: Counter[int] = Counter()
        last = 0
        while True:
            rows = self._call(
                "crm.stagehistory.list",
                {"entityTypeId": 2, "order": {"ID": "ASC"}, "filter": {">ID": last}, "start": -1},
            )["items"]
            found.update(int(row["OWNER_ID"]) for row in rows if row["STAGE_ID"] == TARGET)
            if len(rows) < PAGE:
                return found
            last = int(rows[-1]["ID"])

    def _add(self, count: int) -> list[int]:
        line = f"crm.item.add?entityTypeId=2&fields[title]=Order&fields[stageId]={START}"
        made = self._call("batch", {"halt": 1, "cmd": {f"c{n}": line for n in range(count)}})["result"]
        return [int(one["item"]["id"]) for one in made.values()]

    def _call(self, method: str, params: dict[str, Any]) -> Any:
        answer = httpx.post(self.url + method, json=params, timeout=60)
        return answer.raise_for_status().json()["result"]


@contextmanager
def portal(folder: Path) -> Iterator[Portal]:
    """A portal that lives as long as the block."""
    port, clock_file = free_port(), folder / "clock.json"
    command = [sys.executable, "-m", "sandbox", "--port", str(port), "--company", "none", "--json"]
    process = subprocess.Popen([*command, "--clock-file", str(clock_file)], stdout=subprocess.PIPE, text=True)
    made = Portal(port, clock_file)
    try:
        assert process.stdout is not None
        json.loads(process.stdout.readline())
        _until_it_answers(made)
        yield made
    finally:
        made.control.close()
        process.terminate()
        process.wait()
        if process.stdout:
            process.stdout.close()


def lost_and_twice(moves: Counter[int], ids: Sequence[int]) -> tuple[int, int]:
    """How many of the deals never came into the target stage, and how many came more than once."""
    return sum(moves[number] == 0 for number in ids), sum(moves[number] > 1 for number in ids)


def _until_it_answers(made: Portal) -> None:
    for _ in range(100):
        try:
            made.ledger()
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the sandbox did not start")


def _sizes(count: int) -> list[int]:
    return [BATCH] * (count // BATCH) + ([count % BATCH] if count % BATCH else [])
