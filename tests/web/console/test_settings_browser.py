"""The settings in a real browser: on a small phone and a desk, in the dark, by keyboard, without JavaScript."""

import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from qc_engine import ports
from qc_engine.ports import Connector
from qc_engine.store import examinations, lanes, outbox
from qc_engine.store.examinations import Examination, Finding
from qc_engine.web.console import machines
from qc_engine.web.console.policy import Role, Scope
from qc_engine.web.console.staff import By
from tests.browser import DESKTOP, PHONE, PLAIN_HOST, served, violations, watched
from tests.connectors.webhook.test_webhook import hook
from tests.flow.fakes import BRANCH
from tests.web.console.house import House
from tests.web.console.looks import fits_everybody, open_all, photograph
from tests.web.console.test_pages_browser import Visit, by_http
from tests.web.console.test_settings_engine import with_connectors
from tests.web.console.test_settings_users import PATH, SETTINGS, user
from tests.web.console.test_settings_webhooks import called
from tests.web.console.test_two_steps import code_of, later

LINK = re.compile(r"^http://127\.0\.0\.1/console/enter/\w{22}$")


@pytest.fixture
def busy(house: House) -> House:
    """With users of every kind."""
    house.signed_in()
    house.signed_in(Role.HEAD, "Пётр-Очень-Длиннофамильский-Заслуженный", BRANCH.name)
    house.link(Role.OBSERVER, "Борис")
    with house.database.transaction() as session:
        lanes.mark_broken(session, "crm", "HTTP 401: " + "очень-длинное-слово" * 5, house.flow.clock.now())
        found = (Finding(True, "Портал отвечает"), Finding(False, "Нет стадии «Оценка»", "qc bitrix24 setup"))
        examinations.end(session, Examination(house.console.wall.now(), "Анна", found))
    with house.database.transaction() as session:
        now = house.console.wall.now()
        machines.make(session, house.console.ids, By("Анна"), "Программа лояльности", list(Scope), now)
    called(house, outbox.DONE)
    called(
        house, outbox.FAILED, "очень-длинное-имя-вебхука", error="webhook_refused: the receiver answered 404"
    )
    called(house, outbox.PLANNED, attempts=3)
    hooks = {"loyalty": hook()}
    return with_connectors(house, tuple, house.settings.model_copy(update={"webhooks": hooks}))


@pytest.fixture
def visit(browser: Browser, busy: House) -> Iterator[Visit]:
    with served(by_http(busy).app()) as url, watched(browser, url, "status of 4") as open_page:

        def go(path: str, **options: Any) -> Page:
            client = busy.guest()
            form = {"login": "анна", "password": "верная лошадь скрепка"}
            client.post("/console/login", data=form)
            name, value = next(iter(client.cookies.items()))
            page = open_page("/console/login", **options)
            page.context.add_cookies([{"name": name, "value": value, "url": url}])
            page.goto(f"{url}{path}")
            return page

        yield go


PAGES = {
    "settings": SETTINGS,
    "users": PATH,
    "user": f"{PATH}/{{boris}}",
    "me": f"{PATH}/{{anna}}",
    "audit": f"{SETTINGS}/audit",
    "audit_none": f"{SETTINGS}/audit?who=x",
    "lanes": f"{SETTINGS}/lanes",
    "doctor": f"{SETTINGS}/doctor",
    "connections": f"{SETTINGS}/connections",
    "webhooks": f"{SETTINGS}/webhooks",
    "tokens": f"{SETTINGS}/tokens",
    "account": "/console/account",
    "two_steps": "/console/account/two-steps",
}


def test_fits_and_can_be_used_by_everybody(visit: Visit, busy: House) -> None:
    page = visit(SETTINGS)
    base = page.url.removesuffix(SETTINGS)
    for name, path in PAGES.items():
        page.goto(base + path.format(boris=user(busy, "Борис").id, anna=user(busy, "Анна").id))
        photograph(page, f"settings_{name}_closed")
        open_all(page)
        fits_everybody(page, f"settings_{name}", "main .choice")


def test_invited_by_keyboard_and_the_link_is_copied(visit: Visit, busy: House) -> None:
    page = visit(PATH, viewport=DESKTOP, permissions=["clipboard-read", "clipboard-write"])
    page.locator("summary", has_text="Пригласить").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Имя").fill("Вера")
    page.get_by_label("Менеджер").check()
    page.get_by_label(BRANCH.name).check()
    page.get_by_role("button", name="Пригласить").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_have_text("Вера: приглашение готово")
    expect(page.get_by_role("status").first).to_be_focused()
    assert violations(page) == []
    photograph(page, "settings_link")
    page.get_by_role("button", name="Скопировать").click()
    expect(page.get_by_text("Скопировано")).to_be_visible()
    assert LINK.match(page.evaluate("navigator.clipboard.readText()"))
    assert user(busy, "Вера").role == "manager"


def test_the_link_is_copied_without_tls_too(browser: Browser, busy: House) -> None:
    """Over a network a browser then has no clipboard to write to."""
    url_of = f"http://{PLAIN_HOST}"
    busy.console = replace(busy.console, public_url=url_of)
    ignored = "Cross-Origin-Opener-Policy"
    with served(busy.app()) as url, watched(browser, url.replace("127.0.0.1", PLAIN_HOST), ignored) as visit:
        page = visit("/console/login")
        page.get_by_label("Логин").fill("анна")
        page.get_by_label("Пароль").fill("верная лошадь скрепка")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Сегодня")).to_be_visible()
        page.goto(f"{url.replace('127.0.0.1', PLAIN_HOST)}{PATH}/{user(busy, 'Борис').id}")
        page.locator("summary", has_text="Новая ссылка").click()
        page.get_by_role("button", name="Новая ссылка").click()
        page.get_by_role("button", name="Скопировать").click()
        expect(page.get_by_text("Скопировано")).to_be_visible()


def test_shut_out_after_a_second_thought_without_javascript(visit: Visit, busy: House) -> None:
    page = visit(f"{PATH}/{user(busy, 'Борис').id}", viewport=PHONE, java_script_enabled=False)
    page.locator("summary", has_text="Закрыть вход").click()
    expect(page.get_by_text("Борис больше не войдёт")).to_be_visible()
    assert user(busy, "Борис").closed_at is None
    page.get_by_role("button", name="Закрыть вход").click()
    expect(page.get_by_role("status")).to_have_text("Борис: вход закрыт")
    assert user(busy, "Борис").closed_at is not None
    page.locator("summary", has_text="Открыть вход").click()
    page.get_by_role("button", name="Открыть вход").click()
    assert user(busy, "Борис").closed_at is None


def test_the_doctor_answers_without_anybody_reloading(visit: Visit, busy: House) -> None:
    gate = threading.Event()

    def slow() -> Sequence[ports.Finding]:
        gate.wait(10)
        return [ports.Finding(True, "Канал отвечает")]

    page = visit(f"{SETTINGS}/doctor", viewport=PHONE)
    busy.console.office._given = [Connector("chat2desk", doctor=slow)]  # type: ignore[attr-defined]
    page.get_by_role("button", name="Спросить сейчас").click()
    expect(page.get_by_text("Спрашиваем…")).to_be_visible()
    assert violations(page) == []
    photograph(page, "settings_doctor_asking")
    gate.set()
    expect(page.get_by_text("Канал отвечает")).to_be_visible()
    expect(page.get_by_text("Спрашиваем…")).to_have_count(0)


def test_the_second_step_by_keyboard(visit: Visit, busy: House) -> None:
    page = visit("/console/account/two-steps", viewport=PHONE)
    page.get_by_role("button", name="Включить").click()
    expect(page.get_by_role("img", name="QR-код")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    photograph(page, "two_steps_begun")
    page.get_by_label("Код", exact=False).first.fill(code_of(busy))
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Второй шаг включён")
    expect(page.locator(".recovery li")).to_have_count(10)
    assert violations(page) == []
    photograph(page, "two_steps_on")
    later(busy)
    page.locator("header .console-me summary").click()
    page.get_by_role("button", name="Выйти").click()
    page.get_by_label("Логин").fill("анна")
    page.get_by_label("Пароль").fill("верная лошадь скрепка")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Код")).to_be_focused()
    assert violations(page) == []
    photograph(page, "two_steps_asked")
    page.get_by_label("Код").fill("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Код не подходит")
    page.get_by_label("Код").fill(code_of(busy))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Сегодня")).to_be_visible()
