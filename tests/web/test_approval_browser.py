"""The page of yes and no in a real browser: on a small phone, by finger, by ear, without JavaScript."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from qc_engine.clock import FixedClock
from qc_engine.store.database import Database
from qc_engine.store.group_commit import GroupCommit
from qc_engine.store.tables import InboxRow
from qc_engine.web.assets import STATIC
from qc_engine.web.guard import with_security_headers
from qc_engine.web.pages.approval.page import make_router
from qc_engine.web.pages.approval.view import ApprovalView
from tests.browser import DESKTOP, PHONE, served, violations, watched

AT = datetime(2026, 3, 5, 9, 1, tzinfo=UTC)
LONG = "Оченьдлинноеназваниефилиала" * 3
OPEN = ApprovalView(
    "K7Q2K7Q2", "refund", AT, "Вернуть 12 500 ₸ за балансировку, сделка 4312?",
    "Оценка 3.\nСлова: " + LONG, "Айгуль, …1234", LONG, 4312, AT, "yes",
)  # fmt: skip
VIEWS = {
    "open": OPEN,
    "no": replace(OPEN, chosen="no"),
    "any": replace(OPEN, chosen="any", text=""),
    "answered": replace(OPEN, given=False, answered_at=AT, by=LONG),
    "over": replace(OPEN, over=True),
    "closed": replace(OPEN, closed=True),
}
SMALLEST_TARGET = 44  # pixels


@pytest.fixture
def site(sqlite_database: Database, clock: FixedClock) -> Iterator[str]:
    commit, app = GroupCommit(sqlite_database), FastAPI()
    app.include_router(make_router(lambda code, *_: VIEWS.get(code), commit, clock, "http://qc.example"))
    app.mount("/static", StaticFiles(directory=STATIC))
    commit.start()
    with served(with_security_headers(app)) as url:
        yield url
    commit.stop()


@pytest.fixture
def visit(browser: Browser, site: str) -> Iterator[Callable[..., Page]]:
    """visit(path, viewport=...) opens the page; nothing may go wrong in it until the end."""
    # A page that is over is told with 410, and the browser writes that down.
    with watched(browser, f"{site}/p/", expected="status of 410") as open_page:
        yield open_page


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("code", VIEWS)
def test_fits_and_can_be_used_by_everybody(visit: Callable[..., Page], code: str, viewport: Any) -> None:
    page = visit(f"{code}/refund", viewport=viewport)
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert violations(page) == []
    for target in page.locator("button, input").all():
        box = target.bounding_box()
        assert box is not None
        assert box["height"] >= SMALLEST_TARGET


@pytest.mark.parametrize(("locale", "language"), [("ru-RU", "ru"), ("kk-KZ", "kk"), ("en-GB", "en")])
def test_every_language_is_named_and_fits(visit: Callable[..., Page], locale: str, language: str) -> None:
    page = visit("open/refund", locale=locale)
    assert page.locator("html").get_attribute("lang") == language
    assert page.locator("h2").get_attribute("lang") == "ru"  # what is asked stands as it was written
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert violations(page) == []


@pytest.mark.parametrize("scripts", [True, False], ids=["usual", "no scripts"])
def test_decided_by_finger(visit: Callable[..., Page], sqlite_database: Database, scripts: bool) -> None:
    page = visit("no/refund", java_script_enabled=scripts, has_touch=True)
    page.get_by_role("textbox").fill("Мария Ким")
    first = page.get_by_role("button").first
    expect(first).to_have_text("Нет")
    first.tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("Спасибо, ответ записан")
    with sqlite_database.reading() as session:
        (row,) = session.exec(select(InboxRow)).all()
    assert (row.kind, row.event["given"], row.event["by"]) == ("ApprovalGiven", False, "Мария Ким")


def test_a_name_is_asked_for_before_anything_is_sent(visit: Callable[..., Page]) -> None:
    page = visit("open/refund")
    page.get_by_role("button", name="Да").click()
    assert page.get_by_role("textbox").evaluate("field => field.validity.valueMissing")
    expect(page.get_by_role("heading", level=1)).to_have_text("Нужно Ваше решение")
