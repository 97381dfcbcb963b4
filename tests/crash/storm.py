"""Webhooks without a pause, and which of them the engine said it has."""

import threading
from dataclasses import dataclass, field
from urllib.parse import urlencode

import httpx

FIRST_DEAL = 5_000_000  # nobody has these: a look, and they are done with
PAUSE = 0.2  # seconds between two


@dataclass
class Storm:
    """`acknowledged`: numbers of deals whose webhook was answered with 200."""

    url: str
    token: str
    acknowledged: list[int] = field(default_factory=list)
    sent: int = 0
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Storm":
        self._thread = threading.Thread(target=self._blow, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _blow(self) -> None:
        with httpx.Client(timeout=5) as http:
            while not self._over.wait(PAUSE):
                self._send(http, FIRST_DEAL + self.sent)

    def _send(self, http: httpx.Client, deal: int) -> None:
        self.sent += 1
        try:
            answer = http.post(self.url, content=_body(deal, self.token), headers=FORM)
        except httpx.HTTPError:
            return  # killed meanwhile: nobody was told anything
        if answer.status_code == httpx.codes.OK:
            self.acknowledged.append(deal)


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def _body(deal: int, token: str) -> bytes:
    event = {"event": "ONCRMDEALUPDATE", "data[FIELDS][ID]": deal, "ts": 1_772_000_000}
    return urlencode({**event, "auth[application_token]": token}).encode()
