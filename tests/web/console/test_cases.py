"""The list of cases and the page of one: what is found, what is shown to whom, and who saw a number in full."""

import re
from datetime import timedelta

import pytest

from qc_engine.core.wording.texts import folded, masked
from qc_engine.store import casebook
from qc_engine.store.casebook import Sought
from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow
from qc_engine.web.console.policy import Role
from tests.conftest import NOON
from tests.flow.fakes import BRANCH
from tests.web.console.house import ANSWERED, FAILED, OVERDUE, UNCERTAIN, UNCLEAR, House, csrf, phone_of

EVERY = {UNCERTAIN, FAILED, UNCLEAR, OVERDUE, ANSWERED}
NAMES = ["Айгуль Серикова", "Фёдор Чёрный", "O'Neil 100%", "Айгуль Ким", ""]
BRANCHES = [("main", "На Абая"), ("main", "На Абая"), ("main", "Центр"), ("astana", "На Абая"), ("main", "")]


@pytest.fixture
def book(database: Database) -> Database:
    """Five cases, an hour apart, the youngest first."""
    with database.transaction() as session:
        for number, (name, place) in enumerate(zip(NAMES, BRANCHES, strict=True)):
            at = NOON - timedelta(hours=number)
            session.add(
                CaseRow(
                    id=f"CASE{number}", deal_id=4310 + number, scenario="visit", version="v", round=number,
                    state="ended" if number % 2 else "active", step="ask", portal=place[0], branch=place[1],
                    phone=f"7701555123{number}", client_name=folded(name), body={},
                    outcome="happy" if number == 1 else "", created_at=at, updated_at=at,
                )
            )  # fmt: skip
    return database


def found(book: Database, sought: Sought, branches: casebook.Branches = None, **more: object) -> str:
    """The numbers of the cases, in order."""
    with book.reading() as session:
        return "".join(row.id[-1] for row in casebook.page(session, sought, branches, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "cases"),
    [
        ("", "01234"),
        ("айгуль", "03"),
        ("СЕРИКОВА", "0"),
        ("Федор чер", "1"),
        ("neil 100%", "2"),
        ("neil 1_0", ""),
        ("%", ""),
        ("_", ""),
        ("'; DROP TABLE cases; --", ""),
        ("4312", "2"),
        ("№ 4312", "2"),
        ("CASE3", "3"),
        ("case3", "3"),
        ("+7 701 555-12-33", "3"),
        ("8 701 555 12 33", "3"),
        ("1233", "3"),
        ("33", ""),
        ("9" * 40, ""),
    ],
)
def test_search(book: Database, text: str, cases: str) -> None:
    assert found(book, Sought(text)) == cases


@pytest.mark.parametrize(
    ("sought", "cases"),
    [
        (Sought(state="active"), "024"),
        (Sought(outcome="happy"), "1"),
        (Sought(portal="main", branch="На Абая"), "01"),
        (Sought(portal="astana", branch="На Абая"), "3"),
        (Sought(scenario="other"), ""),
        (Sought(step="ask", state="ended"), "13"),
        (Sought(since=NOON - timedelta(hours=1)), "01"),
        (Sought(until=NOON - timedelta(hours=1)), "234"),
    ],
)
def test_filters(book: Database, sought: Sought, cases: str) -> None:
    assert found(book, sought) == cases


@pytest.mark.parametrize(
    ("branches", "cases"),
    [
        (None, "01234"),
        ([], ""),
        ([("main", "На Абая")], "01"),
        ([("main", "Центр"), ("astana", "На Абая")], "23"),
    ],
)
def test_nobody_sees_another_branch(book: Database, branches: casebook.Branches, cases: str) -> None:
    assert found(book, Sought(), branches) == cases
    assert found(book, Sought("айгуль"), branches) == "".join(one for one in cases if one in "03")
    with book.reading() as session:
        seen = [row.id[-1] for one in range(5) if (row := casebook.one(session, f"CASE{one}", branches))]
    assert "".join(seen) == cases


def test_pages_follow_one_another_without_gaps(book: Database) -> None:
    with book.transaction() as session:
        for row in (session.get_one(CaseRow, f"CASE{one}") for one in (1, 2, 3)):
            row.created_at = NOON - timedelta(hours=1)  # at one moment
    pages, after = [], None
    for _ in range(4):
        with book.reading() as session:
            rows = casebook.page(session, Sought(), None, after, limit=2)
        pages.append("".join(row.id[-1] for row in rows[:2]))
        after = (rows[min(1, len(rows) - 1)].created_at, rows[min(1, len(rows) - 1)].id) if rows else after
    assert pages == ["03", "21", "4", ""]


# --- the pages --------------------------------------------------------------------------------


def listed(page: str) -> set[int]:
    return {int(deal) for deal in re.findall(r'data-label="Сделка">(\d+)<', page)}


@pytest.mark.parametrize(
    ("query", "deals"),
    [
        ("", EVERY),
        (f"?q={phone_of(FAILED)}", {FAILED}),
        ("?state=ended", {FAILED}),
        ("?outcome=undelivered&state=ended", {FAILED}),
        ("?step=review_check", {OVERDUE}),
        (f"?branch=main/{BRANCH.name}", EVERY),
        ("?branch=main/elsewhere", set()),
        ("?since=2026-03-05&until=2026-03-06", {FAILED, ANSWERED}),
        ("?since=nonsense&after=nonsense~x&until=2026-13-99", EVERY),
        ("?since=0001-01-01&until=9999-12-31", EVERY),  # days that are none in another zone
        ("?after=0001-01-01T00:00:00%2B14:00~x", EVERY),
        ("?after=9999-12-31T23:59:59-14:00~x", EVERY),
        ("?q=%00&state=%00active", EVERY - {FAILED}),
    ],
)
def test_the_address_says_what_is_listed(each_lived: House, query: str, deals: set[int]) -> None:
    answer = each_lived.signed_in().get(f"/console/cases{query}")
    assert (answer.status_code, listed(answer.text)) == (200, deals)
    assert all(phone_of(deal) not in answer.text.replace(query[3:], "") for deal in EVERY)


def test_a_case_of_our_own_people_is_marked(lived: House) -> None:
    client, case = lived.signed_in(), lived.case(FAILED)
    addresses = (f"/console/cases?q={phone_of(FAILED)}", f"/console/cases/{case.id}")
    assert [client.get(one).text.count(">проба<") for one in addresses] == [0, 0]
    with lived.database.transaction() as session:
        row = session.get_one(CaseRow, case.id)
        row.body = {**row.body, "is_test": True}
    assert [client.get(one).text.count(">проба<") for one in addresses] == [1, 1]


def test_a_head_of_another_branch_learns_nothing(lived: House) -> None:
    client = lived.signed_in(Role.HEAD, "Анна", lived.settings.branches[1].name)
    case = lived.case(OVERDUE).id
    assert listed(client.get("/console/cases").text) == set()
    assert BRANCH.name not in client.get("/console/cases").text, "not even that there is such a branch"
    token = csrf(client.get("/console/account").text)
    unknown, foreign = client.get("/console/cases/NOBODY22"), client.get(f"/console/cases/{case}")
    assert (unknown.status_code, foreign.status_code) == (404, 404)
    assert client.post(f"/console/cases/{case}/phone", data={"csrf": token}).status_code == 404
    assert "phone.seen" not in [action for _, action, _ in lived.audit()]


def test_the_page_of_a_case_tells_everything(each_lived: House) -> None:
    case = each_lived.case(OVERDUE)
    page = each_lived.signed_in().get(f"/console/cases/{case.id}").text
    for words in (
        "Айгуль", masked(case.phone), "Дело открыто по сделке 4", "Клиент ответил: «9»", "Оценка работы: 9",
        "Яндекс Карты", "машина, не считаем", "TelegramBot", "Создана задача", "Проверено условий",
    ):  # fmt: skip
        assert words in page
    talk = page.split('<ol class="talk">')[1].split("</ol>")[0]
    who = re.findall(r'<li class="(\w+)[ "]', talk)
    assert who == ["us", "client", "us", "client", "us"]
    assert case.phone not in page
    # Whoever may look must not be able to answer for the manager.
    assert case.answer_code not in page
    assert "qc.example/a/…" in page


def test_what_never_arrived_is_marked(lived: House) -> None:
    page = lived.signed_in().get(f"/console/cases/{lived.case(FAILED).id}").text
    assert '<li class="us lost">' in page
    assert "the number is blocked" in page


@pytest.mark.parametrize("path", ["nobody22", "a" * 40, "%00", "..%2f", "ЖЖ", "K7Q2%20"])
def test_odd_cases_do_not_exist(house: House, path: str) -> None:
    assert house.signed_in().get(f"/console/cases/{path}").status_code == 404


@pytest.mark.parametrize(
    ("role", "branch", "code"),
    [
        (Role.OWNER, "", 200),
        (Role.HEAD, BRANCH.name, 200),
        (Role.MANAGER, BRANCH.name, 200),
        (Role.INTEGRATOR, "", 403),
        (Role.OBSERVER, "", 403),
        (Role.OBSERVER, BRANCH.name, 403),
    ],
)
def test_a_number_in_full_is_asked_for_and_noted_down(
    lived: House, role: Role, branch: str, code: int
) -> None:
    client, case = lived.signed_in(role, "Анна", *filter(None, [branch])), lived.case(OVERDUE)
    path = f"/console/cases/{case.id}"
    page = client.get(path).text
    assert ("Показать номер" in page) is (code == 200)
    for headers in ({}, {"HX-Request": "true"}):
        answer = client.post(f"{path}/phone", data={"csrf": csrf(page)}, headers=headers)
        assert (answer.status_code, f"+{case.phone}" in answer.text) == (code, code == 200)
    seen = [one for one in lived.audit() if one[1] == "phone.seen"]
    assert seen == [("Анна", "phone.seen", f"case:{case.id}")] * (2 if code == 200 else 0)
    assert case.phone not in repr(lived.audit())
