"""What is done to one case, in a real browser: on a small phone and a desk, in the dark, without JavaScript."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from qc_engine.web.console.policy import Role
from tests.browser import DESKTOP, PHONE, served, violations, watched
from tests.web.console.house import ANSWERED, FAILED, UNCLEAR, House
from tests.web.console.looks import fits_everybody, photograph
from tests.web.console.test_case_acts import path, press
from tests.web.console.test_pages_browser import Visit, by_http


@pytest.fixture
def visit(browser: Browser, lived: House) -> Iterator[Visit]:
    with served(by_http(lived).app()) as url, watched(browser, url, "status of 4") as open_page:

        def go(where: str, **options: Any) -> Page:
            name, value = next(iter(lived.signed_in().cookies.items()))
            page = open_page("/console/login", **options)
            page.context.add_cookies([{"name": name, "value": value, "url": url}])
            page.goto(f"{url}{where}")
            return page

        yield go


def test_fits_and_can_be_used_by_everybody(visit: Visit, lived: House) -> None:
    other = lived.signed_in(Role.ADMIN, "Борис")
    press(other, lived, UNCLEAR, "pause", reason="разбираемся с клиентом")
    lived.flow.settle()
    page = visit("/console")
    base = page.url.removesuffix("/console")
    pages = {
        "act_case": path(lived, ANSWERED), "act_paused": path(lived, UNCLEAR),
        "act_stop": path(lived, ANSWERED, "stop"), "act_score": path(lived, ANSWERED, "score"),
        "act_answer": path(lived, ANSWERED, "answer"), "act_resend": path(lived, FAILED, "resend"),
        "act_resume": path(lived, UNCLEAR, "resume"), "act_not_now": path(lived, UNCLEAR, "pause"),
    }  # fmt: skip
    for name, where in pages.items():
        page.goto(base + where)
        fits_everybody(page, name)


def test_a_score_by_keyboard_after_reading_what_follows(visit: Visit, lived: House) -> None:
    page = visit(path(lived, ANSWERED), viewport=DESKTOP)
    page.get_by_role("link", name="Внести оценку").click()
    page.get_by_label("Оценка обслуживания").fill("2")
    page.get_by_label("Почему?").fill("звонила клиенту")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Мы признательны Вам")).to_be_visible()
    photograph(page, "act_looked_over")
    assert violations(page) == []
    page.get_by_role("button", name="Внести оценку").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Записано: оценка внесена")
    lived.flow.settle()
    page.get_by_role("link", name="К делу").click()
    expect(page.get_by_text("Внесено вручную", exact=True)).to_be_visible()
    photograph(page, "act_entered")


def test_everything_works_without_javascript(visit: Visit, lived: House) -> None:
    page = visit(path(lived, ANSWERED), viewport=PHONE, java_script_enabled=False)
    page.get_by_role("link", name="Остановить дело").click()
    page.get_by_label("Почему?").fill("сотрудник компании")
    page.get_by_role("button", name="Остановить дело").click()
    expect(page.get_by_role("status")).to_contain_text("Записано: дело остановлено")
    lived.flow.settle()
    page.get_by_role("link", name="К делу").click()
    expect(page.get_by_text("остановлено сотрудником").first).to_be_visible()
