"""The servers that the benchmark of review links compares: ours, and the ways it could have been done."""

import argparse
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

TARGET = "https://yandex.kz/maps/org/1234567890/reviews"
CASES = 500
LINKS = 2 * CASES


def codes(count: int = LINKS) -> list[str]:
    return [f"{number:022d}" for number in range(count)]


async def bare(scope: Any, receive: Any, send: Any) -> None:
    """What uvicorn alone can do: a 302 that knows nothing and keeps nothing."""
    headers = [(b"location", TARGET.encode()), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 302, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def ours(url: str, flush_ms: float) -> Any:
    """The real application with all its doors, on a database that is flushed at every commit."""
    from benchmarks.hooks_servers import JsonVendor
    from benchmarks.whole_app import whole_app
    from qc_engine.clock import SystemClock
    from qc_engine.store.database import Database
    from qc_engine.store.group_commit import GroupCommit
    from qc_engine.web.hooks import Hooks
    from redirect.app import Redirect

    clock, database = SystemClock(), Database(url)
    slow_down(database.engine, flush_ms)
    slow_down_driver(flush_ms)
    commit = GroupCommit(database)
    commit.start()
    door = Redirect(commit, clock, secret=b"benchmark", pages=lambda *_: TARGET)
    hooks = Hooks({"json": JsonVendor()}, commit, clock, lambda: None)
    return whole_app(door, hooks, commit, clock)


def naive(url: str, flush_ms: float) -> Any:
    """The obvious way: FastAPI, one SQLModel session for each visit, commit, answer."""
    from fastapi import FastAPI, HTTPException
    from fastapi import Request as WebRequest
    from fastapi.responses import RedirectResponse
    from sqlmodel import Session

    from qc_engine.store.database import Database
    from qc_engine.store.tables import ClickRow, LinkRow

    engine = Database(url).engine
    slow_down(engine, flush_ms)
    app = FastAPI()

    @app.get("/r/{code}")
    def visit(code: str, request: WebRequest) -> RedirectResponse:
        with Session(engine) as session:
            link = session.get(LinkRow, code)
            if link is None:
                raise HTTPException(404)
            now, agent = datetime.now(UTC), request.headers.get("user-agent", "")
            session.add(ClickRow(code=code, at=now, grade="person", reason="", agent=agent))
            target = link.target
            session.commit()
        return RedirectResponse(target, 302)

    return app


def each_commits(url: str, flush_ms: float) -> Any:
    """A raw ASGI door without a group: one connection, and a commit for every visit."""
    from qc_engine.store.database import Database

    engine = Database(url).engine
    slow_down(engine, flush_ms)
    connection = engine.connect()
    insert = (
        "INSERT INTO clicks (code, at, grade, reason, agent, target, address, filed) "
        "VALUES (?, ?, 'person', '', '', ?, '', 0)"
    )

    async def app(scope: Any, receive: Any, send: Any) -> None:
        with connection.begin():
            connection.exec_driver_sql(insert, (scope["path"][3:], datetime.now(UTC).isoformat(), TARGET))
        await bare(scope, receive, send)

    return app


def slow_down(engine: Any, flush_ms: float) -> None:
    """Every commit takes so much longer, as on a slower disk."""
    if flush_ms:
        from sqlalchemy import event

        event.listen(engine, "commit", lambda _connection: time.sleep(flush_ms / 1000))


def slow_down_driver(flush_ms: float) -> None:
    """The same for the hot writer, which commits without SQLAlchemy."""
    if flush_ms:
        from qc_engine.store.driver import Driver, Writing

        quick = Driver.commit

        def slow(driver: Driver, writing: Writing) -> None:
            time.sleep(flush_ms / 1000)
            quick(driver, writing)

        Driver.commit = slow  # type: ignore[method-assign,assignment]


APPS: dict[str, Callable[[str, float], Any]] = {"ours": ours, "naive": naive, "each": each_commits}


def fill(url: str) -> None:
    """Cases whose message with both links left an hour ago: what a person's click meets."""
    from qc_engine.store import links, schema
    from qc_engine.store.database import Database
    from qc_engine.store.tables import CaseRow, EffectRow

    database, now = Database(url), datetime.now(UTC)
    schema.upgrade(database)
    then = now - timedelta(hours=1)
    with database.transaction() as session:
        for number in range(CASES):
            case, both = f"B{number:07d}", codes()[2 * number : 2 * number + 2]
            session.add(
                CaseRow(id=case, deal_id=number, scenario="bench", version="v", state="active", step="x",
                        branch="Центр", body={}, created_at=then, updated_at=then)
            )  # fmt: skip
            for code, platform in zip(both, ("yandex", "google"), strict=True):
                links.add(session, code, case, platform, TARGET, then)
            session.add(
                EffectRow(key=f"{case}:1:0", case_id=case, lane="channel", kind="SendMessage", state="done",
                          payload={"text": " ".join(both)}, run_at=then, created_at=then, done_at=then,
                          result=str(number))
            )  # fmt: skip
    database.close()


def main() -> None:
    """Run one of them: python -m benchmarks.redirect_servers KIND PORT DATABASE_URL [--flush-ms 2]"""
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=["bare", *APPS])
    parser.add_argument("port", type=int)
    parser.add_argument("url")
    parser.add_argument("--flush-ms", type=float, default=0.0)
    asked = parser.parse_args()
    import uvicorn

    app = bare if asked.kind == "bare" else APPS[asked.kind](asked.url, asked.flush_ms)
    uvicorn.run(app, port=asked.port, log_level="error", access_log=False, lifespan="off", backlog=2048)


NGINX = """daemon off; master_process off; worker_processes 1; pid {folder}/pid;
error_log {folder}/error crit;
events {{ worker_connections 1024; }}
http {{ access_log off; keepalive_requests 100000000; client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; location / {{ return 302 {target}; }} }} }}
"""


def start_nginx(port: int, folder: Path) -> subprocess.Popen[bytes] | None:
    """None where it is not installed (Debian: apt-get install nginx-light)."""
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        return None
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, port=port, target=TARGET))
    return subprocess.Popen([program, "-c", str(config), "-e", str(folder / "error")])


if __name__ == "__main__":
    main()
