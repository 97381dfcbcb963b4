"""Webhooks under load: taken in, told from repeats and durable before the 200.

    ./qc bench hooks [--rounds 5] [--seconds 2] [--only P9] [--folder DIR] [--json]

The servers run at the same time in processes of their own, all pinned to one core; the load generator (wrk,
else our own raw sockets) is pinned to the other, with 32 connections. Every round loads one server after the
other for a slice; a figure is the median of the ratios of each round. The second witness is the CPU time of
a server per request. Every message has an id of its own, and one in ten comes twice. An answer other than a
200 ends the run. With 32 senders, no program can answer more than 32 of them per flush of the disk: look at
what one flush takes before you believe P9.

  ours   the real application with all its doors, SQLite, flushed at every commit: JSON of 1 KB
  form   the same application: the form that the CRM sends
  echo   uvicorn alone, the same 1 KB back
  naive  FastAPI, a Pydantic model, one SQLModel session each

  P9 ours / echo       P10 form / ours       P11 ours / naive
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks.hooks_servers import PATH_TOKEN
from benchmarks.redirect_load import (
    LOAD_CORE,
    SERVER_CORE,
    Requests,
    Server,
    as_json,
    cpu_ratio,
    flush_ms,
    generator,
    pin,
    ratio,
    rounds,
    stopped_at_the_end,
    verdict,
    wait_for,
)
from sandbox.demo.processes import free_port

ROOT = Path(__file__).resolve().parents[1]
CONNECTIONS, BODY_BYTES = 32, 1024
GOALS = {"P9": (0.28, 0.45), "P10": (0.7, 0.9), "P11": (10.0, 20.0)}
RATIOS = {"P9": ("ours", "echo"), "P10": ("form", "ours"), "P11": ("ours", "naive")}
ID = "%012d"  # where the number of a message stands in a body


def _json_body() -> str:
    body = {
        "message_id": 0, "text": "9, спасибо, всё понравилось", "event_time": "2026-03-04T10:15:00Z",
        "client": {"id": 7, "phone": "77010000001", "name": "Айгуль"}, "channel_id": 1, "dialog_id": 2,
        "transport": "whatsapp", "type": "from_client", "hook_type": "inbox", "filler": "",
    }  # fmt: skip
    short = len(json.dumps(body, ensure_ascii=False).encode()) + 12
    body["filler"] = "x" * (BODY_BYTES - short)
    return json.dumps(body, ensure_ascii=False).replace('"message_id": 0', f'"message_id": 1{ID}')


def _form_body() -> str:
    fields = {
        "event": "ONCRMDEALUPDATE", "event_handler_id": "975", "data[FIELDS][ID]": "9", "ts": "1766047124",
        "auth[domain]": "some-domain.bitrix24.ru", "auth[member_id]": "f" * 32,
        "auth[client_endpoint]": "https://some-domain.bitrix24.ru/rest/",
        "auth[server_endpoint]": "https://oauth.bitrix.info/rest/", "auth[application_token]": PATH_TOKEN,
    }  # fmt: skip
    return urlencode(fields).replace("%5BID%5D=9", f"%5BID%5D=1{ID}")


def posts(path: str, kind: str, body: str, run: int) -> Requests:
    """Message n; every tenth is the one before it again. `run` keeps the ids of several runs apart."""

    def number(turn: int) -> int:
        return run * 100_000_000 + (turn - 1 if turn % 10 == 9 else turn)

    def make(turn: int) -> bytes:
        text = body.replace(ID, ID % number(turn)).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nContent-Length: {len(text)}\r\n\r\n"
        )
        return head.encode() + text

    before, after = (part.replace("]]", "] ]") for part in body.split(ID))
    lua = (
        f'  wrk.headers["Content-Type"] = "{kind}"\n'
        f"  local turn = started + (n % 10 == 9 and n - 1 or n)\n"
        f'  return wrk.format("POST", "{path}", nil, [==[{before}]==] .. '
        f'string.format("{ID}", turn) .. [==[{after}]==])'
    )
    # Each slice begins where time stands: no id comes again in a later one.
    return Requests(make, f"  if started == nil then started = (os.time() % 100000) * 1000000 end\n{lua}")


def main() -> None:
    asked = _arguments()
    wanted = [name for name in GOALS if not asked.only or name in asked.only.split(",")]
    pin(os.getpid(), LOAD_CORE)
    with tempfile.TemporaryDirectory(dir=asked.folder or None) as folder:
        flush = flush_ms(Path(folder))
        servers = [_start(kind, folder) for kind in ("echo", "ours", "naive")]
        # One process, two bodies: the form is another row of the same server.
        servers.append(Server("form", servers[1].port, servers[1].process, 200))
        with stopped_at_the_end(servers):
            for server in servers:
                wait_for(server)
                pin(server.process.pid, SERVER_CORE)
            found = rounds(servers, _asked_of_each(), CONNECTIONS, asked.rounds, asked.seconds)
    figures = {name: ratio(found, *RATIOS[name]) for name in wanted}
    cpu = {name: cpu_ratio(found, *RATIOS[name]) for name in wanted}
    _print(figures, cpu, as_json(found), flush, asked)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="of one slice")
    parser.add_argument("--only", default="", help=f"some of {','.join(GOALS)}")
    parser.add_argument("--folder", default="", help="where the databases are put; default: the system's")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _start(kind: str, folder: str) -> Server:
    port = free_port()
    url = f"sqlite:///{folder}/{kind}.db"
    command = [sys.executable, "-m", "benchmarks.hooks_servers", kind, str(port), url]
    return Server(kind, port, subprocess.Popen(command, cwd=ROOT), 200)


def _asked_of_each() -> dict[str, Requests]:
    run = int(time.time()) % 1000
    as_text = posts(f"/hooks/json/{PATH_TOKEN}", "application/json", _json_body(), run)
    form = posts("/hooks/form/x", "application/x-www-form-urlencoded", _form_body(), run)
    return {"echo": as_text, "ours": as_text, "naive": as_text, "form": form}


def _print(
    figures: dict[str, float], cpu: dict[str, float], raw: list[Any], flush: float, asked: argparse.Namespace
) -> None:
    method = f"{asked.rounds} interleaved rounds of {asked.seconds:g} s, median of the ratios of each round"
    rows = {
        name: {"value": round(value, 3), "gate": GOALS[name][0], "aim": GOALS[name][1],
               "reached": verdict(value, *GOALS[name]), "cpu_ratio": round(cpu[name], 3)}
        for name, value in figures.items()
    }  # fmt: skip
    document: dict[str, Any] = {
        "method": f"{method}; servers on core {SERVER_CORE}, load on core {LOAD_CORE}",
        "generator": generator(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "one flush of this disk, ms": flush,
        "figures": rows,
        "raw": raw,
    }
    if asked.json:
        print(json.dumps(document, ensure_ascii=False, indent=2))
        return
    print(f"{document['method']}; {document['generator']}; {document['cores']} cores; one flush {flush} ms")
    for one in raw:
        print(
            "  " + "   ".join(f"{name} {row['per_second']}/s {row['cpu_us']} us" for name, row in one.items())
        )
    for name, row in rows.items():
        print(f"{name:4} {row['value']:8}   gate {row['gate']:5}   aim {row['aim']:5}   {row['reached']}"
              f"   (CPU per request x{row['cpu_ratio']})")  # fmt: skip


if __name__ == "__main__":
    main()
