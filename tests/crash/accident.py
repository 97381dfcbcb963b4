"""A performance during which the engine is killed, started again, and people decide what nobody can know."""

import json
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.demo.people import Player
from sandbox.demo.play import Play
from sandbox.demo.processes import ROOT
from sandbox.demo.stage import Stage

DOWN_SECONDS = 240  # virtual: longer than a lease, as when somebody has to find the switch
LONGEST_WAIT, LONGEST_FUSE = 1.0, 0.03  # real seconds
COMMAND_SECONDS = 60


@dataclass
class Kill:
    """One accident: when it happens, and what the engine had in hand at that moment."""

    name: str
    due: Callable[["Accident"], bool]
    sending: list[str] = field(default_factory=list)
    done: bool = False


def moments(chance: random.Random, wanted: int) -> list[Kill]:
    """Some of the moments that hurt most, in the order of the story."""
    some = chance.randint(1, 4)
    every = [
        Kill("orders were just closed", lambda play: play.calls >= 1),
        Kill("questions go out", lambda play: play.jumps >= 1),
        Kill("clients answer", lambda play: play.answered >= some + 2),
        Kill("links are opened and tasks made", lambda play: play.clicked >= 1),
        Kill("managers answer", lambda play: play.reviews >= 1),
    ]
    chosen = set(chance.sample(range(len(every)), wanted))
    return [kill for number, kill in enumerate(every) if number in chosen]


class Accident(Play):
    """A play that goes on after each kill."""

    def __init__(self, stage: Stage, players: list[Player], kills: list[Kill], chance: random.Random) -> None:
        super().__init__(stage, players, lambda _: None)
        self.kills, self.chance = kills, chance
        self.calls = self.jumps = 0
        self.resolved: list[tuple[str, str]] = []  # text, and what a person said of it

    def run(self) -> None:
        """Until nothing is left to happen, and nothing is left to decide."""
        super().run()
        while self.people_decide():
            super().run()

    def _people_act(self) -> int:
        self.calls += 1
        kill = next((one for one in self.kills if not one.done and one.due(self)), None)
        if kill:
            self._kill(kill)
        return super()._people_act()

    def _kill(self, kill: Kill) -> None:
        """When something is on its way, if that can be waited for: there it hurts most."""
        patience = time.monotonic() + LONGEST_WAIT
        while time.monotonic() < patience and not self._effects("sending"):
            time.sleep(0.002)
        time.sleep(self.chance.uniform(0, LONGEST_FUSE))
        self.stage.kill_engine()
        kill.done, kill.sending = True, [row[1] for row in self._effects("sending")]
        self.stage.post("/sandbox/clock", {"jump_seconds": DOWN_SECONDS})
        self.stage.start_engine()

    def _jump_to(self, moment: datetime) -> None:
        if not self.people_decide():  # a question that waits for a person gets old by waiting
            super()._jump_to(moment)
            self.jumps += 1

    # --- what nobody can know, a person looks up --------------------------------------------------

    def people_decide(self) -> int:
        """Every uncertain effect is answered by `qc resolve`, as the sandbox's ledger tells; how many."""
        uncertain = self._effects("review")
        for number, kind, payload in uncertain:
            assert kind == "SendMessage", f"nobody should be asked about {kind}"
            how = "happened" if self.times_sent(payload["phone"], payload["text"]) else "again"
            self.resolved.append((payload["text"], how))
            self._qc("resolve", str(number), how)
        return len(uncertain)

    def times_sent(self, phone: str, text: str) -> int:
        messages = self.stage.get("/sandbox/outbox", after=0, limit=500)["messages"]
        ours = [one["text"] for one in messages if one["from"] == "us" and one["phone"] == phone]
        return sum(_bare(one) == _bare(text) for one in ours)

    def _effects(self, state: str) -> list[tuple[int, str, Any]]:
        path = self.stage.plan.folder / "qc.db"
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            rows = connection.execute(
                "SELECT id, kind, payload FROM effects WHERE state = ?", (state,)
            ).fetchall()
        finally:
            connection.close()
        return [(number, kind, json.loads(payload)) for number, kind, payload in rows]

    def _qc(self, *words: str) -> None:
        config = str(self.stage.plan.folder / "config.yaml")
        command = [sys.executable, "-m", "qc_engine", *words, "--config", config]
        environment = dict(self.stage.environment)
        subprocess.run(
            command, cwd=ROOT, env=environment, check=True, timeout=COMMAND_SECONDS, capture_output=True
        )


def _bare(text: str) -> str:
    """Without the line breaks, in which a template and its plain text may differ."""
    return " ".join(text.split())
