"""Managers who look for reviews: at a new task, on the day to look again, and once a review has gone."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx

from sandbox.demo.browsing import choose, correct, press
from sandbox.demo.people import ANSWER_LINK, Look, Player
from sandbox.demo.stage import Stage

SOON = timedelta(hours=1)
GONE_AFTER = timedelta(days=5)
RESULTS = {
    "found": "Отзыв найден",
    "score_only": "Одни звёзды, текста нет",
    "in_moderation": "На модерации",
    "not_found": "Отзыва нет",
}
REASON, NAME = "Отзыв пропал со страницы", "Мария"


class Managers:
    """Whoever got a task about a review; what they find is written in the client's `looks`."""

    def __init__(self, stage: Stage, by_deal: Mapping[int, Player]) -> None:
        self.stage, self.by_deal = stage, by_deal
        self.last_task = self.last_notice = 0
        self.tasks: dict[str, Any] = {}  # the page of a task -> the task
        self.looked: dict[str, list[datetime]] = {}  # that page -> when somebody looked

    @property
    def next_at(self) -> datetime | None:
        """When they will look of their own accord."""
        return min((self._gone_at(page) for page in self._promised()), default=None)

    def act(self, http: httpx.Client) -> int:
        """How many things they did or were told."""
        return self._new_tasks(http) + self._told_again(http) + self._gone(http)

    def _new_tasks(self, http: httpx.Client) -> int:
        tasks = self.stage.get("/sandbox/tasks", after=self.last_task)["tasks"]
        for task in tasks:
            self.last_task = task["id"]
            links = {answer: (page, link) for link, page, answer in ANSWER_LINK.findall(task["description"])}
            player = self.by_deal.get(task["deal_id"])
            if links and player and player.person.looks:
                first = player.person.looks[0]
                page, link = links[first.answer]
                self.tasks[page] = task
                self._look(http, page, link, first)
        return len(tasks)

    def _told_again(self, http: httpx.Client) -> int:
        """What was not there may be there later: whoever is told to look once more answers once more."""
        notices = self.stage.get("/sandbox/notifications", after=self.last_notice)["notifications"]
        for notice in notices:
            self.last_notice = notice["id"]
            for link, page, _ in ANSWER_LINK.findall(notice["text"]):
                before = self.looked.get(page)
                if before and datetime.fromisoformat(notice["at"]) - before[-1] > SOON:
                    self._look(http, page, link, self._next_look(page))
        return len(notices)

    def _gone(self, http: httpx.Client) -> int:
        promised = self._promised()
        due = [page for page in promised if self._gone_at(page) <= self._now()] if promised else []
        for page in due:
            link = next(one[0] for one in ANSWER_LINK.findall(self.tasks[page]["description"]))
            self._look(http, page, link, self._next_look(page))
        return len(due)

    def _promised(self) -> list[str]:
        """Pages of reviews that were there, and of which somebody will find that they are gone."""
        return [
            page
            for page, looks in self.looked.items()
            if len(looks) < len(self._player(page).person.looks)
            and self._next_look(page).answer == "vanished"
        ]

    def _gone_at(self, page: str) -> datetime:
        return self.looked[page][-1] + GONE_AFTER

    def _next_look(self, page: str) -> Look:
        """The last one is what they see from then on."""
        looks = self._player(page).person.looks
        return looks[min(len(self.looked[page]), len(looks) - 1)]

    def _player(self, page: str) -> Player:
        return self.by_deal[self.tasks[page]["deal_id"]]

    def _look(self, http: httpx.Client, page: str, link: str, look: Look) -> None:
        task = self.tasks[page]
        match look.way:
            case "task":
                result = {"result": RESULTS[look.answer]}
                self.stage.post(f"/sandbox/tasks/{task['id']}/complete", result)
            case "deal":
                self.stage.post(f"/sandbox/deals/{task['deal_id']}/stage", {"stage": "WON"})
            case "correction":
                correct(http, link, look.answer, REASON, NAME)
            case _ if f"answer={look.answer}." in link:
                press(http, link)
            case _:
                choose(http, link, look.answer)
        self.looked.setdefault(page, []).append(self._now())

    def _now(self) -> datetime:
        return datetime.fromisoformat(self.stage.get("/sandbox/clock")["now"])
