"""The stage of a demo: the engine and the sandbox as two processes, speaking over real HTTP."""

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60
STOP_SECONDS = 25
# Everything by the names that people see in the sandbox's company.
COMPANY = """\
public_url: {engine}
port: {port}
database_url: sqlite:///{folder}/qc.db
clock_file: {folder}/clock.json
scenarios: {scenarios}
timezone: Asia/Almaty

bitrix24:
  branch_field: Филиал
  do_not_disturb_field: Не писать
  poll_every: {poll}
  task_poll_every: {poll}

chat2desk:
  base_url: {sandbox}/chat2desk
  channel_id: 43898
  transport: wa_direct

timings:
  tick: {tick}
  hold: 1 s

branches:
"""
BRANCH = """\
  - name: {name}
    crm_value: {name}
    department: {name}
    manager: {manager[name]}
    timezone: Asia/Almaty
    review_pages:
      yandex: {sandbox}/maps/yandex/{number}
      google: {sandbox}/maps/google/{number}
"""


# Approved at the messenger long before; their texts say what the scenario's say.
TEMPLATES = (
    {
        "name": "visit_quality",
        "language": "ru",
        "body": "Здравствуйте, {{1}}! Вы были у нас: {{2}}.\n"
        "Оцените, пожалуйста, качество работы от 1 до 10. "
        "Если не хотите получать такие сообщения, ответьте «стоп».",
    },
    {"name": "review_thanks", "language": "ru", "body": "Спасибо за отзыв! Ваш бонус подтверждён."},
    {
        "name": "visit_reminder",
        "language": "ru",
        "body": "Будем благодарны за Вашу оценку от 1 до 10. Это займёт десять секунд.",
    },
)


class CannotStart(Exception):
    """A process of the demo did not come up; the text holds its last words."""


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

    def story(self, deal_id: int) -> Any:
        return self._api(f"/api/story?deal={deal_id}")

    def _api(self, path: str) -> Any:
        headers = {"Authorization": f"Bearer {self.api_token}"}
        return self.http.get(f"{self.engine_url}{path}", headers=headers).raise_for_status().json()

    def kill_engine(self) -> None:
        """As a power cut would."""
        self.processes["engine"].send_signal(signal.SIGKILL)
        self.processes["engine"].wait()

    def start_engine(self) -> None:
        command = [
            sys.executable,
            "-m",
            "qc_engine",
            "run",
            "--config",
            str(self.plan.folder / "config.yaml"),
        ]
        self.processes["engine"] = _start(command, self.environment, self.plan.folder / "engine.log")
        _wait_for(f"{self.engine_url}/readyz", self.processes["engine"], self.plan.folder / "engine.log")


@contextlib.contextmanager
def stage(plan: Plan) -> Iterator[Stage]:
    """Set everything up, and take everything down whatever happens. Raises CannotStart."""
    plan.folder.mkdir(parents=True, exist_ok=True)
    secret, token, hook = (secrets.token_hex(16) for _ in range(3))
    application_token, api_token = secrets.token_hex(16), secrets.token_hex(16)
    sandbox_port, engine_port = plan.port or free_port(), free_port()
    sandbox_url, engine_url = f"http://127.0.0.1:{sandbox_port}", f"http://127.0.0.1:{engine_port}"
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "QC_BITRIX24__WEBHOOK_URL": f"{sandbox_url}/rest/1/{secret}/",
        "QC_BITRIX24__APPLICATION_TOKEN": application_token,
        "QC_CHAT2DESK__TOKEN": token,
        "QC_CHAT2DESK__WEBHOOK_SECRET": hook,
        "QC_API_TOKEN": api_token,
        "QC_SANDBOX_ENGINE_URL": engine_url,
        "QC_SANDBOX_ENGINE_TOKEN": api_token,
    }
    up = Stage(plan, sandbox_url, engine_url, api_token, httpx.Client(timeout=60), {}, environment)
    try:
        _start_sandbox(up, sandbox_port, secret, token)
        hooks = {"url": f"{engine_url}/hooks/bitrix24", "application_token": application_token}
        up.post("/sandbox/hooks", {"bitrix24": hooks if plan.events else None})
        for template in TEMPLATES:
            up.post("/sandbox/templates", template)
        _write_config(up, engine_port)
        up.start_engine()
        yield up
    finally:
        for process in reversed(up.processes.values()):
            _stop(process)
        up.http.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


def _start_sandbox(up: Stage, port: int, secret: str, token: str) -> None:
    plan = up.plan
    command = [
        *(sys.executable, "-m", "sandbox", "--port", str(port), "--secret", secret, "--token", token),
        *("--clock-file", str(plan.folder / "clock.json"), "--branches", str(plan.branches)),
        *(("--start", plan.start.isoformat()) if plan.start else ()),
    ]
    log = plan.folder / "sandbox.log"
    up.processes["sandbox"] = _start(command, up.environment, log)
    _wait_for(f"{up.sandbox_url}/sandbox/clock", up.processes["sandbox"], log)


def _write_config(up: Stage, port: int) -> None:
    plan = up.plan
    values = {"engine": up.engine_url, "port": port, "folder": plan.folder, "sandbox": up.sandbox_url}
    text = COMPANY.format(**values, tick=plan.tick, poll=plan.poll, scenarios=plan.scenarios)
    for branch in up.get("/sandbox/company")["branches"]:
        text += BRANCH.format(**branch, sandbox=up.sandbox_url)
    (plan.folder / "config.yaml").write_text(text, encoding="utf-8")


def _start(command: list[str], environment: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 (our own two programs)
            command, cwd=ROOT, env=dict(environment), stdout=output, stderr=output, start_new_session=True
        )


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(url, timeout=2).status_code < 500:
                return
        time.sleep(0.1)
    raise CannotStart(f"{url} did not answer. Last words in {log}:\n{_last_words(log)}")


def _last_words(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    if process.poll() is None:
        process.kill()


def as_json(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2, default=str)
