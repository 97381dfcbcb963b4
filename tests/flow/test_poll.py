"""What a poll brings in, and what stays outside."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from sqlmodel import select

from qc_engine.clock import FixedClock
from qc_engine.core.events import Deal, DealChanged, DealMoved, DealSeen
from qc_engine.flow.poll import Poller
from qc_engine.ports import Arrival, Broken, Poll, Polled, TryLater
from qc_engine.store import alarms, lanes, notebook
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow, InboxRow
from tests.flow.fakes import Flow


class Portal:
    """Answers looks from a table of deals."""

    def __init__(self) -> None:
        self.deals: dict[int, Deal] = {}
        self.looks = 0

    def look(self, hints, now):
        self.looks += 1
        ids = {hint.deal_id for hint in hints}
        return [Arrival(f"deal:{n}:{self.deals[n].stage}", DealSeen(self.deals[n])) for n in sorted(ids)]


@pytest.fixture
def flow(database: Database, clock: FixedClock) -> Flow:
    return Flow(database, clock)


@pytest.fixture
def portal() -> Portal:
    return Portal()


@pytest.fixture
def poller(flow: Flow, portal: Portal) -> Poller:
    return Poller(flow.database, flow.clock, flow.libraries[MAIN], "crm", MAIN, portal, lambda: None)


def poll_of(*arrivals: Arrival, cursor: str = "7") -> Poll:
    return Poll("history", timedelta(minutes=1), lambda _, __: Polled(arrivals, cursor))


def kinds(flow: Flow, source: str = "crm") -> list[str]:
    with flow.database.reading() as session:
        rows = session.exec(select(InboxRow).where(InboxRow.source == source)).all()
    return [row.kind for row in rows]


def test_a_deal_that_entered_the_start_stage_is_looked_at_and_begins_a_case(
    flow: Flow, poller: Poller, portal: Portal
) -> None:
    now = flow.clock.now()
    portal.deals[5] = Deal(5, "Заказ", "FINAL_INVOICE", now, "abay", 77, "Айгуль", "+77015551234")
    assert poller.poll(poll_of(Arrival("h1", DealMoved(5, "FINAL_INVOICE", now)))) == 1
    assert poller.look() == 1
    flow.later(days=1)
    assert len(flow.world.texts) == 1


def test_deals_of_others_and_our_own_moves_stay_outside(flow: Flow, poller: Poller) -> None:
    flow.close_order()
    flow.later(days=1)
    now = flow.clock.now()
    poller.poll(
        poll_of(
            Arrival("h1", DealMoved(999, "C3:NEW", now)),
            Arrival("h2", DealMoved(4312, "UC_QUALITY", now)),
            Arrival("h3", DealMoved(4312, "LOSE", now)),
        )
    )
    assert kinds(flow) == ["DealMoved"]


def test_many_hints_about_one_deal_cost_one_look(flow: Flow, poller: Poller, portal: Portal) -> None:
    portal.deals[5] = Deal(5, "Заказ", "EXECUTING", flow.clock.now())
    flow.arrive(*(Arrival(f"e{n}", DealChanged(5)) for n in range(20)))
    assert poller.look() == 20
    assert (portal.looks, poller.look()) == (1, 0)
    assert kinds(flow) == []


def test_the_cursor_moves_with_what_was_read_and_not_without(flow: Flow, poller: Poller) -> None:
    def fails(_: str, __: object) -> Polled:
        raise TryLater("503")

    poller.poll(poll_of(cursor="41"))
    assert poller.poll(Poll("history", timedelta(minutes=1), fails)) == 0
    with flow.database.reading() as session:
        assert notebook.cursor(session, "crm:history") == "41"


def test_a_broken_connection_is_whole_again_when_every_question_is_answered(
    flow: Flow, poller: Poller
) -> None:
    """One right is missing and another is there: the alarm must not come and go."""

    def no_right(_: str, __: object) -> Polled:
        raise Broken("403 insufficient_scope")

    def broken() -> list[str]:
        with flow.database.reading() as session:
            return [one.key for one in lanes.all_lanes(session) if one.broken]

    tasks = Poll("tasks", timedelta(minutes=1), no_right)
    poller.poll(tasks)
    poller.poll(poll_of())
    assert broken() == ["crm"]
    with flow.database.reading() as session:
        assert [one.key for one in alarms.all_alarms(session)] == ["broken:crm"]
    flow.clock.advance(timedelta(seconds=1))
    poller.poll(replace(tasks, run=lambda *_: Polled((), "")))
    assert broken() == []
    with flow.database.reading() as session:
        assert alarms.all_alarms(session) == []


def test_a_question_that_fails_is_asked_more_and_more_rarely(flow: Flow, poller: Poller) -> None:
    asked: list[datetime] = []

    def down(_: str, now: datetime) -> Polled:
        asked.append(now)
        raise TryLater("503")

    for _ in range(200):
        poller.poll(Poll("history", timedelta(seconds=1), down))
        flow.clock.advance(timedelta(seconds=1))
    gaps = [int((after - before).total_seconds()) for before, after in pairwise(asked)]
    assert gaps == [1, 2, 4, 8, 16, 32, 60, 60]
    flow.clock.advance(timedelta(minutes=1))
    assert poller.poll(poll_of()) >= 0
    assert not poller.patience.rests("history")


def test_a_full_page_asks_for_the_next_at_once(flow: Flow, poller: Poller) -> None:
    pages = []

    def run(cursor: str, _: object) -> Polled:
        pages.append(cursor)
        return Polled((), str(len(pages)), more=len(pages) < 3)

    poller.poll(Poll("history", timedelta(minutes=1), run))
    assert pages == ["", "1", "2"]


def test_a_start_stage_of_two_is_looked_at_again_when_the_one_that_rested_goes_on(
    flow: Flow, poller: Poller
) -> None:
    """The deal is known by then, as it came for the other one."""
    library = flow.libraries[MAIN]
    (tyres,) = library.starting_at("FINAL_INVOICE")
    library.active = {**library.active, "second": replace(tyres, name="second", version="second")}
    library.sources = {**library.sources, "second": library.sources[tyres.name]}
    library.resting = frozenset({"second"})
    deal = Deal(1, "Заказ", "FINAL_INVOICE", flow.clock.now(), "abay", 77, "Айгуль", "+77010000001")
    scan = poll_of(Arrival("deal:1:FINAL_INVOICE", DealSeen(deal)))
    poller.poll(scan)
    flow.settle()
    assert begun(flow) == [tyres.name]
    library.resting = frozenset()
    for _ in range(2):
        poller.poll(scan)
        flow.settle()
    assert begun(flow) == ["second", tyres.name]


def begun(flow: Flow) -> list[str]:
    with flow.database.reading() as session:
        return sorted(session.exec(select(CaseRow.scenario)).all())
