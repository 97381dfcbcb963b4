"""The page that sends on, in a real browser: a quick person arrives without noticing, also without scripts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect
from sqlmodel import select
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from qc_engine.clock import SystemClock
from qc_engine.store import links
from qc_engine.store.database import Database
from qc_engine.store.group_commit import GroupCommit
from qc_engine.store.tables import ClickRow, EffectRow, InboxRow
from redirect.app import Receive, Redirect, Scope, Send
from tests.browser import served

CODE = "k3Yandexk3Yandexk3Yand"
PLACE = "/maps/yandex/1"


@dataclass
class Site:
    """The redirect and a review page on one server of this machine."""

    database: Database
    url: str = ""

    def send_link(self, seconds_ago: float) -> None:
        sent = SystemClock().now() - timedelta(seconds=seconds_ago)
        with self.database.transaction() as session:
            links.add(session, CODE, "K7Q2K7Q2", "yandex", f"{self.url}{PLACE}", sent)
            session.add(EffectRow(key="K:1:0", case_id="K7Q2K7Q2", lane="channel", kind="SendMessage", state="done",
                                  payload={"text": CODE}, run_at=sent, created_at=sent, done_at=sent))  # fmt: skip

    def visits(self) -> list[tuple[str, str]]:
        with self.database.reading() as session:
            rows = session.exec(select(ClickRow).order_by("id")).all()
            return [(row.grade, row.reason.partition(" s after")[1] or row.reason) for row in rows]

    def told(self) -> int:
        with self.database.reading() as session:
            return len(session.exec(select(InboxRow)).all())


@pytest.fixture
def site(sqlite_database: Database) -> Iterator[Site]:
    site, commit = Site(sqlite_database), GroupCommit(sqlite_database)
    door, maps = Redirect(commit, SystemClock()), Starlette(routes=[Route(PLACE, _review_page)])

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        here = scope["type"] == "http" and scope["path"].startswith("/r/")
        await (door if here else maps)(scope, receive, send)

    commit.start()
    with served(app) as site.url:
        yield site
    commit.stop()


def _review_page(_: object) -> HTMLResponse:
    return HTMLResponse("<h1>Отзывы о филиале</h1>")


# A browser of the tests names itself headless; people's do not.
AGENT = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36"


@pytest.mark.parametrize("has_scripts", [True, False])
def test_a_quick_person_arrives(site: Site, browser: Browser, has_scripts: bool) -> None:
    site.send_link(seconds_ago=1)
    context = browser.new_context(user_agent=AGENT, locale="ru-RU", java_script_enabled=has_scripts)
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(f"{site.url}/r/{CODE}", wait_until="commit")
    expect(page.locator("h1")).to_have_text("Отзывы о филиале", timeout=15_000)
    assert page.url == f"{site.url}{PLACE}"
    assert [one for one in errors if "favicon" not in one and "404" not in one] == []
    assert site.visits() == [("likely", " s after"), ("person", "passed the page that sends on")]
    assert site.told() == 1
    context.close()


def test_an_ordinary_person_sees_no_page_of_ours(site: Site, browser: Browser) -> None:
    site.send_link(seconds_ago=600)
    context = browser.new_context(user_agent=AGENT, locale="ru-RU")
    page = context.new_page()
    page.goto(f"{site.url}/r/{CODE}")
    expect(page.locator("h1")).to_have_text("Отзывы о филиале")
    assert site.visits() == [("person", "ordinary browser")]
    context.close()
