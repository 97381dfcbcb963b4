"""A complaint through the whole flow: from the low score to the second one, whatever is settled in the CRM."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from qc_engine.clock import FixedClock
from qc_engine.core.case import Case
from qc_engine.core.effects import CreateDeal, CreateTask, MoveDeal, SendMessage
from qc_engine.core.events import AnswerReceived, Deal, DealMoved, DealSeen, StaffWrote
from qc_engine.flow.poll import Poller
from qc_engine.ports import Arrival, Done, OutcomeUnknown, Poll, Polled
from qc_engine.store import cases
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from qc_engine.store.tables import InboxRow
from tests.flow.fakes import NAMES, PHONE, ROOT, Flow, Site

EXAMPLE = ROOT / "scenarios" / "examples" / "complaint_recovery.yaml"
SETTLED, ASKS = "C7:DONE", "Вы были недовольны"
FIELDS = {
    "Причина недовольства": "UF_CAUSE",
    "Что сделано по жалобе": "UF_DONE",
    "Повторная оценка": "UF_AGAIN",
}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """The shipped example."""
    (tmp_path / EXAMPLE.name).write_text(EXAMPLE.read_text("utf-8"), "utf-8")
    stages = {**NAMES.stages, "Недовольные клиенты / Улажено": SETTLED}
    names = replace(NAMES, stages=stages, fields={**NAMES.fields, **FIELDS})
    return Site(folder=tmp_path, names=names)


@pytest.fixture
def flow(database: Database, clock: FixedClock, site: Site) -> Flow:
    """Over either kind of database."""
    return Flow(database, clock, {MAIN: site})


class Portal:
    """Looks nowhere: everything comes by the history."""

    def look(self, hints: Sequence[object], now: object) -> Sequence[Arrival]:
        return []


@pytest.fixture
def poller(flow: Flow) -> Poller:
    return Poller(flow.database, flow.clock, flow.libraries[MAIN], "crm", MAIN, Portal(), lambda: None)


def history(poller: Poller, *moves: DealMoved) -> int:
    arrivals = [Arrival(f"h:{one.deal_id}:{one.at}", one) for one in moves]
    return poller.poll(Poll("history", timedelta(minutes=1), lambda _, __: Polled(arrivals, "1")))


def says(flow: Flow, text: str) -> None:
    flow.clock.advance(timedelta(minutes=1))
    number = 5000 + len(flow.world.ledger)
    flow.arrive(Arrival(f"says:{number}", AnswerReceived(PHONE, text, flow.clock.now(), number)))
    flow.settle()


def unhappy(flow: Flow) -> None:
    flow.close_order()
    flow.later(days=1)
    says(flow, "3")


def case(flow: Flow) -> Case:
    with flow.database.reading() as session:
        (row,) = cases.of_deal(session, MAIN, 4312)
        return cases.load(session, row)


def stands(flow: Flow) -> str:
    complaint = case(flow).complaint
    return complaint.stands if complaint else ""


def number_of(flow: Flow, kind: type) -> int:
    """Of what was made last, as the CRM numbered it."""
    return max(n for n, job in enumerate(flow.world.ledger, 1001) if isinstance(job.effect, kind))


def asked(flow: Flow) -> int:
    return sum(ASKS in text for text in flow.world.texts)


def test_from_the_low_score_to_the_second_one(flow: Flow, poller: Poller) -> None:
    unhappy(flow)
    complaint = number_of(flow, CreateDeal)
    assert history(poller, DealMoved(complaint, "C7:WORK", flow.clock.now())) == 0, "it stays outside"
    flow.later(hours=5)
    assert history(poller, DealMoved(complaint, SETTLED, flow.clock.now())) == 1
    flow.settle()
    assert (stands(flow), asked(flow)) == ("settled", 0)
    flow.later(days=2)
    assert asked(flow) == 1
    says(flow, "4")
    assert stands(flow) == "reopened"
    back = [one for one in flow.world.done(MoveDeal) if isinstance(one, MoveDeal)][-1]
    assert (back.deal_id, back.stage, back.expected) == (complaint, "C7:NEW", (SETTLED,))
    assert len(flow.world.done(CreateTask)) == 2
    assert history(poller, DealMoved(complaint, SETTLED, flow.clock.now() + timedelta(hours=1))) == 1
    flow.later(days=9)
    assert (stands(flow), asked(flow)) == ("settled", 1)


def test_a_look_at_the_complaints_deal_tells_it_too(flow: Flow) -> None:
    unhappy(flow)
    flow.later(hours=1)
    deal = Deal(number_of(flow, CreateDeal), "Жалоба", SETTLED, flow.clock.now())
    flow.arrive(Arrival("seen", DealSeen(deal)))
    flow.settle()
    assert stands(flow) == "settled"


def test_somebody_elses_deal_in_that_stage_concerns_nobody(flow: Flow, poller: Poller) -> None:
    unhappy(flow)
    assert history(poller, DealMoved(9_999, SETTLED, flow.clock.now())) == 1
    flow.settle()
    assert stands(flow) == "open"
    with flow.database.reading() as session:
        row = session.exec(select(InboxRow).where(InboxRow.source == "crm")).one()
    assert (row.result, row.reason) == ("ignored", "it belongs to no case")


def test_an_operator_in_the_dialog_puts_the_question_off(flow: Flow, poller: Poller) -> None:
    unhappy(flow)
    history(poller, DealMoved(number_of(flow, CreateDeal), SETTLED, flow.clock.now()))
    flow.settle()
    flow.later(days=1, hours=23, minutes=30)
    other = case(flow).client.phone
    flow.arrive(Arrival("op", StaffWrote(other, flow.clock.now(), 9_000, "Здравствуйте, это мастер")))
    flow.later(minutes=31)
    first = asked(flow)
    flow.later(hours=2)
    assert (first, asked(flow)) == (0, 1)


def test_an_uncertain_question_is_not_sent_twice(flow: Flow, poller: Poller) -> None:
    unhappy(flow)
    history(poller, DealMoved(number_of(flow, CreateDeal), SETTLED, flow.clock.now()))
    flow.settle()
    flow.world.answer = lambda job: (
        OutcomeUnknown("ReadTimeout") if isinstance(job.effect, SendMessage) else Done()
    )
    flow.later(days=2)
    for _ in range(8):
        flow.later(minutes=10)
    assert asked(flow) == 1
    says(flow, "9")
    assert stands(flow) == "recovered", "who answers was asked"


def test_a_restart_forgets_nothing(flow: Flow, poller: Poller, database: Database, site: Site) -> None:
    """The day of the question stands in the database alone."""
    unhappy(flow)
    history(poller, DealMoved(number_of(flow, CreateDeal), SETTLED, flow.clock.now()))
    flow.settle()
    with database.reading() as session:
        assert cases.next_wake(session) == flow.clock.now() + timedelta(days=2)
    again = Flow(database, flow.clock, {MAIN: site})
    again.later(days=3)
    assert asked(again) == 1
