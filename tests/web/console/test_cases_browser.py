"""Board, kept lists and pages that renew themselves, in a real browser: phone and desk, dark, without JavaScript."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from qc_engine.core.events import AnswerReceived
from qc_engine.ports import Arrival
from qc_engine.web.console.policy import Role
from tests.browser import DESKTOP, PHONE, served, violations, watched
from tests.web.console.house import ANSWERED, OVERDUE, UNCLEAR, House, phone_of
from tests.web.console.looks import fits_everybody
from tests.web.console.test_board import CHOOSE
from tests.web.console.test_board import PATH as BOARD
from tests.web.console.test_case_acts import press
from tests.web.console.test_pages_browser import Visit, by_http
from tests.web.console.test_views import save

LIST = "/console/cases?state=active"
ASK = "document.querySelector('#live').dispatchEvent(new Event('every'))"


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
    press(lived.signed_in(Role.ADMIN, "Борис"), lived, UNCLEAR, "pause", reason="разбираемся с клиентом")
    lived.flow.settle()
    page = visit("/console")
    base = page.url.removesuffix("/console")
    save(lived.signed_in(Role.OWNER, "Вера"), "Чужой")
    for name, where in {
        "choose": CHOOSE,
        "board": BOARD,
        "list": LIST,
        "views": "/console/cases/views",
    }.items():
        page.goto(base + where)
        if name == "list":
            page.get_by_text("Сохранить эти фильтры").click()
            page.get_by_label("Название").fill("Идут сейчас")
            fits_everybody(page, "keep", ".column h2 a")
            page.get_by_role("button", name="Сохранить").click()
            page.get_by_role("button", name="Показать всем").click()
            page.goto(base + where)
        fits_everybody(page, name, ".column h2 a")


def test_kept_renamed_removed_and_back_by_keyboard(visit: Visit) -> None:
    page = visit(f"{BOARD}&state=active", viewport=DESKTOP)
    page.get_by_text("Сохранить эти фильтры").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Доска идущих")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Вид «Доска идущих» сохранён")
    expect(page.locator("[data-notice]")).to_have_count(1)
    page.locator("main summary", has_text="Переименовать").click()
    page.get_by_label("Название").fill("Доска")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Удалить: Доска").click()
    expect(page.get_by_role("heading", name="Сохранённых видов нет")).to_be_visible()
    page.get_by_role("button", name="Вернуть").click()
    page.get_by_role("link", name="Доска", exact=True).click()
    expect(page.locator(".kept a[aria-current]")).to_have_text("Доска")
    expect(page.locator(".board")).to_be_visible()


def answers(house: House, deal: int) -> None:
    now = house.flow.clock.now()
    house.flow.arrive(Arrival("inbox:5001", AnswerReceived(phone_of(deal), "10", now, 5001)))
    house.flow.settle()


def news(page: Page) -> Any:
    return page.locator("[data-changed]")


def test_the_board_renews_itself_and_keeps_the_place(visit: Visit, lived: House) -> None:
    page = visit(BOARD, viewport=DESKTOP)
    line, case = page.locator("[data-renewed]"), lived.case(ANSWERED)
    expect(line).to_be_hidden()
    page.evaluate(ASK)
    expect(line).to_have_text(re.compile(r"обновлено в \d\d:\d\d:\d\d"))
    expect(news(page)).to_have_text("")
    link = page.locator(f"#card-{lived.case(OVERDUE).id} a")
    before = page.locator(f"#card-{case.id}").inner_text()
    link.focus()
    answers(lived, ANSWERED)
    page.evaluate(ASK)
    expect(news(page)).to_have_text(re.compile("Страница обновилась в"))
    expect(link).to_be_focused()
    assert lived.case(ANSWERED).step != case.step
    assert page.locator(f"#card-{case.id}").inner_text() != before
    assert violations(page) == []


def test_a_list_keeps_focus_and_never_disturbs_who_types(visit: Visit, lived: House) -> None:
    page = visit(LIST, viewport=DESKTOP)
    answers(lived, ANSWERED)
    search = page.get_by_label("Поиск")
    search.fill("Айг")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate(ASK)
    page.wait_for_timeout(200)
    assert asked == [], "a field is being filled in"
    row = page.locator(f"#row-{lived.case(OVERDUE).id} a")
    row.focus()
    page.evaluate(ASK)
    expect(news(page)).to_have_text(re.compile("Страница обновилась в"))
    expect(row).to_be_focused()
    expect(search).to_have_value("Айг")
    said = news(page).inner_text()
    asked.clear()
    with page.expect_response(lambda answer: answer.status == 304):
        page.evaluate(ASK)
    assert news(page).inner_text() == said, "nothing has changed, nothing is said"
    page.evaluate("document.body.append(Object.assign(document.createElement('dialog'), {open: true}))")
    asked.clear()
    page.evaluate(ASK)
    page.wait_for_timeout(200)
    assert asked == [], "a question is open"


def test_nothing_is_asked_while_nobody_looks(visit: Visit) -> None:
    page = visit(LIST, viewport=DESKTOP)
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true})")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate(ASK)
    page.wait_for_timeout(200)
    assert asked == []


def test_what_fails_leaves_the_page_as_it_is(visit: Visit, lived: House) -> None:
    page = visit(LIST, viewport=DESKTOP)
    page.route("**/console/cases?state=active", lambda route: route.fulfill(status=404, body="<p>gone</p>"))
    with page.expect_response(lambda answer: answer.status == 404):
        page.evaluate(ASK)
    page.wait_for_timeout(200)
    expect(page.locator(f"#row-{lived.case(OVERDUE).id}")).to_be_visible()
    expect(page.locator("[data-renewed]")).to_be_hidden()
    page.unroute_all()
    answers(lived, ANSWERED)
    page.evaluate(ASK)
    expect(news(page)).to_have_text(re.compile("Страница обновилась в"))


def test_a_session_that_is_over_leads_to_the_door(visit: Visit) -> None:
    page = visit(LIST, viewport=DESKTOP)
    page.context.clear_cookies()
    page.evaluate(ASK)
    expect(page.get_by_role("button", name="Войти")).to_be_visible()


def test_a_case_renews_itself_and_a_number_that_was_asked_for_stays(visit: Visit, lived: House) -> None:
    page = visit(f"/console/cases/{lived.case(ANSWERED).id}", viewport=DESKTOP)
    page.get_by_role("button", name="Показать номер").click()
    expect(page.get_by_text(f"+{phone_of(ANSWERED)}")).to_be_visible()
    answers(lived, ANSWERED)
    page.locator("main").focus()
    page.evaluate(ASK)
    expect(news(page)).to_have_text(re.compile("Страница обновилась в"))
    expect(page.locator(".talk li.client").last).to_contain_text("10")
    expect(page.get_by_text(f"+{phone_of(ANSWERED)}")).to_be_visible()
    expect(page.locator("main")).to_be_focused()
    assert violations(page) == []


def test_everything_works_without_javascript(visit: Visit, lived: House) -> None:
    page = visit(CHOOSE, viewport=PHONE, java_script_enabled=False)
    page.get_by_role("link", name="Шинный центр, опрос после визита").click()
    page.get_by_text("Сохранить эти фильтры").click()
    page.get_by_label("Название").fill("Доска")
    page.get_by_role("button", name="Сохранить").click()
    page.get_by_role("link", name="Доска", exact=True).click()
    page.locator(f"#card-{lived.case(OVERDUE).id} a").click()
    expect(page.get_by_role("heading", name="Коротко")).to_be_visible()
    expect(page.locator("[data-renewed]")).to_be_hidden()
