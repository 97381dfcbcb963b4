"""Analytics in a real browser: on a small phone and a desk, in the dark, without JavaScript, on paper."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from qc_engine.web.console.policy import Role
from qc_engine.web.pages.analytics.asking import PATH
from tests.browser import DESKTOP, served, watched
from tests.web.console.house import House
from tests.web.console.looks import fits_everybody, open_all
from tests.web.console.test_analytics import OTHER, asked_file, busy  # noqa: F401  (fixtures)
from tests.web.console.test_pages_browser import Visit, by_http

PAGES = {
    "analytics": f"{PATH}?since=2026-02-01",
    "analytics_branch": f"{PATH}?branch=main/{OTHER}&since=2026-02-27",
    "analytics_none": f"{PATH}?since=2027-01-01",
    "analytics_week": f"{PATH}/week",
    "cases_behind": "/console/cases?mark=5&weekday=0&employee=~&reached=answered",
}


@pytest.fixture
def visit(browser: Browser, busy: House) -> Iterator[Visit]:  # noqa: F811
    with served(by_http(busy).app()) as url, watched(browser, url, "status of 4") as open_page:

        def go(path: str, **options: Any) -> Page:
            name, value = next(iter(busy.signed_in(Role.OBSERVER, "Вера").cookies.items()))
            page = open_page("/console/login", **options)
            page.context.add_cookies([{"name": name, "value": value, "url": url}])
            page.goto(f"{url}{path}")
            return page

        yield go


def test_fits_and_can_be_used_by_everybody(visit: Visit) -> None:
    page = visit(PATH)
    base = page.url.removesuffix(PATH)
    for name, path in PAGES.items():
        page.goto(base + path)
        open_all(page)
        fits_everybody(page, name)


def test_a_number_leads_to_its_cases_also_by_keyboard_alone(visit: Visit) -> None:
    page = visit(PATH, viewport=DESKTOP, java_script_enabled=False)
    expect(page.get_by_role("img", name="Средняя за 30 дней")).to_be_visible()
    number = page.get_by_role("link", name="Спросили: 496").first
    number.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Всего в списке: 496")).to_be_visible()


def test_the_week_is_one_sheet_of_paper(visit: Visit) -> None:
    page = visit(f"{PATH}/week", viewport=DESKTOP)
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", name="Неделя 23.02.2026")).to_be_visible()
    expect(page.locator("header")).not_to_be_visible()
    expect(page.get_by_role("link", name="Неделей раньше")).not_to_be_visible()
    sheet = page.pdf(format="A4", margin={"top": "14mm", "bottom": "14mm", "left": "14mm", "right": "14mm"})
    assert sheet.count(b"/Type /Page\n") + sheet.count(b"/Type /Page ") == 1
