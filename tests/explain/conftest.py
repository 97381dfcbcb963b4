"""A case that lives through events in a real database, decided by the real core."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import Session

from qc_engine.core.answers.reading import Scale
from qc_engine.core.case import Branch, Case, Client, State
from qc_engine.core.decide import decide
from qc_engine.core.events import EffectDone, Event, TimerDue
from qc_engine.core.scenario import (
    AskedToStop,
    AverageAtLeast,
    AverageBelow,
    Clicked,
    Comment,
    ContactRules,
    End,
    GoTo,
    MoveDealTo,
    OpenDeal,
    OpenTask,
    Person,
    Question,
    Rule,
    Say,
    Scenario,
    SilentFor,
    Start,
    Step,
    Survey,
    Text,
)
from qc_engine.store import cases, outbox, traces
from qc_engine.store.database import Database
from qc_engine.store.tables import EffectRow

CLOSED = datetime.fromisoformat("2026-03-03T12:00:00+05:00")
DUE = CLOSED + timedelta(days=1)
MINUTE = timedelta(minutes=1)
PHONE = "77015551234"
STAGES = {"UC_QUALITY": "Оценка качества", "C7:NEW": "Недовольные клиенты", "WON": "Успешно"}


def scenario_of_two_questions() -> Scenario:
    questions = {
        "quality": Question("quality", Text("Качество от 1 до 10?"), Scale(), "UF_S1"),
        "service": Question("service", Text("Обслуживание от 1 до 10?"), Scale(), "UF_S2"),
    }
    survey = Survey(("quality", "service"), "UF_AVG", Text("Напишите число от 1 до 10."))
    head = Person("head")
    happy = (Say(Text("Спасибо! {review_links}")), GoTo("review"))
    unhappy = (
        Say(Text("Мы признательны Вам.")),
        MoveDealTo("WON"),
        OpenDeal("Недовольный клиент: {client_name}", "C7:NEW", head),
        OpenTask("Разобраться с оценкой {average}", "{words|нет слов}", head, timedelta(days=1)),
        End("unhappy"),
    )
    rules = (
        Rule("клиент доволен", (AverageAtLeast(Decimal(8)),), happy, 12),
        Rule("клиент недоволен", (AverageBelow(Decimal(8)),), unhappy, 16),
        Rule("нет ответа", (SilentFor(timedelta(days=2)),), (End("unanswered"),), 25),
    )
    ask = Step("ask", (MoveDealTo("UC_QUALITY"), survey), rules)
    review = Step("review", (), (Rule("открыл ссылку", (Clicked(),), (Comment("Открыл"), End("happy")), 30),))
    return Scenario(
        name="post_visit",
        title="Опрос после визита",
        version="0123456789abcdef",
        start=Start("FINAL_INVOICE", timedelta(days=1), timedelta(days=3)),
        contact=ContactRules(time(21), time(9), timedelta(days=30), timedelta(hours=2)),
        questions=questions,
        steps={"ask": ask, "review": review},
        anytime=(Rule("просил не писать", (AskedToStop(),), (End("opted_out"),), 8),),
    )


def waiting(**changes: Any) -> Case:
    case = Case(
        id="K7Q2W9XR",
        deal_id=4312,
        deal_title="Замена шин",
        scenario="post_visit",
        version="0123456789abcdef",
        round=1,
        state=State.WAITING,
        step="",
        entered_at=CLOSED,
        step_at=CLOSED,
        deal_stage="FINAL_INVOICE",
        client=Client(PHONE),
        branch=Branch("На Абая", "Asia/Almaty", 101, 201),
        client_name="Айгуль",
        contact_id=77,
        wake_at=DUE,
    )
    return replace(case, **changes)


class Life:
    """Feeds one case as the engine does: decide, then save case, effects and trace together."""

    def __init__(self, session: Session, case: Case) -> None:
        self.session, self.id, self.now = session, case.id, DUE
        self.scenario = scenario_of_two_questions()
        cases.create(session, case, "answer-code", CLOSED)

    @property
    def case(self) -> Case:
        case = cases.get(self.session, self.id)
        assert case is not None
        return case

    def on(self, event: Event, after: timedelta = MINUTE) -> None:
        self.now += after
        before = self.case
        decision = decide(before, event, self.scenario, self.now)
        if decision.cancel:
            keep = [one.key for one in decision.effects]
            outbox.cancel_planned(self.session, before.id, decision.cancel, keep, self.now)
        for planned in decision.effects:
            outbox.add(self.session, before, planned, self.now)
        traces.add(self.session, before, decision, event, self.now)
        cases.save(self.session, before, decision.case, self.now)
        self.session.flush()

    def begin(self) -> None:
        self.on(TimerDue(self.id, self.now), timedelta())

    def effect(self, number: int) -> EffectRow:
        """The effects in the order in which they were planned; -1 is the last."""
        return outbox.of_case(self.session, self.id)[number]

    def attempt(self, number: int) -> EffectRow:
        """Claimed, as before a call of the vendor."""
        row = self.effect(number)
        outbox.claim(row, self.now, timedelta(minutes=2))
        return row

    def arrives(self, number: int, result: str = "") -> EffectRow:
        row = self.attempt(number)
        outbox.settle(row, outbox.DONE, self.now, result=result)
        self.session.flush()
        if row.payload.get("question"):
            self.on(EffectDone(row.key, result, self.now), timedelta())
        return row


Born = Callable[..., Life]


@pytest.fixture
def session(sqlite_database: Database) -> Iterator[Session]:
    with sqlite_database.transaction() as session:
        yield session


@pytest.fixture
def born(session: Session) -> Born:
    """A case at the moment when its day has passed; fields may be given."""
    return lambda **changes: Life(session, waiting(**changes))
