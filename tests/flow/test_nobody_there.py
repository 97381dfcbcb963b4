"""A vendor that is away: asked now and then for one thing, however much waits for it."""

import pytest

from qc_engine.clock import FixedClock
from qc_engine.core.effects import MoveDeal, SendMessage
from qc_engine.ports import Done, Job, NobodyThere, Outcome, OutcomeUnknown, Search, TryLater
from qc_engine.store.database import Database
from tests.flow.fakes import Flow

DEALS, LOAD = 12, 3


@pytest.fixture
def flow(sqlite_database: Database, clock: FixedClock) -> Flow:
    return Flow(sqlite_database, clock)


def away(flow: Flow, outcome: Outcome) -> list[Job]:
    """All these deals are to be moved and nothing is carried out; the attempts, as they come."""
    asked: list[Job] = []

    def answer(job: Job) -> Outcome:
        asked.append(job)
        return outcome

    flow.world.batch_size = LOAD
    flow.world.answer, flow.world.carried_out = answer, lambda _: False
    for number in range(DEALS):
        flow.close_order(1000 + number, phone=f"7701555{number:04d}")
    flow.later(days=1)
    return asked


def loads(flow: Flow, asked: list[Job], times: int) -> list[int]:
    """How many effects were tried in each of so many half minutes."""
    counts = []
    for _ in range(times):
        before = len(asked)
        flow.later(seconds=30)
        counts.append(len(asked) - before)
    return counts


def test_it_is_asked_for_one_thing_at_a_time(flow: Flow) -> None:
    asked = away(flow, NobodyThere("not sent"))
    assert len(asked) == LOAD
    assert max(loads(flow, asked, 20)) == 1


def test_back_again_everything_goes_at_once(flow: Flow) -> None:
    asked = away(flow, NobodyThere("not sent"))
    loads(flow, asked, 4)
    flow.world.answer, flow.world.carried_out = lambda _: Done(), lambda _: True
    flow.later(seconds=60)
    assert len(flow.world.done(MoveDeal)) == DEALS


@pytest.mark.parametrize("outcome", [TryLater("this one is just being moved"), NobodyThere("not sent")])
def test_only_who_is_not_there_is_left_alone(flow: Flow, outcome: Outcome) -> None:
    asked = away(flow, outcome)
    assert (len(asked) == DEALS) is not isinstance(outcome, NobodyThere)


def test_nor_is_it_asked_for_all_that_it_may_have_done(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages whose answer was lost: they are looked for one at a time, and stay as uncertain as they are."""
    asked: list[Job] = []
    find = flow.world.find

    def nobody(job: Job) -> Search:
        asked.append(job)
        raise NobodyThere("not sent")

    monkeypatch.setattr(flow.world, "find", nobody)
    flow.world.batch_size = LOAD
    flow.world.answer = lambda job: OutcomeUnknown("cut") if isinstance(job.effect, SendMessage) else Done()
    for number in range(DEALS):
        flow.close_order(1000 + number, phone=f"7701555{number:04d}")
    flow.later(days=1)
    flow.later(seconds=30)
    assert len(asked) == LOAD
    assert max(loads(flow, asked, 20)) == 1
    monkeypatch.setattr(flow.world, "find", find)
    flow.later(minutes=15)
    assert len(flow.world.texts) == DEALS
