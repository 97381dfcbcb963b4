"""Rollups may be late and are never wrong: at every moment the numbers are those of the facts themselves."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlmodel import col, delete, select, update

from qc_engine.clock import FixedClock
from qc_engine.core.case import Branch, Case, Client, OpenQuestion, State
from qc_engine.core.figures.tally import together
from qc_engine.core.review.checking import ClickedPage
from qc_engine.flow.rolling import all_again, roll_up
from qc_engine.store import cases, copying, erasure, recounting, rollups, scores, tallies
from qc_engine.store.database import Database
from qc_engine.store.fact_tables import FactRow, ScoreRow
from qc_engine.store.rollup_tables import DayRollup, QuestionRollup, ServedRollup
from qc_engine.store.tables import CaseRow, ClientRow
from qc_engine.store.tallies import Wanted
from tests.conftest import NOON

BEGINS = datetime(2026, 1, 29, 6, tzinfo=UTC)  # at the end of a month
TODAY = date(2026, 4, 1)
IN_FEBRUARY, IN_MARCH = date(2026, 2, 18), date(2026, 3, 10)  # up to which days are settled
PHONE = "77015550000"
NAMES = ("Абая", "Центр")
PLACES = [("main", name) for name in NAMES]
WEEK = timedelta(days=7)
ZONES = ("Asia/Almaty", "Pacific/Honolulu")  # another day for the same moment
LOOKS = [
    (Wanted(), None, IN_MARCH),
    (Wanted(since=date(2026, 1, 30), until=date(2026, 2, 28)), PLACES[:1], IN_MARCH),
    (Wanted(), PLACES, IN_FEBRUARY),
    (Wanted(since=date(2026, 2, 1), until=date(2026, 3, 2), branch="Центр", portal="main"), PLACES, IN_MARCH),
    (Wanted(scenario="visit"), None, IN_FEBRUARY),
]


def case_of(number: int, branch: str = NAMES[0], **changes: Any) -> Case:
    at = BEGINS + timedelta(days=number * 2)
    plain = Case(
        f"C{number:03}", number, "Заказ", "visit", "v1", 1, State.ACTIVE, "ask", at, at, "S",
        Client(f"{PHONE[:-3]}{number:03}"), Branch(branch, ZONES[0], 101, 201),
        question=OpenQuestion("quality", "K:1:0", asked_at=at),
    )  # fmt: skip
    return replace(plain, **changes)


def numbers(database: Database, wanted: Wanted, mine: Any = None, settled: date = IN_MARCH) -> list[Any]:
    with database.reading() as session:
        by = [
            sorted(each(session, wanted, mine, settled)) for each in (tallies.by_day, tallies.by_weekday)
        ] + [
            sorted(each(session, wanted, mine, settled).items())
            for each in (tallies.by_employee, tallies.by_service)
        ]
        return [*by, scores.by_mark(session, wanted, mine), scores.by_question(session, wanted, mine)]


def of_facts(database: Database, wanted: Wanted, mine: Any, settled: date) -> list[Any]:
    """The same numbers, and no rollup is asked."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Wanted, "is_plain", False)
        return numbers(database, wanted, mine, settled)


def agree(database: Database, *looks: tuple[Wanted, Any, date]) -> None:
    for look in looks or LOOKS:
        assert numbers(database, *look) == of_facts(database, *look), look


def rolled(database: Database, until: date = TODAY) -> int:
    """How many days had news."""
    for count in range(100):
        with database.transaction() as session:
            if not rollups.roll(session, until):
                return count
    raise AssertionError("it does not end")


def rows(database: Database, table: Any) -> list[Any]:
    with database.reading() as session:
        found = [row.model_dump() for row in session.exec(select(table)).all()]
    return sorted(found, key=lambda row: [str(row[one.name]) for one in table.__table__.primary_key])


def saved(database: Database, before: Case, **changes: Any) -> Case:
    with database.transaction() as session:
        return cases.save(session, before, replace(before, **changes), NOON)


def begun(database: Database, *made: Case) -> None:
    with database.transaction() as session:
        for case in made:
            cases.create(session, case, "", NOON)


# --- any history ------------------------------------------------------------------------------


class Lived:
    """Cases are asked, rated and renamed, late and early; rollups follow now and then, or break half-way."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.transaction() as session:
            tables: list[Any] = [*rollups.TABLES, FactRow, ScoreRow, CaseRow, ClientRow]
            for table in tables:
                session.execute(delete(table))
        self.cases = [
            case_of(
                number,
                NAMES[number % 2],
                values={"employee": ("", "Ким")[number // 2 % 2]},
                question=OpenQuestion("quality", "K:1:0", asked_at=BEGINS + WEEK * number),
            )
            for number in range(8)
        ]
        begun(database, *self.cases)

    def rate(self, number: int, chance: Random) -> None:
        asked = chance.sample(("quality", "price"), chance.randrange(3))
        given = {name: Decimal(chance.randrange(20)) / 2 for name in asked}
        self.change(number, scores=given, values={"service": chance.choice(("", "Ремонт"))})

    def follow(self, number: int, chance: Random) -> None:
        pages = (ClickedPage("yandex", "", NOON),) * chance.randrange(2)
        self.change(number, clicked=pages, review=chance.choice(("found", "vanished", "")))

    def rename(self, number: int, chance: Random) -> None:
        """The branch has another name, or is in another zone, or the case belongs to another scenario."""
        branch = Branch(chance.choice(NAMES), chance.choice(ZONES), 101, 201)
        self.change(number, branch=branch, scenario=chance.choice(("visit", "other")))

    def erase(self, number: int, _: Random) -> None:
        with self.database.transaction() as session:
            erasure.erase(session, self.cases[number].client.phone or "nobody", NOON)
        with self.database.reading() as session:
            self.cases[number] = cases.get(session, self.cases[number].id) or self.cases[number]

    def roll(self, number: int, _: Random) -> None:
        with self.database.transaction() as session:
            rollups.roll(session, (BEGINS + WEEK * number).date())

    def roll_all(self, _: int, __: Random) -> None:
        rolled(self.database)

    def add_up_again(self, _: int, __: Random) -> None:
        all_again(self.database)

    def break_half_way(self, _: int, __: Random) -> None:
        def breaks() -> None:
            with self.database.transaction() as session:
                rollups.roll(session, TODAY)
                raise RuntimeError("the power went")

        with pytest.raises(RuntimeError):
            breaks()

    def change(self, number: int, **changes: Any) -> None:
        self.cases[number] = saved(self.database, self.cases[number], **changes)


OFTEN = ("rate", "follow", "rename", "roll_all", "roll_all", "roll")
ACTS = st.tuples(
    st.sampled_from((*OFTEN, *OFTEN, "erase", "add_up_again", "break_half_way")),
    st.integers(0, 7),
    st.integers(0, 99),
)


def test_any_history(database: Database) -> None:
    few = settings(
        max_examples=5 if database.is_sqlite else 2, deadline=None, phases=[Phase.generate], derandomize=True,
        database=None, suppress_health_check=list(HealthCheck),
    )  # fmt: skip

    @few
    @given(history=st.lists(ACTS, min_size=12, max_size=20))
    def lives(history: list[tuple[str, int, int]]) -> None:
        lived = Lived(database)
        for turn, (act, number, seed) in enumerate(history):
            getattr(lived, act)(number, Random(seed))
            agree(database, LOOKS[turn % len(LOOKS)])
        agree(database, *LOOKS[:3])
        rolled(database)
        agree(database)
        with database.reading() as session:
            assert recounting.differing(session) == []

    lives()


# --- what happens at the same time ------------------------------------------------------------


def test_news_that_come_while_a_day_is_added_up(database: Database) -> None:
    """On a server the two really meet; a file has one writer."""
    case = case_of(1, scores={"quality": Decimal(5)})
    begun(database, case, case_of(2))
    if database.is_sqlite:
        return
    with database.transaction() as rolling:
        assert rollups.roll(rolling, TODAY) == 1
        with database.transaction() as session:
            assert rollups.roll(session, TODAY) == 0, "one at a time"
        begun(database, case_of(1, id="LATE", deal_id=99))
    assert [row["asked"] for row in rows(database, DayRollup) if not row["is_month"]] == [1]
    agree(database)
    assert rolled(database) == 2
    agree(database)


def test_who_saves_a_case_that_is_being_rolled(database: Database) -> None:
    """The row was read as one that no rollup knows; when it is written, a rollup does."""
    case = case_of(1)
    begun(database, case)
    if database.is_sqlite:
        return
    with database.transaction() as session:
        row = session.get_one(FactRow, case.id)
        assert not row.rolled
        assert rolled(database) == 1
        cases.save(session, case, replace(case, scores={"quality": Decimal(9)}), NOON)
    agree(database)
    assert rows(database, FactRow)[0]["rolled"] is False


def test_a_case_that_is_being_saved_is_not_waited_for(database: Database) -> None:
    case = case_of(1)
    begun(database, case)
    if database.is_sqlite:
        return
    with database.transaction() as session:
        cases.save(session, case, replace(case, scores={"quality": Decimal(9)}), NOON)
        assert rolled(database) == 0
    agree(database)
    assert rolled(database) == 1


# --- the rest ---------------------------------------------------------------------------------


def test_what_a_rollup_holds(database: Database) -> None:
    begun(
        database,
        case_of(1, scores={"quality": Decimal("7.5")}, values={"employee": "Ким"}),
        case_of(1, id="C900", deal_id=900, scores={"quality": Decimal(9)}),
        case_of(2, NAMES[1]),
    )
    assert rolled(database) == 2
    days = {(row["is_month"], f"{row['day']}", row["branch"]): row for row in rows(database, DayRollup)}
    assert days.keys() == {
        (False, "2026-01-31", "Абая"), (True, "2026-01-01", "Абая"),
        (False, "2026-02-02", "Центр"), (True, "2026-02-01", "Центр"),
    }  # fmt: skip
    day = days[False, "2026-01-31", "Абая"]
    assert [day[name] for name in ("asked", "answered", "total", "squares", "weekday")] == [
        2, 2, 16_500, 7500**2 + 9000**2, 5,
    ]  # fmt: skip
    assert {name: count for name, count in day.items() if name.startswith("mark") and count} == {
        "mark_7": 1,
        "mark_9": 1,
    }
    served = {(row["kind"], row["name"], row["asked"]) for row in rows(database, ServedRollup)}
    assert served == {("employee", "Ким", 1), ("employee", "", 1), ("service", "", 2), ("service", "", 1)}
    questions = {(row["is_month"], row["scores"], row["example"]) for row in rows(database, QuestionRollup)}
    assert questions == {(False, 2, "C900"), (True, 2, "C900")}


def test_the_engine_leaves_the_last_days(sqlite_database: Database) -> None:
    """Most answers come within them; a rollup would be made again and again."""
    begun(sqlite_database, case_of(1), case_of(10))  # 31 January, 18 February
    for now, done in ((20, 1), (20, 0), (21, 1), (25, 0)):
        assert roll_up(sqlite_database, FixedClock(datetime(2026, 2, now, tzinfo=UTC))) == done


def test_rollups_move_along_with_their_facts(
    database: Database, sqlite_database: Database, tmp_path: Any
) -> None:
    begun(database, case_of(1, scores={"quality": Decimal(9)}), case_of(2))
    rolled(database)
    with_news = saved(database, case_of(2), scores={"quality": Decimal(4)})
    assert with_news.scores
    other = Database(f"sqlite:///{tmp_path}/moved.db")
    copying.copy(database, other)
    for table in (DayRollup, ServedRollup, QuestionRollup):
        assert rows(other, table) == rows(database, table)
    assert numbers(other, Wanted()) == numbers(database, Wanted())
    agree(other)
    assert rolled(other) == 1
    other.close()


def test_a_rollup_that_is_wrong_is_found(database: Database) -> None:
    begun(database, *(case_of(number, scores={"quality": Decimal(9)}) for number in range(16)))
    rolled(database)
    with database.reading() as session:
        assert recounting.differing(session) == []
    with database.transaction() as session:
        session.execute(update(QuestionRollup).where(~col(QuestionRollup.is_month)).values(total=1))
    with database.reading() as session:
        assert recounting.differing(session) == [date(2026, 1, 1), date(2026, 2, 1)]
    with database.transaction() as session:  # of days of which there are no facts
        session.execute(delete(FactRow).where(col(FactRow.day) > date(2026, 2, 10)))
        session.execute(delete(ScoreRow).where(col(ScoreRow.day) > date(2026, 2, 10)))
    assert all_again(database) == 18, "16 days, and the first of each month"
    agree(database)
    with database.reading() as session:
        assert recounting.differing(session) == []


def test_nothing_was_ever_asked(database: Database) -> None:
    assert rolled(database) == 0
    agree(database)
    with database.reading() as session:
        assert recounting.differing(session) == []
        assert together(row[3] for row in tallies.by_day(session, Wanted(), None, TODAY)).asked == 0
