"""Clicks in the busiest hour: the running product, with everything going on at once.

It runs as `qc run --role worker` and `qc run --role web` (or, to compare, in one process) on the demo's
configuration. The machine's cores are shared by them and by whoever clicks; to compare, all that is served
can be pinned to one core, where a request also waits for the slices that the kernel gives to the worker.

First it is idle but for the clicks. Then a night has passed for 100,000 cases, so that all of them are due;
the portal and the channel do not answer any more, with 2,000 effects in the outbox; and clients write 1,000
messages a minute. Nothing is stubbed: cases are woken and decided, clicks filed, effects tried and put off,
webhooks parsed, stored and handled.
"""

import itertools
import json
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.open_loop import Hit, fire, planned, spread
from benchmarks.redirect_load import LOAD_CORE, SERVER_CORE, cpu_seconds, pin
from sandbox.demo.headless import cast_of
from sandbox.demo.play import close_orders, open_orders
from sandbox.demo.stage import ENGINE, Plan, Stage, stage

NOON = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)  # in Almaty; no quiet hours, whenever this is run
CLICKS_PER_SECOND, MESSAGES_PER_SECOND = 500, 1000 / 60
WITH_LINKS, EFFECTS = 500, 2_000  # cases
PATIENCE_SECONDS = 180
DAY = timedelta(days=1)
ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Size:
    """How much there is, and for how long it is looked at."""

    cases: int = 100_000
    idle_seconds: float = 15
    busy_seconds: float = 60
    apart: bool = True  # the doors and the loops in two processes
    one_core: bool = False


def measure(size: Size, visit: Callable[[int], bytes], folder: str | None = None) -> dict[str, Any]:
    """Latencies of the clicks while idle and while busy, and what the process got done beside them.

    `visit(n)`: the request of visitor n of link n, whose code is n in 22 digits.
    """
    if not size.one_core:
        os.sched_setaffinity(0, range(os.cpu_count() or 1))  # also of all that is started from here
    with tempfile.TemporaryDirectory(dir=folder) as place:
        plan = Plan(Path(place), start=NOON, tick="1 s", poll="5 s", events=False, channels=False,
                    apart=size.apart)  # fmt: skip
        with stage(plan) as up:
            _begin_one_case(up)
            up.kill_engine()
            database = Path(place) / "qc.db"
            due = datetime.fromisoformat(up.get("/sandbox/clock")["now"]) + DAY
            _multiply(database, size.cases, due)
            up.start_engine()
            return _load(up, size, visit, database)


def _load(up: Stage, size: Size, visit: Callable[[int], bytes], database: Path) -> dict[str, Any]:
    engine = [up.processes[name].pid for name in ENGINE if name in up.processes]
    port = int(up.engine_url.rpartition(":")[2])
    if size.one_core:
        for process in engine:
            pin(process, SERVER_CORE)
        for process in (up.processes["sandbox"].pid, os.getpid()):
            pin(process, LOAD_CORE)
    clicks = (visit(number % (2 * WITH_LINKS)) for number in itertools.count())
    # Every link once: its first click also tells the case.
    _fire(port, clicks, 2 * WITH_LINKS / CLICKS_PER_SECOND)
    _until(lambda: not _open(database), "the first clicks are not handled")
    idle = _fire(port, clicks, size.idle_seconds)
    now = datetime.fromisoformat(
        up.post("/sandbox/clock", {"jump_seconds": DAY.total_seconds() * 1.1})["now"]
    )
    up.processes["sandbox"].kill()
    before, cpu, began = _done(database), sum(map(cpu_seconds, engine)), time.monotonic()
    busy = _fire(port, clicks, size.busy_seconds, _messages(up, now, size.cases))
    spent = (sum(map(cpu_seconds, engine)) - cpu) / (time.monotonic() - began)
    after = _done(database)
    return {
        "idle": spread(idle),
        "busy": spread([one for one in busy if one.kind == "click"]),
        "busy, webhooks": spread([one for one in busy if one.kind == "webhook"]),
        "beside them": {name: after[name] - before[name] for name in after}
        | {"CPU of a core": round(spent, 2)},
        "clicks not stored": 2 * WITH_LINKS
        + len(idle)
        + sum(one.kind == "click" for one in busy)
        - _stored(database),
    }


def _fire(
    port: int, clicks: Iterator[bytes], seconds: float, messages: Iterator[bytes] | None = None
) -> list[Hit]:
    count = int(CLICKS_PER_SECOND * seconds)
    shots = planned("click", itertools.islice(clicks, count), 302, CLICKS_PER_SECOND, 1)
    if messages:
        some = itertools.islice(messages, int(MESSAGES_PER_SECOND * seconds))
        shots += planned("webhook", some, 200, MESSAGES_PER_SECOND, 2)
    return fire(port, shots)


def _messages(up: Stage, now: datetime, cases: int) -> Iterator[bytes]:
    """What clients of all these cases write, as the channel tells it."""
    path = f"/hooks/chat2desk/{up.environment['QC_CHAT2DESK__WEBHOOK_SECRET']}"
    for number in itertools.count():
        phone = _phone(number * 97 % cases)
        body = {
            "message_id": 5_000_000 + number, "type": "from_client", "text": str(number % 10 + 1),
            "client": {"id": 900_000 + number, "phone": phone, "name": "Айгуль"}, "channel_id": 43898,
            "dialog_id": 700_000 + number, "transport": "wa_direct", "hook_type": "inbox",
            "event_time": f"{now:%Y-%m-%dT%H:%M:%SZ}", "filler": "x" * 700,
        }  # fmt: skip
        text = json.dumps(body, ensure_ascii=False).encode()
        heads = ["Host: x", "Content-Type: application/json", f"Content-Length: {len(text)}"]
        yield "\r\n".join([f"POST {path} HTTP/1.1", *heads, "", ""]).encode() + text


# --- the database -------------------------------------------------------------------------------


def _begin_one_case(up: Stage) -> None:
    """By the engine itself, so that its row is what such a row is."""
    players = cast_of(up)[:1]
    open_orders(up, players)
    close_orders(up, players)
    _until(lambda: up.status(full=True)["cases"], "the engine begins no case")


def _until(there: Callable[[], object], else_say: str) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not there():
        if time.monotonic() > until:
            raise SystemExit(else_say)
        time.sleep(0.2)


def _multiply(database: Path, count: int, due: datetime) -> None:
    """So many more cases like the one that is there, waiting until `due`."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.row_factory = sqlite3.Row
        pattern = dict(connection.execute("SELECT * FROM cases").fetchone())
        rows = (_case(pattern, number, due) for number in range(count))
        connection.executemany(_insert("cases", pattern), rows)
        target = connection.execute("SELECT target FROM links").fetchone()[0]
        for table, more in (
            ("links", _links(target, due)),
            ("effects", _sent(due)),
            ("effects", _moves(due)),
        ):
            some = list(more)
            connection.executemany(_insert(table, some[0]), some)


def _insert(table: str, row: dict[str, Any]) -> str:
    return f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})"


def _case(pattern: dict[str, Any], number: int, due: datetime) -> dict[str, Any]:
    body = json.loads(pattern["body"])
    body |= {"id": _id(number), "deal_id": _deal(number), "wake_at": due.isoformat()}
    body["client"]["phone"] = _phone(number)
    return pattern | {
        "id": _id(number), "deal_id": _deal(number), "phone": _phone(number), "wake_at": _moment(due),
        "answer_code": f"a{number:021d}", "survey_code": f"s{number:021d}",
        "body": json.dumps(body, ensure_ascii=False),
    }  # fmt: skip


def _links(target: str, due: datetime) -> Iterator[dict[str, Any]]:
    for number in range(2 * WITH_LINKS):
        platform = ("yandex", "google")[number % 2]
        yield {"code": f"{number:022d}", "case_id": _id(number // 2), "platform": platform, "target": target,
               "created_at": _moment(due - DAY)}  # fmt: skip


def _sent(due: datetime) -> Iterator[dict[str, Any]]:
    """The messages with those links, an hour before the clicks."""
    then = _moment(due - DAY - timedelta(hours=1))
    for number in range(WITH_LINKS):
        codes = " ".join(f"{2 * number + one:022d}" for one in range(2))
        yield _effect(number, "a", "channel", "SendMessage", {"text": codes}, then) | {
            "state": "done",
            "done_at": then,
        }


def _moves(due: datetime) -> Iterator[dict[str, Any]]:
    """What waits for the portal."""
    for number in range(EFFECTS):
        payload = {
            "deal_id": _deal(number),
            "stage": "EXECUTING",
            "expected": ["FINAL_INVOICE"],
            "fields": {},
        }
        yield _effect(number, "b", "crm", "MoveDeal", payload, _moment(due))


def _effect(number: int, mark: str, lane: str, kind: str, payload: dict[str, Any], at: str) -> dict[str, Any]:
    return {
        "key": f"{_id(number)}:0:{mark}", "case_id": _id(number), "lane": lane, "kind": kind,
        "state": "planned", "payload": json.dumps(payload), "waits_for": "", "priority": 5, "run_at": at,
        "attempts": 0, "fence": 0, "looks": 0, "recreated": 0, "result": "", "error": "", "created_at": at,
        "done_at": None,
    }  # fmt: skip


def _id(number: int) -> str:
    return f"Z{number:07d}"


def _deal(number: int) -> int:
    return 10_000_000 + number


def _phone(number: int) -> str:
    return f"7702{number:07d}"


def _moment(at: datetime) -> str:
    """As the columns hold it."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _done(database: Path) -> dict[str, int]:
    """What can be counted from outside; read-only, one look before and one after."""
    asked = {
        "cases woken": "SELECT count(*) FROM inbox WHERE source = 'clock'",
        "events handled": "SELECT count(*) FROM inbox WHERE processed_at IS NOT NULL",
        "quarantined": "SELECT count(*) FROM inbox WHERE result = 'quarantined'",
        "clicks filed": "SELECT count(*) FROM clicks WHERE filed = 1",
        "effects planned": "SELECT count(*) FROM effects",
        "attempts": "SELECT sum(attempts) FROM effects",
    }
    return {name: _ask(database, query) for name, query in asked.items()}


def _open(database: Path) -> int:
    return _ask(database, "SELECT count(*) FROM inbox WHERE processed_at IS NULL")


def _stored(database: Path) -> int:
    return _ask(database, "SELECT count(*) FROM clicks")


def _ask(database: Path, query: str) -> int:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)) as connection:
        return int(connection.execute(query).fetchone()[0] or 0)
