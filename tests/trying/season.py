"""A season of clients, lived through by the real flow: who answers what is known by the seed alone."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import select

from qc_engine.clock import FixedClock
from qc_engine.core.effects import CreateTask
from qc_engine.core.events import (
    AnswerReceived,
    Deal,
    DealMoved,
    DealSeen,
    LinkClicked,
    ReviewChecked,
    StaffWrote,
    TaskClosed,
)
from qc_engine.ports import Arrival
from qc_engine.store import links
from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow
from tests.flow.fakes import Flow

START = datetime.fromisoformat("2026-03-03T07:00:00+00:00")  # noon in Almaty
SLOT = timedelta(minutes=10)
NUMBER = 1_000_000  # of a client's message: beyond all of ours


@dataclass(frozen=True)
class Way:
    """How a client behaves, and how a manager does about the review."""

    name: str
    says: tuple[tuple[int, str], ...] = ()  # minutes after the case began to ask, words
    clicks_at: int = 0
    review: str = ""  # found, not_found on the page; task: by the task's result
    moved_at: int = 0  # a manager takes the deal away by hand
    operator_at: int = 0


def ways(count: int, seed: int) -> list[Way]:
    """The ways of so many clients."""
    chance = random.Random(seed)
    return [_way(chance) for _ in range(count)]


def _way(chance: random.Random) -> Way:
    kind = chance.choices(
        ("both", "one", "silent", "stop", "unclear", "by_hand", "operator"), (60, 8, 12, 4, 6, 5, 5)
    )[0]
    first, second = chance.choices(range(1, 11), (1, 1, 1, 1, 2, 3, 6, 12, 10, 10), k=2)
    at = chance.randrange(10, 600, 10)
    scores = ((at, str(first)), (at + chance.randrange(10, 300, 10), str(second)))
    match kind:
        case "both":
            clicks = chance.choice((0, 0, 30, 300))
            review = chance.choice(("found", "not_found", "task", "")) if clicks else ""
            return Way("both", scores, clicks and scores[1][0] + clicks, review)
        case "one":
            return Way("one", scores[:1])
        case "stop":
            return Way("stop", ((at, "стоп"),))
        case "unclear":
            return Way("unclear", ((at, "нормально"), (at + 20, str(first)), (at + 40, str(second))))
        case "by_hand":
            return Way("by_hand", scores, moved_at=at + 10)
        case "operator":
            return Way("operator", scores, operator_at=max(10, at - 30))
        case _:
            return Way("silent")


def phone(number: int) -> str:
    return f"77010{number:06}"


class Seasoned:
    """The clients of a season, their ways, and the flow that met them."""

    def __init__(self, database: Database, count: int, seed: int = 1) -> None:
        self.flow = Flow(database, FixedClock(START))
        self.ways = ways(count, seed)
        self.messages = 0

    def live(self, days: int = 40) -> None:
        """All of them at once, hour by hour."""
        for number in range(len(self.ways)):
            self._close(number)
        self.flow.settle()
        self.flow.later(days=1)
        agenda = sorted((self._at(minute), number, what) for number, minute, what in self._deeds())
        while agenda:
            until = agenda[0][0]
            self.flow.clock.advance(until - self.flow.clock.now())
            self.flow.settle()
            while agenda and agenda[0][0] <= until:
                _, number, what = agenda.pop(0)
                self._do(number, what)
            self.flow.settle()
        for _ in range(days * 2):
            self.flow.later(hours=12)

    def _close(self, number: int) -> None:
        now = self.flow.clock.now()
        deal = Deal(number + 1, "Заказ", "FINAL_INVOICE", now, "abay", 77, "Айгуль", f"+{phone(number)}")
        self.flow.arrive(Arrival(f"deal:{number}", DealSeen(deal)))

    def _deeds(self) -> list[tuple[int, int, str]]:
        found = []
        for number, way in enumerate(self.ways):
            found += [(number, minute, f"say:{text}") for minute, text in way.says]
            found += [(number, way.clicks_at, "click")] if way.clicks_at else []
            found += [(number, way.clicks_at + 1440, "review")] if way.clicks_at and way.review else []
            found += [(number, way.moved_at, "move")] if way.moved_at else []
            found += [(number, way.operator_at, "operator")] if way.operator_at else []
        return found

    @staticmethod
    def _at(minute: int) -> datetime:
        return START + timedelta(days=1, minutes=minute // 10 * 10)

    def _do(self, number: int, what: str) -> None:
        now, flow = self.flow.clock.now(), self.flow
        self.messages += 1
        key = f"deed:{self.messages}"
        kind, _, text = what.partition(":")
        match kind:
            case "say":
                flow.arrive(Arrival(key, AnswerReceived(phone(number), text, now, NUMBER + self.messages)))
            case "operator":
                flow.arrive(Arrival(key, StaffWrote(phone(number), now, NUMBER + self.messages, "Алло")))
            case "move":
                flow.arrive(Arrival(key, DealMoved(number + 1, "C9:HAND", now)))
            case "click":
                code = self._link(number)
                flow.arrive(Arrival(key, LinkClicked(code, "yandex", now)))
            case "review":
                self._review(number, key, now)

    def _review(self, number: int, key: str, now: datetime) -> None:
        answer = self.ways[number].review
        task = self._task(number)
        if task is None:
            return
        if answer == "task":
            self.flow.arrive(Arrival(key, TaskClosed(task, "отзыв есть", now)))
        else:
            self.flow.arrive(Arrival(key, ReviewChecked(self._case(number).id, answer, now)))

    def _case(self, number: int) -> CaseRow:
        with self.flow.database.reading() as session:
            return session.exec(select(CaseRow).where(CaseRow.deal_id == number + 1)).one()

    def _link(self, number: int) -> str:
        with self.flow.database.reading() as session:
            return links.of_case(session, self._case(number).id)[0].code

    def _task(self, number: int) -> int | None:
        """Of the review: the one that is open in the case."""
        for made, job in enumerate(self.flow.world.ledger, 1):
            effect = job.effect
            if isinstance(effect, CreateTask) and effect.deal_id == number + 1 and "отзыв" in effect.title:
                return 1000 + made
        return None
