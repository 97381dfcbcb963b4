"""The manager's page in a real browser: on a small phone, by finger, by keyboard, by ear, without JavaScript."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from qc_engine.clock import FixedClock
from qc_engine.core.review.links import answer_link
from qc_engine.store.database import Database
from qc_engine.store.group_commit import GroupCommit
from qc_engine.store.tables import InboxRow
from qc_engine.web.assets import STATIC
from qc_engine.web.guard import with_security_headers
from qc_engine.web.pages.review_answer.page import ReviewView, make_router
from tests.browser import DESKTOP, served, violations, watched
from tests.core.test_answer_links import CASE

SMALL_PHONE: Any = {"width": 360, "height": 740}
SMALLEST_TARGET = 44  # pixels
AT = datetime(2026, 3, 5, 9, 1, tzinfo=UTC)
LONG = "Оченьдлинноеназваниефилиала" * 3
OFFERED = ("found", "in_moderation", "not_found", "score_only")
ASKED = ReviewView(
    "K7Q2K7Q2", "Иван, …4567", LONG, scores=[("Оценка 1", "9"), ("Средняя", "9,5")], since=AT,
    pages=[("Яндекс Карты", "https://yandex.example/1"), ("2ГИС", "https://2gis.example/" + "x" * 200)],
    offered=OFFERED, token="t",
)  # fmt: skip
VIEWS = {
    "asked": ASKED,
    "waiting": ReviewView("K7Q2K7Q2", "Иван", "Филиал", answer="in_moderation", answered_at=AT, look_at=AT,
                          offered=OFFERED, token="t"),
    "answered": ReviewView(
        "K7Q2K7Q2", "Иван", LONG, answer="found", answered_at=AT, ended="отзыв подтверждён", token="t",
        correctable=("not_found", "score_only", "vanished"), otherwise=[("not_found", AT)],
        bonuses=["Бонус 500 подтверждён 05.03.2026"], holds_bonus=True,
    ),
    "closed": ReviewView("K7Q2K7Q2", "Иван", "Филиал", closed_at=AT),
    "sealed": replace(ASKED, address=CASE.answer_url),
    "outlived": replace(ASKED, address=CASE.answer_url, answered_for=timedelta(days=-9)),
}  # fmt: skip
SEALED = answer_link(CASE, "score_only").partition("?")[2]


@pytest.fixture
def site(sqlite_database: Database, clock: FixedClock) -> Iterator[str]:
    commit, app = GroupCommit(sqlite_database), FastAPI()
    app.include_router(make_router(VIEWS.get, commit, clock, "http://qc.example"))
    app.mount("/static", StaticFiles(directory=STATIC))
    commit.start()
    with served(with_security_headers(app)) as url:
        yield url
    commit.stop()


@pytest.fixture
def visit(browser: Browser, site: str) -> Iterator[Callable[..., Page]]:
    """visit(path, viewport=...) opens the page; nothing may go wrong in it until the end."""
    # A page that is over is told with 410, and the browser writes that down.
    with watched(browser, f"{site}/a/", expected="status of 410") as open_page:
        yield open_page


@pytest.mark.parametrize("viewport", [SMALL_PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize(
    "path", ["asked", f"sealed?{SEALED}", "waiting", "answered", "closed", f"outlived?{SEALED}"]
)
def test_fits_and_can_be_used_by_everybody(visit: Callable[..., Page], path: str, viewport: Any) -> None:
    page = visit(path, viewport=viewport)
    for summary in page.locator("summary").all():
        summary.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert violations(page) == []
    for target in page.locator("button, summary, label.choice, li a, input:not([type]), textarea").all():
        box = target.bounding_box()
        assert box is not None
        assert box["height"] >= SMALLEST_TARGET


def test_one_tap_from_the_task(visit: Callable[..., Page], sqlite_database: Database) -> None:
    page = visit(f"sealed?{SEALED}", has_touch=True, java_script_enabled=False)
    assert stored(sqlite_database) == []
    page.get_by_role("button", name="Записать: есть только оценка, без текста").tap()
    expect(page.get_by_role("heading")).to_have_text("Спасибо, ответ записан")
    assert stored(sqlite_database) == [("ReviewChecked", "score_only")]


def test_a_correction_by_keyboard(visit: Callable[..., Page], sqlite_database: Database) -> None:
    page = visit("answered")
    page.get_by_text("Исправить ответ").first.focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Исправить ответ").press("Enter")
    assert stored(sqlite_database) == [], "the browser asks for what is missing"
    page.get_by_label("Отзыва нет").press("Space")
    page.get_by_label("Почему?").first.fill("не тот клиент")
    page.get_by_label("Кто исправляет?").fill("Мария")
    page.get_by_role("button", name="Исправить ответ").press("Enter")
    expect(page.get_by_role("heading")).to_have_text("Спасибо, ответ записан")
    assert stored(sqlite_database) == [("ReviewCorrected", "not_found")]


def stored(database: Database) -> list[tuple[str, str]]:
    with database.reading() as session:
        rows = session.exec(select(InboxRow).order_by(InboxRow.id)).all()  # type: ignore[arg-type]
    return [(row.kind, row.event["answer"]) for row in rows]
