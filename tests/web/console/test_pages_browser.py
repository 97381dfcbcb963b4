"""The console in a real browser: on a small phone and a desk, in the dark, by keyboard, without JavaScript."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from qc_engine.store import outbox
from qc_engine.web.console.policy import Role
from tests.browser import DESKTOP, PHONE, PLAIN_HOST, served, violations, watched
from tests.web.console.house import OVERDUE, PASSWORD, UNCERTAIN, House, csrf
from tests.web.console.looks import fits_everybody, open_all, photograph

Visit = Callable[..., Page]


def by_http(house: House) -> House:
    """A browser keeps a cookie for https to itself on a plain port."""
    house.console = replace(house.console, public_url="http://127.0.0.1", is_demo=True)
    return house


@pytest.fixture
def visit(browser: Browser, lived: House) -> Iterator[Visit]:
    """visit(path, signed_in=True, ...): nothing may go wrong in the page, nor against its policy."""
    with served(by_http(lived).app()) as url, watched(browser, url, "status of 4") as open_page:

        def go(path: str, signed_in: bool = True, **options: Any) -> Page:
            if not signed_in:
                return open_page(path, **options)
            client = lived.signed_in()
            name, value = next(iter(client.cookies.items()))
            page = open_page("/console/login", **options)
            page.context.add_cookies([{"name": name, "value": value, "url": url}])
            page.goto(f"{url}{path}")
            return page

        yield go


PAGES = {
    "today": "/console",
    "cases": "/console/cases?state=active",
    "case": "/console/cases/{case}",
    "account": "/console/account",
}


def test_fits_and_can_be_used_by_everybody(visit: Visit, lived: House) -> None:
    page = visit("/console")
    base = page.url.removesuffix("/console")
    for name, path in PAGES.items():
        page.goto(base + path.format(case=lived.case(OVERDUE).id))
        open_all(page)
        fits_everybody(page, name)


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_door_and_the_empty_queue(browser: Browser, house: House, viewport: Any) -> None:
    with served(by_http(house).app()) as url, watched(browser, url, "status of 4") as open_page:
        page = open_page(house.link(), viewport=viewport)
        assert violations(page) == []
        page.get_by_label("Логин").fill("Анна")
        for field in ("Пароль Не короче", "Пароль ещё раз"):
            page.get_by_label(field).fill(PASSWORD)
        page.get_by_role("button", name="Сохранить и войти").click()
        expect(page.get_by_role("heading", name="Всё спокойно")).to_be_visible()
        assert violations(page) == []
        photograph(page, f"empty_{viewport['width']}")
        page.locator("header .console-me summary").click()
        assert violations(page) == []
        photograph(page, f"menu_{viewport['width']}")
        page.get_by_role("button", name="Выйти").click()
        page.get_by_label("Логин").fill("анна")
        page.get_by_label("Пароль").fill("мимо мимо мимо")
        page.get_by_role("button", name="Войти").click()
        expect(page.get_by_role("alert")).to_have_text("Логин или пароль не подходит")
        assert violations(page) == []
        photograph(page, f"login_{viewport['width']}")
        page.get_by_label("Пароль").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Сегодня")).to_be_visible()


def test_a_link_is_good_without_tls_too(browser: Browser, house: House) -> None:
    """Over a network a browser then says only by Origin where a form came from."""
    house.console = replace(house.console, public_url=f"http://{PLAIN_HOST}")
    ignored = "Cross-Origin-Opener-Policy"  # without TLS
    with served(house.app()) as url, watched(browser, url.replace("127.0.0.1", PLAIN_HOST), ignored) as visit:
        page = visit(house.link())
        page.get_by_label("Логин").fill("Анна")
        for field in ("Пароль Не короче", "Пароль ещё раз"):
            page.get_by_label(field).fill(PASSWORD)
        page.get_by_role("button", name="Сохранить и войти").click()
        expect(page.get_by_role("heading", name="Всё спокойно")).to_be_visible()


def uncertain(page: Page) -> Any:
    return page.locator(".item-uncertain")


def test_settled_by_keyboard_after_a_second_thought(visit: Visit, lived: House) -> None:
    page = visit("/console", viewport=DESKTOP)
    again = uncertain(page).locator("summary", has_text="Отправить ещё раз")
    again.focus()
    page.keyboard.press("Enter")
    expect(uncertain(page).get_by_text("он получит его дважды")).to_be_visible()
    assert len(lived.rows(outbox.REVIEW)) == 1, "asked, and nothing done yet"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Поставлено в очередь ещё раз")
    expect(page.get_by_role("status")).to_be_focused()
    expect(uncertain(page)).to_have_count(0)
    assert [lived.rows(outbox.REVIEW), len(lived.rows(outbox.PLANNED))] == [[], 1]


def test_the_second_person_is_told(visit: Visit, lived: House) -> None:
    page = visit("/console", viewport=PHONE)
    other = lived.signed_in(Role.ADMIN, "Борис")
    (row,) = lived.rows(outbox.REVIEW)
    form = {"csrf": csrf(other.get("/console").text), "key": f"effect:{row.id}", "do": "drop"}
    assert other.post("/console", data=form).status_code == 200
    uncertain(page).get_by_role("button", name="Это сделано").click()
    expect(page.get_by_role("status")).to_contain_text("Вас опередили. Борис")
    expect(uncertain(page)).to_have_count(0)
    photograph(page, "second_person")


def test_news_come_by_themselves_and_sweep_nothing_away(visit: Visit, lived: House) -> None:
    page = visit("/console", viewport=DESKTOP)
    other = lived.signed_in(Role.ADMIN, "Борис")
    token = csrf(other.get("/console").text)
    asks = "document.querySelector('#queue').dispatchEvent(new Event('every'))"
    uncertain(page).locator("summary", has_text="Отправить ещё раз").click()
    (failed,) = lived.rows(outbox.FAILED)
    other.post("/console", data={"csrf": token, "key": f"effect:{failed.id}", "do": "drop"})
    page.evaluate(asks)
    page.wait_for_timeout(300)
    expect(page.locator(".item-failed")).to_have_count(1)
    expect(uncertain(page).get_by_text("он получит его дважды")).to_be_visible()
    uncertain(page).locator("summary", has_text="Отправить ещё раз").click()
    page.evaluate(asks)
    expect(page.locator(".item-failed")).to_have_count(0)
    expect(uncertain(page)).to_have_count(1)


def test_everything_works_without_javascript(visit: Visit, lived: House) -> None:
    page = visit("/console", viewport=PHONE, java_script_enabled=False)
    uncertain(page).locator("summary", has_text="Не делать").click()
    uncertain(page).get_by_role("button", name="Не делать").click()
    expect(page.get_by_role("status")).to_have_text("Отменено")
    page.goto(page.url + f"/cases/{lived.case(UNCERTAIN).id}")
    page.get_by_role("button", name="Показать номер").click()
    expect(page.get_by_text("+77015550001")).to_be_visible()
    page.locator("header .console-me summary").click()
    page.locator("select[name=language]").select_option("en")
    page.get_by_role("button", name="Применить").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_a_menu_a_skip_link_a_number(visit: Visit, lived: House) -> None:
    page = visit(f"/console/cases/{lived.case(OVERDUE).id}", viewport=DESKTOP)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Перейти к содержанию")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.locator("header .console-me summary").click()
    expect(page.get_by_role("button", name="Выйти")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Выйти")).not_to_be_visible()
    page.locator("header .console-me summary").click()
    page.locator("h1").click()
    expect(page.get_by_role("button", name="Выйти")).not_to_be_visible()
    page.get_by_role("button", name="Показать номер").click()
    expect(page.get_by_text(f"+{lived.case(OVERDUE).phone}")).to_be_visible()
    photograph(page, "number")


def narrow(page: Page) -> Any:
    return page.locator("header .console-narrow")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_navigation_folds_on_a_phone(visit: Visit, scheme: Any) -> None:
    page = visit("/console/cases", viewport=PHONE, color_scheme=scheme)
    menu, header = narrow(page).locator("summary"), page.locator("header").bounding_box()
    assert header is not None
    assert header["height"] < 80, "one row"
    expect(menu).to_have_text("Разделы: Дела")
    photograph(page, f"nav_closed_{scheme}")
    menu.focus()
    page.keyboard.press("Enter")
    assert violations(page) == []
    photograph(page, f"nav_open_{scheme}")
    expect(narrow(page).get_by_role("link", name="Дела")).to_have_attribute("aria-current", "page")
    page.keyboard.press("Escape")
    expect(narrow(page).locator("a").first).not_to_be_visible()
    expect(menu).to_be_focused()
    menu.click()
    narrow(page).get_by_role("link", name="Сегодня").click()
    expect(page.get_by_role("heading", name="Сегодня")).to_be_visible()
    page.set_viewport_size(DESKTOP)
    expect(narrow(page)).not_to_be_visible()
    expect(page.locator(".console-wide").get_by_role("link", name="Дела")).to_be_visible()


def test_the_folded_navigation_needs_no_javascript(visit: Visit) -> None:
    page = visit("/console", viewport=PHONE, java_script_enabled=False)
    narrow(page).locator("summary").click()
    narrow(page).get_by_role("link", name="Дела").click()
    expect(page.get_by_role("heading", name="Дела")).to_be_visible()
