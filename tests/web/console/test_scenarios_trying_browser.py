"""Trying scenarios in a real browser: on a small phone and a desk, in the dark, by keyboard, without JavaScript."""

import re
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from qc_engine.core.events import AnswerReceived
from qc_engine.flow.versions import shadows
from qc_engine.ports import Arrival
from qc_engine.store import alarms
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from qc_engine.store.scenarios import RAMP, SHADOW
from qc_engine.telling.scenarios import bench
from qc_engine.trying.reading import crowd_of
from qc_engine.wiring import Installation
from tests.browser import DESKTOP, PHONE, served, until, watched
from tests.web.console.looks import fits, fits_everybody, photograph
from tests.web.console.shop import PATH, STRICTER, THANKS, WHY, Shop, opened, portal_was_read
from tests.web.console.test_pages_browser import by_http
from tests.web.console.test_scenarios_browser import draft
from tests.web.console.test_scenarios_past import rested
from tests.web.console.test_whole_app import whole

Visit = Callable[..., Page]


@pytest.fixture
def shop(
    sqlite_database: Database, settings: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shop]:
    portal_was_read(monkeypatch)
    yield from rested(opened(sqlite_database, settings, tmp_path / "scenarios"))


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


def lived(shop: Shop, answers: dict[int, str]) -> None:
    """A case for each answer; '' says nothing."""
    flow = shop.house.flow
    for deal in answers:
        flow.close_order(deal, f"7701555{deal:04}")
    flow.later(hours=2)
    flow.clock.advance(timedelta(minutes=5))
    for deal, text in answers.items():
        if text:
            event = AnswerReceived(f"7701555{deal:04}", text, flow.clock.now(), 5000 + deal)
            flow.arrive(Arrival(f"inbox:{deal}", event), portal="")
    flow.settle()


def eventful(shop: Shop) -> dict[str, str]:
    """Cases of several versions, a silent candidate that differs; then one on new cases. Pages by their names."""
    silent, ramped = shop.kept(THANKS), shop.kept(("Разобраться", "Позвонить клиенту и разобраться"))
    shop.tried(silent, SHADOW)
    shop.follow()
    lived(shop, {1: "8", 2: "9", 3: "3", 4: ""})
    with shop.house.database.reading() as session:
        (differs,) = [
            row.case_id for row in shadows.of_version(session, MAIN, "small", silent)[:1] if row.differs
        ]
    shop.tried(ramped, RAMP)
    told = {"portal": "main", "name": "small", "version": silent[:8], "text": "undelivered > 5%: 8.0% of 50"}
    with shop.house.database.transaction() as session:
        alarms.raise_alarm(session, "ramp:main:small", "alarm.ramp", told, shop.house.flow.clock.now())
    asked = f"version={silent}&mode=share&share=10&after=20&stop.undelivered=on&n.undelivered=5"
    return {
        "try": f"{PATH}/try?version={silent}",
        "try_wrong": f"{PATH}/try?version={silent}&mode=share&share=x&after=0",
        "try_sure": f"{PATH}/try?{asked}",
        "promote": f"{PATH}/promote",
        "beside": f"{PATH}/beside?version={silent}",
        "beside_case": f"{PATH}/beside?version={silent}&case={differs}",
        "past": f"{PATH}/past?version={silent}",
        "migrate": f"{PATH}/migrate?version={silent}",
        "undo": f"{PATH}/undo",
        "edit_from": f"{PATH}/edit?version={silent}",
        "text": f"{PATH}/text?version={silent}&kept=1",
        "scenario": PATH,
    }


def test_fits_and_can_be_used_by_everybody(visit: Visit, shop: Shop) -> None:
    pages = eventful(shop)
    page = visit("/console")
    base = page.url.removesuffix("/console")
    for name, path in pages.items():
        page.goto(base + path)
        page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true })")
        fits_everybody(page, f"trying_{name}")


@pytest.mark.parametrize("language", ["kk", "en"])
def test_speaks_the_visitors_language(visit: Visit, shop: Shop, language: str) -> None:
    pages = eventful(shop)
    page = visit("/console", viewport=PHONE)
    page.context.add_cookies([{"name": "qc_language", "value": language, "url": page.url}])
    base = page.url.removesuffix("/console")
    for name in ("try", "try_sure", "promote", "past", "undo"):
        page.goto(base + pages[name])
        expect(page.locator("html")).to_have_attribute("lang", language)
        fits(page, name)
        photograph(page, f"trying_{name}_{language}")


def test_a_report_comes_by_itself(visit: Visit, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    lived(shop, {1: "8", 2: "9", 3: "3"})
    version = shop.kept(STRICTER)
    gate = threading.Event()
    monkeypatch.setattr(bench, "crowd_of", lambda *asked: gate.wait(20) and crowd_of(*asked))
    page = visit(f"{PATH}/past?version={version}")
    page.get_by_label("начатых за последние 7 дней").check()
    page.get_by_role("button", name="Начать").click()
    expect(page.get_by_text("Собираются дела…")).to_be_visible()
    page.get_by_role("button", name="Прервать").focus()
    fits_everybody(page, "trying_goes_on")
    page.wait_for_timeout(1500)
    expect(page.get_by_role("button", name="Прервать")).to_be_focused()
    gate.set()
    expect(page.get_by_role("status")).to_contain_text("Путь меняется в делах: 1; другой итог у клиентов: 1.")
    expect(page.get_by_role("status")).to_be_focused()
    fits_everybody(page, "trying_report")
    page.get_by_role("link", name="Обе истории рядом").click()
    expect(page.get_by_role("heading", name="Стало")).to_be_visible()
    fits_everybody(page, "trying_stories")


def test_cancelled_by_keyboard(visit: Visit, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    lived(shop, {1: "8"})
    gate = threading.Event()
    monkeypatch.setattr(bench, "crowd_of", lambda *asked: gate.wait(20) and crowd_of(*asked))
    page = visit(f"{PATH}/past", viewport=PHONE)
    page.get_by_role("button", name="Начать").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Прервать").focus()
    page.keyboard.press("Enter")
    run = shop.house.console.workshop.bench.under_way()  # type: ignore[attr-defined]
    until(run.stop.is_set)
    gate.set()
    expect(page.get_by_text("Проба на прошлом прервана. Ничего не изменилось.")).to_be_visible()


def test_an_integrator_breaks_mends_tries_ramps_and_promotes(visit: Visit, shop: Shop) -> None:
    lived(shop, {1: "8", 2: "9", 3: "3"})
    first, text = shop.row.version, shop.text
    page = visit(PATH, viewport=DESKTOP)
    page.goto(f"{page.url}/edit")
    draft(page).fill(text.replace("go_to: unhappy", "go_to: nowhere"))
    expect(page.get_by_text("Ошибок: 1")).to_be_visible()
    draft(page).fill(text.replace(*THANKS))
    expect(page.get_by_text("Ошибок нет")).to_be_visible()

    # on the past: beside the editor, which keeps what was typed
    with page.context.expect_page() as beside:
        page.get_by_role("button", name="Попробовать на прошлом").click()
    report = beside.value
    expect(report.get_by_role("status")).to_contain_text("Путь меняется в делах: 2", timeout=15_000)
    expect(report.get_by_text("черновик из редактора")).to_be_visible()
    report.close()
    assert "Большое спасибо!" in draft(page).input_value()

    # kept, and in force nowhere
    page.get_by_label("Причина").fill(WHY)
    page.get_by_role("button", name="Сохранить как версию").click()
    expect(page.get_by_role("status")).to_contain_text("Версия сохранена")
    assert (shop.row.version, shop.text) == (first, text)

    # on all new cases
    page.get_by_role("link", name="Попробовать на новых делах").click()
    page.get_by_label("Доля, %").fill("100")
    page.get_by_role("button", name="Показать, что будет").click()
    expect(page.get_by_text("это 100%")).to_be_visible()
    page.get_by_label("Причина").fill(WHY)
    page.get_by_role("button", name="Начать пробу").click()
    expect(page.get_by_role("status")).to_have_text("Проба начата")
    version = shop.row.candidate
    shop.follow()
    lived(shop, {11: "9", 12: "10"})
    assert shop.house.flow.world.texts[-1] == "Большое спасибо!"

    # and for good
    page.reload()
    page.goto(re.sub(r"/try.*", "", page.url))
    page.get_by_role("link", name="Ввести пробную в действие").click()
    expect(page.get_by_text("Пробная версия спросила пока клиентов: 2.")).to_be_visible()
    page.get_by_label("Причина").fill(WHY)
    page.get_by_role("button", name="Ввести пробную в действие").click()
    expect(page.get_by_role("status")).to_contain_text("Пробная версия введена в действие")
    assert (shop.row.version, shop.row.mode) == (version, "")
    done = [what for what, _, _ in shop.log]
    assert done == ["activated", "kept", "ramp_begun", "promoted"]

    # its text goes into the file
    page.locator(f'a[href$="text?version={version}"]').first.click()
    page.get_by_role("link", name="Открыть в редакторе").click()
    page.get_by_label("Причина").fill(WHY)
    page.get_by_role("button", name="Сохранить и ввести в действие").click()
    expect(page.get_by_role("status")).to_have_text("Файл записан, версия введена в действие")
    assert "Большое спасибо!" in shop.text


def test_everything_works_without_javascript(visit: Visit, shop: Shop) -> None:
    lived(shop, {1: "8", 2: "3"})
    version = shop.kept(THANKS)
    page = visit(f"{PATH}/text?version={version}", viewport=PHONE, java_script_enabled=False)
    page.get_by_role("link", name="Попробовать на прошлом").click()
    page.get_by_role("button", name="Начать").click()
    until(lambda: shop.house.console.workshop.bench.under_way() is None)  # type: ignore[attr-defined]
    again = page.get_by_role("link", name="Посмотреть ещё раз")
    if again.count():
        again.click()
    expect(page.get_by_role("status")).to_contain_text("Путь меняется в делах: 1")
    page.get_by_role("link", name="Попробовать на новых делах").click()
    page.get_by_label("Тихая проба").check()
    page.get_by_role("button", name="Показать, что будет").click()
    page.get_by_label("Причина").fill(WHY)
    page.get_by_role("button", name="Начать тихую пробу").click()
    expect(page.get_by_role("status")).to_have_text("Тихая проба начата")
    page.locator("summary", has_text="Остановить всё").click()
    stop = page.locator("form.ask", has=page.locator('input[value="freeze"]'))
    stop.get_by_label("Причина").fill(WHY)
    stop.get_by_role("button", name="Остановить всё").click()
    page.get_by_role("link", name="Вернуть сделанное в CRM").click()
    page.get_by_label("Причина").fill(WHY)
    page.get_by_role("button", name="Вернуть действий").click()
    expect(page.get_by_role("status")).to_contain_text("В CRM уходит действий:")
