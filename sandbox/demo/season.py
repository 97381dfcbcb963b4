"""A whole season under a fast clock: thousands of clients, one portal, one channel, their real limits."""

import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from sandbox.demo.account import Readback, account, totals
from sandbox.demo.crowd import crowd
from sandbox.demo.play import Play, Stuck, close_orders, nobody, open_orders
from sandbox.demo.stage import Plan, Stage, as_json, stage

MORNING = datetime(2026, 3, 2, 4, 30, tzinfo=UTC)  # 09:30 in Almaty, a Monday
BRANCHES = 12
RATE = 60  # virtual seconds in a real one: the limits of both vendors still bind
CHUNK = 250  # orders that are closed together
CHUNK_SECONDS = 900  # and how much later the next ones are
LOOK_SECONDS = 1.0
STRIDE = 900.0
NAP_SECONDS = 0.2


def perform(folder: Path, clients: int, seed: int, events: bool, json_wanted: bool) -> bool:
    """True when every deal came out as it should."""
    result = played(plan_of(folder, events), clients, seed, quiet=json_wanted)
    sys.stdout.write(as_json(result) + "\n") if json_wanted else tell(result)
    return bool(result["ok"])


def plan_of(folder: Path, events: bool = True) -> Plan:
    """On one machine; the scenario and the pace of any season."""
    return Plan(
        folder, branches=BRANCHES, start=MORNING, tick="0.5 s", poll="2 s", events=events, channels=False
    )


def played(
    plan: Plan,
    clients: int,
    seed: int,
    *,
    quiet: bool,
    meanwhile: Callable[[Play], None] = lambda _: None,
    staff: Callable[[Play], int] = nobody,
) -> dict[str, Any]:
    """The account of a whole season; `meanwhile` is called once a second, `staff` as `Play` does it."""
    begun = time.monotonic()
    with stage(plan) as up, _progress(quiet) as progress:
        result = _play(up, clients, seed, Bar(progress, clients, meanwhile), staff)
    return result | {"seconds": round(time.monotonic() - begun)}


def _play(up: Stage, clients: int, seed: int, bar: "Bar", staff: Callable[[Play], int]) -> dict[str, Any]:
    names = [one["name"] for one in up.get("/sandbox/company")["branches"]]
    players = crowd(clients, names, seed)
    up.post("/sandbox/clock", {"rate": RATE})
    bar.says("orders")
    for first in range(0, clients, CHUNK):
        open_orders(up, players[first : first + CHUNK])
    play = Play(up, players, bar, STRIDE, NAP_SECONDS, staff)
    bar.says("closing")
    for first in range(0, clients, CHUNK):
        close_orders(up, players[first : first + CHUNK])
        up.post("/sandbox/clock", {"jump_seconds": CHUNK_SECONDS})
    bar.says("talking")
    stuck = ""
    try:
        play.run()
    except Stuck as trouble:
        stuck = str(trouble)
    bar.says("reading back")
    return _account(up, play, stuck)


class Bar:
    """A progress bar of cases that are over; looks at the engine once a second, not more."""

    def __init__(self, progress: Progress, clients: int, meanwhile: Callable[[Play], None]) -> None:
        self.progress, self.meanwhile, self.looked = progress, meanwhile, 0.0
        self.task = progress.add_task("starting", total=clients)

    def says(self, phase: str) -> None:
        self.progress.update(self.task, description=phase)

    def __call__(self, play: Play) -> None:
        if time.monotonic() - self.looked < LOOK_SECONDS:
            return
        self.looked = time.monotonic()
        status = play.stage.status(full=True)
        running = {"waiting", "active"}
        over = sum(count for name, count in status["cases"].items() if name not in running)
        moment = datetime.fromisoformat(status["now"])
        self.progress.update(self.task, completed=over, description=f"{moment:%d.%m %H:%M}")
        self.meanwhile(play)


def _progress(quiet: bool) -> Progress:
    columns = (TextColumn("{task.description:>12}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True), disable=quiet)


# --- the account ------------------------------------------------------------------------------


def _account(up: Stage, play: Play, stuck: str) -> dict[str, Any]:
    state, status, ledger = up.get("/sandbox/state"), up.status(full=True), up.get("/sandbox/ledger")
    rows = account(play, Readback(state, {}), with_outcome=False)
    numbers = totals(play, rows, status)
    expected = Counter(player.person.outcome for player in play.players.values())
    wrong = [row for row in rows if not row["as_expected"]]
    well = not wrong and not stuck and dict(expected) == status["cases"]
    well = well and not any(numbers[name] for name in ("double_messages", "lost_events", "uncertain"))
    return {
        "ok": well,
        **numbers,
        "stuck": stuck,
        "outcomes": status["cases"],
        "outcomes_expected": dict(expected),
        "response_rate": _share(sum(bool(row["scores"][0]) for row in rows), len(rows)),
        "branches": _branches(rows),
        "clicks": status["clicks"],
        "virtual_days": round((datetime.fromisoformat(status["now"]) - MORNING).total_seconds() / 86400, 1),
        "requests": {name: ledger[name]["requests"] for name in ("bitrix24", "chat2desk")},
        "commands": ledger["bitrix24"]["commands"],
        "rejected_503": ledger["bitrix24"]["rejected_503"],
        "highest_level": ledger["bitrix24"]["highest_level"],
        "rate_limited": ledger["chat2desk"]["rate_limited"],
        "wrong": wrong[:20],
    }


def _branches(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Averages by branch, over the averages that stand in the deals."""
    found: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        if row["scores"][2]:
            found[row["branch"]].append(float(row["scores"][2]))
    return {
        name: {"rated": len(values), "average": round(sum(values) / len(values), 2)}
        for name, values in sorted(found.items())
    }


def _share(part: int, whole: int) -> float:
    return round(part / whole, 3) if whole else 0.0


def tell(result: Mapping[str, Any]) -> None:
    console = Console()
    console.print(_outcomes(result))
    console.print(_averages(result))
    words = ("clients", "as_expected", "double_messages", "lost_events", "uncertain")
    console.print("   ".join(f"{name} {result[name]}" for name in words))
    requests = result["requests"]
    console.print(
        f"Bitrix24: {requests['bitrix24']} requests for {result['commands']} commands, "
        f"{result['rejected_503']} answered 503, fullest bucket {result['highest_level']:.0f} of 50\n"
        f"Chat2Desk: {requests['chat2desk']} requests, {result['rate_limited']} answered 429\n"
        f"{result['virtual_days']} virtual days in {result['seconds']} s"
    )
    for row in result["wrong"]:
        console.print(f"  ✗ {row['client']} ({row['kind']}): {'; '.join(row['wrong'])}", markup=False)
    if result["stuck"]:
        console.print(f"stuck: {result['stuck']}", markup=False)


def _outcomes(result: Mapping[str, Any]) -> Table:
    table = Table(title=f"Outcomes, response rate {result['response_rate']:.0%}")
    for name in ("outcome", "cases", "expected"):
        table.add_column(name)
    for name, count in sorted(result["outcomes"].items(), key=lambda pair: -pair[1]):
        table.add_row(name, str(count), str(result["outcomes_expected"].get(name, 0)))
    return table


def _averages(result: Mapping[str, Any]) -> Table:
    table = Table(title="Averages by branch, as they stand in the deals")
    for name in ("branch", "rated", "average"):
        table.add_column(name)
    for name, branch in result["branches"].items():
        table.add_row(name, str(branch["rated"]), f"{branch['average']:.2f}")
    return table
