"""A drain for the benchmark of the load: clients that were asked, and thousands that are to be asked now."""

import time
from collections.abc import Callable
from datetime import timedelta

from sandbox.demo.crowd import crowd
from sandbox.demo.people import Player
from sandbox.demo.play import close_orders, open_orders
from sandbox.demo.stage import Stage

LATER, PREPARING_RATE = timedelta(days=1, hours=1), 60.0  # after a deal is closed its client is asked
CHUNK, PATIENCE_SECONDS, SEED = 250, 600, 1


def prepared(up: Stage, asked: int, due: int) -> list[Player]:
    """Those that were asked long ago; of all others it is decided what leaves."""
    names = [one["name"] for one in up.get("/sandbox/company")["branches"]]
    players = crowd(asked + due, names, SEED)
    up.post("/sandbox/clock", {"rate": PREPARING_RATE})
    _close(up, players[:asked], "cases that are asked")
    up.post("/sandbox/clock", {"jump_seconds": LATER.total_seconds()})
    until(lambda: _is_calm(up), "all questions have left")
    up.post("/sandbox/clock", {"rate": 1})
    _close(up, players[asked:], "cases that wait", so_far=asked)
    return players[:asked]


def _close(up: Stage, players: list[Player], what: str, so_far: int = 0) -> None:
    for first in range(0, len(players), CHUNK):
        open_orders(up, players[first : first + CHUNK])
        close_orders(up, players[first : first + CHUNK])
    until(lambda: sum(up.status(full=True)["cases"].values()) >= so_far + len(players), what)


def _is_calm(up: Stage) -> bool:
    status = up.status(full=True)
    return not (status["cases"].get("waiting") or status["inbox_open"] or status["effects_due"])


def until(there: Callable[[], object], what: str) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not there():
        if time.monotonic() > until:
            raise SystemExit(f"never: {what}")
        time.sleep(0.5)
