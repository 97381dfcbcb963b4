"""A candidate on a share of the new cases: who gets it, how it compares, and what stops it."""

from collections import Counter
from pathlib import Path

import pytest
from sqlmodel import select

from qc_engine.clock import FixedClock
from qc_engine.core.events import AnswerReceived, MessageRefused
from qc_engine.flow.versions import ramping
from qc_engine.flow.versions.candidates import Candidate, lot
from qc_engine.flow.versions.ramping import NotACondition, condition
from qc_engine.ports import Arrival
from qc_engine.scenario_files.load import version
from qc_engine.store import alarms, notebook, outbox, scenarios
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from qc_engine.store.figures import Figures
from qc_engine.store.scenarios import RAMP, SHADOW
from qc_engine.store.tables import CaseRow
from tests.flow.running import SCENARIO, Running

CANDIDATE = SCENARIO.replace("Оцените от 1 до 10", "Как мы справились, от 1 до 10?")
NEW = version(CANDIDATE)


@pytest.fixture
def running(database: Database, clock: FixedClock, tmp_path: Path) -> Running:
    return Running(database, clock, tmp_path / "scenarios")


def begin(
    running: Running, share: float = 0.0, branches: tuple[str, ...] = (), *stop_if: str, after: int = 2
) -> None:
    with running.database.transaction() as session:
        row, now = scenarios.get(session, MAIN, "small"), running.flow.clock.now()
        assert row is not None
        names = running.flow.libraries[MAIN].names
        notebook.remember_version(session, MAIN, NEW, "small", CANDIDATE, names, now)
        ramping.begin(row, NEW, RAMP, now, share, branches, stop_if, after)
        session.add(row)
    running.beat()


def phone(deal: int) -> str:
    return f"7701{deal:07d}"


def asked(running: Running, *deals: int) -> None:
    for deal in deals:
        running.flow.close_order(deal, phone(deal))
    running.flow.later(hours=1)


def says(running: Running, deal: int, text: str) -> None:
    arrival = Arrival(
        f"inbox:{deal}", AnswerReceived(phone(deal), text, running.flow.clock.now(), 5000 + deal)
    )
    running.flow.arrive(arrival, portal="")
    running.flow.settle()


def refuse(running: Running, deal: int) -> None:
    with running.database.reading() as session:
        case = session.exec(select(CaseRow).where(CaseRow.deal_id == deal)).one()
        number = next(row.result for row in outbox.of_case(session, case.id) if row.kind == "SendMessage")
    event = MessageRefused(phone(deal), "no_whatsapp", running.flow.clock.now(), message_id=int(number))
    running.flow.arrive(Arrival(f"refused:{deal}", event), portal="")
    running.flow.settle()


def versions(running: Running) -> dict[int, str]:
    with running.database.reading() as session:
        return {row.deal_id: row.version for row in session.exec(select(CaseRow)).all()}


# --- who gets it ------------------------------------------------------------------------------


def test_a_share_of_the_deals_by_their_numbers(running: Running) -> None:
    begin(running, 30)
    deals = range(1, 31)
    asked(running, *deals)
    expected = {deal: NEW if lot(MAIN, "small", deal) < 3000 else running.version for deal in deals}
    assert versions(running) == expected
    assert Counter(running.flow.world.texts)["Как мы справились, от 1 до 10?"] == sum(
        one == NEW for one in expected.values()
    )


def test_the_lots_are_spread_and_a_larger_share_keeps_the_smaller_one() -> None:
    lots = [lot(MAIN, "small", deal) for deal in range(10_000)]
    assert all(900 < sum(low <= one < low + 1000 for one in lots) < 1100 for low in range(0, 10_000, 1000))
    assert lots != [lot("astana", "small", deal) for deal in range(10_000)]


def test_branches(running: Running) -> None:
    begin(running, 0, ("На Абая",))
    asked(running, 1, 2)
    assert set(versions(running).values()) == {NEW}


def test_a_silent_candidate_takes_no_case(running: Running) -> None:
    scenario = running.flow.libraries[MAIN].active["small"]
    assert not Candidate(scenario, SHADOW, 100, ("На Абая",)).takes(MAIN, 1, "На Абая")


# --- how it compares --------------------------------------------------------------------------


def test_the_figures(running: Running) -> None:
    begin(running, 0, ("На Абая",))
    asked(running, 1, 2, 3, 4)
    says(running, 1, "9")
    says(running, 2, "ммм")
    says(running, 3, "стоп")
    refuse(running, 4)
    with running.database.reading() as session:
        row = scenarios.of_portal(session, MAIN)["small"]
        candidate, active = ramping.both(session, row, running.flow.clock.now())
    assert (candidate.cases, candidate.asked, candidate.answered, candidate.average) == (4, 4, 1, 9.0)
    assert (candidate.undelivered, candidate.unclear, candidate.refused, candidate.opted_out) == (1, 1, 0, 1)
    assert candidate.outcomes["happy"] == 1
    assert active == Figures()


@pytest.mark.parametrize(
    ("text", "candidate", "active", "holds"),
    [
        ("undelivered > 5%", Figures(asked=100, undelivered=6), Figures(), True),
        ("undelivered > 5%", Figures(asked=100, undelivered=5), Figures(), False),
        ("average<7.5", Figures(asked=9, average=7.4), Figures(), True),
        ("average < 7.5", Figures(asked=9), Figures(), False),
        ("answered < active - 10%", Figures(asked=10, answered=4), Figures(asked=10, answered=6), True),
        ("answered < active - 10%", Figures(asked=10, answered=5), Figures(asked=10, answered=6), False),
        ("unclear > active + 3%", Figures(asked=10, unclear=4), Figures(), False),
        ("refused > 0%", Figures(), Figures(), False),
    ],
)
def test_conditions(text: str, candidate: Figures, active: Figures, holds: bool) -> None:
    assert condition(text).holds(candidate, active) is holds


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("undelivered > 5", "undelivered is a share"),
        ("average < 7%", "average is no share"),
        ("sadness > 5%", "nobody measures 'sadness'"),
        ("undelivered", "is no condition"),
        ("undelivered > 5% or more", "is no condition"),
    ],
)
def test_conditions_that_are_none(text: str, why: str) -> None:
    with pytest.raises(NotACondition, match=why):
        condition(text)


# --- what stops it ----------------------------------------------------------------------------


def test_it_stops_by_itself_with_the_figures(running: Running) -> None:
    begin(running, 0, ("На Абая",), "undelivered > 30%")
    asked(running, 1)
    refuse(running, 1)
    ramping.watch(running.database, running.flow.clock)
    assert running.row.mode == RAMP  # one case tells nothing yet
    asked(running, 2)
    ramping.watch(running.database, running.flow.clock)
    assert (running.row.mode, running.row.candidate) == ("", "")
    entry = running.log[-1]
    assert (entry.what, entry.by, entry.from_version, entry.to_version) == (
        "ramp_stopped", "engine", NEW, running.version,
    )  # fmt: skip
    assert entry.reason == "undelivered > 30%: 50.0% of 2 (active: -)"
    assert entry.details["candidate"]["undelivered"] == 1
    with running.database.reading() as session:
        alarm = alarms.standing(session, "ramp:main:small")
    assert alarm is not None
    assert (alarm.phrase, alarm.params["text"]) == ("alarm.ramp", entry.reason)
    running.beat()
    asked(running, 3)
    says(running, 2, "9")
    found = versions(running)
    assert (found[2], found[3]) == (NEW, running.version)
    assert running.flow.world.texts[-1] == "Спасибо!"


def test_good_figures_stop_nothing(running: Running) -> None:
    begin(running, 0, ("На Абая",), "undelivered > 30%", "average < 5")
    asked(running, 1, 2, 3)
    says(running, 1, "9")
    ramping.watch(running.database, running.flow.clock)
    assert running.row.mode == RAMP
