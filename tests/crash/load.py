"""Clients in waves, each with a story of their own, for as long as somebody wants them to come."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from sandbox.demo.account import Readback, account
from sandbox.demo.crowd import crowd
from sandbox.demo.headless import RATE
from sandbox.demo.people import Player
from sandbox.demo.play import Play, close_orders, open_orders
from tests.crash.inside import Inside
from tests.whole.installation import Installation

FIRST_PHONE = 77020000000


class Going(Play):
    """Calm as soon as nothing of its clients is under way: the storm never ends."""

    def __init__(self, here: Installation, players: list[Player], load: "Load") -> None:
        super().__init__(here, players, lambda _: None, staff=load.decide)
        self.inside = load.inside

    def _engine_busy(self) -> bool:
        under_way = self.stage.status()["effects_due"] or self.inside.unheard()
        return bool(under_way or self.stage.get("/sandbox/pending")["now"])


class Load:
    """`plays`: the waves so far; `decided`: of which messages a person said whether they had left."""

    def __init__(self, here: Installation, inside: Inside, size: int, seed: int) -> None:
        self.here, self.inside, self.size, self.chance = here, inside, size, random.Random(seed)
        self.plays: list[Play] = []
        self.decided: list[tuple[str, str]] = []
        self.said: list[dict[str, Any]] = []  # by us, to anybody

    def go_on_while(self, wanted: Callable[[], bool]) -> None:
        """At least one wave; each of them to its end."""
        self.here.post("/sandbox/clock", {"rate": RATE})
        self._wave()
        while wanted():
            self._wave()

    def _wave(self) -> None:
        players = self._players()
        open_orders(self.here, players)
        play = Going(self.here, players, self)
        if self.plays:
            before = self.plays[-1]
            play.last_message = before.last_message
            play.managers.last_task = before.managers.last_task
            play.managers.last_notice = before.managers.last_notice
        self.plays.append(play)
        close_orders(self.here, players)
        self.rest()

    def rest(self) -> None:
        """Until nothing is left to happen, and nothing is left to decide."""
        play = self.plays[-1]
        play.run()
        while self.decide(play):
            play.run()

    def _players(self) -> list[Player]:
        """Nobody comes twice, and everybody has a phone of their own."""
        branches = [one["name"] for one in self.here.config["branches"]]
        made = crowd(self.size, branches, self.chance.randrange(10**9))
        first = FIRST_PHONE + len(self.plays) * self.size
        return [replace(one, phone=str(first + number)) for number, one in enumerate(made)]

    # --- what nobody can know, a person looks up ----------------------------------------------------

    def decide(self, _: Play) -> int:
        """Every uncertain message is answered by `qc resolve`, as the sandbox's ledger tells; how many."""
        uncertain = self.here.uncertain()
        for one in uncertain:
            how = "happened" if self.times_sent(self._phone(one["deal_id"]), one["words"]) else "again"
            self.decided.append((one["words"], how))
            told = self.here.qc("resolve", str(one["id"]), how)
            assert told.code == 0, told
        return len(uncertain)

    def _phone(self, deal: int) -> str:
        return next(play.by_deal[deal].phone for play in self.plays if deal in play.by_deal)

    def times_sent(self, phone: str, text: str) -> int:
        said = self.messages()
        return sum(one["phone"] == phone and _bare(one["text"]) == _bare(text) for one in said)

    def messages(self) -> Sequence[dict[str, Any]]:
        """All that clients got from us so far."""
        last = self.said[-1]["id"] if self.said else 0
        while new := self.here.get("/sandbox/outbox", after=last, limit=500)["messages"]:
            last = new[-1]["id"]
            self.said += [one for one in new if one["from"] == "us"]
        return self.said

    # --- in the end ---------------------------------------------------------------------------------

    def rows(self) -> list[dict[str, Any]]:
        """One per client: what became of them, and what is not as it should be."""
        state = self.here.get("/sandbox/state", limit=0)
        return [row for play in self.plays for row in account(play, self._readback(play, state))]

    def _readback(self, play: Play, state: dict[str, Any]) -> Readback:
        return Readback(state, {deal: self.here.story(deal) for deal in play.by_deal})


def _bare(text: str) -> str:
    """Without the line breaks, in which a template and its plain text may differ."""
    return " ".join(text.split())
