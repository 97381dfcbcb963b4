"""The effects of one decision go into the outbox together, with the urgency that they would have one by one."""

import random

import pytest
from sqlmodel import col, select

from qc_engine.clock import FixedClock
from qc_engine.core.draft import Planned
from qc_engine.core.effects import AddComment, Effect, SendMessage
from qc_engine.store import cases, outbox
from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow, EffectRow
from tests.flow.fakes import PHONE, Flow

EFFECTS: tuple[Effect, ...] = (AddComment(1, "Слова"), SendMessage(PHONE, "Спасибо", "reply"))
PRIORITIES = (outbox.UNDO, 1, 2, outbox.BULK)


def planned(seed: int) -> list[Planned]:
    chance = random.Random(seed)
    return [
        Planned(f"{seed}:{number}", chance.choice(EFFECTS), "", chance.choice(PRIORITIES))
        for number in range(5)
    ]


@pytest.fixture
def flow(sqlite_database: Database, clock: FixedClock) -> Flow:
    """One client has a case, and two effects that are not urgent wait in the outbox."""
    flow = Flow(sqlite_database, clock)
    flow.close_order()
    with flow.database.transaction() as session:
        case = the_case(session)
        outbox.add_all(session, case, [Planned(f"early:{one.lane}", one) for one in EFFECTS], clock.now())
    return flow


def the_case(session):
    return cases.load(session, session.exec(select(CaseRow)).one())


def urgency(flow: Flow, effects: list[Planned], *, together: bool) -> list[tuple[str, str, int]]:
    """What would stand in the outbox; nothing of it stays there."""
    now = flow.clock.now()
    with flow.database.reading() as session:
        case = the_case(session)
        for some in [effects] if together else [[one] for one in effects]:
            outbox.add_all(session, case, some, now)
        session.flush()
        session.expire_all()
        rows = session.exec(select(EffectRow).order_by(col(EffectRow.id))).all()
        told = [(row.key, row.lane, row.priority) for row in rows]
        session.rollback()
    return told


@pytest.mark.parametrize("seed", range(25))
def test_together_they_are_as_urgent_as_one_by_one(flow: Flow, seed: int) -> None:
    effects = planned(seed)
    told = urgency(flow, effects, together=True)
    assert told == urgency(flow, effects, together=False)
    assert [key for key, _, _ in told][-5:] == [one.key for one in effects]


def test_an_urgent_one_hurries_what_stands_before_it_in_its_lane(flow: Flow) -> None:
    comment, message = EFFECTS
    late = [Planned("k:0", comment), Planned("k:1", message), Planned("k:2", comment, priority=1)]
    told = {key: priority for key, _, priority in urgency(flow, late, together=True)}
    assert told == {"early:crm": 1, "early:channel": 5, "k:0": 1, "k:1": 5, "k:2": 1}
