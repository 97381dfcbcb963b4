"""One effect of a case and lane at a time, also when a person brings an old one back."""

from sqlmodel import select

from qc_engine.clock import FixedClock
from qc_engine.core.effects import MoveDeal
from qc_engine.core.events import AnswerReceived
from qc_engine.explain.resolving import resolve
from qc_engine.ports import Arrival, Done, Refused
from qc_engine.store.database import Database
from qc_engine.store.tables import EffectRow
from tests.flow.fakes import PHONE, Flow


def test_an_effect_brought_back_waits_for_the_one_on_its_way(
    sqlite_database: Database, clock: FixedClock
) -> None:
    flow = Flow(sqlite_database, clock)
    flow.close_order()
    flow.later(days=1)
    flow.world.answer = lambda job: Refused("no") if isinstance(job.effect, MoveDeal) else Done()
    flow.world.carried_out = lambda job: not isinstance(job.effect, MoveDeal)
    flow.arrive(Arrival("inbox:5000", AnswerReceived(PHONE, "9 и 2", clock.now(), 5000)))
    flow.settle()
    flow.arrive(Arrival("inbox:5001", AnswerReceived(PHONE, "и ещё долго ждал", clock.now(), 5001)))
    flow.handler.handle_some()
    crm = flow.deliverer("crm")
    assert len(crm._claim()[1]) == 1
    with sqlite_database.transaction() as session:
        failed = session.exec(select(EffectRow).where(EffectRow.state == "failed")).one()
        resolve(session, failed.id or 0, "again", clock.now())
    assert crm._claim()[1] == []
