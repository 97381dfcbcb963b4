"""Cases that begin because somebody asked: a system, a person, another scenario, a changed field."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from qc_engine.clock import FixedClock
from qc_engine.core.case import Case, State
from qc_engine.core.effects import NotifyStaff
from qc_engine.core.events import Deal, DealChanged, DealDeleted, DealMoved, DealSeen
from qc_engine.flow.poll import Poller
from qc_engine.flow.starts.requests import Requests
from qc_engine.flow.watching.status import status
from qc_engine.ports import Arrival, Asking, Held, NobodyBegins, Poll, Polled
from qc_engine.store import cases
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow, InboxRow
from qc_engine.telling.why import Asked, why_not
from tests.flow.fakes import NAMES, PHONE, CountingIds, Flow, Site

CONTACT = "contact: {quiet_hours: none, at_most_once_in: 0 s, pause_after_operator: 0 s}\n"
VISIT = f"""
scenario: visit
title: Visit
values: {{colour: {{deal_field: Цвет}}, master: {{from_start: master}}}}
start: {{event: visit_finished, wait: 1 h, not_later_than: 1 day}}
{CONTACT}
steps:
  tell:
    do: [say: "Master {{master|nobody}}, colour {{colour|none}}"]
    rules:
      - {{name: won, when: {{deal_moved_to: Сделка успешна}}, do: [notify: {{for: branch_head, text: won}}, end: won]}}
      - {{name: over, when: {{in_step_for: 10 days}}, do: [start_scenario: {{scenario: later, in: 7 days, values: {{why: "{{colour|none}}"}}}}, end: told]}}
"""
LATER = f"""
scenario: later
title: Later
values: {{why: {{from_start: why}}}}
start: {{by_hand: true}}
{CONTACT}
steps:
  tell:
    do: [say: "Later because of {{why|nothing}}", end: told]
"""
CHANGED = f"""
scenario: changed
title: Changed
values: {{old: {{from_start: old, is: date}}, new: {{from_start: new, is: date}}}}
start: {{deal_field_changed: Дата, wait: 5 min, not_later_than: 1 day, only_if: {{formula: "new > timestamp('2026-03-03T00:00:00Z')"}}}}
{CONTACT}
steps:
  tell:
    do: [say: "From {{old|none}} to {{new|none}}"]
    rules:
      - {{name: over, when: {{in_step_for: 10 days}}, do: [end: told]}}
"""
DATE, COLOUR = "UF_DATE", "UF_COLOUR"


@pytest.fixture
def flow(database: Database, clock: FixedClock, tmp_path: Path) -> Flow:
    for name, text in {"visit": VISIT, "later": LATER, "changed": CHANGED}.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    names = replace(NAMES, fields={**NAMES.fields, "Дата": DATE, "Цвет": COLOUR})
    return Flow(database, clock, {MAIN: Site(tmp_path, names)})


class Portal:
    """Answers looks from a table of deals."""

    def __init__(self, clock: FixedClock) -> None:
        self.clock, self.deals = clock, dict[int, Deal]()
        self.gone: set[int] = set()

    def put(self, number: int, fields: Mapping[str, str] | None = None, **others: Any) -> None:
        now = self.clock.now()
        long_ago = now - timedelta(days=100)
        deal = Deal(number, "Order", "EXECUTING", long_ago, "abay", 77, "Anna", f"+{PHONE}", updated_at=now)
        self.deals[number] = replace(deal, fields=dict(fields or {}), **others)

    def look(self, hints: Any, now: datetime) -> list[Arrival]:
        ids = sorted({hint.deal_id for hint in hints})
        here = [self.deals[n] for n in ids if n in self.deals]
        seen = [Arrival(f"deal:{one.deal_id}:{one.updated_at}", DealSeen(one)) for one in here]
        return [*seen, *(Arrival(f"deleted:{n}", DealDeleted(n)) for n in ids if n in self.gone)]

    def changes(self) -> Poll:
        """The poll that reads the watched fields of all deals."""

        def run(_: str, now: datetime) -> Polled:
            held = [Held(one.deal_id, one.fields, one.updated_at or now) for one in self.deals.values()]
            return Polled((), "1", held=held)

        return Poll("changes", timedelta(minutes=1), run)


class Town:
    """The flow with its portal and the way in for requests."""

    def __init__(self, flow: Flow) -> None:
        self.flow, self.portal = flow, Portal(flow.clock)
        library = flow.libraries[MAIN]
        self.poller = Poller(flow.database, flow.clock, library, "crm", MAIN, self.portal, lambda: None)
        self.requests = Requests(flow.database, flow.clock, lambda: flow.libraries, CountingIds(), "api")

    def ask(self, deal: int = 5, key: str = "", **asked: Any) -> bool:
        asked = asked or {"event": "visit_finished"}
        new = self.requests.take(Asking(deal, key=key, **asked)).new
        self.settle()
        return new

    def settle(self) -> None:
        while self.poller.look():
            self.flow.settle()
        self.flow.settle()

    def later(self, **span: float) -> None:
        self.flow.clock.advance(timedelta(**span))
        self.settle()

    def poll(self) -> None:
        self.poller.poll(self.portal.changes())
        self.settle()

    def cases(self, deal: int = 5) -> list[Case]:
        with self.flow.database.reading() as session:
            return [cases.load(session, row) for row in cases.of_deal(session, MAIN, deal)]

    def answers(self) -> list[InboxRow]:
        """What became of each request whose deal was read."""
        return [row for row in self.rows("DealSeen") if row.event["asked"]]

    def rows(self, kind: str) -> list[InboxRow]:
        with self.flow.database.reading() as session:
            return list(
                session.exec(select(InboxRow).where(InboxRow.kind == kind).order_by(InboxRow.id)).all()
            )


@pytest.fixture
def town(flow: Flow) -> Town:
    return Town(flow)


# --- an event ---------------------------------------------------------------------------------


def test_an_event_begins_a_case_wherever_the_deal_stands(town: Town) -> None:
    town.portal.put(5, {COLOUR: "red"})
    asked_at = town.flow.clock.now()
    assert town.ask(values={"master": "Ivan", "other": "x"}, event="visit_finished", by="shop")
    (case,) = town.cases()
    assert (case.state, case.round, case.started_by, case.entered_at) == (State.WAITING, 1, "shop", asked_at)
    assert case.wake_at == asked_at + timedelta(hours=1)
    assert dict(case.values) == {"colour": "red", "master": "Ivan"}
    town.later(hours=1)
    assert town.flow.world.texts == ["Master Ivan, colour red"]


def test_the_same_request_twice_is_one_case(town: Town) -> None:
    town.portal.put(5)
    assert town.ask(key="42") is True
    assert town.ask(key="42") is False
    assert len(town.cases()) == 1


def test_while_a_case_runs_another_request_is_ignored_with_the_reason(town: Town) -> None:
    town.portal.put(5)
    town.ask(key="1")
    town.ask(key="2")
    (case,) = town.cases()
    ends = [(row.result, row.reason, row.case_id) for row in town.answers()]
    assert ends == [("applied", "", case.id), ("ignored", f"case {case.id} of 'visit' is not over yet", "")]


def test_afterwards_the_deal_is_asked_again_in_the_next_round(town: Town) -> None:
    town.portal.put(5)
    town.ask(key="1")
    town.later(hours=1)
    town.later(days=10)
    town.ask(key="2")
    assert [(one.scenario, one.round, one.state) for one in town.cases()] == [
        ("visit", 1, State.ENDED),
        ("visit", 2, State.WAITING),
    ]


def test_nobody_waits_for_an_event(town: Town) -> None:
    town.portal.put(5)
    taken = town.requests.take(Asking(5, event="rain"))
    town.settle()
    assert taken.scenarios == ()
    (row,) = town.answers()
    assert (row.result, row.reason) == ("ignored", "no scenario begins with the event 'rain'")


@pytest.mark.parametrize(
    ("gone", "why"), [(True, "is no longer in the CRM"), (False, "is not shown by the CRM")]
)
def test_a_deal_that_is_not_there_ends_the_request(town: Town, gone: bool, why: str) -> None:
    town.portal.gone = {9} if gone else set()
    town.ask(deal=9)
    (row,) = town.rows("StartAsked")
    assert (row.result, row.reason) == ("ignored", f"deal 9 {why}")
    assert town.cases(9) == []


@pytest.mark.parametrize(
    "asked", [{"scenario": "vsit"}, {"scenario": "visit", "portal": "almaty"}], ids=["scenario", "portal"]
)
def test_what_is_not_there_cannot_be_asked_for(town: Town, asked: dict[str, str]) -> None:
    with pytest.raises(NobodyBegins):
        town.requests.take(Asking(5, **asked))
    assert town.rows("StartAsked") == []


def test_too_late_is_too_late(town: Town) -> None:
    town.portal.put(5)
    town.requests.take(Asking(5, event="visit_finished"))
    town.later(days=2)
    assert [one.outcome for one in town.cases()] == ["too_late"]


# --- where the deal stands --------------------------------------------------------------------


def moved(town: Town, stage: str) -> None:
    now = town.flow.clock.now()
    arrivals = [Arrival(f"h:{now}:{stage}", DealMoved(5, stage, now))]
    town.poller.poll(Poll("history", timedelta(minutes=1), lambda *_: Polled(arrivals, str(now))))
    town.settle()


def test_a_move_by_hand_ends_nothing_before_or_after_the_beginning(town: Town) -> None:
    town.portal.put(5)
    town.ask()
    town.flow.clock.advance(timedelta(minutes=10))
    moved(town, "LOSE")
    town.later(hours=1)
    assert len(town.flow.world.texts) == 1
    moved(town, "EXECUTING")
    (case,) = town.cases()
    assert (case.state, case.deal_stage) == (State.ACTIVE, "EXECUTING")


def test_its_own_rule_about_a_stage_holds(town: Town) -> None:
    town.portal.put(5)
    town.ask()
    town.later(hours=1)
    moved(town, "WON")
    (case,) = town.cases()
    assert case.outcome == "won"
    assert len(town.flow.world.done(NotifyStaff)) == 1


def test_values_of_the_deal_stay_fresh_until_the_case_begins_to_speak(town: Town) -> None:
    town.portal.put(5, {COLOUR: "red"})
    town.ask(values={"master": "Ivan"}, event="visit_finished")
    for colour in ("blue", "green"):
        town.flow.clock.advance(timedelta(minutes=1))
        town.portal.put(5, {COLOUR: colour})
        town.flow.arrive(Arrival(f"update:{colour}", DealChanged(5)))
        town.settle()
    town.later(hours=1)
    assert town.flow.world.texts == ["Master Ivan, colour green"]


# --- another scenario -------------------------------------------------------------------------


def test_one_scenario_starts_another_after_a_while(town: Town) -> None:
    town.portal.put(5, {COLOUR: "red"})
    town.ask()
    town.later(hours=1)
    town.later(days=10)
    (hint,) = [row for row in town.rows("StartAsked") if row.source == "scenario"]
    assert hint.process_at - town.flow.clock.now() == timedelta(days=7)
    told = status(town.flow.database, town.flow.clock)
    assert (told["inbox_open"], told["next_at"]) == (0, hint.process_at.isoformat())
    town.later(days=6)
    assert [one.scenario for one in town.cases()] == ["visit"]
    town.later(days=1)
    assert [(one.scenario, one.started_by, one.outcome) for one in town.cases()][1:] == [
        ("later", "visit", "told")
    ]
    assert town.flow.world.texts[-1] == "Later because of red"


def test_a_person_begins_one_by_its_name(town: Town) -> None:
    town.portal.put(5)
    town.ask(scenario="later", by="Maria", values={"why": "it rained"})
    assert town.flow.world.texts == ["Later because of it rained"]


# --- a changed field --------------------------------------------------------------------------


def test_the_first_sight_remembers_and_another_value_starts(town: Town) -> None:
    town.portal.put(5, {DATE: "2026-03-12T03:00:00+03:00"})
    town.poll()
    assert town.cases() == []
    town.flow.clock.advance(timedelta(minutes=1))
    town.portal.put(5, {DATE: "2026-03-14T03:00:00+03:00"})
    town.poll()
    town.poll()
    (case,) = town.cases()
    assert (case.started_by, case.state) == ("field", State.WAITING)
    town.later(minutes=5)
    assert town.flow.world.texts == ["From 12.03.2026 to 14.03.2026"]


@pytest.mark.parametrize(
    "again", ["2026-03-12T00:00:00+00:00", "2026-03-12", "12.03.2026", " 2026-03-12T05:00:00+05:00"]
)
def test_the_same_value_in_another_notation_is_no_change(town: Town, again: str) -> None:
    town.portal.put(5, {DATE: "2026-03-12T03:00:00+03:00"})
    town.poll()
    town.flow.clock.advance(timedelta(minutes=1))
    town.portal.put(5, {DATE: again})
    town.poll()
    assert town.rows("StartAsked") == []


def change(town: Town, value: str, **span: float) -> None:
    town.flow.clock.advance(timedelta(**(span or {"minutes": 1})))
    town.portal.put(5, {DATE: value})
    town.poll()


def test_an_event_of_the_portal_is_heard_without_the_poll(town: Town) -> None:
    town.portal.put(5, {DATE: "2026-03-12"})
    town.poll()
    town.flow.clock.advance(timedelta(minutes=1))
    town.portal.put(5, {DATE: "2026-03-14"})
    town.flow.arrive(Arrival("ONCRMDEALUPDATE:5", DealChanged(5)))
    town.settle()
    assert len(town.cases()) == 1
    town.poll()
    assert len(town.cases()) == 1


def test_another_change_takes_the_place_of_the_case_and_the_client_hears_of_the_last_one(town: Town) -> None:
    change(town, "2026-03-12")
    change(town, "2026-03-14")
    change(town, "2026-03-15")
    town.later(minutes=5)
    assert [(one.round, one.outcome) for one in town.cases()] == [(1, "superseded"), (2, "")]
    # Nobody had told the client of the 14th.
    assert town.flow.world.texts == ["From 12.03.2026 to 15.03.2026"]
    change(town, "2026-03-16")
    town.later(minutes=5)
    assert town.flow.world.texts[-1] == "From 15.03.2026 to 16.03.2026"
    assert [one.outcome for one in town.cases()] == ["superseded", "superseded", ""]


def test_a_value_that_is_back_before_anybody_was_told_is_no_news(town: Town) -> None:
    change(town, "2026-03-12")
    change(town, "2026-03-14")
    change(town, "2026-03-12")
    town.later(minutes=5)
    assert [one.outcome for one in town.cases()] == ["superseded"]
    assert town.flow.world.texts == []
    assert "was told of another" in town.answers()[-1].reason


def test_whom_it_does_not_concern(town: Town) -> None:
    change(town, "2026-02-12")
    change(town, "2026-02-14")
    town.later(minutes=5)
    assert [one.outcome for one in town.cases()] == ["not_concerned"]
    assert town.flow.world.texts == []
    with town.flow.database.reading() as session:
        about = Asked(session, "ru", town.flow.clock.now(), town.flow.libraries, {})
        facts = why_not(about, "1", [one.id for one in town.cases()])["facts"]
    assert any("не верна: new = 14.02.2026" in one and one.endswith("(only_if)") for one in facts), facts


def test_a_page_read_before_the_last_look_brings_no_old_value_back(town: Town) -> None:
    change(town, "2026-03-12")
    stale = town.portal.changes().run("", town.flow.clock.now())
    change(town, "2026-03-14")
    town.poller.poll(Poll("changes", timedelta(minutes=1), lambda *_: stale))
    town.settle()
    assert len(town.rows("StartAsked")) == 1


def test_what_happened_while_nobody_watched_starts_nothing(town: Town) -> None:
    change(town, "2026-03-12")
    town.flow.clock.advance(timedelta(days=1))
    town.portal.put(5, {DATE: "2026-03-20"})
    first = [
        replace(one, first=frozenset({DATE}))
        for one in town.portal.changes().run("", town.flow.clock.now()).held
    ]
    town.poller.poll(Poll("changes", timedelta(minutes=1), lambda *_: Polled((), "2", held=first)))
    assert town.rows("StartAsked") == []
    change(town, "2026-03-21")
    town.later(minutes=5)
    assert town.flow.world.texts == ["From 20.03.2026 to 21.03.2026"]


def test_five_hundred_deals_at_once(town: Town) -> None:
    for number in range(1, 501):
        town.portal.put(number, {DATE: "2026-03-12"}, phone=f"+7701{number:07}")
    town.poller.poll(town.portal.changes())
    town.flow.clock.advance(timedelta(minutes=1))
    for number in range(1, 501):
        town.portal.put(number, {DATE: "2026-03-14"}, phone=f"+7701{number:07}")
    town.poller.poll(town.portal.changes())
    looks = 0
    while town.poller.look():
        looks += 1
    assert looks == 10  # fifty deals to a look
    while town.flow.handler.handle_some():
        pass
    with town.flow.database.reading() as session:
        assert len(session.exec(select(CaseRow)).all()) == 500
