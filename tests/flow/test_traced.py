"""The road of an event, as it is told: one trace for a case, every part beside what it came of."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from qc_engine.clock import FixedClock
from qc_engine.core.effects import MoveDeal, SendMessage
from qc_engine.core.events import AnswerReceived, Deal, DealChanged, DealSeen
from qc_engine.flow.poll import Poller
from qc_engine.flow.traced import Place, Road, Span
from qc_engine.ports import Arrival, Done, Job, Outcome, Refused, TryLater
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from tests.flow.fakes import PHONE, Flow


class Told:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.spans: list[Span] = []

    def tell(self, spans: Sequence[Span]) -> None:
        self.spans += spans

    def named(self, name: str) -> list[Span]:
        return [one for one in self.spans if one.name == name]


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def flow(sqlite_database: Database, clock: FixedClock, told: Told) -> Flow:
    made = Flow(sqlite_database, clock)
    made.handler.road = Road(told, clock)
    for one in made.deliverers:
        one.traces = told
    return made


def asked(flow: Flow) -> None:
    flow.close_order()
    flow.later(days=1)


def answers(flow: Flow, text: str = "9 и 2", number: int = 5000) -> None:
    flow.arrive(Arrival(f"inbox:{number}", AnswerReceived(PHONE, text, flow.clock.now(), number)))


def test_from_the_word_of_a_client_to_the_call_of_the_vendor(flow: Flow, told: Told) -> None:
    asked(flow)
    told.spans.clear()
    answers(flow)
    flow.clock.advance(timedelta(seconds=3))
    flow.settle()
    (came,), (handled,) = told.named("arrive AnswerReceived"), told.named("handle AnswerReceived")
    assert came.ended - came.began == timedelta(seconds=3)  # what it waited
    assert handled.parent == came.place
    assert {name: handled.facts[name] for name in ("qc.outcome", "qc.portal", "qc.event")} == {
        "qc.outcome": "decided",
        "qc.portal": MAIN,
        "qc.event": "AnswerReceived",
    }
    assert handled.facts["qc.scenario"]
    assert handled.facts["qc.step"] != handled.facts["qc.next_step"]
    effects = [one for one in told.spans if one.parent == handled.place]
    assert len(effects) > 1
    assert len(effects) == handled.facts["qc.effects"]
    assert {one.facts["qc.outcome"] for one in effects} == {"Done"}
    assert {one.facts["qc.lane"] for one in effects} >= {"crm", "channel"}


def test_one_trace_for_all_of_a_case_and_every_parent_is_told(flow: Flow, told: Told) -> None:
    asked(flow)
    answers(flow, "3")
    flow.settle()
    case = next(one.facts["qc.case"] for one in told.spans if one.facts.get("qc.case"))
    assert {one.place.trace for one in told.spans} == {f"case:{case}"}
    places = [one.place for one in told.spans]
    assert len(set(places)) == len(places)
    assert {one.parent for one in told.spans if one.parent} <= set(places)
    done = told.named("arrive EffectDone")[0]
    assert done.parent in {one.place for one in told.named("deliver SendMessage")}


BAD: Sequence[tuple[Callable[[], Outcome], dict[str, object], bool]] = (
    (lambda: TryLater("busy, call 77015550001"), {"qc.outcome": "TryLater"}, False),
    (lambda: Refused("no", "no_such_deal"), {"qc.outcome": "Refused", "qc.code": "no_such_deal"}, True),
    (lambda: Refused("no", "Клиент 77015550001"), {"qc.outcome": "Refused", "qc.code": "other"}, True),
)


@pytest.mark.parametrize(("bad", "facts", "failed"), BAD)
def test_an_attempt_that_failed(
    flow: Flow, told: Told, bad: Callable[[], Outcome], facts: dict[str, object], failed: bool
) -> None:
    asked(flow)

    def answer(job: Job) -> Outcome:
        return bad() if isinstance(job.effect, MoveDeal) else Done()

    flow.world.answer = answer
    flow.world.carried_out = lambda job: not isinstance(job.effect, MoveDeal)
    answers(flow)
    flow.settle()
    first = told.named("deliver MoveDeal")[-1]
    assert {name: first.facts[name] for name in facts} == facts
    assert first.failed is failed


def test_what_belongs_to_nobody_has_a_trace_of_its_own(flow: Flow, told: Told) -> None:
    answers(flow, "здравствуйте")
    flow.settle()
    came, handled = told.spans
    assert came.place == handled.parent == Place("arrival:test main:inbox:5000", "came in")
    assert handled.facts["qc.outcome"] == "ignored"


def test_our_own_fault_is_told_by_its_kind_and_nothing_of_it_twice(
    flow: Flow, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(flow)
    told.spans.clear()
    answers(flow)

    def bug(*_: object) -> None:
        raise KeyError(PHONE)

    monkeypatch.setattr("qc_engine.flow.handle.decide", bug)
    flow.handler.handle_some()
    (failed,) = told.spans  # what was rolled back did not happen
    assert (failed.failed, failed.facts["qc.code"], PHONE in repr(failed.facts)) == (True, "KeyError", False)


def test_a_hint_leads_to_what_a_look_brought_and_that_to_the_case(
    flow: Flow, told: Told, clock: FixedClock
) -> None:
    class Portal:
        def look(self, hints: object, now: object) -> list[Arrival]:
            deal = Deal(7, "Заказ", "FINAL_INVOICE", clock.now(), "abay", 77, "Айгуль", f"+{PHONE}")
            return [Arrival("deal:7", DealSeen(deal))]

    library = flow.libraries[MAIN]
    poller = Poller(flow.database, clock, library, "crm", MAIN, Portal(), lambda: None, traces=told)
    flow.arrive(Arrival("hint:1", DealChanged(7)), source="crm")
    assert poller.look() == 1
    flow.settle()
    hint, look, came, _ = told.spans[:4]
    assert [one.name for one in (hint, look, came)] == [
        "arrive DealChanged",
        "look DealSeen",
        "arrive DealSeen",
    ]
    assert (look.links, came.links) == ([hint.place], [look.place])


def test_off_nothing_is_followed(sqlite_database: Database, clock: FixedClock) -> None:
    flow = Flow(sqlite_database, clock)
    asked(flow)
    assert flow.world.done(SendMessage)
    assert (flow.handler.road, {one.traces for one in flow.deliverers}) == (None, {None})
