"""Plays the people on the stage: they read, answer, open links, and check reviews; the clock moves on."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sandbox.demo.browsing import browser
from sandbox.demo.further import WAYS
from sandbox.demo.managers import Managers
from sandbox.demo.people import Player
from sandbox.demo.stage import Stage
from sandbox.demo.visits import Visits

CALM_LOOKS = 3  # so often in a row nothing may be going on before the clock is moved
LONGEST_DAYS = 40  # virtual; a case that lasts longer is stuck


class Stuck(Exception):
    """Something is still to do, but time passes and nothing happens."""


def nobody(_: object) -> int:
    """Nothing waits for a person."""
    return 0


class Play:
    """One performance. `answered`, `joined`, `filled` and `clicked` count what people really did."""

    def __init__(
        self,
        stage: Stage,
        players: Sequence[Player],
        tell: Callable[["Play"], None],
        stride: float = 1.0,
        nap: float = 0.15,
        staff: Callable[["Play"], int] = nobody,
    ) -> None:
        """`stride`: how many seconds further than the next moment the clock jumps; a crowd shares jumps.

        `nap`: real seconds between two looks; CALM_LOOKS of them must outlast a poll of the engine.
        `staff`: who looks after the engine itself; returns how many things they did at this look.
        """
        self.stage, self.tell, self.stride, self.nap, self.staff = stage, tell, stride, nap, staff
        self.players = {player.phone: player for player in players}
        self.by_deal = {player.deal_id: player for player in self.players.values()}
        self.further = [WAYS[one.person.way](stage, one) for one in players if one.person.way]
        self.managers = Managers(stage, self.by_deal)
        self.visits = Visits(stage, players)
        self.said = self.last_message = 0

    @property
    def answered(self) -> int:
        return self.said + sum(one.answered for one in self.further)

    @property
    def joined(self) -> int:
        return sum(one.joined for one in self.further)

    @property
    def filled(self) -> int:
        return sum(one.filled for one in self.further)

    @property
    def clicked(self) -> int:
        return self.visits.clicked

    @property
    def reviews(self) -> int:
        """For how many reviews managers have looked."""
        return len(self.managers.looked)

    def run(self) -> None:
        """Until nothing is left to happen. Raises Stuck."""
        with browser(self.stage.plan.patience) as self.browser:
            horizon = self._now() + timedelta(days=LONGEST_DAYS)
            while moment := self._calm_and_next():
                if self._now() > horizon:
                    raise Stuck(f"still waiting for {moment} after {LONGEST_DAYS} days")
                self._jump_to(moment)

    def _calm_and_next(self) -> datetime | None:
        self._until_calm()
        return self._next_moment()

    def _next_moment(self) -> datetime | None:
        """When something will happen by itself: at the engine, a webhook on its way, a look of a manager."""
        told = [self.stage.status()["next_at"], self.stage.get("/sandbox/pending")["next_at"]]
        moments = [datetime.fromisoformat(one) for one in told if one]
        return min([*moments, *filter(None, [self.managers.next_at])], default=None)

    def _until_calm(self) -> None:
        calm = 0
        while calm < CALM_LOOKS:
            acted = self._people_act()
            calm = 0 if acted or self._engine_busy() else calm + 1
            self.tell(self)
            if not acted:
                time.sleep(self.nap)

    def _engine_busy(self) -> bool:
        status = self.stage.status()
        return bool(
            status["inbox_open"] or status["effects_due"] or self.stage.get("/sandbox/pending")["now"]
        )

    def _jump_to(self, moment: datetime) -> None:
        ahead = (moment - self._now()).total_seconds()
        if ahead > 0:
            self.stage.post("/sandbox/clock", {"jump_seconds": ahead + self.stride})

    def _now(self) -> datetime:
        return datetime.fromisoformat(self.stage.get("/sandbox/clock")["now"])

    # --- people ---

    def _people_act(self) -> int:
        """How many things people did just now."""
        elsewhere = sum(one.act(self._reacts, self.browser) for one in self.further)
        return elsewhere + self._clients_answer() + self.managers.act(self.browser) + self.staff(self)

    def _clients_answer(self) -> int:
        new = self.stage.get("/sandbox/outbox", after=self.last_message, limit=500)["messages"]
        answers = []
        for message in new:
            self.last_message = message["id"]
            player = self.players.get(message["phone"]) if message["from"] == "us" else None
            reply = self._reacts(player, message["text"]) if player else None
            if reply is not None:
                answers.append({"phone": message["phone"], "text": reply})
        if answers:
            self.visits.await_links()
            self.stage.post("/sandbox/phones/messages", {"messages": answers})
            self.said += len(answers)
        return len(new)

    def _reacts(self, player: Player, text: str) -> str | None:
        """This client reads a message: they open its link, if that is what they do, and may answer."""
        reply = player.hears(text)
        if link := player.link():
            self.visits.open(self.browser, player, link)
        return reply


def open_orders(stage: Stage, players: list[Player]) -> None:
    """Every client gets an order, and every order is in work."""
    rows = [{"client": one.name, "phone": f"+{one.phone}", "branch": one.branch} for one in players]
    made: list[Any] = stage.post("/sandbox/deals", {"deals": rows})["deals"]
    for player, deal in zip(players, made, strict=True):
        player.deal_id, player.contact_id = deal["deal_id"], deal["contact_id"]
        if player.person.whatsapp:
            stage.post(f"/sandbox/phones/{player.phone}/messenger", {"is": player.person.whatsapp})


def close_orders(stage: Stage, players: list[Player]) -> None:
    """The moment with which everything begins."""
    moves = [{"deal_id": one.deal_id, "stage": "FINAL_INVOICE"} for one in players]
    stage.post("/sandbox/deals/stage", {"moves": moves})
