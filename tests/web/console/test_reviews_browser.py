"""Reviews and dissatisfied clients in a real browser: on a small phone and a desk, in the dark, by keyboard."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from qc_engine.web.console.policy import Role
from tests.browser import DESKTOP, PHONE, served, violations, watched
from tests.web.console.house import House, csrf
from tests.web.console.looks import fits_everybody, open_all, photograph
from tests.web.console.test_dissatisfied import complained
from tests.web.console.test_pages_browser import Visit, by_http
from tests.web.console.test_reviews import PATH, answers_of, press


@pytest.fixture
def busy(lived: House) -> House:
    """With reviews of every kind, and clients who were dissatisfied."""
    answers_of(lived, 7)
    return complained(lived)


@pytest.fixture
def visit(browser: Browser, busy: House) -> Iterator[Visit]:
    with served(by_http(busy).app()) as url, watched(browser, url, "status of 4") as open_page:

        def go(path: str, **options: Any) -> Page:
            name, value = next(iter(busy.signed_in().cookies.items()))
            page = open_page("/console/login", **options)
            page.context.add_cookies([{"name": name, "value": value, "url": url}])
            page.goto(f"{url}{path}")
            return page

        yield go


PAGES = {
    "reviews_wait": PATH,
    "reviews_decided": f"{PATH}?tab=decided",
    "reviews_funnel": f"{PATH}?tab=funnel&stage=prepared&place=main/На Абая&platform=yandex",
    "review": f"{PATH}/COPY0",
    "dissatisfied": "/console/dissatisfied",
    "dissatisfied_none": "/console/dissatisfied?since=2027-01-01",
}


def test_fits_and_can_be_used_by_everybody(visit: Visit) -> None:
    page = visit(PATH)
    base = page.url.removesuffix(PATH)
    for name, path in PAGES.items():
        page.goto(base + path)
        photograph(page, f"{name}_closed")
        open_all(page)
        fits_everybody(page, name)


def test_answered_by_keyboard_after_reading_what_follows(visit: Visit, busy: House) -> None:
    page = visit(PATH, viewport=DESKTOP)
    first = page.locator(".item summary", has_text="Отзыв есть")
    first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Сообщение клиенту: «Спасибо за отзыв")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Записано: отзыв есть")
    expect(page.get_by_role("status")).to_be_focused()
    expect(page.get_by_text("Уже записано: отзыв есть, Анна")).to_be_visible()
    busy.flow.settle()
    page.reload()
    expect(page.get_by_role("heading", name="Проверять нечего")).to_be_visible()


def test_the_second_person_is_told(visit: Visit, busy: House) -> None:
    page = visit(PATH, viewport=PHONE)
    assert press(busy.signed_in(Role.ADMIN, "Борис"), busy, "answer", answer="score_only")[0] == 200
    page.locator(".item summary", has_text="Отзыв есть").click()
    page.get_by_role("button", name="Записать: отзыв есть").click()
    expect(page.get_by_role("status")).to_contain_text("Вас опередили. Борис")
    photograph(page, "reviews_second")


def test_everything_works_without_javascript(visit: Visit, busy: House) -> None:
    page = visit(f"{PATH}/COPY0", viewport=PHONE, java_script_enabled=False)
    page.locator("summary", has_text="Исправить ответ").click()
    page.get_by_label("Отзыва нет").check()
    page.locator("details[open] input[name=reason]").fill("ошибка")
    page.get_by_role("button", name="Исправить ответ").click()
    expect(page.get_by_role("status")).to_contain_text("Записано: отзыва нет")
    busy.flow.settle()
    assert busy.case(900).body["review"] == "not_found"


@pytest.mark.parametrize("path", [PATH, f"{PATH}?tab=decided", f"{PATH}?tab=funnel", "/console/dissatisfied"])
def test_empty_pages(browser: Browser, house: House, path: str) -> None:
    client = by_http(house).signed_in()
    assert csrf(client.get(path).text)
    with served(house.app()) as url, watched(browser, url) as open_page:
        page = open_page("/console/login", viewport=PHONE)
        name, value = next(iter(client.cookies.items()))
        page.context.add_cookies([{"name": name, "value": value, "url": url}])
        page.goto(f"{url}{path}")
        expect(page.locator(".calm")).to_be_visible()
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
