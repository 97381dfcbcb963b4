"""Reviews in the console: what waits, what is decided, how far links came, and what the buttons do."""

import csv
import io
import re
from collections.abc import Mapping

import pytest
from sqlmodel import Session, select
from starlette.testclient import TestClient

from qc_engine.core.effects import UpdateContact
from qc_engine.core.events import ReviewChecked
from qc_engine.ports import Arrival
from qc_engine.store.console_tables import AuditRow
from qc_engine.store.funnel import STAGES, funnel
from qc_engine.store.tables import CaseRow, InboxRow
from qc_engine.web.console.policy import Role
from tests.flow.fakes import BRANCH
from tests.web.console.house import OVERDUE, House, csrf, phone_of

PATH = "/console/reviews"


def shown(page: str) -> list[str]:
    """The cases of a list, by their links."""
    found = re.findall(r'href="/console/reviews/(\w+)"', page)
    return list(dict.fromkeys(found))


def press(client: TestClient, house: House, do: str, where: str = "", part: bool = False, **more: str) -> tuple[int, str]:
    """A button of the review's page as it is now."""
    case = house.case(OVERDUE).id
    page = client.get(f"{PATH}/{case}").text
    seen = re.findall(r'name="seen" value="([^"]*)"', page)
    form = {"csrf": csrf(page), "case": case, "seen": seen[0] if seen else "", "do": do, **more}
    answer = client.post(where or f"{PATH}/{case}", data=form, headers={"HX-Request": "1"} if part else {})
    return answer.status_code, answer.text


def test_what_waits(each_lived: House) -> None:
    case = each_lived.case(OVERDUE)
    page = each_lived.signed_in().get(PATH).text
    assert shown(page) == [case.id]
    for words in (
        "Айгуль", "Aigul", BRANCH.name, "https://y.example/1", "Просрочено", "1 из 4", "средняя 9,5",
        "Оценка работы: 9", "Что произойдёт:", "Спасибо за отзыв",
    ):  # fmt: skip
        assert words in page, words
    assert phone_of(OVERDUE) not in page
    assert case.answer_code not in page
