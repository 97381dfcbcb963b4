"""The redirect on its own host: one door, its health, and nothing else of the engine."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlmodel import select

from qc_engine.clock import FixedClock, SystemClock
from qc_engine.store import links, schema
from qc_engine.store.database import Database
from qc_engine.store.group_commit import GroupCommit
from qc_engine.store.tables import CaseRow, ClickRow, InboxRow
from qc_engine.wiring.installation import stand_ins
from redirect.alone import Alone, pages_by_branch
from redirect.app import Redirect
from sandbox.demo.processes import free_port

ROOT = Path(__file__).resolve().parents[2]
CODE, TARGET = "k3Yandexk3Yandexk3Yand", "https://yandex.kz/maps/org/1/reviews"
BROWSER = {
    "User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) Version/17.4 Mobile/15E148 Safari/604.1",
    "Accept": "text/html,*/*;q=0.8",
    "Accept-Language": "ru",
}


def ask(app: Alone, path: str, method: str = "GET") -> httpx.Response:
    async def once() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(
            transport=transport, base_url="https://r.example", headers=BROWSER
        ) as one:
            return await one.request(method, path)

    return asyncio.run(once())


@pytest.fixture
def alone(sqlite_database: Database, clock: FixedClock) -> Iterator[Alone]:
    with sqlite_database.transaction() as session:
        links.add(session, CODE, "K7Q2K7Q2", "yandex", TARGET, clock.now())
    commit = GroupCommit(sqlite_database)
    commit.start()
    yield Alone(Redirect(commit, clock), list)
    commit.stop()


def test_one_door_and_its_health(alone: Alone) -> None:
    assert ask(alone, f"/r/{CODE}").headers["location"] == TARGET
    assert (ask(alone, "/healthz").status_code, ask(alone, "/healthz").text) == (200, "ok\n")
    alone.ready = lambda: ["database"]
    assert (ask(alone, "/healthz").status_code, ask(alone, "/healthz").text) == (503, "failed: database\n")


@pytest.mark.parametrize(
    "path", ["/", "/api/status", "/hooks/bitrix24/x", "/a/code", "/static/x.css", "/docs", "/r", "/x"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nothing_else_is_there(alone: Alone, path: str, method: str) -> None:
    answer, unknown = ask(alone, path, method), ask(alone, "/r/" + "Z" * 22)
    assert (answer.status_code, answer.content) == (404, unknown.content)


def test_pages_by_branch() -> None:
    pages = pages_by_branch({("main", "Центр"): {"yandex": TARGET}})
    assert pages("main", "Центр", "yandex") == TARGET
    assert [
        pages("main", "Центр", "google"),
        pages("main", "Юг", "yandex"),
        pages("x", "Центр", "yandex"),
    ] == [""] * 3


# --- two processes beside each other ------------------------------------------------------------


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The shipped config.yaml, over a database of its own, and not one secret."""
    config = ROOT / "config.yaml"
    names = {name for name, _ in stand_ins(config)}
    kept = {name: value for name, value in os.environ.items() if name not in names}
    url = {"QC_DATABASE_URL": f"sqlite:///{tmp_path}/qc.db", "QC_SCENARIOS": str(ROOT / "scenarios")}
    return kept | url | {"PYTHONPATH": str(ROOT)}


def start(environment: dict[str, str], port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "qc_engine", "redirect", "serve", "--config", str(ROOT / "config.yaml")]
    return subprocess.Popen([*command, "--port", str(port)], env=environment, stderr=subprocess.PIPE)


def wait_until_up(port: int) -> None:
    for _ in range(400):
        try:
            if httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("it did not start")


def test_two_of_them_serve_one_database(environment: dict[str, str], tmp_path: Path) -> None:
    database, now = Database(environment["QC_DATABASE_URL"]), SystemClock().now()
    schema.upgrade(database)
    with database.transaction() as session:
        session.add(CaseRow(id="K7Q2K7Q2", portal="main", deal_id=1, scenario="s", version="v", state="active",
                            step="x", branch="no such branch", body={}, created_at=now, updated_at=now))  # fmt: skip
        links.add(session, CODE, "K7Q2K7Q2", "yandex", TARGET, now)
    ports = [free_port(), free_port()]
    servers = [start(environment, port) for port in ports]
    try:
        for port in ports:
            wait_until_up(port)
        for port in ports * 3:
            answer = httpx.get(f"http://127.0.0.1:{port}/r/{CODE}", headers=BROWSER, follow_redirects=False)
            assert (answer.status_code, answer.headers["location"]) == (302, TARGET)
            assert "server" not in answer.headers
        servers[0].send_signal(signal.SIGTERM)
        assert servers[0].wait(20) == 0
    finally:
        for server in servers:
            server.kill()
            server.communicate()
    with database.reading() as session:
        assert len(session.exec(select(ClickRow)).all()) == 6
        assert len(session.exec(select(InboxRow)).all()) == 1
        assert len({row.address for row in session.exec(select(ClickRow)).all()}) == 1, (
            "one key for all processes"
        )
    database.close()


def test_an_old_database_is_refused(environment: dict[str, str]) -> None:
    done = start(environment, free_port())
    _, told = done.communicate(timeout=60)
    assert done.returncode == 3
    assert "qc db upgrade" in told.decode()
