"""Personal data in a real browser: on a small phone and a desk, in the dark, without JavaScript."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import PHONE, served, watched
from tests.web.console.house import OVERDUE, UNCLEAR, House, phone_of
from tests.web.console.looks import fits_everybody, open_all
from tests.web.console.test_pages_browser import Visit, by_http

PATH = "/console/privacy"


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


def looked_at(page: Page, name: str) -> None:
    open_all(page)
    fits_everybody(page, name)


def test_found_and_erased(visit: Visit, lived: House) -> None:
    page = visit(PATH)
    looked_at(page, "privacy")
    page.get_by_label("Телефон").fill(phone_of(UNCLEAR))
    page.get_by_role("button", name="Найти").click()
    expect(page.get_by_role("heading", name=f"+{phone_of(UNCLEAR)}")).to_be_visible()
    assert phone_of(UNCLEAR) not in page.url
    looked_at(page, "privacy_person")
    page.get_by_role("button", name="Стереть данные").click()
    looked_at(page, "privacy_erase")
    page.get_by_label("Почему?").fill("письмо клиента")
    page.get_by_role("button", name="Стереть данные").click()
    expect(page.get_by_role("status").first).to_contain_text("Сделано. Запись в журнале стираний")
    looked_at(page, "privacy_erased")
    page.get_by_role("link", name="Личные данные").last.click()
    expect(page.get_by_text("письмо клиента")).to_be_visible()
    assert lived.case(UNCLEAR).phone == ""


def test_a_file_is_handed_out_without_javascript(visit: Visit, tmp_path: Path) -> None:
    page = visit(PATH, viewport=PHONE, java_script_enabled=False)
    page.get_by_label("Телефон").fill(phone_of(OVERDUE))
    page.get_by_role("button", name="Найти").click()
    page.get_by_label("Зачем файл?").fill("письмо клиента")
    with page.expect_download() as found:
        page.get_by_role("button", name="Скачать JSON").click()
    found.value.save_as(tmp_path / "person.json")
    assert json.loads((tmp_path / "person.json").read_text("utf-8"))["phone"] == phone_of(OVERDUE)
