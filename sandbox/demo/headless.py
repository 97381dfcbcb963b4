"""A fixed cast plays without a browser; every outcome is read back from the simulated CRM."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from sandbox.demo.account import Readback, account, totals
from sandbox.demo.people import CAST, Player
from sandbox.demo.play import Play, Stuck, close_orders, open_orders
from sandbox.demo.stage import Plan, Stage, as_json, stage

NOON = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)  # 12:00 in Almaty
RATE = 20  # virtual seconds in a real one: the vendors' limits are obeyed, but nobody waits for them
NAMES = (
    "Айгуль",
    "Борис",
    "Виктор",
    "Галина",
    "Данияр",
    "Елена",
    "Жанна",
    "Зарина",
    "Игорь",
    "Кайрат",
    "Лариса",
    "Марат",
    "Нина",
    "Олег",
    "Полина",
    "Руслан",
    "Сауле",
)


def perform(folder: Path, events: bool, json_wanted: bool) -> bool:
    """True when everything came out as it should."""
    with stage(Plan(folder, start=NOON, tick="0.1 s", poll="0.3 s", events=events)) as up:
        result = play_cast(up)
    if json_wanted:
        sys.stdout.write(as_json(result) + "\n")
    else:
        _print(result)
    return bool(result["ok"])


def play_cast(up: Stage) -> dict[str, Any]:
    """The whole performance, and its account."""
    players = cast_of(up)
    up.post("/sandbox/clock", {"rate": RATE})
    open_orders(up, players)
    play = Play(up, players, lambda _: None)
    close_orders(up, players)
    stuck = ""
    try:
        play.run()
    except Stuck as trouble:
        stuck = str(trouble)
    return final_account(up, play, stuck)


def cast_of(up: Stage) -> list[Player]:
    branches = [one["name"] for one in up.get("/sandbox/company")["branches"]]
    return [
        Player(person, NAMES[n % len(NAMES)], f"7701555{n:04d}", branches[n % len(branches)])
        for n, person in enumerate(CAST)
    ]


def final_account(up: Stage, play: Play, stuck: str = "") -> dict[str, Any]:
    """Rows per client and the totals; `ok` only if everything was read back as expected."""
    stories = {deal: up.story(deal) for deal in play.by_deal}
    rows = account(play, Readback(up.get("/sandbox/state"), stories))
    numbers = totals(play, rows, up.status(full=True))
    ledger = up.get("/sandbox/ledger")
    well = numbers["as_expected"] == numbers["clients"] and not stuck
    well = well and not any(numbers[name] for name in ("double_messages", "lost_events", "uncertain"))
    return {
        "ok": well,
        **numbers,
        "stuck": stuck,
        "requests": {name: one["requests"] for name, one in ledger.items()},
        "rejected_503": ledger["bitrix24"]["rejected_503"],
        "results": rows,
    }


def _print(result: dict[str, Any]) -> None:
    console = Console()
    console.print(_table(result["results"]))
    for row in result["results"]:
        for problem in row["wrong"]:
            console.print(f"  ✗ {row['client']} ({row['kind']}): {problem}", markup=False)
    words = ("clients", "as_expected", "double_messages", "lost_events", "uncertain")
    console.print("   ".join(f"{name} {result[name]}" for name in words))
    if result["stuck"]:
        console.print(f"stuck: {result['stuck']}", markup=False)


def _table(rows: Sequence[dict[str, Any]]) -> Table:
    table = Table(title="Read back from the simulated CRM")
    for name in ("client", "kind", "outcome", "final stage", "messages", "tasks", "as expected"):
        table.add_column(name, no_wrap=name == "client")
    for row in rows:
        values = (
            row["client"],
            row["kind"],
            row["outcome"],
            row["final_stage"],
            row["messages"],
            row["tasks"],
        )
        table.add_row(*map(str, values), "✓" if row["as_expected"] else "✗")
    return table
