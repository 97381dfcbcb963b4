"""What somebody reads who runs a branch: the words of people and the numbers of their language, nothing else."""

import html
import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from qc_engine.core.events import ReviewChecked
from qc_engine.ports import Arrival
from qc_engine.store.database import Database
from qc_engine.web.console.policy import Role
from qc_engine.wiring import Installation
from tests.conftest import NOON
from tests.flow.fakes import BRANCH
from tests.web.console.house import ANSWERED, FAILED, OVERDUE, UNCERTAIN, UNCLEAR, House
from tests.web.console.house import _asked as asked
from tests.web.console.house import _says as says
from tests.web.console.recovering import press, recovering, unhappy

CASES = (ANSWERED, FAILED, OVERDUE, UNCERTAIN, UNCLEAR)
DEAL = 6
LISTS = (
    "/console", "/console/cases", "/console/cases?view=board&scenario=tyre_centre", "/console/reviews",
    "/console/reviews?tab=decided", "/console/dissatisfied",
)  # fmt: skip
# Names of steps and ends, of rules of bonuses, of events, and of the terminal's commands.
INNER = re.compile(r"\b(ask|unhappy|[a-z]+_[a-z_]+|recovered|review|unreadable|ordinary browser|qc \w+)\b")
POINT = re.compile(r"(?<![\d.])\d+\.\d(?!\d*\.)")  # no date
SAID = "3.5"  # in the client's own words it stays


def read(client: TestClient, path: str) -> str:
    """As it is seen; what somebody has written stands between quotation marks and is theirs."""
    page = client.get(path)
    assert page.status_code == 200, path
    seen = re.sub(r"<(script|style|blockquote|head)\b.*?</\1>|<[^>]+>", "\n", page.text, flags=re.S)
    return re.sub(r"«[^»]*»|“[^”]*”", "", html.unescape(seen))


def is_plain(client: TestClient, path: str) -> bool:
    seen = read(client, path)
    return (INNER.findall(seen), POINT.findall(seen)) == ([], [])


def test_the_head_of_a_branch_reads_no_inner_word(lived: House) -> None:
    flow = lived.flow
    flow.arrive(Arrival("r", ReviewChecked(lived.case(OVERDUE).id, "found", flow.clock.now(), "Вера")))
    flow.settle()
    client = lived.signed_in(Role.HEAD, "Анна", BRANCH.name)
    of_cases = {deal: f"/console/cases/{lived.case(deal).id}" for deal in CASES}
    for path in (*LISTS, *of_cases.values(), f"/console/reviews/{lived.case(OVERDUE).id}"):
        assert is_plain(client, path), path
    assert "Бонус подтверждён: за отзыв" in read(client, of_cases[OVERDUE])


def test_nor_does_one_who_reads_of_a_complaint(house: House) -> None:
    asked(house.flow, DEAL)
    for words in ("3", "4"):
        says(house.flow, DEAL, words)
    client = house.signed_in(Role.HEAD, "Анна", BRANCH.name)
    case_id = house.case(DEAL).id
    for path in (*LISTS, f"/console/cases/{case_id}", f"/console/dissatisfied/{case_id}"):
        assert is_plain(client, path), path
    seen = read(client, f"/console/cases/{case_id}")
    assert "средняя 3,5" in seen
    assert "Средняя оценка = 3,5" in seen
    assert "101 (руководитель филиала)" in seen


@pytest.mark.parametrize(("language", "score"), [("ru", "3,5"), ("kk", "3,5"), ("en", "3.5")])
def test_numbers_are_those_of_the_language(
    sqlite_database: Database, settings: Installation, tmp_path: Path, language: str, score: str
) -> None:
    shop = recovering(sqlite_database, NOON, settings, tmp_path)
    case_id = unhappy(shop, DEAL, SAID)
    client = shop.signed_in(Role.OWNER)
    client.cookies.set("qc_language", language, domain="qc.example")
    press(client, case_id, "cause", cause="waiting")
    other = "3.5" if score == "3,5" else "3,5"
    for path in ("/console/cases", "/console/dissatisfied", f"/console/dissatisfied/{case_id}"):
        seen = read(client, path)
        assert (score in seen, other in seen) == (True, False), path
    story = read(client, f"/console/cases/{case_id}")
    assert story.count(score) >= 3
    assert other not in story.replace(f"\n{SAID}\n", "\n", 1)
    assert other not in client.get("/console/dissatisfied.csv").text


def test_a_case_that_was_won_back_says_why_it_ended_last(
    sqlite_database: Database, settings: Installation, tmp_path: Path
) -> None:
    shop = recovering(sqlite_database, NOON, settings, tmp_path)
    case_id = unhappy(shop, DEAL)
    client = shop.signed_in()
    mark = re.search(r'name="text" value="(\w+)"', client.get(f"/console/dissatisfied/{case_id}").text)
    press(client, case_id, "resolve", ask="yes", text=mark[1] if mark else "")
    shop.flow.settle()
    shop.flow.later(days=2)
    says(shop.flow, DEAL, "9")
    seen = client.get(f"/console/cases/{case_id}").text
    assert "клиент теперь доволен" in seen
    assert "сработало правило «теперь доволен»" in seen
    assert "Перешли к шагу «Повторный вопрос после жалобы»" in seen


def test_the_filter_of_steps_speaks_words(lived: House) -> None:
    page = lived.signed_in().get("/console/cases").text
    options = dict(re.findall(r'<option value="(\w+)"[^>]*>([^<]+)</option>', page))
    assert options["review_check"] == "Проверка отзыва"
    assert options["ask"] == "Вопросы клиенту"
