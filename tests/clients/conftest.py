"""A sandbox as a process of its own, and clients that other people wrote, unchanged."""

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]
DEALS = 120
LATE = 30  # of them stand at the stage after the first one
MISSING = "not shown to work, a client is not installed:"


@dataclass(frozen=True)
class Served:
    """Where the portal is. `deals` are its deals, the last `LATE` of them in EXECUTING; tasks of one manager."""

    url: str
    tls: str  # name and port of the https door
    certificate: str
    deals: list[int]
    contact: int
    tasks: list[int]

    def post(self, method: str, **params: Any) -> Any:
        """A plain call, to see what a client has done."""
        return httpx.post(f"{self.url}{method}", json=params, timeout=30).raise_for_status().json()["result"]


def needed(name: str) -> ModuleType:
    """The client, or a skip that the summary repeats loudly."""
    try:
        return importlib.import_module(name)
    except ImportError:
        pytest.skip(f"{MISSING} {name}: uv sync --group clients")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """A skipped client must not look like one that works."""
    texts = {str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", ())}
    for text in sorted(text for text in texts if MISSING in text):
        terminalreporter.write_line(f"WARNING: {text.removeprefix('Skipped: ')}", red=True, bold=True)


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("portal")
    certificate = str(folder / "portal.pem")
    command = [
        sys.executable,
        "-m",
        "sandbox",
        "--port",
        "0",
        "--tls-port",
        "0",
        "--certificate",
        certificate,
    ]
    process = subprocess.Popen([*command, "--json"], cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        yield _furnished(json.loads(process.stdout.readline()))
    finally:
        process.terminate()
        process.communicate(timeout=20)


def _furnished(told: dict[str, str]) -> Served:
    url = told["portal_url"]
    tls = told["tls_portal_url"].split("/")[2]
    _wait_for(told["control_url"])
    # The clients run one after another here; their own patience is measured elsewhere.
    httpx.post(f"{told['control_url']}/switches", json={"rate_plan": "off"}).raise_for_status()
    empty = Served(url, tls, told["certificate"], [], 0, [])
    phone = {"VALUE": "+7 701 555 00 01", "VALUE_TYPE": "MOBILE"}
    contact = empty.post("crm.contact.add", fields={"NAME": "Иван", "LAST_NAME": "Петров", "PHONE": [phone]})
    made = [number for start in range(0, DEALS, 40) for number in _deals(empty, start, contact)]
    tasks = [_task(empty, number) for number in made[:3]]
    return Served(url, tls, told["certificate"], made, contact, tasks)


def _wait_for(control: str) -> None:
    transport = httpx.HTTPTransport(retries=20)
    with httpx.Client(transport=transport, timeout=30) as http:
        http.get(f"{control}/state").raise_for_status()


def _deals(portal: Served, start: int, contact: int) -> list[int]:
    numbers = range(start, start + 40)
    cmd = {f"c{number}": f"crm.deal.add?{_fields(number, contact)}" for number in numbers}
    results = portal.post("batch", halt=1, cmd=cmd)["result"]
    return [results[f"c{number}"] for number in numbers]


def _fields(number: int, contact: int) -> str:
    stage = "NEW" if number < DEALS - LATE else "EXECUTING"
    fields = {
        "TITLE": f"Заказ & сервис {number}",
        "STAGE_ID": stage,
        "OPPORTUNITY": number,
        "CONTACT_ID": contact,
    }
    return urlencode({f"fields[{name}]": value for name, value in fields.items()})


def _task(portal: Served, deal: int) -> int:
    fields = {"TITLE": f"Позвонить по сделке {deal}", "RESPONSIBLE_ID": 201, "UF_CRM_TASK": [f"D_{deal}"]}
    return int(portal.post("tasks.task.add", fields=fields)["task"]["id"])
