"""Analytics: every number is the length of the list that it leads to; who may see it; what leaves as a file."""

import csv
import io
import re
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import pytest
from starlette.testclient import TestClient

from qc_engine.clock import FixedClock
from qc_engine.core.case import Branch, Case, Client, OpenQuestion, State
from qc_engine.core.review.checking import ClickedPage
from qc_engine.flow.rolling import roll_up
from qc_engine.store import cases
from qc_engine.store.database import Database
from qc_engine.store.tallies import REACHED, Wanted
from qc_engine.web.console import behind
from qc_engine.web.console.policy import Role, User
from qc_engine.web.console.room import Look, Visitor
from qc_engine.web.pages.analytics import week
from qc_engine.web.pages.analytics.asking import PATH
from tests.conftest import NOON
from tests.flow.fakes import BRANCH
from tests.web.console.conftest import Built
from tests.web.console.house import House, csrf

OTHER = "Шинный центр на Сатпаева"
HOSTILE = "=cmd|' /C calc'!A0 <script>alert(1)</script> {{7*7}}"
EMPLOYEES = ("Ким А.", HOSTILE, "")
MARKS = (None, 3, 7, 8, 9, 9, 10, None)
QUESTION = OpenQuestion("quality", "K:1:0")


def case_of(number: int, branch: str, at: datetime, mark: int | None, employee: str) -> Case:
    given = {} if mark is None else {"quality": Decimal(mark), "service": Decimal(min(mark + 1, 10))}
    return Case(
        f"A{number:05}", 5000 + number, "Заказ", "tyre_centre", "v1", 1, State.ENDED, "ask", at, at, "WON",
        Client(f"7705{number:07}"), Branch(branch, "Asia/Almaty", 101, 201), scores=given,
        question=OpenQuestion("quality", "K:1:0", asked_at=at), outcome="happy" if mark else "unanswered",
        clicked=(ClickedPage("yandex", "", at),) if mark == 10 else (),
        review="found" if mark == 10 and number % 3 else "",
        values={"employee": employee, "service": f"Услуга {number % 2}"},
    )  # fmt: skip


def asked_often(house: House, days: int = 95) -> House:
    """Two branches for three months; the second one slips in the last ten days. What is over is rolled up."""
    with house.database.transaction() as session:
        for day in range(days):
            at = NOON - timedelta(days=day, hours=1)
            for place, branch in enumerate((BRANCH.name, OTHER)):
                for turn, mark in enumerate(MARKS):
                    number = (day * 2 + place) * len(MARKS) + turn
                    worse = 2 if place and day < 10 else 0
                    given = None if mark is None else max(mark - worse, 1)
                    case = case_of(number, branch, at, given, EMPLOYEES[number % 3])
                    cases.create(session, case, "", at)
    while roll_up(house.database, FixedClock(NOON)):
        pass
    return house


@pytest.fixture(scope="session")
def asked_file(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, built: Built) -> Path:
    """Made once: 1,520 cases take a while."""
    path = tmp_path_factory.mktemp("asked") / "qc.db"
    shutil.copy(sqlite_template, path)
    asked_often(built(Database(f"sqlite:///{path}"), NOON)).database.close()
    return path


@pytest.fixture
def busy(asked_file: Path, tmp_path: Path, built: Built) -> Iterator[House]:
    shutil.copy(asked_file, tmp_path / "asked.db")
    database = Database(f"sqlite:///{tmp_path}/asked.db")
    yield built(database, NOON)
    database.close()


def links(page: str) -> list[tuple[int, str]]:
    """Every number of a page that leads to a list of cases."""
    found = re.findall(r'<a href="(/console/cases\?[^"]+)"[^>]*>(\d+)</a>', page)
    return [(int(number), unescape(address)) for address, number in found]


def length(client: TestClient, address: str) -> tuple[int, int]:
    """What the list says that it holds, and what is in it, page by page."""
    page = client.get(address).text
    told = int(re.findall(r'data-count="(\d+)"', page)[0])
    rows = 0
    while True:
        rows += len(re.findall(r'href="/console/cases/A\d+"', page))
        older = re.findall(r'href="([^"]+)" rel="next"', page)
        if not older:
            return told, rows
        page = client.get(unescape(older[0])).text


@pytest.mark.parametrize(
    "query",
    [
        "",
        f"?branch=main/{BRANCH.name}&since=2026-02-20&until=2026-02-25",
        "?employee=~&since=2026-02-27",
        f"?employee={HOSTILE.replace(' ', '+')}&service=Услуга 1&since=2026-02-25",
    ],
)
def test_every_number_is_the_length_of_its_list(busy: House, query: str) -> None:
    client = busy.signed_in()
    answer = client.get(f"{PATH}{query}")
    found = links(answer.text)
    assert (answer.status_code, len(found) > 25) == (200, True)
    for number, address in dict.fromkeys(found):
        if number <= 120:  # longer lists are counted, not turned over page by page
            assert length(client, address) == (number, number), address
        else:
            assert f'data-count="{number}"' in client.get(address).text, address


def test_the_same_numbers_on_the_other_database(each_house: House) -> None:
    page = asked_often(each_house, 40).signed_in().get(PATH).text
    # 31 days with 8 cases in each of two branches; 3 of the days are not settled.
    assert links(page)[:4] == [
        (496, links(page)[0][1]), (336, links(page)[1][1]), (448, links(page)[2][1]), (372, links(page)[3][1]),
    ]  # fmt: skip
    assert "75,0 %" in page


def test_a_branch_that_slips_is_named(busy: House) -> None:
    page = busy.signed_in().get(PATH).text
    (told,) = re.findall(r'role="status"><strong>([^<]+)</strong>: ([^<]+)<', page)
    assert told[0] == OTHER
    assert "средняя упала" in told[1]
    assert '<title id="trend-title">' in page
    calm = busy.signed_in(Role.HEAD, "Борис", BRANCH.name).get(PATH).text
    assert 'role="status"' not in calm
    before = busy.signed_in(Role.OBSERVER, "Вера").get(f"{PATH}?since=2026-02-01&until=2026-02-20").text
    assert 'role="status"' not in before


def test_few_answers_are_marked(busy: House) -> None:
    page = busy.signed_in().get(f"{PATH}?since=2026-03-02").text
    assert "мало ответов" in page
    assert "мало ответов" not in busy.signed_in(Role.ADMIN, "Борис").get(f"{PATH}?since=2025-12-01").text


def test_nobody_was_asked(each_house: House) -> None:
    answer = each_house.signed_in().get(PATH)
    assert (answer.status_code, "никого не спрашивали" in answer.text) == (200, True)
    assert each_house.signed_in(Role.ADMIN, "Борис").get(f"{PATH}.xlsx").status_code == 200


# --- who --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "branch", "sees"),
    [
        (Role.OWNER, "", 2),
        (Role.ADMIN, "", 2),
        (Role.INTEGRATOR, "", 2),
        (Role.OBSERVER, "", 2),
        (Role.OBSERVER, OTHER, 1),
        (Role.HEAD, OTHER, 1),
        (Role.MANAGER, OTHER, 0),
    ],
)
def test_who_sees_what(busy: House, role: Role, branch: str, sees: int) -> None:
    client = busy.signed_in(role, "Анна", *filter(None, [branch]))
    for path in (PATH, f"{PATH}.csv", f"{PATH}.xlsx", f"{PATH}/week"):
        answer = client.get(path)
        assert answer.status_code == (200 if sees else 404)
        if not path.endswith("xlsx"):
            assert (BRANCH.name in answer.text, path) == (sees == 2, path)
    assert (f'href="{PATH}"' in client.get("/console").text) is bool(sees)
    foreign = client.get(f"{PATH}?branch=main/{BRANCH.name}")
    assert foreign.status_code == (200 if sees == 2 else 404)


def test_a_head_counts_only_their_own(busy: House) -> None:
    client = busy.signed_in(Role.HEAD, "Анна", OTHER)
    found = links(client.get(f"{PATH}?since=2026-02-25").text)
    assert found
    for number, address in found:
        assert length(client, address) == (number, number), address
    # The same list by an address that names nobody's branch, or another one.
    every = behind.address(Wanted())
    assert f'data-count="{95 * len(MARKS)}"' in client.get(every).text
    assert 'data-count="0"' in client.get(behind.address(Wanted(portal="main", branch=BRANCH.name))).text


def test_nobody_is_signed_in(house: House) -> None:
    for path in (PATH, f"{PATH}.csv", f"{PATH}.xlsx", f"{PATH}/week"):
        assert house.guest().get(path).status_code == 303


# --- the address ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(),
        Wanted(employee="", service="Мойка & шины"),
        Wanted(portal="main", branch="На Абая", weekday=0, mark=0, question="quality", reached="silent"),
        Wanted(since=NOON.date(), until=NOON.date(), review_since=NOON.date(), review_until=NOON.date()),
    ],
)
def test_an_address_is_read_back(wanted: Wanted) -> None:
    assert behind.wanted_of(behind.values_of(wanted)) == wanted


@pytest.mark.parametrize(
    "query",
    [
        "weekday=01", "weekday=9", "weekday=٣", "mark=11", "mark=²", "mark=-1", "reached=everything",
        "employee=%00", "question=' OR 1=1 --", "asked_since=0001-01-01", "asked_until=9999-12-31",
        "asked_since=nonsense", "service=" + "x" * 5000, "review_since=2026-13-40", "employee=%ED%A0%80",
    ],
)  # fmt: skip
def test_odd_addresses_are_no_fault(each_house: House, query: str) -> None:
    client = each_house.signed_in()
    for path in (f"/console/cases?{query}", f"{PATH}?{query}", f"{PATH}/week?week={query}"):
        assert client.get(path).status_code == 200, path


def test_the_filters_outlive_a_further_search(busy: House) -> None:
    page = busy.signed_in().get(f"{behind.address(Wanted(mark=9, weekday=0))}&q=77050000000").text
    assert '<input type="hidden" name="mark" value="9">' in page
    assert "день недели понедельник" in page


def test_every_stage_has_its_words() -> None:
    from qc_engine.web.console.words import catalogue

    for language in ("ru", "kk", "en"):
        known = catalogue(language)
        assert {f"reached.{one}" for one in REACHED} <= known.keys()
        assert {f"behind.{one}" for one in behind.NAMES} <= known.keys()


# --- files ------------------------------------------------------------------------------------

TRIGGERS = ("=", "+", "-", "@", "\t", "\r")


def test_csv(busy: House) -> None:
    client = busy.signed_in()
    answer = client.get(f"{PATH}.csv?since=2026-02-25")
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("﻿")), delimiter=";"))
    assert not [cell for row in rows for cell in row if cell.startswith(TRIGGERS)]
    assert f"'{HOSTILE}" in [row[1] for row in rows]
    (whole,) = [row for row in rows if row[0] == "Всего"]
    asked = links(client.get(f"{PATH}?since=2026-02-25").text)[0][0]
    assert (whole[2], whole[5].count(",")) == (str(asked), 1)
    tables = list(dict.fromkeys(row[0] for row in rows[1:]))
    assert tables[:3] == ["Всего", "По филиалам", "По сотрудникам"]
    assert busy.audit()[-1] == ("Анна", "analytics.exported", "analytics")


def test_xlsx(busy: House) -> None:
    answer = busy.signed_in().get(f"{PATH}.xlsx?since=2026-02-25")
    assert answer.headers["content-disposition"] == 'attachment; filename="analytics.xlsx"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        pages = [ElementTree.fromstring(book.read(name)) for name in book.namelist() if "/sheet" in name]
        texts = [one.text or "" for one in ElementTree.fromstring(book.read("xl/sharedStrings.xml")).iter()]
    assert len(pages) >= 6
    tags = {part.tag.rpartition("}")[2] for page in pages for part in page.iter()}
    assert not {"f", "hyperlink"} & tags, "nothing is run, nothing leads outside"
    assert f"'{HOSTILE}" in texts
    assert not [one for one in texts if one.startswith(TRIGGERS)]


def test_what_the_crm_holds_is_shown_as_text(busy: House) -> None:
    page = busy.signed_in().get(f"{PATH}?since=2026-02-25").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{7*7}}" in page
    listed = busy.signed_in(Role.ADMIN, "Борис").get(behind.address(Wanted(employee=HOSTILE))).text
    assert "<script>alert" not in listed


# --- the week ---------------------------------------------------------------------------------


def test_the_week_is_one_page_of_the_same_numbers(busy: House) -> None:
    client = busy.signed_in()
    page = client.get(f"{PATH}/week").text
    assert "23.02.2026" in page, "the last whole week before Tuesday, the third of March"
    assert "01.03.2026" in page
    for number, address in links(page):
        assert length(client, address) == (number, number), address
    assert OTHER in page
    assert client.get(f"{PATH}/week?week=2026-W06").text.count("02.02.2026") >= 1
    assert csrf(page)


def test_reviews_of_a_week_are_those_found_in_it(busy: House) -> None:
    """Not those of clients who were asked in it."""
    at = datetime(2026, 2, 24, 6, tzinfo=UTC)
    with busy.database.transaction() as session:
        known = cases.get(session, "A00606") or pytest.fail("there is such a case")
        assert known.review != "found"
        cases.save(session, known, replace(known, review="found"), at)
    client = busy.signed_in()
    found = client.get(
        behind.address(Wanted(reached="reviewed", review_since=at.date(), review_until=at.date()))
    )
    assert "A00606" in found.text


def report_of(house: House) -> week.Report:
    user = User("", "", Role.OWNER)
    visitor = Visitor(user, "", "", Look("ru", "auto"), "", NOON, house.console.zone)
    return week.report(house.console, visitor)


def test_a_branch_is_compared_with_itself_and_not_with_its_namesake(house: House) -> None:
    """Two portals may have branches of one name, and in a week of one portal alone it is not written out."""
    this_week, before = NOON - timedelta(days=5), NOON - timedelta(days=12)
    told = [("main", this_week, 5), ("main", before, 8), ("second", before, 10)]
    with house.database.transaction() as session:
        for number, (portal, at, mark) in enumerate(told):
            case = replace(case_of(number, OTHER, at, mark, ""), portal=portal)
            cases.create(session, case, "", at)
    (branch,) = report_of(house).branches
    assert (branch.line.name, branch.change) == (OTHER, -3.0)


def test_the_reviews_of_all_branches_are_those_of_each(house: House) -> None:
    """Also of one that asked nobody in this week."""
    asked_at, found_at = NOON - timedelta(days=20), NOON - timedelta(days=5)
    with house.database.transaction() as session:
        cases.create(session, case_of(1, OTHER, asked_at, 9, ""), "", asked_at)
        cases.create(session, case_of(2, BRANCH.name, found_at, 9, ""), "", found_at)
    with house.database.transaction() as session:
        known = cases.get(session, "A00001") or pytest.fail("there is such a case")
        cases.save(session, known, replace(known, review="found"), found_at)
    told = report_of(house)
    assert told.whole.reviews.count == 1
    assert {one.line.name: one.reviews.count for one in told.branches} == {BRANCH.name: 0, OTHER: 1}
    assert "A00001" in house.signed_in().get(told.branches[-1].reviews.address).text
