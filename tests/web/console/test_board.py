"""The board: where cases stand, what each of them waits for, and that its numbers are those of the lists."""

import html
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event
from starlette.testclient import TestClient

from qc_engine.store import board, casebook
from qc_engine.store.board import MOST_CARDS, Stand
from qc_engine.store.casebook import NO_OUTCOME, Sought
from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow
from qc_engine.web.console.policy import Role
from tests.conftest import NOON
from tests.flow.fakes import BRANCH
from tests.web.console.house import ANSWERED, FAILED, OVERDUE, UNCERTAIN, UNCLEAR, House, phone_of
from tests.web.console.test_case_acts import press

CHOOSE = "/console/cases?view=board"
PATH = f"{CHOOSE}&scenario=tyre_centre"
PLACES = [
    ("waiting", "", ""), ("active", "ask", ""), ("active", "ask", ""), ("active", "old", ""),
    ("ended", "ask", "happy"), ("ended", "old", "happy"), ("ended", "ask", ""),
]  # fmt: skip


@pytest.fixture
def book(database: Database) -> Database:
    """Seven cases of one scenario, an hour apart, the youngest first; one of another."""
    with database.transaction() as session:
        for number, (state, step, outcome) in enumerate([*PLACES, ("active", "ask", "")]):
            at = NOON - timedelta(hours=number)
            session.add(
                CaseRow(
                    id=f"CASE{number}", deal_id=number, scenario="visit" if number < 7 else "other", round=1,
                    version="v", state=state, step=step, outcome=outcome, portal="main",
                    branch="На Абая" if number % 2 else "Центр", phone=f"7701555123{number}", body={},
                    created_at=at, updated_at=at,
                )
            )  # fmt: skip
    return database


@pytest.mark.parametrize(
    "branches", [None, [], [("main", "Центр")], [("main", "Центр"), ("main", "На Абая")]]
)
@pytest.mark.parametrize(
    "sought", [Sought(), Sought("1"), Sought(since=NOON - timedelta(hours=4)), Sought(step="ask")]
)
def test_every_number_is_that_of_a_list(book: Database, branches: casebook.Branches, sought: Sought) -> None:
    with book.reading() as session:
        found = board.counts(session, sought, branches)
        for stand, count in found.items():
            outcome = (stand.outcome or NO_OUTCOME) if stand.state == "ended" else ""
            narrowed = replace(sought, state=stand.state, step=stand.step or sought.step, outcome=outcome)
            assert casebook.count(session, narrowed, branches) == count, stand
        assert sum(found.values()) == casebook.count(session, sought, branches)


def test_where_they_stand_and_the_oldest_first(book: Database) -> None:
    wanted = Sought(scenario="visit")
    with book.reading() as session:
        assert board.counts(session, wanted, None) == {
            Stand("waiting"): 1, Stand("active", "ask"): 2, Stand("active", "old"): 1,
            Stand("ended", outcome="happy"): 2, Stand("ended"): 1,
        }  # fmt: skip
        rows = board.oldest(session, Stand("active", "ask"), wanted, None)
        assert [row.id for row in rows] == ["CASE2", "CASE1"]
        assert board.oldest(session, Stand("active", "ask"), wanted, [("main", "elsewhere")]) == []


def test_indexes_answer_and_no_case_is_read_for_a_number(sqlite_database: Database) -> None:
    book = sqlite_database
    asked: list[str] = []
    event.listen(book.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    wanted = Sought(scenario="visit")
    with book.reading() as session:
        board.counts(session, wanted, [("main", "Центр")])
        board.oldest(session, Stand("active", "ask"), wanted, None)
        counts, cards = (one for one in asked if "FROM cases" in one)
    with book.engine.connect() as connection:

        def plan(query: str) -> str:
            values = tuple("x" for _ in range(query.count("?")))
            return str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values).all())

        assert "COVERING INDEX ix_cases_stand (scenario=?)" in plan(counts)
        assert "ix_cases_board (scenario=? AND state=? AND step=?)" in plan(cards)
        assert "TEMP B-TREE" not in plan(counts) + plan(cards)


# --- the page ---------------------------------------------------------------------------------


def columns(page: str) -> dict[str, tuple[int, list[str], str]]:
    """By title: the number, the cases, the address of the list."""
    found = {}
    for part in page.split('<section class="column"')[1:]:
        part = part.split("</section>")[0]
        address, title, count = re.search(r'<h2[^>]*><a href="([^"]+)">(.+?) <strong>(\d+)<', part).groups()  # type: ignore[union-attr]
        cards = re.findall(r'id="card-(\w+)"', part)
        found[title] = (int(count), cards, html.unescape(address))
    return found


def listed(client: TestClient, address: str) -> int:
    return len(re.findall(r'<tr id="row-', client.get(address).text))


@pytest.mark.parametrize(
    "query", ["", f"&branch=main/{BRANCH.name}", "&state=active", "&step=ask", "&outcome=undelivered", "&q=1"]
)
def test_numbers_cards_and_lists_agree(each_lived: House, query: str) -> None:
    client = each_lived.signed_in()
    page = client.get(PATH + query)
    assert page.status_code == 200
    found = columns(page.text)
    assert found
    for title, (count, cards, address) in found.items():
        assert listed(client, address) == count, title
        assert len(cards) == (0 if "state=ended" in address else min(count, MOST_CARDS))
    for part in re.findall(r'<li><a href="([^"]+)">[^<]+</a> <strong>(\d+)<', page.text):
        assert listed(client, html.unescape(part[0])) == int(part[1])
    assert all(phone_of(deal) not in page.text for deal in (ANSWERED, UNCLEAR, OVERDUE))


def test_a_card_says_what_is_known(lived: House) -> None:
    press(lived.signed_in(Role.ADMIN, "Борис"), lived, ANSWERED, "pause", reason="разбираемся")
    lived.flow.settle()
    page = lived.signed_in().get(PATH).text
    marks = {deal: _card(page, lived.case(deal).id) for deal in (ANSWERED, UNCERTAIN, UNCLEAR, OVERDUE)}
    assert "На паузе: Борис" in marks[ANSWERED]
    assert "kind-paused" in marks[ANSWERED]
    assert "kind-uncertain" in marks[UNCERTAIN]
    assert "kind-unclear" in marks[UNCLEAR]
    assert "Ждёт ответа клиента" in marks[UNCLEAR]
    assert "Ждёт проверки отзыва до" in marks[OVERDUE]
    assert "kind" not in marks[OVERDUE]
    assert BRANCH.name in marks[OVERDUE]
    assert "7701•••0004" in marks[OVERDUE]
    assert lived.case(FAILED).id not in page


def _card(page: str, case_id: str) -> str:
    return page.split(f'id="card-{case_id}"')[1].split("</li>")[0]


def test_no_more_cards_than_can_be_looked_at(lived: House) -> None:
    with lived.database.transaction() as session:
        row = session.get_one(CaseRow, lived.case(ANSWERED).id)
        for number in range(MOST_CARDS + 5):
            values = row.model_dump() | {"id": f"MANY{number}", "deal_id": 900 + number, "task_id": None}
            values["created_at"] -= timedelta(days=number + 1)
            session.add(CaseRow(**values))
    client = lived.signed_in()
    count, cards, address = columns(client.get(PATH).text)["Вопросы клиенту"]
    assert len(cards) == MOST_CARDS
    assert count > MOST_CARDS + 5
    assert cards[0] == f"MANY{MOST_CARDS + 4}", "the oldest first"
    assert f"Все {count}" in client.get(PATH).text
    assert listed(client, address) == count


def test_another_branch_learns_nothing(lived: House) -> None:
    page = lived.signed_in(Role.HEAD, "Анна", lived.settings.branches[1].name).get(PATH).text
    assert {count for count, _, _ in columns(page).values()} == {0}
    assert BRANCH.name not in page


def test_words_of_a_client_stay_words(lived: House) -> None:
    with lived.database.transaction() as session:
        row = session.get_one(CaseRow, lived.case(ANSWERED).id)
        row.body = row.body | {"client_name": "<img src=x onerror=alert(1)>{{7*7}}"}
    page = lived.signed_in().get(PATH).text
    assert "<img" not in page
    assert "&lt;img src=x" in page
    assert "{{7*7}}" in page


@pytest.mark.parametrize(
    "query", ["&state=nonsense", "&step=%00", "&scenario=nobody", "&q=%00", "&outcome=~"]
)
def test_odd_addresses(lived: House, query: str) -> None:
    assert lived.signed_in().get(CHOOSE + query).status_code == 200
    assert lived.signed_in(Role.OWNER, "Борис").get(PATH + query).status_code == 200


def test_several_scenarios_are_chosen_from(lived: House) -> None:
    client = lived.signed_in()
    page = client.get(f"{CHOOSE}&q=1&branch=main/{BRANCH.name}").text
    assert columns(page) == {}
    offered = [html.unescape(one) for one in re.findall(r'<li><a href="([^"]+scenario=[^"]+)"', page)]
    assert len(offered) == 2
    assert all("view=board" in one and "q=1" in one and "branch=main" in one for one in offered)
    assert columns(client.get(offered[1]).text)


def test_the_only_scenario_needs_no_choice(lived: House) -> None:
    known = lived.console.choices()
    only = [one for one in known.scenarios if one[0] == "tyre_centre"]
    lived.console = replace(lived.console, choices=lambda: replace(known, scenarios=only))
    found = columns(lived.signed_in().get(CHOOSE).text)
    first, *steps, last = found
    assert list(known.steps_of["tyre_centre"]) == ["ask", "unhappy", "review_offered", "review_check"]
    assert steps == ["Вопросы клиенту", "Клиент недоволен", "Попросили отзыв", "Проверка отзыва"]
    assert "state=waiting" in found[first][2]
    assert "state=ended" in found[last][2]
    assert all("scenario=tyre_centre" in address for _, _, address in found.values())


def test_a_step_of_a_former_version_has_its_column(lived: House) -> None:
    with lived.database.transaction() as session:
        session.get_one(CaseRow, lived.case(ANSWERED).id).step = "former"
    page = lived.signed_in().get(PATH).text
    assert columns(page)["former"][:2] == (1, [lived.case(ANSWERED).id])
    assert "Этого шага в сценарии больше нет" in page
