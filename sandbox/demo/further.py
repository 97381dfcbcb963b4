"""Clients whom WhatsApp does not reach: one has opened our bot, another answers on the page in an SMS."""

import re
from collections.abc import Callable
from typing import Any, Protocol

import httpx

from sandbox.demo.browsing import fill_in
from sandbox.demo.people import Player
from sandbox.demo.stage import Stage

SURVEY = re.compile(r"https?://\S+/s/\w+")
Reacts = Callable[[Player, str], str | None]


class Way(Protocol):
    """How one client is reached beside WhatsApp; the counters are for the final account."""

    answered: int
    joined: int
    filled: int

    def act(self, reacts: Reacts, http: httpx.Client) -> int:
        """What this client does now; `reacts` says what they answer. How many things were done."""


class InTelegram:
    """Opens the bot by the link of their visit, then reads and answers there."""

    def __init__(self, stage: Stage, player: Player) -> None:
        self.stage, self.player = stage, player
        self.chat = self.read = 0
        self.answered = self.joined = self.filled = 0

    def act(self, reacts: Reacts, http: httpx.Client) -> int:
        return self._read(reacts) if self.chat else self._open()

    def _open(self) -> int:
        link = self.stage.invitation(self.player.deal_id, "telegram")
        if link:
            person = {"link": link, "name": self.player.name, "phone": self.player.phone}
            self.chat = self.stage.post("/sandbox/telegram/chats/open", person)["chat"]
            self.joined += 1
        return self.joined

    def _read(self, reacts: Reacts) -> int:
        messages = self.stage.get(f"/sandbox/telegram/chats/{self.chat}")["messages"]
        new = [one for one in messages if one["from"] == "us" and one["id"] > self.read]
        for one in new:
            self.read = one["id"]
            reply = reacts(self.player, one["text"])
            if reply is not None:
                self.stage.post(f"/sandbox/telegram/chats/{self.chat}/messages", {"text": reply})
                self.answered += 1
        return len(new)


class BySms:
    """Reads the SMS, opens the page in it, and answers there."""

    def __init__(self, stage: Stage, player: Player) -> None:
        self.stage, self.player = stage, player
        self.read = 0
        self.answered = self.joined = self.filled = 0

    def act(self, reacts: Reacts, http: httpx.Client) -> int:
        new = self._arrived()[self.read :]
        for one in new:
            self.read += 1
            reacts(self.player, one["text"])
            survey = SURVEY.search(one["text"])
            if survey and not self.filled:
                fill_in(http, survey[0], self.player.person.on_page, self.player.person.words)
                self.filled += 1
        return len(new)

    def _arrived(self) -> list[Any]:
        path = f"/sandbox/sms/phones/{self.player.phone}"
        return list(self.stage.get(path, arrived=1)["messages"])


WAYS: dict[str, Callable[[Stage, Player], Way]] = {"telegram": InTelegram, "sms": BySms}
