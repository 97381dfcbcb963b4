"""A whole season by several workers on PostgreSQL, while one of them dies and the server is restarted.

    ./qc test season [--workers 3] [--clients 7500] [--kill] [--restart-postgres] [--seed 1] [--json]

Started as the README says for several machines: `qc run --role web`, so many `qc run --role worker`, one
database of a PostgreSQL server; beside them the simulated portal and channel, and the clients of `qc demo
--season` with the same seed. The account is the same as that of a season on one machine: every deal is read
back from the portal and must be as its client made it, nothing may be said twice, nothing lost.

  --kill              kill -9 one worker when a fifth of the clients have answered; it comes back later
  --restart-postgres  restart the server, every connection broken, when half of them have answered

Of a message that the dead worker had in hand nobody knows whether it was sent. The engine looks for it, and
what it cannot find it shows to a person instead of guessing: here somebody looks into the client's messenger
and says what is true, as `qc resolve` has it. How often that was needed is told.

Exit codes: 0 the end is the same, 1 it is not, 3 it could not start.
"""

import argparse
import signal
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks.postgres import Server, database_in, server
from sandbox.demo.play import Play
from sandbox.demo.processes import CannotStart
from sandbox.demo.season import plan_of, played, tell
from sandbox.demo.stage import Plan, as_json

CANNOT_START = 3
# How many answers for each client there are by then; all of them together give about 1.3.
KILLED_AT, RESTARTED_AT, BACK_AT = 0.2, 0.5, 0.8
PATIENCE_SECONDS = 60.0  # of people who meet a server that is being restarted


@dataclass
class Attendant:
    """Settles what the engine will not guess, after a look into the client's messenger."""

    settled: list[str] = field(default_factory=list)

    def __call__(self, play: Play) -> int:
        """How many were settled at this look."""
        waiting = play.stage.uncertain()
        for one in waiting:
            how = "happened" if one["words"] in play.by_deal[one["deal_id"]].received else "again"
            play.stage.resolve(one["id"], how)
            self.settled.append(f"{one['key']}: {how}")
        return len(waiting)


@dataclass
class Accidents:
    """What happens to the engine meanwhile, each once, in the order of time."""

    clients: int
    to_come: list[tuple[float, str, Callable[[Play], str]]]
    happened: list[str] = field(default_factory=list)
    under_way: list[threading.Thread] = field(default_factory=list)

    def __call__(self, play: Play) -> None:
        while self.to_come and play.answered >= self.to_come[0][0] * self.clients:
            _, name, act = self.to_come.pop(0)
            sys.stderr.write(f"{name}: {play.answered} answers of {self.clients} clients so far\n")
            # Beside the play: people go on to write and to open links while it lasts.
            self.under_way.append(threading.Thread(target=self._let, args=(act, play)))
            self.under_way[-1].start()

    def _let(self, act: Callable[[Play], str], play: Play) -> None:
        self.happened.append(act(play))

    def finish(self) -> None:
        for one in self.under_way:
            one.join()


def prove(asked: argparse.Namespace) -> int:
    """The exit code."""
    # So that nothing of it goes on alone when we are told to end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with (
        server() as own,
        database_in(own.url) as url,
        tempfile.TemporaryDirectory(prefix="qc-season-") as away,
    ):
        place = (asked.keep or Path(away)).resolve()
        try:
            result = _measured(asked, own, _plan(place, url, asked.workers))
        except CannotStart as trouble:
            sys.stderr.write(f"qc test season: {trouble}\n")
            return CANNOT_START
    _told(result, asked.json)
    return 0 if result["ok"] else 1


def _measured(asked: argparse.Namespace, own: Server, plan: Plan) -> dict[str, Any]:
    accidents, attendant = Accidents(asked.clients, accidents_of(asked, own)), Attendant()
    result = played(plan, asked.clients, asked.seed, quiet=asked.json, meanwhile=accidents, staff=attendant)
    accidents.finish()
    missing = [name for _, name, _ in accidents.to_come]
    told = {"accidents": accidents.happened, "missing": missing, "settled_by_a_person": attendant.settled}
    return result | told | {"ok": result["ok"] and not missing}


def _plan(folder: Path, url: str, workers: int) -> Plan:
    usual = plan_of(folder)
    return replace(usual, apart=True, workers=workers, database=url, patience=PATIENCE_SECONDS)


def accidents_of(asked: argparse.Namespace, own: Server) -> list[tuple[float, str, Callable[[Play], str]]]:
    kills = [(KILLED_AT, "kill -9 a worker", _kill), (BACK_AT, "it comes back", _bring_back)]
    restarts = [(RESTARTED_AT, "restart PostgreSQL", lambda _: _restart(own))]
    return sorted([*(kills if asked.kill else []), *(restarts if asked.restart_postgres else [])])


def _kill(play: Play) -> str:
    """The one that looks after most: of it most is under way."""
    told = {one["pid"]: len(one["duties"]) for one in play.stage.status(full=True)["workers"] if one["lives"]}
    processes = play.stage.processes
    name = max(play.stage.workers, key=lambda one: told.get(processes[one].pid, 0))
    play.stage.kill(name)
    return f"{name} was killed, with {told} duties by process"


def _bring_back(play: Play) -> str:
    (name,) = (one for one in play.stage.workers if one not in play.stage.processes)
    play.stage.start_worker(name)
    return f"{name} is back"


def _restart(own: Server) -> str:
    return f"PostgreSQL was away for {own.restart():.1f} s"


def _told(result: dict[str, Any], for_machines: bool) -> None:
    if for_machines:
        sys.stdout.write(as_json(result) + "\n")
        return
    tell(result)
    lines = [*result["accidents"], *(f"did not happen: {one}" for one in result["missing"])]
    lines.append(f"settled by a person: {', '.join(result['settled_by_a_person']) or 'nothing'}")
    lines.append(f"{'' if result['ok'] else 'NOT '}the same end as on one machine")
    sys.stdout.write("\n".join(lines) + "\n")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--workers", type=int, default=3, metavar="N", help="processes of the loops (3)")
    add("--clients", type=int, default=7500, metavar="N", help="of the season (7500)")
    add("--seed", type=int, default=1, metavar="N", help="another seed gives another season (1)")
    add("--kill", action="store_true", help="kill -9 one worker in the middle")
    add("--restart-postgres", action="store_true", help="restart the server in the middle")
    add("--keep", type=Path, metavar="FOLDER", help="keep configuration and logs there")
    add("--json", action="store_true", help="one JSON object on stdout")
