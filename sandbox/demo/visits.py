"""Who opens a review link: a messenger for its preview, a mail guard at once, and then perhaps a person."""

from collections.abc import Iterable

import httpx

from sandbox.demo.browsing import open_link
from sandbox.demo.people import Player
from sandbox.demo.stage import Stage

PREVIEW = {"User-Agent": "WhatsApp/2.24.11.78 A"}
# It looks for danger in links, and says that it is an office's ordinary browser.
GUARD = {
    "User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36"
}
SLOW = 0.5  # virtual seconds in a real one: a busy machine must not make the guard late
GUARD_SECONDS, READING_SECONDS = 2, 30  # after which the guard looks, and then the client


class Visits:
    """While a guarded client's link is on its way time goes slowly: the guard is there within seconds."""

    def __init__(self, stage: Stage, players: Iterable[Player]) -> None:
        self.stage = stage
        self.guarded = [one for one in players if one.person.guarded]
        self.usual_rate = 0.0  # of the clock; 0: it goes at its usual rate now
        self.clicked = 0  # by people

    def await_links(self) -> None:
        """To be called before the clients' answers go out."""
        if not self.usual_rate and any(one.awaits_link for one in self.guarded):
            self.usual_rate = self.stage.get("/sandbox/clock")["rate"]
            self.stage.post("/sandbox/clock", {"rate": SLOW})

    def open(self, http: httpx.Client, player: Player, link: str) -> None:
        http.get(link, headers=PREVIEW).raise_for_status()
        if player.person.guarded:
            self.stage.post("/sandbox/clock", {"jump_seconds": GUARD_SECONDS})
            http.get(link, headers=GUARD).raise_for_status()
            self.stage.post("/sandbox/clock", {"rate": self.usual_rate, "jump_seconds": READING_SECONDS})
            self.usual_rate = 0.0
        if player.person.opens == "click":
            open_link(http, link)
            self.clicked += 1
