"""Schedules: when their turn comes, whom they concern, and what a crash or a long stop leaves of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from qc_engine.clock import FixedClock
from qc_engine.core.events import Deal, DealSeen, StartAsked
from qc_engine.core.rules.schedules import last_turn, next_turn
from qc_engine.core.scenario import Schedule, Segment
from qc_engine.flow.poll import Poller
from qc_engine.flow.starts.segments import Turns
from qc_engine.flow.watching.status import status
from qc_engine.ports import Arrival, DealsPage, TryLater
from qc_engine.store import cases, codec, schedules
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow, InboxRow
from tests.flow.fakes import Flow, Site

ALMATY, BERLIN = "Asia/Almaty", "Europe/Berlin"
MONTHLY = """
scenario: monthly
title: Monthly
start:
  schedule: {every: month, day: 5, at: "11:00"}
  segment: {stages: [Сделка успешна], entered_within: 31 days}
  not_later_than: 2 days
contact: {quiet_hours: none, at_most_once_in: 20 days, pause_after_operator: 0 s}
questions: {quality: {text: How are we?, scale: 1-10}}
steps:
  ask:
    do: [survey: {ask: quality}]
    rules:
      - {name: answered, when: {average_at_least: 1}, do: [end: answered]}
      - {name: silent, when: {silent_for: 2 days}, do: [end: unanswered]}
"""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


# --- when -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schedule", "zone", "now", "last", "following"),
    [
        (
            Schedule("day", time(11)), ALMATY, "2026-03-05T11:00+05:00",
            "2026-03-05T11:00+05:00", "2026-03-06T11:00+05:00",
        ),
        (
            Schedule("day", time(11)), ALMATY, "2026-03-05T10:59+05:00",
            "2026-03-04T11:00+05:00", "2026-03-05T11:00+05:00",
        ),
        # The fifth of March 2026 is a Thursday.
        (
            Schedule("week", time(9, 30), 1), ALMATY, "2026-03-05T12:00+05:00",
            "2026-03-02T09:30+05:00", "2026-03-09T09:30+05:00",
        ),
        (
            Schedule("week", time(9, 30), 7), ALMATY, "2026-03-08T09:30+05:00",
            "2026-03-08T09:30+05:00", "2026-03-15T09:30+05:00",
        ),
        (
            Schedule("month", time(11), 31), ALMATY, "2026-03-01T00:00+05:00",
            "2026-02-28T11:00+05:00", "2026-03-31T11:00+05:00",
        ),
        (
            Schedule("month", time(11), 30), ALMATY, "2028-03-01T00:00+05:00",
            "2028-02-29T11:00+05:00", "2028-03-30T11:00+05:00",
        ),
        (
            Schedule("month", time(11), 1), ALMATY, "2026-12-31T23:00+05:00",
            "2026-12-01T11:00+05:00", "2027-01-01T11:00+05:00",
        ),
        # In Berlin the clocks go from 2:00 to 3:00 on the 29th of March, and back on the 25th of October.
        (
            Schedule("day", time(2, 30)), BERLIN, "2026-03-29T12:00+02:00",
            "2026-03-29T03:30+02:00", "2026-03-30T02:30+02:00",
        ),
        (
            Schedule("day", time(2, 30)), BERLIN, "2026-10-25T02:45+01:00",
            "2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00",
        ),
        (
            Schedule("day", time(11)), BERLIN, "2026-03-28T12:00+01:00",
            "2026-03-28T11:00+01:00", "2026-03-29T11:00+02:00",
        ),
    ],
)  # fmt: skip
def test_turns_go_by_the_clock_of_the_place(
    schedule: Schedule, zone: str, now: str, last: str, following: str
) -> None:
    assert last_turn(schedule, at(now), zone) == at(last)
    assert next_turn(schedule, at(now), zone) == at(following)


# --- whom -------------------------------------------------------------------------------------


class Book:
    """A portal's deals by the page."""

    def __init__(self, deals: Sequence[int] = (), size: int = 2) -> None:
        self.deals, self.size = list(deals), size
        self.asked: list[tuple[Segment, str]] = []
        self.fails = False

    def deals_in(self, segment: Segment, after: str, now: datetime) -> DealsPage:
        self.asked.append((segment, after))
        if self.fails:
            raise TryLater("503")
        left = [one for one in self.deals if one > int(after or 0)]
        page = left[: self.size]
        return DealsPage(page, str(page[-1]) if page else "", len(left) > self.size)

    def look(self, hints: Sequence[object], now: datetime) -> list[Arrival]:
        ids = sorted({hint.deal_id for hint in hints})  # type: ignore[attr-defined]
        long_ago = now - timedelta(days=9)
        deals = [Deal(n, "Order", "WON", long_ago, "abay", n, "Anna", f"+7701{n:07}") for n in ids]
        return [Arrival(f"deal:{one.deal_id}", DealSeen(one)) for one in deals]


class Town:
    """The flow of one portal with a schedule."""

    def __init__(self, flow: Flow, book: Book) -> None:
        self.flow, self.book = flow, book
        self.restart()

    def restart(self) -> None:
        """What a process keeps in its head is gone."""
        library = self.flow.libraries[MAIN]
        self.turns = Turns(self.flow.database, self.flow.clock, library, self.book, ALMATY)
        self.poller = Poller(
            self.flow.database, self.flow.clock, library, "crm", MAIN, self.book, lambda: None
        )

    def goes(self, moment: str) -> "Town":
        self.flow.clock.advance(at(moment) - self.flow.clock.now())
        return self

    def works(self) -> int:
        done = 0
        while more := self.turns.work():
            done += more
        return done

    def settles(self) -> None:
        while self.poller.look():
            pass
        self.flow.settle()

    def asked(self) -> list[int]:
        with self.flow.database.reading() as session:
            rows = session.exec(select(InboxRow).where(InboxRow.source == "schedule")).all()
        events = [codec.load_event(row.kind, row.event) for row in rows]
        return sorted(one.deal_id for one in events if isinstance(one, StartAsked))

    def cases(self) -> list[tuple[int, int, str]]:
        with self.flow.database.reading() as session:
            rows = session.exec(select(CaseRow)).all()
        return sorted((row.deal_id, row.round, row.outcome) for row in rows)


@pytest.fixture
def town(database: Database, clock: FixedClock, tmp_path: Path) -> Town:
    (tmp_path / "monthly.yaml").write_text(MONTHLY, encoding="utf-8")
    return Town(Flow(database, clock, {MAIN: Site(tmp_path)}), Book([1, 2, 3, 4, 5]))


def test_the_turn_comes_once_and_every_deal_of_the_segment_is_asked(town: Town) -> None:
    assert town.works() == 0  # the third of March; what lay before the first start is past
    assert town.goes("2026-03-05T10:59:59+05:00").works() == 0
    assert town.goes("2026-03-05T11:00+05:00").works() == 5
    assert town.goes("2026-03-05T11:01+05:00").works() == 0
    town.settles()
    assert town.asked() == [1, 2, 3, 4, 5]
    assert len(town.flow.world.texts) == 5
    assert all(one == Segment(("WON",), {}, timedelta(days=31)) for one, _ in town.book.asked)


def test_the_next_month_is_the_next_round_and_limits_hold(town: Town) -> None:
    town.works()
    for moment in ("2026-03-05T11:00+05:00", "2026-04-05T11:00+05:00"):
        town.goes(moment).settles()  # what was due in between
        town.works()
        town.settles()
    assert town.cases() == [
        (n, turn, "unanswered" if turn == 1 else "") for n in range(1, 6) for turn in (1, 2)
    ]
    # Somebody who was asked by another scenario in between is left alone.
    town.flow.later(days=2)
    town.goes("2026-05-05T11:00+05:00")
    with town.flow.database.transaction() as session:
        row = session.exec(select(CaseRow).where(CaseRow.deal_id == 3, CaseRow.round == 2)).one()
        phone = row.phone
    with town.flow.database.transaction() as session:
        client = cases.client(session, phone)
        cases.save_client(session, replace(client, surveyed_at=town.flow.clock.now() - timedelta(days=1)))
    town.works()
    town.settles()
    assert [one for one in town.cases() if one[1] == 3 and one[2]] == [(3, 3, "asked_recently")]


def test_a_crash_between_two_pages_loses_nothing_and_doubles_nothing(town: Town) -> None:
    town.works()
    town.goes("2026-03-05T11:00+05:00")
    assert town.turns.work() == 2
    town.restart()
    assert town.works() == 3
    assert town.asked() == [1, 2, 3, 4, 5]
    assert [after for _, after in town.book.asked] == ["", "2", "4"]


def test_a_page_that_was_handed_in_but_not_noted_is_no_second_question(town: Town) -> None:
    town.works()
    town.goes("2026-03-05T11:00+05:00").works()
    with town.flow.database.transaction() as session:
        turn = schedules.find(session, MAIN, "monthly")
        assert turn is not None
        schedules.keep(session, replace(turn, after="", done_at=None))
    town.restart()
    town.works()
    town.settles()
    assert len(town.asked()) == 5
    assert len(town.cases()) == 5


def test_while_the_portal_is_down_the_turn_waits(town: Town) -> None:
    town.works()
    town.book.fails = True
    assert town.goes("2026-03-05T11:00+05:00").works() == 0
    assert town.goes("2026-03-05T11:30+05:00").works() == 0
    town.book.fails = False
    assert town.goes("2026-03-05T11:45+05:00").works() == 5


@pytest.mark.parametrize(
    ("back", "asked"),
    [("2026-03-07T10:59+05:00", 5), ("2026-03-07T11:01+05:00", 0), ("2026-06-06T11:00+05:00", 5)],
)
def test_what_was_missed_is_made_up_for_once_if_it_is_not_too_late(town: Town, back: str, asked: int) -> None:
    town.works()
    town.restart()
    assert town.goes(back).works() == asked


def test_a_scenario_that_rests_misses_its_turn(town: Town) -> None:
    town.works()
    library = town.flow.libraries[MAIN]
    library.resting = frozenset({"monthly"})
    assert town.goes("2026-03-05T11:00+05:00").works() == 0
    library.resting = frozenset()
    assert town.goes("2026-03-05T12:00+05:00").works() == 0
    assert town.goes("2026-04-05T11:00+05:00").works() == 5


def test_another_schedule_begins_with_its_next_turn(town: Town) -> None:
    town.works()
    town.goes("2026-03-06T09:00+05:00")
    town.works()
    library = town.flow.libraries[MAIN]
    scenario = library.active["monthly"]
    start = replace(scenario.start, schedule=Schedule("month", time(8), 6))
    library.active = {"monthly": replace(scenario, start=start)}
    assert town.works() == 0
    assert town.goes("2026-04-06T08:00+05:00").works() == 5


def test_an_empty_segment_is_done_at_once(town: Town) -> None:
    town.book.deals = []
    town.works()
    assert town.goes("2026-03-05T11:00+05:00").works() == 0
    assert len(town.book.asked) == 1


def test_status_tells_the_next_turn(town: Town) -> None:
    town.works()
    (told,) = status(town.flow.database, town.flow.clock)["schedules"]
    assert (told["scenario"], told["next_at"]) == ("monthly", "2026-03-05T06:00:00+00:00")
    assert status(town.flow.database, town.flow.clock)["next_at"] == "2026-03-05T06:00:00+00:00"
