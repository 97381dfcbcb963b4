"""What the survey's page reads from the database, of either kind."""

from collections.abc import Callable
from dataclasses import replace
from datetime import time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import Session, select

from qc_engine.clock import FixedClock
from qc_engine.core.answers.reading import Scale
from qc_engine.core.case import Branch, Case, Client, State
from qc_engine.core.draft import Planned
from qc_engine.core.effects import AddComment, SendMessage
from qc_engine.core.events import FormAnswered
from qc_engine.core.scenario import COMMENT, ContactRules, Question, Scenario, Start, Step, Survey, Text
from qc_engine.ports import Arrival
from qc_engine.store import cases, inbox, outbox
from qc_engine.store.database import Database
from qc_engine.store.tables import InboxRow
from qc_engine.web.pages.survey.view import MOST_ANSWERS, Stands, SurveyView, survey_view

CODE = "abcdefghijkmnopqrstuvw"
PHONE, NAME, TITLE = "77015551234", "Айгуль Сериккызы", "Заказ 4312, Айгуль Сериккызы"
QUALITY = "Здравствуйте, {client_name|уважаемый клиент}! Вы были у нас: {branch}.\nОцените работу ({deal_title|визит})."


def scenario() -> Scenario:
    texts = {
        "quality": QUALITY,
        "service": "А обслуживание?",
        "why": "Вы поставили {score_quality|мало}. Почему?",
    }
    questions = {
        name: Question(name, Text(text), Scale(1, 10) if name != "service" else Scale(0, 5))
        for name, text in texts.items()
    }
    questions["why"] = replace(questions["why"], kind=COMMENT)
    rules = ContactRules(time(21), time(9), timedelta(days=30), timedelta(hours=2))
    steps = {
        "ask": Step("ask", (Survey(("quality", "service", "why")),), ()),
        "after": Step("after", (), ()),
    }
    start = Start("NEW", timedelta(days=1), timedelta(days=3))
    return Scenario("visit", "Опрос", "v1", start, rules, questions, steps)


@pytest.fixture
def case(clock: FixedClock) -> Case:
    now = clock.now()
    return Case(
        id="K7Q2K7Q2", deal_id=4312, deal_title=TITLE, scenario="visit", version="v1", round=1,
        state=State.ACTIVE, step="ask", entered_at=now, step_at=now, deal_stage="NEW",
        client=Client(PHONE), branch=Branch("На Абая", "Asia/Almaty", 101, 201), client_name=NAME,
        answer_url="https://qc.example/a/secret", words=("мои слова",),
    )  # fmt: skip


Write = Callable[[Session], Any]


@pytest.fixture
def seen(database: Database, clock: FixedClock) -> Callable[..., SurveyView | None]:
    """seen(case, write, ...) stores the case, lets each `write` happen, and looks at the page."""

    def look(case: Case, *writes: Write, code: str = CODE) -> SurveyView | None:
        with database.transaction() as session:
            cases.create(session, case, "answer", clock.now(), survey_code=CODE)
            for write in writes:
                write(session)
        with database.reading() as session:
            return survey_view(session, lambda _session, _case: scenario(), code, "kk")

    return look


def said(case: Case, clock: FixedClock, text: str, number: int = 1, **more: Any) -> Write:
    message = SendMessage(PHONE, text, **{"purpose": "reply", "channel": "form", **more})
    return lambda session: outbox.add(session, case, Planned(f"{case.id}:9:{number}", message), clock.now())


def answered(
    case_id: str, clock: FixedClock, result: str | None = None, number: int = 1, code: str = "7"
) -> Write:
    """An answer in the inbox; without a result nobody has handled it yet."""

    def write(session: Session) -> None:
        arrival = Arrival(f"form:{case_id}:{code}:{number}", FormAnswered(case_id, {"": "x"}, clock.now()))
        assert inbox.add(session, "web", arrival, clock.now())
        if result:
            row = session.exec(select(InboxRow).where(InboxRow.key == arrival.key)).one()
            inbox.finish(row, result, "", clock.now(), case_id if result == "applied" else "")

    return write


def names(view: SurveyView | None) -> list[str]:
    assert view is not None
    return [one.name for one in view.questions]


# --- the questions ---


def test_open_questions(case: Case, seen: Callable[..., SurveyView | None]) -> None:
    view = seen(replace(case, rev=7))
    assert view is not None
    assert (view.case_id, view.stands, view.branch, view.language) == (case.id, Stands.OPEN, "На Абая", "kk")
    assert view.rev == 7
    assert [(one.name, one.scored, one.lowest, one.highest) for one in view.questions] == [
        ("quality", True, 1, 10),
        ("service", True, 0, 5),
        ("why", False, 1, 10),
    ]
    assert view.questions[0].text == (
        "Здравствуйте, уважаемый клиент! Вы были у нас: На Абая.\nОцените работу (визит)."
    )


@pytest.mark.parametrize(
    ("language", "first", "second"),
    [("kk", "Қызмет қалай? 3 наурыз", "Жұмыс"), ("en", "А обслуживание? 3 марта", "Работа"), ("", "А обслуживание? 3 марта", "Работа")],
)  # fmt: skip
def test_questions_in_the_clients_language(
    case: Case, database: Database, clock: FixedClock, language: str, first: str, second: str
) -> None:
    """Where the scenario has not written it, in the scenario's own; dates follow the text, not the client."""
    day = "{entered_date:day_month}"
    two = {
        "service": Text(f"А обслуживание? {day}", languages={"kk": Text(f"Қызмет қалай? {day}")}),
        "quality": Text("Как работа?"),
    }
    questions = {name: replace(scenario().questions[name], text=text) for name, text in two.items()}
    questions["quality"] = replace(
        questions["quality"], on_page=Text("Работа", languages={"kk": Text("Жұмыс")})
    )
    steps = {"ask": Step("ask", (Survey(("service", "quality")),), ())}
    spoken = replace(scenario(), questions=questions, steps=steps)
    with database.transaction() as session:
        cases.create(session, replace(case, language=language), "answer", clock.now(), survey_code=CODE)
    with database.reading() as session:
        view = survey_view(session, lambda _session, _case: spoken, CODE, "ru")
    assert view is not None
    assert [one.text for one in view.questions] == [first, second]
    assert view.speaks == language


def test_nothing_personal_is_shown(
    case: Case, clock: FixedClock, seen: Callable[..., SurveyView | None]
) -> None:
    view = seen(case, said(case, clock, f"Спасибо, {NAME}!"))
    for secret in (NAME, "Сериккызы", PHONE, PHONE[-4:], "4312", "мои слова", "secret"):
        assert secret not in repr(view)


@pytest.mark.parametrize(
    ("changes", "open_names", "stands"),
    [
        ({"scores": {"quality": Decimal(9)}}, ["service", "why"], Stands.OPEN),
        ({"scores": {"quality": Decimal(9), "service": Decimal(1)}}, ["why"], Stands.OPEN),
        ({"scores": {"service": Decimal(1)}, "comments": {"why": ""}}, ["quality"], Stands.OPEN),
        ({"step": "after"}, [], Stands.CLOSED),
        ({"step": "", "state": State.WAITING}, [], Stands.CLOSED),
        ({"state": State.ENDED}, [], Stands.CLOSED),
    ],
)
def test_what_is_still_asked(
    case: Case,
    seen: Callable[..., SurveyView | None],
    changes: dict[str, Any],
    open_names: list[str],
    stands: Stands,
) -> None:
    view = seen(replace(case, **changes))
    assert names(view) == open_names
    assert view is not None
    assert view.stands == stands
    assert {one.name for one in view.others} == {"quality", "service", "why"} - set(open_names)


def test_who_wants_no_questions_sees_none(
    case: Case, clock: FixedClock, seen: Callable[..., SurveyView | None]
) -> None:
    view = seen(replace(case, client=Client(PHONE, opted_out_at=clock.now())))
    assert view is not None
    assert (view.stands, view.opted_out, names(view)) == (Stands.CLOSED, True, [])


@pytest.mark.parametrize(
    "code", ["", "unknown", CODE.upper(), CODE[:-1], "\x00", "%", "я", "x" * 5000, "answer"]
)
def test_unknown_codes(case: Case, seen: Callable[..., SurveyView | None], code: str) -> None:
    assert seen(case, code=code) is None


def test_a_case_without_a_page_is_found_by_no_code(database: Database, case: Case, clock: FixedClock) -> None:
    with database.transaction() as session:
        cases.create(session, case, "answer", clock.now())
    with database.reading() as session:
        assert survey_view(session, lambda _session, _case: scenario(), "", "ru") is None


# --- after an answer ---


@pytest.mark.parametrize(
    ("of", "result", "stands"),
    [
        ("K7Q2K7Q2", None, Stands.WAITING),
        ("K7Q2K7Q2", "applied", Stands.OPEN),
        ("K7Q2K7Q2", "quarantined", Stands.WAITING),
        ("ANOTHER2", None, Stands.OPEN),
        ("ANOTHER2", "quarantined", Stands.OPEN),
    ],
)
def test_waiting(
    case: Case,
    clock: FixedClock,
    seen: Callable[..., SurveyView | None],
    of: str,
    result: str | None,
    stands: Stands,
) -> None:
    view = seen(case, answered(of, clock, result))
    assert view is not None
    assert view.stands == stands


def test_what_we_said(case: Case, clock: FixedClock, seen: Callable[..., SurveyView | None]) -> None:
    def cancelled(session: Session) -> None:
        row = outbox.of_key(session, f"{case.id}:9:5")
        assert row is not None
        outbox.settle(row, outbox.CANCELLED, clock.now())

    comment = Planned(f"{case.id}:9:8", AddComment(4312, "form"))
    view = seen(
        replace(case, step="after"),
        said(case, clock, f"Спасибо, {NAME}!", 1),
        said(case, clock, "По SMS", 2, channel="sms"),
        said(case, clock, "В чате", 3, channel=""),
        said(case, clock, "А обслуживание?", 4, purpose="question"),
        said(case, clock, "Отменено", 5),
        said(case, clock, "До встречи", 6, purpose="farewell"),
        lambda session: outbox.add(session, case, comment, clock.now()),
        cancelled,
    )
    assert view is not None
    assert (view.stands, list(view.said)) == (Stands.ANSWERED, ["Спасибо, Айгуль!", "До встречи"])


def test_a_flood_is_not_taken(case: Case, clock: FixedClock, seen: Callable[..., SurveyView | None]) -> None:
    heard = [answered(case.id, clock, "applied", number) for number in range(MOST_ANSWERS - 1)]
    view = seen(case, *heard, answered(case.id, clock, None, MOST_ANSWERS))
    assert view is not None
    assert view.full


def test_many_answers_of_others_do_not_matter(
    case: Case, clock: FixedClock, seen: Callable[..., SurveyView | None]
) -> None:
    view = seen(case, *[answered("ANOTHER2", clock, None, number) for number in range(MOST_ANSWERS)])
    assert view is not None
    assert not view.full
