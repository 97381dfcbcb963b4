"""Facts follow their cases in one transaction, and an upgrade finds the same facts for old cases."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import select

from qc_engine.clock import FixedClock
from qc_engine.core.case import Branch, Case, Client, OpenQuestion, State
from qc_engine.core.events import AnswerReceived
from qc_engine.core.figures.tally import Tally, together
from qc_engine.core.review.checking import ClickedPage, ReviewAnswer, ReviewCheck
from qc_engine.ports import Arrival
from qc_engine.store import casebook, cases, schema, scores, tallies
from qc_engine.store.casebook import Sought
from qc_engine.store.database import Database
from qc_engine.store.fact_tables import FactRow, ScoreRow
from qc_engine.store.tallies import Wanted
from tests.conftest import NOON
from tests.flow.fakes import PHONE, Flow

LATE = datetime(2026, 3, 2, 20, 30, tzinfo=UTC)  # the third of March in Almaty
HERE = Branch("На Абая", "Asia/Almaty", 101, 201)
QUESTION = OpenQuestion("quality", "K:1:0")


def case_of(case_id: str = "K7Q2", **changes: Any) -> Case:
    plain = Case(
        case_id, 7, "Заказ", "visit", "v1", 1, State.ACTIVE, "ask", NOON, NOON, "S", Client(PHONE), HERE,
    )  # fmt: skip
    return replace(plain, **changes)


def saved(database: Database, before: Case, now: datetime = NOON, **changes: Any) -> Case:
    with database.transaction() as session:
        return cases.save(session, before, replace(before, **changes), now)


def begun(database: Database, **changes: Any) -> Case:
    case = case_of(**changes)
    with database.transaction() as session:
        cases.create(session, case, "", NOON)
    return case


def fact(database: Database, case_id: str = "K7Q2") -> FactRow | None:
    with database.reading() as session:
        return session.get(FactRow, case_id)


def given_to(database: Database) -> dict[str, tuple[int, int]]:
    with database.reading() as session:
        rows = session.exec(select(ScoreRow)).all()
    return {row.question: (row.value_in_thousandths, row.mark) for row in rows}


def test_a_case_counts_when_its_first_question_has_left(database: Database) -> None:
    case = begun(database)
    case = saved(database, case, question=QUESTION)
    assert fact(database) is None, "it is not known to have left"
    case = saved(database, case, question=replace(QUESTION, asked_at=LATE))
    row = fact(database)
    assert row is not None
    assert (row.asked_at, row.day, row.weekday) == (LATE, date(2026, 3, 3), 1)
    assert (row.average_in_thousandths, row.mark, row.clicked, row.review_day) == (None, None, False, None)
    saved(database, case, question=replace(QUESTION, asked_at=LATE + timedelta(days=2)))
    again = fact(database)
    assert again is not None
    assert again.day == date(2026, 3, 3), "asked again it is asked once"


def test_a_case_of_our_own_people_counts_nowhere(database: Database) -> None:
    case = begun(database, is_test=True)
    case = saved(database, case, question=replace(QUESTION, asked_at=LATE))
    saved(database, case, scores={"quality": Decimal(2)}, review="found")
    assert (fact(database), given_to(database)) == (None, {})


def test_scores_and_what_followed(database: Database) -> None:
    case = begun(database, question=replace(QUESTION, asked_at=NOON), values={"employee": " Ким\tА. "})
    case = saved(database, case, scores={"quality": Decimal("7.5")})
    case = saved(database, case, scores={"quality": Decimal("8"), "service": Decimal("9")}, question=None)
    assert given_to(database) == {"quality": (8000, 8), "service": (9000, 9)}
    case = saved(database, case, clicked=(ClickedPage("yandex", "https://y.example", NOON),))
    row = fact(database)
    assert row is not None
    assert (row.average_in_thousandths, row.mark, row.clicked, row.employee) == (8500, 8, True, "Ким А.")
    said = ReviewCheck(NOON, said=(ReviewAnswer("found", LATE + timedelta(days=7), "page"),))
    case = saved(database, case, check=said, review="found")
    case = saved(database, case, now=NOON + timedelta(days=30), values={"service": "Шиномонтаж"})
    row = fact(database)
    assert row is not None
    assert (row.review_day, row.employee, row.service) == (date(2026, 3, 10), "", "Шиномонтаж")
    case = saved(database, case, review="vanished", scores={"quality": Decimal("3")})
    row = fact(database)
    assert row is not None
    assert (row.review_day, row.mark, given_to(database)) == (None, 3, {"quality": (3000, 3)})


def test_who_answered_was_asked(database: Database) -> None:
    """Also when the channel never told that the question had left."""
    saved(database, begun(database), scores={"quality": Decimal(9)})
    row = fact(database)
    assert row is not None
    assert row.asked_at == NOON


def test_facts_go_back_with_their_transaction(database: Database) -> None:
    case = begun(database)

    def breaks() -> None:
        with database.transaction() as session:
            cases.save(session, case, replace(case, scores={"quality": Decimal(9)}), NOON)
            raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        breaks()
    assert fact(database) is None


# --- old cases --------------------------------------------------------------------------------


def everything(database: Database) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    with database.reading() as session:
        facts = session.exec(select(FactRow).order_by(FactRow.case_id)).all()
        given = session.exec(select(ScoreRow).order_by(ScoreRow.case_id, ScoreRow.question)).all()
    return [row.model_dump() for row in facts], [row.model_dump() for row in given]


def test_an_upgrade_counts_what_was_there_before(database: Database) -> None:
    flow = Flow(database, FixedClock(NOON))
    for deal, words in ((1, ("9", "10")), (2, ("4",)), (3, ())):
        flow.close_order(deal, f"7701555000{deal}")
        flow.later(days=1)
        for text in words:
            flow.clock.advance(timedelta(minutes=5))
            number = int(flow.clock.now().timestamp())
            said = AnswerReceived(f"7701555000{deal}", text, flow.clock.now(), number)
            flow.arrive(Arrival(f"inbox:{number}", said))
            flow.settle()
    live = everything(database)
    assert [one["mark"] for one in live[0]] == [9, 4, None]
    schema.downgrade(database, "0011")
    schema.upgrade(database)
    assert everything(database) == live


# --- what is counted --------------------------------------------------------------------------

DAY = date(2026, 3, 2)  # a Monday
EVERY = [(branch, day, mark) for branch in ("Абая", "Центр") for day in range(14) for mark in (None, 5, 9)]
CLICKED = 9


@pytest.fixture
def shop(database: Database) -> Database:
    """Two branches, two weeks; each day one who is silent, one who gives 5 and one who gives 9 and 9.5."""
    with database.transaction() as session:
        for number, (branch, later, mark) in enumerate(EVERY):
            at = datetime(2026, 3, 2, 6, tzinfo=UTC) + timedelta(days=later)
            given = (
                {} if mark is None else {"quality": Decimal(mark), "service": Decimal(mark) + Decimal("0.5")}
            )
            case = case_of(
                f"C{number:03}", deal_id=number, branch=replace(HERE, name=branch), scores=given,
                question=replace(QUESTION, asked_at=at), values={"employee": "Ким" if mark == 5 else ""},
                clicked=(ClickedPage("yandex", "", at),) if mark == CLICKED else (),
            )  # fmt: skip
            cases.create(session, case, "", at)
    return database


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (Wanted(), 84),
        (Wanted(since=DAY, until=DAY), 6),
        (Wanted(since=DAY + timedelta(days=13)), 6),
        (Wanted(portal="main", branch="Абая"), 42),
        (Wanted(portal="astana", branch="Абая"), 0),
        (Wanted(reached="answered"), 56),
        (Wanted(reached="silent"), 28),
        (Wanted(reached="clicked"), 28),
        (Wanted(reached="reviewed"), 0),
        (Wanted(weekday=0), 12),
        (Wanted(employee="Ким"), 28),
        (Wanted(employee=""), 56),
        (Wanted(mark=9), 28),
        (Wanted(question="service"), 56),
        (Wanted(question="service", mark=5), 28),
        (Wanted(question="other"), 0),
        (Wanted(scenario="visit", weekday=6, mark=5), 4),
        (Wanted(employee="' OR 1=1 --"), 0),
    ],
)
def test_every_number_is_the_length_of_its_list(shop: Database, wanted: Wanted, count: int) -> None:
    with shop.reading() as session:
        for mine in (None, [("main", "Абая"), ("main", "Центр")]):
            days = tallies.by_day(session, wanted, mine, DAY)
            served = tallies.by_employee(session, wanted, mine, DAY)
            listed = casebook.page(session, Sought(figure=wanted), mine, limit=200)
            assert sum(row[3].asked for row in days) == count
            assert sum(one.asked for one in served.values()) == count
            assert sum(row[3].asked for row in tallies.by_weekday(session, wanted, mine, DAY)) == count
            assert sum(scores.by_mark(session, wanted, mine).values()) == sum(row[3].answered for row in days)
            assert casebook.count(session, Sought(figure=wanted), mine) == len(listed) == count


def test_a_tally(shop: Database) -> None:
    with shop.reading() as session:
        rows = tallies.by_day(
            session, Wanted(until=DAY + timedelta(days=1)), [("main", "Центр")], settled=DAY
        )
    assert [row[:3] for row in sorted(rows)] == [
        ("main", "Центр", DAY),
        ("main", "Центр", DAY + timedelta(days=1)),
    ]
    squares = 5250**2 + 9250**2
    assert together(row[3] for row in rows) == Tally(6, 4, 3, 2, 29_000, 2 * squares, 2, 0)


def test_scores_by_question_and_mark(shop: Database) -> None:
    with shop.reading() as session:
        rows = scores.by_question(session, Wanted(since=DAY, until=DAY), None)
        nobody = scores.by_question(session, Wanted(), [])
    found = [(row.question, row.count, row.total, row.marks) for row in rows]
    assert found == [("quality", 4, 28_000, {5: 2, 9: 2}), ("service", 4, 30_000, {5: 2, 9: 2})]
    assert nobody == []


def test_nothing_of_another_branch(shop: Database) -> None:
    with shop.reading() as session:
        mine = [("main", "Центр")]
        assert {row[1] for row in tallies.by_day(session, Wanted(), mine, DAY)} == {"Центр"}
        assert casebook.count(session, Sought(figure=Wanted(branch="Абая", portal="main")), mine) == 0
        assert tallies.by_service(session, Wanted(), [], DAY) == {}
