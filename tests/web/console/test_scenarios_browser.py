"""The scenarios in a real browser: on a small phone and a desk, in the dark, by keyboard, without JavaScript."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from qc_engine.store import alarms
from qc_engine.store.database import Database
from qc_engine.store.scenarios import RAMP
from qc_engine.wiring import Installation
from tests.browser import DESKTOP, PHONE, served, watched
from tests.conftest import NOON
from tests.flow.fakes import PHONE as CLIENT
from tests.web.console.looks import fits, fits_everybody, photograph
from tests.web.console.shop import PATH, STRICTER, THANKS, WHY, Shop, opened
from tests.web.console.test_pages_browser import by_http
from tests.web.console.test_whole_app import whole

Visit = Callable[..., Page]


@pytest.fixture
def shop(sqlite_database: Database, settings: Installation, tmp_path: Path) -> Shop:
    return opened(sqlite_database, settings, tmp_path / "scenarios")


@pytest.fixture
def visit(browser: Browser, shop: Shop) -> Iterator[Visit]:
    """visit(path, ...): nothing may go wrong in the page, nor against its policy."""
    with served(whole(by_http(shop.house).console)) as url, watched(browser, url, "status of 4") as open_page:
        name, value = next(iter(shop.house.signed_in().cookies.items()))

        def go(path: str, **options: Any) -> Page:
            page = open_page("/console/login", **options)
            page.context.add_cookies([{"name": name, "value": value, "url": url}])
            page.goto(f"{url}{path}")
            return page

        yield go


def eventful(shop: Shop) -> Shop:
    """Something runs, something waits, something is tried, and the folder is broken."""
    shop.house.flow.close_order(1, CLIENT)
    shop.house.flow.later(hours=2)
    tried = shop.edit(("Разобраться", "Позвонить клиенту и разобраться"))
    shop.tried(tried, RAMP)
    shop.edit(STRICTER)
    told = {"file": str(shop.file), "line": 15, "column": 9, "text": "unknown word 'averag'", "count": 2}
    with shop.house.database.transaction() as session:
        alarms.raise_alarm(session, "scenarios:main", "alarm.scenarios", {"portal": "main", **told}, NOON)
    return shop


PAGES = {
    "scenarios": "/console/scenarios",
    "scenario": PATH,
    "text": f"{PATH}/text?version={{version}}",
    "compare": f"{PATH}/compare",
    "activate": f"{PATH}/activate?version=file",
    "did": f"{PATH}/did",
    "edit": f"{PATH}/edit",
}


def test_fits_and_can_be_used_by_everybody(visit: Visit, shop: Shop) -> None:
    eventful(shop)
    page = visit("/console")
    base = page.url.removesuffix("/console")
    for name, path in PAGES.items():
        page.goto(base + path.format(version=shop.row.version))
        page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true })")
        fits_everybody(page, name)


@pytest.mark.parametrize("language", ["kk", "en"])
def test_speaks_the_visitors_language(visit: Visit, shop: Shop, language: str) -> None:
    eventful(shop)
    page = visit("/console/scenarios", viewport=PHONE)
    page.context.add_cookies([{"name": "qc_language", "value": language, "url": page.url}])
    page.goto(page.url.removesuffix("/console/scenarios") + PATH)
    expect(page.locator("html")).to_have_attribute("lang", language)
    fits(page, language)
    photograph(page, f"scenario_{language}")


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_tests_are_played_without_leaving_the_page(visit: Visit, shop: Shop, viewport: Any) -> None:
    shop.edit(STRICTER)
    page = visit(PATH, viewport=viewport)
    page.get_by_role("button", name="Проверить и проиграть тесты").click()
    expect(page.get_by_role("status")).to_have_text("Тестов прошло: 1, не прошло: 1")
    expect(page.get_by_role("status")).to_be_focused()
    expect(page.get_by_text("small.tests.yaml:6")).to_be_visible()
    fits(page, "played")
    photograph(page, f"played_{viewport['width']}")


def test_frozen_and_thawed_by_keyboard(visit: Visit, shop: Shop) -> None:
    shop.house.flow.close_order(1, CLIENT)
    shop.house.flow.later(hours=2)
    page = visit(PATH, viewport=DESKTOP)
    page.locator("summary", has_text="Остановить всё").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("ни одно сообщение и ни одна запись")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.type(WHY)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Что ждёт")).to_be_visible()
    assert shop.row.state == "frozen"
    fits(page, "frozen")
    photograph(page, "frozen")
    page.locator("summary", has_text="Пустить дальше").click()
    page.get_by_label("Причина").fill(WHY)
    page.get_by_role("button", name="Пустить дальше").click()
    expect(page.get_by_role("status")).to_have_text("Сценарий пущен дальше")
    assert shop.row.state == "active"


# --- the editor -------------------------------------------------------------------------------


def draft(page: Page) -> Any:
    return page.locator("textarea[name=text]")


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_checked_while_somebody_writes(visit: Visit, shop: Shop, viewport: Any) -> None:
    before = shop.text
    page = visit(f"{PATH}/edit", viewport=viewport)
    expect(page.get_by_text("Текст проверяется, пока вы пишете")).to_be_visible()
    draft(page).fill(before.replace("go_to: unhappy", "go_to: nowhere"))
    expect(page.get_by_text("Ошибок: 1")).to_be_visible()
    expect(draft(page)).to_be_focused()
    fits(page, "faults")
    photograph(page, f"faults_{viewport['width']}")
    page.locator(".faults a").click()
    place = "document.activeElement.value.slice(0, document.activeElement.selectionStart).split('\\n').length"
    assert page.evaluate(place) == 19
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.keyboard.type("# so")
    assert page.locator("[data-numbers]").inner_text().split()[-1] == str(before.count("\n") + 2)
    assert "\n          # so\n" in draft(page).input_value(), "indented like the line above"
    draft(page).fill(before.replace(*THANKS))
    expect(page.get_by_text("Ошибок нет")).to_be_visible()
    assert shop.text == before, "nothing is written yet"
    page.get_by_label("Причина").fill(WHY)
    page.get_by_role("button", name="Сохранить и ввести в действие").click()
    expect(page.get_by_role("status")).to_have_text("Файл записан, версия введена в действие")
    assert "Большое спасибо!" in shop.text


def test_a_check_that_is_refused_leaves_the_editor_as_it_is(visit: Visit, shop: Shop) -> None:
    page = visit(f"{PATH}/edit", viewport=DESKTOP)
    draft(page).fill("я" * 130_000)
    expect(page.locator("#faults")).to_contain_text("Так не получится")
    expect(page.locator("main")).to_have_count(1)
    draft(page).fill(shop.text)
    expect(page.get_by_text("Ошибок нет")).to_be_visible()


def test_what_was_typed_is_not_lost(visit: Visit, shop: Shop) -> None:
    page = visit(f"{PATH}/edit", viewport=DESKTOP)
    draft(page).fill(shop.text.replace(*STRICTER))
    page.get_by_label("Причина").fill(WHY)
    page.get_by_role("button", name="Сохранить и ввести в действие").click()
    expect(page.get_by_text("Не сохранено")).to_be_visible()
    expect(page.get_by_text("small.tests.yaml:6")).to_be_visible()
    assert "average_at_least: 9}" in draft(page).input_value()
    fits(page, "refused")
    photograph(page, "refused")
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    draft(page).press_sequentially("# more")
    page.get_by_role("link", name="Не сохранять").click()
    expect(page.get_by_role("heading", name="Малый опрос")).to_be_visible()
    assert asked == ["beforeunload"]


def test_everything_works_without_javascript(visit: Visit, shop: Shop) -> None:
    shop.edit(THANKS)
    page = visit(PATH, viewport=PHONE, java_script_enabled=False)
    page.get_by_role("button", name="Проверить и проиграть тесты").click()
    expect(page.get_by_role("status")).to_have_text("Тестов прошло: 2, не прошло: 0")
    page.get_by_role("link", name="Малый опрос").click()
    page.get_by_role("link", name="Ввести в действие").first.click()
    page.get_by_label("Причина").fill(WHY)
    page.get_by_role("button", name="Ввести в действие").click()
    expect(page.get_by_role("status")).to_have_text("Версия введена в действие")
    page.get_by_role("link", name="Изменить текст").click()
    draft(page).fill(shop.text.replace("Большое спасибо!", "Спасибо вам!"))
    page.get_by_label("Причина").fill(WHY)
    page.get_by_role("button", name="Сохранить и ввести в действие").click()
    assert "Спасибо вам!" in shop.text


def test_an_empty_folder_is_no_empty_page(visit: Visit, shop: Shop) -> None:
    with shop.house.database.transaction() as session:
        session.delete(session.merge(shop.row))
    page = visit("/console/scenarios", viewport=PHONE)
    expect(page.get_by_role("heading", name="Сценариев пока нет")).to_be_visible()
    fits(page, "none")
    photograph(page, "none")
