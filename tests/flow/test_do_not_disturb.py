"""The client's card says 'do not write': a case begins, tells why, and nothing is ever sent."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from qc_engine.clock import FixedClock
from qc_engine.core.case import Case
from qc_engine.core.effects import SendMessage, SetFields
from qc_engine.core.events import AnswerReceived, Deal, DealSeen
from qc_engine.flow.poll import Poller
from qc_engine.ports import Arrival, Done, Poll, Polled, TryLater
from qc_engine.store import cases
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow, EffectRow, InboxRow
from tests.flow.fakes import PHONE, Flow


@pytest.fixture
def flow(sqlite_database: Database, clock: FixedClock) -> Flow:
    return Flow(sqlite_database, clock)


def deal(flow: Flow, *, stage: str = "FINAL_INVOICE", quiet: bool = True) -> Deal:
    at = flow.clock.now()
    return Deal(7, "Заказ", stage, at, "abay", 77, "Айгуль", f"+{PHONE}", do_not_disturb=quiet)


def seen(flow: Flow, one: Deal, key: str = "seen") -> None:
    flow.arrive(Arrival(key, DealSeen(one)))
    flow.settle()


def the_case(flow: Flow) -> Case:
    with flow.database.reading() as session:
        return cases.load(session, session.exec(select(CaseRow)).one())


def unsent(flow: Flow) -> dict[str, str]:
    with flow.database.reading() as session:
        rows = session.exec(select(EffectRow).where(EffectRow.state != "done")).all()
    return {row.kind: row.state for row in rows}


def told(flow: Flow) -> tuple[str, str]:
    case = the_case(flow)
    return case.outcome, case.ended_why.key if case.ended_why else ""


ENDED = ("do_not_disturb", "end.do_not_disturb")


def test_a_case_begins_and_ends_at_once(flow: Flow) -> None:
    seen(flow, deal(flow))
    assert told(flow) == ENDED
    flow.later(days=1)
    assert flow.world.ledger == []


def test_it_does_not_begin_anew_when_the_card_changes_back(flow: Flow) -> None:
    seen(flow, deal(flow))
    flow.clock.advance(timedelta(hours=1))
    seen(flow, deal(flow, quiet=False), "again")
    flow.later(days=2)
    assert told(flow) == ENDED
    assert flow.world.texts == []


def test_the_card_changes_while_the_case_waits(flow: Flow) -> None:
    flow.close_order(7)
    seen(flow, deal(flow))
    assert told(flow) == ENDED
    flow.later(days=1)
    assert flow.world.texts == []


def test_the_card_changes_in_the_middle_of_the_survey(flow: Flow) -> None:
    """The score goes to the deal all the same; the reminder and the thanks do not go to the client."""
    flow.close_order(7)
    flow.later(days=1)
    flow.world.answer = lambda job: TryLater("503")
    flow.world.carried_out = lambda _: False
    flow.arrive(Arrival("inbox:5000", AnswerReceived(PHONE, "9", flow.clock.now(), 5000)))
    flow.settle()
    seen(flow, deal(flow, stage="UC_QUALITY"))
    assert told(flow) == ENDED
    assert unsent(flow) == {"SetFields": "planned", "SendMessage": "cancelled"}
    flow.world.answer, flow.world.carried_out = (lambda _: Done()), (lambda _: True)
    for _ in range(4):
        flow.later(days=1)
    assert [one.fields for one in flow.world.done(SetFields) if isinstance(one, SetFields)] == [
        {"UF_S1": "9"}
    ]
    assert len(flow.world.done(SendMessage)) == 1


def test_words_after_the_end_are_kept_and_not_answered(flow: Flow) -> None:
    seen(flow, deal(flow))
    flow.arrive(Arrival("inbox:5000", AnswerReceived(PHONE, "Спасибо!", flow.clock.now(), 5000)))
    flow.settle()
    assert the_case(flow).words == ("Спасибо!",)
    assert flow.world.texts == []


@pytest.mark.parametrize(
    ("begun", "stage", "kept"),
    [
        (True, "UC_QUALITY", 1),  # our own move coming back, and yet news
        (True, "FINAL_INVOICE", 1),
        (False, "FINAL_INVOICE", 1),
        (False, "UC_QUALITY", 0),  # somebody else's deal
    ],
)
def test_a_poll_brings_the_flag_once(flow: Flow, begun: bool, stage: str, kept: int) -> None:
    """Stage and moment are the same as before; only the card has changed."""
    before = deal(flow, stage=stage, quiet=False)
    if begun:
        flow.close_order(7)
        flow.later(days=1)
    poller = Poller(flow.database, flow.clock, flow.libraries[MAIN], "crm", MAIN, None, lambda: None)
    for one in (before, replace(before, do_not_disturb=True), replace(before, do_not_disturb=True)):
        page = Polled([Arrival("deal:7", DealSeen(one))], "")
        poller.poll(Poll("scan", timedelta(minutes=1), lambda *_, page=page: page))
    with flow.database.reading() as session:
        rows = session.exec(select(InboxRow).where(InboxRow.source == "crm")).all()
    assert [row.key for row in rows if row.event["deal"]["do_not_disturb"]] == ["deal:7:quiet"] * kept
    flow.settle()
    assert told(flow) == ENDED if kept else not kept


def test_the_last_words_of_a_case_do_not_leave_either(flow: Flow) -> None:
    """They waited for the morning when somebody marked the client."""
    flow.clock.advance(timedelta(hours=8, minutes=40))
    flow.close_order(7)
    flow.later(days=1)  # 20:40
    now = flow.clock.now()
    flow.arrive(Arrival("one", AnswerReceived(PHONE, "2", now, 5001)))
    flow.settle()
    flow.world.answer = lambda job: TryLater("down") if isinstance(job.effect, SendMessage) else Done()
    flow.world.carried_out = lambda job: not isinstance(job.effect, SendMessage)
    flow.arrive(Arrival("two", AnswerReceived(PHONE, "3", flow.clock.now(), 5002)))
    flow.settle()
    flow.later(hours=1)
    written = len(flow.world.texts)
    seen(flow, deal(flow, stage="WON"), "marked")
    flow.world.answer, flow.world.carried_out = lambda _: Done(), lambda _: True
    flow.later(hours=12)
    assert len(flow.world.texts) == written
