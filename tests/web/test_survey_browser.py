"""The survey's page in a real browser: by finger, by keyboard, by ear, without JavaScript."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from qc_engine.clock import FixedClock
from qc_engine.store import codec
from qc_engine.store.database import Database
from qc_engine.store.group_commit import GroupCommit
from qc_engine.store.tables import InboxRow
from qc_engine.web.app import STATIC
from qc_engine.web.guard import with_security_headers
from qc_engine.web.pages.survey.page import make_router
from qc_engine.web.pages.survey.view import Question, Stands, SurveyView
from qc_engine.web.pages.survey.words import TEXTS
from tests.browser import DESKTOP, PHONE, served, violations, watched

LONG = "Здравствуйте, уважаемый клиент! Вы были у нас: Шинный центр на Абая.\nОцените, пожалуйста, качество работы."
QUALITY, SERVICE = Question("quality", LONG), Question("service", "А обслуживание?", lowest=1, highest=5)
NPS, PERCENT = Question("nps", "Порекомендуете нас?", lowest=0), Question("percent", "Сколько?", True, 0, 100)
MARKS, WHY = Question("marks", "А по двадцатке?", highest=20), Question("why", "Что исправить?", scored=False)
OPEN = SurveyView("K7Q2K7Q2", Stands.OPEN, "Шинный центр на Абая", questions=[QUALITY, SERVICE])
REVIEWS = "Спасибо! Расскажите о нас:\nЯндекс Карты: https://qc.example/r/{0}\nИли здесь: https://qc.example/r/{0}, спасибо!"
VIEWS = {
    "open": OPEN,
    "every": replace(
        OPEN, branch="Длинноеназваниефилиала" * 5, questions=[QUALITY, NPS, MARKS, PERCENT, WHY]
    ),
    "waiting": replace(OPEN, stands=Stands.WAITING),
    "said": replace(OPEN, stands=Stands.ANSWERED, said=[REVIEWS.format("x" * 22), "y" * 200]),
    "closed": replace(OPEN, stands=Stands.CLOSED),
    "stopped": replace(OPEN, stands=Stands.CLOSED, opted_out=True),
}
SMALLEST_TARGET = 44  # pixels


@dataclass
class Site:
    """The page behind a real server; `after` is what it shows once an answer is stored."""

    database: Database
    url: str = ""
    after: SurveyView | None = None

    def view_of(self, code: str) -> SurveyView | None:
        return self.after if self.after and self.stored() else VIEWS.get(code)

    def stored(self) -> list[dict[str, str]]:
        with self.database.reading() as session:
            rows = session.exec(select(InboxRow).order_by(InboxRow.id)).all()
        return [dict(codec.load_event(row.kind, row.event).answers) for row in rows]


@pytest.fixture
def site(sqlite_database: Database, clock: FixedClock) -> Iterator[Site]:
    site, commit, app = Site(sqlite_database), GroupCommit(sqlite_database), FastAPI()
    app.include_router(make_router(site.view_of, commit, clock, "http://qc.example"))
    app.mount("/static", StaticFiles(directory=STATIC))
    commit.start()
    with served(with_security_headers(app)) as site.url:
        yield site
    commit.stop()


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """visit(code, viewport=...) opens the page; nothing may go wrong in it until the end."""
    with watched(browser, f"{site.url}/s/") as open_page:
        yield open_page


def score(page: Page, question: str, number: int) -> None:
    page.get_by_role("group", name=question).get_by_role("radio", name=str(number), exact=True).check()


# --- everybody can use it ---


@pytest.mark.parametrize(("viewport", "language"), [(DESKTOP, "ru"), *((PHONE, one) for one in TEXTS)])
def test_fits_and_can_be_used_by_everybody(visit: Callable[..., Page], viewport: Any, language: str) -> None:
    page = visit("every", viewport=viewport, locale=language)
    texts = TEXTS[language]
    address = page.url.rpartition("/")[0]

    def check() -> None:
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        assert violations(page) == []

    check()
    page.get_by_role("button", name=texts["send"]).click()
    expect(page.get_by_role("alert").locator("li")).to_have_count(4)
    check()
    page.get_by_role("button", name=texts["stop"]).click()
    expect(page.get_by_role("button", name=texts["stop_yes"])).to_be_visible()
    check()
    for code in ("waiting", "waiting?n=99", "said", "closed", "stopped"):
        page.goto(f"{address}/{code}")
        check()


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE, {"width": 320, "height": 600}])
def test_targets_are_big_and_stand_in_rows(visit: Callable[..., Page], viewport: Any) -> None:
    page = visit("every", viewport=viewport)
    for name in ("quality", "nps", "marks"):
        boxes = [one.bounding_box() for one in page.locator(f'[name="q.{name}"]').all()]
        assert all(box and box["height"] >= SMALLEST_TARGET for box in boxes)
        least = SMALLEST_TARGET if viewport == PHONE else 36
        assert all(box and box["width"] >= least - 1 for box in boxes)
        rows = {round(box["y"]) for box in boxes if box}
        assert len(rows) == {10: 1, 11: 1, 20: 4}[len(boxes)] if viewport == DESKTOP else len(rows) in (2, 4)
    for button in page.get_by_role("button").all():
        box = button.bounding_box()
        assert box
        assert box["height"] >= SMALLEST_TARGET


def test_ten_scores_stand_in_two_rows_of_five_on_a_phone(visit: Callable[..., Page]) -> None:
    boxes = [one.bounding_box() for one in visit("open").locator('[name="q.quality"]').all()]
    tops = [round(box["y"]) for box in boxes if box]
    assert [tops.count(top) for top in sorted(set(tops))] == [5, 5]


def test_the_keyboard_alone_is_enough(visit: Callable[..., Page], site: Site) -> None:
    site.after = VIEWS["said"]
    page = visit("open")
    press = page.keyboard.press
    for key in ("Tab", "Space", "ArrowRight", "ArrowRight"):
        press(key)
    chosen = page.locator("input:checked + span")
    assert chosen.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
    press("Tab")
    press("ArrowLeft")  # from the first one round to the last
    press("Tab")
    page.keyboard.type("Долго")
    press("Tab")
    press("Enter")
    expect(page.get_by_role("heading", name="Ответ записан")).to_be_visible()
    assert site.stored() == [{"quality": "3", "service": "5", "": "Долго"}]


# --- stories ---


def test_a_happy_client_without_scripts(visit: Callable[..., Page], site: Site) -> None:
    site.after = VIEWS["waiting"]
    page = visit("open", has_touch=True, java_script_enabled=False)
    score(page, "качество работы", 9)
    score(page, "А обслуживание?", 5)
    page.get_by_label("Хотите что-то добавить?").fill("Всё быстро\nи вежливо")
    page.get_by_role("button", name="Отправить").click()
    expect(page.get_by_role("heading", name="Спасибо, записываем…")).to_be_visible()
    assert site.stored() == [{"quality": "9", "service": "5", "": "Всё быстро\nи вежливо"}]
    site.after = VIEWS["said"]  # the page goes on by itself
    link = page.get_by_role("link", name="Яндекс Карты")
    expect(link).to_have_attribute("href", f"https://qc.example/r/{'x' * 22}")


def test_a_forgotten_score_is_shown_and_put_right(visit: Callable[..., Page], site: Site) -> None:
    site.after = VIEWS["said"]
    page = visit("open")
    score(page, "качество работы", 3)
    page.get_by_label("Хотите что-то добавить?").fill("Долго ждал")
    page.get_by_role("button", name="Отправить").click()
    expect(page).to_have_title("Ошибка: Как всё прошло?")
    page.get_by_role("link", name="Вопрос 2: выберите оценку").click()
    expect(page.get_by_role("group", name="А обслуживание?")).to_be_in_viewport()
    expect(page.get_by_role("group", name="А обслуживание?")).to_have_accessible_description(
        "1 – плохо 5 – отлично Выберите оценку"
    )
    score(page, "А обслуживание?", 1)
    page.get_by_role("button", name="Отправить").click()
    expect(page.get_by_role("heading", name="Ответ записан")).to_be_visible()
    assert site.stored() == [{"quality": "3", "service": "1", "": "Долго ждал"}]


def test_a_slip_of_the_finger_stops_nothing(visit: Callable[..., Page], site: Site) -> None:
    site.after = VIEWS["stopped"]
    page = visit("open")
    score(page, "качество работы", 3)
    page.get_by_label("Хотите что-то добавить?").fill("Долго\nждал")
    page.get_by_role("button", name="Больше не спрашивать").click()
    page.get_by_role("button", name="Нет, вернуться").click()
    expect(page.get_by_role("radio", name="3", exact=True).first).to_be_checked()
    expect(page.get_by_label("Хотите что-то добавить?")).to_have_value("Долго\nждал")
    page.get_by_role("button", name="Больше не спрашивать").click()
    page.get_by_role("button", name="Да, больше не спрашивать").click()
    expect(page.get_by_role("heading", name="Мы больше не будем спрашивать")).to_be_visible()
    assert site.stored() == [{"quality": "3", "": "Долго\nждал"}, {"": "стоп"}]
