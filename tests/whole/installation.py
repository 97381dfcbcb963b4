"""One company as its integrator has it: a portal and a channel, a config.yaml, and the commands of qc.

The sandbox and the engine are processes of their own that speak over HTTP; nothing of the engine is imported.
"""

import contextlib
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from ruamel.yaml import YAML

from sandbox.demo.company import TEMPLATES
from sandbox.demo.headless import NAMES, RATE
from sandbox.demo.people import CAST, Person, Player
from sandbox.demo.play import Play, close_orders, open_orders
from sandbox.demo.processes import ROOT, CannotStart, free_port
from sandbox.demo.stage import ENGINE, Plan, Stage
from tests.whole.ready import Forked, Told, told

NOON = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)  # 12:00 in Almaty, a Tuesday
PATIENCE = 30.0  # real seconds
APPLICATION_TOKEN = "outgoingwebhook"
Row = dict[str, Any]


@dataclass
class Vendors:
    """A sandbox: one portal, one Chat2Desk account, the phones of its clients."""

    folder: Path
    url: str
    http: httpx.Client
    process: Forked
    secret: str
    token: str

    @property
    def webhook_url(self) -> str:
        return f"{self.url}/rest/1/{self.secret}/"

    def get(self, path: str, **query: Any) -> Any:
        return self.http.get(f"{self.url}/sandbox/{path}", params=query).raise_for_status().json()

    def post(self, path: str, body: Row) -> Any:
        return self.http.post(f"{self.url}/sandbox/{path}", json=body).raise_for_status().json()

    def change(self, **changes: Any) -> None:
        """What an administrator does without telling anybody."""
        self.http.patch(f"{self.url}/sandbox/company", json=changes).raise_for_status()

    def delete(self, path: str) -> None:
        self.http.delete(f"{self.url}/sandbox/{path}").raise_for_status()

    def rest(self, method: str, params: Row) -> Any:
        """A call of the portal's REST, as an administrator's webhook; again where it was one too many."""
        answers: list[httpx.Response] = []

        def answered() -> bool:
            answers.append(self.http.post(f"{self.webhook_url}{method}", json=params))
            return answers[-1].status_code != 503

        until(answered, f"{method} is let in")
        return answers[-1].raise_for_status().json()["result"]

    def deal(self, number: int) -> Row:
        found: Row = next(one for one in self.get("state")["deals"] if one["id"] == number)
        return found

    def messages(self, phone: str) -> list[str]:
        """What reached this client from us, oldest first."""
        rows = self.get("outbox", after=0, limit=500)["messages"]
        return [one["text"] for one in rows if one["from"] == "us" and one["phone"] == phone]

    def now(self) -> datetime:
        return datetime.fromisoformat(self.get("clock")["now"])


@dataclass
class Installation(Stage):
    """The folder of one installation, its engine, and its command line."""

    vendors: Vendors = field(kw_only=True)
    config: Row = field(kw_only=True)

    # --- the command line ---

    def qc(self, *words: str) -> Told:
        """One command, from its start to its end, without a terminal."""
        return told(self._words(*words), self.environment)

    def begun(self, *words: str) -> subprocess.Popen[bytes]:
        """A command that goes on while other things happen."""
        return subprocess.Popen(
            [sys.executable, "-m", "qc_engine", *self._words(*words)], cwd=ROOT, env=dict(self.environment),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def _words(self, *words: str) -> list[str]:
        return [*words, "--config", str(self.plan.folder / "config.yaml")]

    # --- the engine ---

    def _run(self, name: str, role: str) -> None:
        log = self.plan.folder / f"{name}.log"
        self.processes[name] = Forked(self._words("run", "--role", role), self.environment, log, log)

    def stop_engine(self) -> None:
        """In order, as the system does it at a restart."""
        for name in reversed([one for one in ENGINE if one in self.processes]):
            process = self.processes.pop(name)
            process.terminate()
            assert process.wait(PATIENCE) == 0, self.log()

    def log(self) -> str:
        path = self.plan.folder / "engine.log"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    # --- its files ---

    def write(self) -> None:
        """config.yaml as `config` says it."""
        with (self.plan.folder / "config.yaml").open("w", encoding="utf-8") as file:
            YAML().dump(self.config, file)


@contextlib.contextmanager
def vendors(folder: Path, *options: str) -> Iterator[Vendors]:
    """`qc sandbox` with these options; its time begins at NOON and stands in clock.json of this folder."""
    folder.mkdir(parents=True, exist_ok=True)
    port, secret, token = free_port(), secrets.token_hex(16), secrets.token_hex(16)
    words = [
        *("--port", str(port), "--secret", secret, "--token", token),
        *("--clock-file", str(folder / "clock.json"), "--start", NOON.isoformat(), *options),
    ]
    log = folder / "sandbox.log"
    process = Forked(words, os.environ, log, log, program="sandbox.__main__")
    with httpx.Client(timeout=60) as http:
        up = Vendors(folder, f"http://127.0.0.1:{port}", http, process, secret, token)
        try:
            _answers(up, log)
            for template in TEMPLATES:
                up.post("templates", template)
            yield up
        finally:
            process.kill()
            process.wait()


def _answers(up: Vendors, log: Path) -> None:
    def there() -> bool:
        if up.process.poll() is not None:
            raise CannotStart(log.read_text(encoding="utf-8", errors="replace"))
        with contextlib.suppress(httpx.TransportError):
            return bool(up.get("clock"))
        return False

    until(there, "the sandbox answers")


@contextlib.contextmanager
def installation(up: Vendors, folder: Path | None = None, *, apart: bool = False) -> Iterator[Installation]:
    """A folder with a config.yaml that fits this portal; the engine is not running yet."""
    folder = folder or up.folder / "installation"
    folder.mkdir(parents=True, exist_ok=True)
    port, api_token = free_port(), secrets.token_hex(16)
    engine_url = f"http://127.0.0.1:{port}"
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "QC_BITRIX24__WEBHOOK_URL": up.webhook_url,
        "QC_BITRIX24__APPLICATION_TOKEN": APPLICATION_TOKEN,
        "QC_CHAT2DESK__TOKEN": up.token,
        "QC_CHAT2DESK__WEBHOOK_SECRET": secrets.token_hex(16),
        "QC_API_TOKEN": api_token,
    }
    config = company(up, engine_url, port, folder)
    with httpx.Client(timeout=60) as http:
        here = Installation(
            Plan(folder, apart=apart), up.url, engine_url, api_token, http, {}, environment,
            vendors=up, config=config,
        )  # fmt: skip
        here.write()
        try:
            yield here
        finally:
            for process in here.processes.values():
                process.kill()
                process.wait()


def company(up: Vendors, engine_url: str, port: int, folder: Path) -> Row:
    """config.yaml of the tyre centres that live in this sandbox, everything by the names that people see."""
    return {
        "public_url": engine_url,
        "port": port,
        "database_url": f"sqlite:///{folder}/qc.db",
        "clock_file": str(up.folder / "clock.json"),
        "scenarios": str(ROOT / "scenarios"),
        "timezone": "Asia/Almaty",
        "bitrix24": crm(),
        "chat2desk": {"base_url": f"{up.url}/chat2desk", "channel_id": 43898, "transport": "wa_direct"},
        "timings": {"tick": "0.1 s", "hold": "1 s"},
        "api_requests_per_minute": 0,  # a play looks many times a second whether all is calm
        "branches": branches(up),
    }


def crm() -> Row:
    return {
        "branch_field": "Филиал",
        "do_not_disturb_field": "Не писать",
        "poll_every": "0.3 s",
        "task_poll_every": "0.3 s",
    }


def branches(up: Vendors) -> list[Row]:
    known = up.get("company")
    return [
        {
            "name": one["name"],
            "crm_value": one["name"],
            "department": one["name"],
            "manager": one["manager"]["name"],
            "timezone": "Asia/Almaty",
            "review_pages": {"yandex": f"{up.url}/maps/yandex/{one['number']}"},
        }
        for one in known["branches"]
    ]


# --- what happens there -------------------------------------------------------------------------------


def send_events(up: Vendors, here: Installation, connector: str = "bitrix24") -> None:
    """The portal's outgoing webhook leads to this engine."""
    hook = {"url": f"{here.engine_url}/hooks/{connector}", "application_token": APPLICATION_TOKEN}
    up.post("hooks", {"bitrix24": hook})


def clients(here: Installation, *kinds: str, first: int = 0) -> list[Player]:
    """One client of each kind, spread over the branches, each with a phone of their own."""
    people: Mapping[str, Person] = {one.kind: one for one in CAST}
    names = [one["name"] for one in here.config["branches"]]
    return [
        Player(people[kind], NAMES[n % len(NAMES)], f"7701555{n:04d}", names[n % len(names)])
        for n, kind in enumerate(kinds, first)
    ]


def served(here: Installation, players: list[Player]) -> Play:
    """Their orders are made and closed; now they live with what the engine does."""
    here.vendors.post("clock", {"rate": RATE})
    open_orders(here, players)
    close_orders(here, players)
    return Play(here, players, lambda _: None)


def until(true: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
    deadline = time.monotonic() + patience
    while not true():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.05)
