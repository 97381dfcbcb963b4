"""The head works off a low score in a real browser, from the notification's link to the second score."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from qc_engine.core.effects import NotifyStaff
from qc_engine.core.figures.slips import Slip
from qc_engine.store import slipping
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from qc_engine.web.console.policy import Role
from qc_engine.wiring import Installation
from tests.browser import DESKTOP, PHONE, served, violations, watched
from tests.conftest import NOON
from tests.flow.fakes import BRANCH
from tests.web.console.house import House
from tests.web.console.looks import fits_everybody, open_all, photograph
from tests.web.console.recovering import PATH, complaint_of, press, recovering, says, unhappy
from tests.web.console.test_pages_browser import Visit, by_http

DEAL = 6


@pytest.fixture
def each_shop(database: Database, settings: Installation, tmp_path: Path) -> House:
    return by_http(recovering(database, NOON, settings, tmp_path))


@pytest.fixture
def shop(sqlite_database: Database, settings: Installation, tmp_path: Path) -> House:
    return by_http(recovering(sqlite_database, NOON, settings, tmp_path))


def let_in(browser: Browser, house: House) -> Iterator[Visit]:
    """visit(path, ...) as the head of the branch: nothing may go wrong in the page, nor against its policy."""
    with served(house.app()) as url, watched(browser, url, "status of 4") as open_page:

        def go(path: str, **options: Any) -> Page:
            name, value = next(iter(house.signed_in(Role.HEAD, "Анна", BRANCH.name).cookies.items()))
            page = open_page("/console/login", **options)
            page.context.add_cookies([{"name": name, "value": value, "url": url}])
            page.goto(f"{url}{path}")
            return page

        yield go


@pytest.fixture
def each_visit(browser: Browser, each_shop: House) -> Iterator[Visit]:
    yield from let_in(browser, each_shop)


@pytest.fixture
def visit(browser: Browser, shop: House) -> Iterator[Visit]:
    yield from let_in(browser, shop)


def notified(house: House) -> str:
    """Where the link in the head's notification leads."""
    (notice,) = (one for one in house.flow.world.done(NotifyStaff) if isinstance(one, NotifyStaff))
    return urlsplit(notice.text.rpartition(" ")[2]).path


def test_from_the_notification_to_the_second_score(each_visit: Visit, each_shop: House) -> None:
    house = each_shop
    unhappy(house, DEAL)
    page = each_visit(notified(house), viewport=PHONE)
    expect(page.get_by_role("heading", name="Жалоба клиента")).to_be_visible()
    page.locator("select[name=cause]").select_option("Долго ждал")
    page.get_by_label("Подробнее о причине").fill("Два часа вместо часа")
    page.get_by_label("Что сделано").fill("Скидка 10 %")
    page.get_by_role("button", name="Записать причину").click()
    expect(page.get_by_role("status")).to_contain_text("Записано: причина: Долго ждал")
    expect(page.get_by_role("status")).to_be_focused()
    expect(page.get_by_text("Ждём, пока это дойдёт до дела")).to_be_visible()
    house.flow.settle()
    page.reload()
    page.locator("summary", has_text="Улажено").click()
    promised = page.locator("details[open] blockquote").inner_text()
    assert "Как Вы оцените нас теперь" in promised
    page.get_by_label("Как уладили").fill("Позвонили и извинились")
    page.get_by_role("button", name="Улажено").click()
    expect(page.get_by_role("status")).to_contain_text("улажено, клиента спросим ещё раз")
    house.flow.settle()
    assert house.flow.world.texts[-1] != promised, "not before its day"
    house.flow.later(days=2)
    assert house.flow.world.texts[-1].split() == promised.split()
    page.reload()
    expect(page.get_by_text("ждём ответа")).to_be_visible()
    photograph(page, "complaint_asked")
    says(house.flow, DEAL, "9")
    page.reload()
    expect(page.locator(".item .kind")).to_have_text("Клиент теперь доволен")
    expect(page.get_by_text("Позвонили и извинились")).to_be_visible()
    assert violations(page) == []
    photograph(page, "complaint_recovered")
    page.get_by_role("link", name="← Недовольные").click()
    page.get_by_role("link", name="Теперь довольны 1").click()
    expect(page.locator("article.item")).to_have_count(1)
    photograph(page, "complaints_recovered")


def test_second_thoughts_by_keyboard(visit: Visit, shop: House) -> None:
    case_id = unhappy(shop, DEAL)
    page = visit(f"{PATH}/{case_id}", viewport=DESKTOP)
    summary = page.locator("summary", has_text="Улажено")
    summary.focus()
    page.keyboard.press("Enter")
    page.get_by_label("Спросить клиента ещё раз").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Улажено").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("улажено, клиента не спрашиваем")
    shop.flow.settle()
    page.reload()
    page.locator("summary", has_text="Вернуть в работу").press("Enter")
    page.get_by_label("Почему? Это увидят коллеги").fill("Клиент перезвонил")
    page.get_by_role("button", name="Вернуть в работу").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("возвращено в работу")
    shop.flow.settle()
    assert complaint_of(shop, DEAL)["settled_at"] is None


def slips(house: House) -> None:
    """The last look of the day has found that the branch slips."""
    now = house.flow.clock.now()
    slip = Slip(MAIN, BRANCH.name, now.date() - timedelta(days=5), now, 8.9, 7.85, 230)
    with house.database.transaction() as session:
        slipping.keep(session, slipping.Look(now.date(), (slip,)), now)


def test_fits_and_can_be_used_by_everybody(visit: Visit, shop: House) -> None:
    ids = [unhappy(shop, deal) for deal in (6, 7, 8)]
    client = shop.signed_in(Role.ADMIN, "Борис")
    press(client, ids[0], "cause", cause="quality", words="Гудит колесо " * 20, action="Переделали")
    shop.flow.settle()
    press(client, ids[1], "resolve", words="Извинились")
    shop.flow.settle()
    shop.flow.clock.advance(timedelta(hours=25))  # what is open is overdue
    slips(shop)
    page = visit(PATH)
    base = page.url.removesuffix(PATH)
    for name, path in {
        "list": PATH,
        "overdue": f"{PATH}?state=overdue",
        "open": f"{PATH}/{ids[0]}",
        "settled": f"{PATH}/{ids[1]}",
        "bare": f"{PATH}/{ids[2]}",
        "today": "/console",
        "case": f"/console/cases/{ids[0]}",
    }.items():
        page.goto(f"{base}{path}")
        open_all(page)
        fits_everybody(page, f"complaint_{name}")


def test_everything_works_without_javascript(visit: Visit, shop: House) -> None:
    case_id = unhappy(shop, DEAL)
    page = visit(f"{PATH}/{case_id}", viewport=PHONE, java_script_enabled=False)
    page.locator("select[name=cause]").select_option("Дорого")
    page.get_by_role("button", name="Записать причину").click()
    expect(page.get_by_role("status")).to_contain_text("Записано: причина: Дорого")
    shop.flow.settle()
    page.goto(page.url)
    page.locator("summary", has_text="Улажено").click()
    page.get_by_role("button", name="Улажено").click()
    expect(page.get_by_role("status")).to_contain_text("улажено, клиента спросим ещё раз")
