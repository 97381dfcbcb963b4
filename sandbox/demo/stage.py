"""The stage of a demo: the engine and the sandbox as two processes, speaking over real HTTP."""

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from sandbox.demo.browsing import Patient
from sandbox.demo.company import TEMPLATES, config_text, write_scenarios
from sandbox.demo.keys import environment_of, options_of
from sandbox.demo.processes import ROOT, free_port, start, stop, wait_for

ENGINE = ("worker", "engine")  # its processes, as long as there is one worker


@dataclass(frozen=True)
class Plan:
    """How the stage is set."""

    folder: Path
    port: int = 0  # of the page; 0: any free one
    branches: int = 3
    tick: str = "0.2 s"
    poll: str = "1 s"
    start: datetime | None = None  # virtual time of the beginning; None: now
    events: bool = True
    scenarios: Path = ROOT / "scenarios"
    channels: bool = True  # Telegram, MAX and SMS beside WhatsApp
    apart: bool = False  # the doors in a process of their own, beside the one of the loops
    workers: int = 1  # with `apart`; several need a server
    database: str = ""  # URL; '': a file in the folder
    patience: float = 0.0  # real seconds for which people try a page again that is out of order


@dataclass
class Stage:
    """Both processes and how to speak with them."""

    plan: Plan
    sandbox_url: str
    engine_url: str
    api_token: str
    http: httpx.Client
    processes: dict[str, subprocess.Popen[bytes]]
    environment: Mapping[str, str]

    # --- the sandbox ---

    def get(self, path: str, **query: Any) -> Any:
        return self.http.get(f"{self.sandbox_url}{path}", params=query).raise_for_status().json()

    def post(self, path: str, body: Any) -> Any:
        return self.http.post(f"{self.sandbox_url}{path}", json=body).raise_for_status().json()

    # --- the engine ---

    def status(self, full: bool = False) -> Any:
        """What the engine has to do, when it will wake next, and with `full` the totals."""
        return self._api(f"/api/status?full={int(full)}")

    def uncertain(self) -> list[dict[str, Any]]:
        """What the engine will not guess: whether these messages have reached their clients."""
        return list(self._api("/api/attention")["uncertain"])

    def resolve(self, effect: int, how: str) -> None:
        """A person has looked, and says `happened`, `again` or `drop` by the command line."""
        words = ["resolve", str(effect), how, "--config", str(self.plan.folder / "config.yaml")]
        command = [sys.executable, "-m", "qc_engine", *words]
        subprocess.check_output(command, cwd=ROOT, env=dict(self.environment))  # noqa: S603 (our own)

    def story(self, deal_id: int) -> Any:
        return self._api(f"/api/story?deal={deal_id}")

    def invitation(self, deal_id: int, channel: str) -> str:
        """The link with which the client of this deal opens our bot there; '' before there is a case."""
        answer = self._ask(f"/api/story?deal={deal_id}")
        return (
            "" if answer.status_code == 404 else str(answer.raise_for_status().json()["invitations"][channel])
        )

    def _api(self, path: str) -> Any:
        return self._ask(path).raise_for_status().json()

    def _ask(self, path: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.api_token}"}
        return self.http.get(f"{self.engine_url}{path}", headers=headers)

    def kill_engine(self) -> None:
        """As a power cut would."""
        for name in (*self.workers, "engine"):
            self.kill(name)

    def kill(self, name: str) -> None:
        """One process of it, with no word of farewell."""
        if process := self.processes.pop(name, None):
            process.send_signal(signal.SIGKILL)
            process.wait()

    @property
    def workers(self) -> list[str]:
        """'worker', 'worker 2', 'worker 3': the processes of the loops, where they have their own."""
        return ["worker", *(f"worker {number}" for number in range(2, self.plan.workers + 1))]

    def start_engine(self) -> None:
        """'engine' is the process that answers; with `apart` the loops run in `workers`."""
        for name in self.workers if self.plan.apart else ():
            self.start_worker(name)
        self._run("engine", "web" if self.plan.apart else "all")
        wait_for(f"{self.engine_url}/readyz", self.processes["engine"], self.plan.folder / "engine.log")

    def start_worker(self, name: str) -> None:
        self._run(name, "worker")

    def _run(self, name: str, role: str) -> None:
        config = str(self.plan.folder / "config.yaml")
        command = [sys.executable, "-m", "qc_engine", "run", "--role", role, "--config", config]
        self.processes[name] = start(command, self.environment, self.plan.folder / f"{name}.log")


@contextlib.contextmanager
def stage(plan: Plan) -> Iterator[Stage]:
    """Set everything up, and take everything down whatever happens. Raises CannotStart."""
    plan.folder.mkdir(parents=True, exist_ok=True)
    sandbox_port, engine_port = plan.port or free_port(), free_port()
    sandbox_url, engine_url = f"http://127.0.0.1:{sandbox_port}", f"http://127.0.0.1:{engine_port}"
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        **environment_of(sandbox_url, engine_url, plan.channels),
        **({"QC_SECRET_KEY": secrets.token_hex(16)} if plan.database else {}),  # one for all its processes
    }
    api_token = environment["QC_API_TOKEN"]
    people = httpx.Client(timeout=60, transport=Patient(plan.patience))
    up = Stage(plan, sandbox_url, engine_url, api_token, people, {}, environment)
    try:
        _start_sandbox(up, sandbox_port)
        _prepare_vendors(up)
        _write_config(up, engine_port)
        up.start_engine()
        yield up
    finally:
        for process in reversed(up.processes.values()):
            stop(process)
        up.http.close()


def _start_sandbox(up: Stage, port: int) -> None:
    plan = up.plan
    command = [
        *(sys.executable, "-m", "sandbox", "--port", str(port), *options_of(up.environment)),
        *("--clock-file", str(plan.folder / "clock.json"), "--branches", str(plan.branches)),
        *(("--start", plan.start.isoformat()) if plan.start else ()),
    ]
    log = plan.folder / "sandbox.log"
    up.processes["sandbox"] = start(command, up.environment, log)
    wait_for(f"{up.sandbox_url}/sandbox/clock", up.processes["sandbox"], log)


def _prepare_vendors(up: Stage) -> None:
    """Hooks and templates that a person would set up in the vendors' cabinets."""
    token = up.environment["QC_BITRIX24__APPLICATION_TOKEN"]
    hook = {"url": f"{up.engine_url}/hooks/bitrix24", "application_token": token}
    up.post("/sandbox/hooks", {"bitrix24": hook if up.plan.events else None})
    for template in TEMPLATES:
        up.post("/sandbox/templates", template)
    if up.plan.channels:
        door = f"{up.engine_url}/hooks/sms/{up.environment['QC_SMS__WEBHOOK_SECRET']}"
        up.post("/sandbox/sms/hooks", {"gateway": "smsc", "url": door})
        # A network that is quick, and a messenger that tells what arrived: another channel waits for that.
        up.post("/sandbox/sms/switches", {"sent_delay_seconds": 0.5, "delivery_delay_seconds": 1})
        up.post("/sandbox/switches", {"delivered_outbox_status": True})


def _write_config(up: Stage, port: int) -> None:
    plan, scenarios = up.plan, up.plan.scenarios
    if plan.channels:
        scenarios = plan.folder / "scenarios_by_every_channel"
        write_scenarios(plan.scenarios, scenarios)
    values = {
        **{"engine": up.engine_url, "port": port, "folder": plan.folder, "sandbox": up.sandbox_url},
        **{"database": plan.database or f"sqlite:///{plan.folder}/qc.db"},
        **{"tick": plan.tick, "poll": plan.poll, "scenarios": scenarios},
    }
    branches = up.get("/sandbox/company")["branches"]
    text = config_text(values, branches, channels=plan.channels)
    (plan.folder / "config.yaml").write_text(text, encoding="utf-8")


def as_json(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2, default=str)
