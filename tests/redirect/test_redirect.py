"""The redirect door: the click is durable first, and nobody is sent where we did not mean."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import Session, select

from qc_engine.clock import FixedClock
from qc_engine.store import links
from qc_engine.store.database import Database
from qc_engine.store.group_commit import GroupCommit, TooManyWaiting
from qc_engine.store.tables import ClickRow, InboxRow
from redirect.app import Link, Redirect, Visit, store_visits
from redirect.visitors import by_agent

CODE, UNSAFE = "k3Yandexk3Yandexk3Yand", "unsafeunsafeunsafeunsa"
TARGET = "https://yandex.example/org/1/reviews"
PERSON = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) Version/17.4 Mobile/15E148 Safari/604.1"
MACHINE = "WhatsApp/2.23.20.0"


def add_link(database: Database, clock: FixedClock, code: str, target: str) -> None:
    with database.transaction() as session:
        links.add(session, code, "K7Q2K7Q2", "yandex", target, clock.now())


@pytest.fixture
def commit(sqlite_database: Database, clock: FixedClock) -> Iterator[GroupCommit]:
    add_link(sqlite_database, clock, CODE, TARGET)
    add_link(sqlite_database, clock, UNSAFE, "javascript:alert(1)")
    commit = GroupCommit(sqlite_database)
    commit.start()
    yield commit
    commit.stop()


@asynccontextmanager
async def browser(app: Any, agent: str = PERSON) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(
        transport=transport, base_url="https://qc.example", headers={"User-Agent": agent}
    ) as client:
        yield client


def ask(app: Any, path: str, agent: str = PERSON, method: str = "GET", **headers: str) -> httpx.Response:
    async def once() -> httpx.Response:
        async with browser(app, agent) as client:
            return await client.request(method, path, headers=headers)

    return asyncio.run(once())


def clicks(database: Database) -> list[tuple[str, str]]:
    with database.transaction() as session:
        return [(row.grade, row.reason) for row in session.exec(select(ClickRow).order_by("id")).all()]


def arrivals(database: Database) -> list[InboxRow]:
    with database.transaction() as session:
        return list(session.exec(select(InboxRow)).all())


def test_a_person_is_sent_on_and_remembered(
    commit: GroupCommit, sqlite_database: Database, clock: FixedClock
) -> None:
    answer = ask(Redirect(commit, clock), f"/r/{CODE}")
    assert (answer.status_code, answer.headers["location"]) == (302, TARGET)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert clicks(sqlite_database) == [("person", "ordinary browser")]
    (row,) = arrivals(sqlite_database)
    assert (row.source, row.key, row.kind) == ("redirect", f"click:{CODE}", "LinkClicked")
    assert (row.event["code"], row.event["platform"]) == (CODE, "yandex")


def test_only_the_first_click_matters_to_the_case(
    commit: GroupCommit, sqlite_database: Database, clock: FixedClock
) -> None:
    """Every visit is a row; after a restart the inbox itself still knows the click."""
    door = Redirect(commit, clock)
    for app in (door, door, Redirect(commit, clock)):
        assert ask(app, f"/r/{CODE}").status_code == 302
    assert len(clicks(sqlite_database)) == 3
    assert len(arrivals(sqlite_database)) == 1


@pytest.mark.parametrize(
    ("method", "agent", "headers"),
    [
        ("GET", MACHINE, {}),
        ("HEAD", PERSON, {}),
        ("GET", PERSON, {"Sec-Purpose": "prefetch"}),
        ("GET", "", {}),
    ],
)
def test_a_machine_gets_a_card_and_counts_nothing(
    commit: GroupCommit,
    sqlite_database: Database,
    clock: FixedClock,
    method: str,
    agent: str,
    headers: dict[str, str],
) -> None:
    door = Redirect(commit, clock)
    answer = ask(door, f"/r/{CODE}", agent, method, **headers)
    assert answer.status_code == 200
    assert "location" not in answer.headers
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert ("og:title" in answer.text) == (method == "GET")
    assert [grade for grade, _ in clicks(sqlite_database)] == ["machine"]
    assert arrivals(sqlite_database) == []
    assert ask(door, f"/r/{CODE}").status_code == 302
    assert len(arrivals(sqlite_database)) == 1, "a preview before the person must not hide the person"


@pytest.mark.parametrize(
    "path",
    [
        "/r/" + "Z" * 22,
        "/r/" + UNSAFE,
        "/r/",
        "/r/short",
        f"/r/{CODE}x",
        f"/r/{CODE}/",
        f"/r/{CODE}/evil.example",
        f"/r/{CODE}%0a",
        f"/r/{CODE}%0d%0aLocation:%20https://evil.example",
        f"/r/{CODE}//evil.example",
        f"/r/..%2f{CODE}",
        "/r/%2f%2fevil.example",
        "/r//evil.example",
        "/r/https://evil.example",
        "/r/" + "%D1%8F" * 22,
        "/r/" + "a" * 10_000,
        "/r/%00",
        "/r/' OR 1=1 --aaaaaaaaaaaa",
    ],
)
def test_everything_else_is_one_404(commit: GroupCommit, clock: FixedClock, path: str) -> None:
    door = Redirect(commit, clock)
    known = ask(door, "/r/" + "Y" * 22)
    answer = ask(door, path)
    assert answer.status_code == known.status_code == 404
    assert answer.content == known.content
    assert answer.headers == known.headers


@pytest.mark.parametrize(
    "query",
    [
        "?url=https://evil.example",
        "?next=//evil.example",
        "?a=%0d%0aX:y",
        "?\\\\evil.example",
        "?utm_source=x",
    ],
)
def test_a_query_changes_nothing(commit: GroupCommit, clock: FixedClock, query: str) -> None:
    answer = ask(Redirect(commit, clock), f"/r/{CODE}{query}")
    assert (answer.status_code, answer.headers["location"]) == (302, TARGET)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW"])
def test_other_methods(
    commit: GroupCommit, sqlite_database: Database, clock: FixedClock, method: str
) -> None:
    answer = ask(Redirect(commit, clock), f"/r/{CODE}", method=method)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert clicks(sqlite_database) == []


def raise_oops(case_id: str, platform: str, stored: str) -> str:
    raise KeyError("oops")


@pytest.mark.parametrize(
    ("targets", "place"),
    [
        (
            lambda case_id, platform, stored: f"https://new.example/{case_id}/{platform}",
            "https://new.example/K7Q2K7Q2/yandex",
        ),
        (lambda case_id, platform, stored: "http://evil.example/", TARGET),
        (lambda case_id, platform, stored: "", TARGET),
        (raise_oops, TARGET),
    ],
)
def test_the_target_of_today(
    commit: GroupCommit, clock: FixedClock, targets: Callable[[str, str, str], str], place: str
) -> None:
    answer = ask(Redirect(commit, clock, targets), f"/r/{CODE}")
    assert (answer.status_code, answer.headers["location"]) == (302, place)


def test_a_link_made_later_is_found(
    commit: GroupCommit, sqlite_database: Database, clock: FixedClock
) -> None:
    door, code = Redirect(commit, clock), "N" * 22
    assert ask(door, f"/r/{code}").status_code == 404
    assert clicks(sqlite_database) == []
    add_link(sqlite_database, clock, code, TARGET)
    assert ask(door, f"/r/{code}").status_code == 302


def test_the_page_speaks_the_language_of_the_visitor(commit: GroupCommit, clock: FixedClock) -> None:
    door = Redirect(commit, clock, language="kk")
    path = "/r/" + "Z" * 22
    assert "Ссылка не найдена" in ask(door, path, **{"Accept-Language": "ru"}).text
    assert "Link not found" in ask(door, path, **{"Accept-Language": "en-GB,en;q=0.9"}).text
    assert "Сілтеме табылмады" in ask(door, path).text


class HeldCommit:
    """A committer that releases its answer only when told, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.error = error

    async def commit_row(
        self, together: Callable[[Session, Sequence[Visit]], Sequence[Link | None]], row: Visit
    ) -> Link | None:
        self.asked.set()
        await self.may_answer.wait()
        if self.error:
            raise self.error
        return Link(row.click.code, "K7Q2K7Q2", "yandex", TARGET)


def test_the_answer_waits_for_the_commit(clock: FixedClock) -> None:
    async def story() -> None:
        held = HeldCommit()
        async with browser(Redirect(held, clock)) as client:
            visit = asyncio.ensure_future(client.get(f"/r/{CODE}"))
            await held.asked.wait()
            for _ in range(20):
                await asyncio.sleep(0)
            assert not visit.done(), "the 302 left before the commit"
            held.may_answer.set()
            assert (await visit).status_code == 302

    asyncio.run(story())


@pytest.mark.parametrize("error", [TooManyWaiting("full"), OSError("disk full")])
def test_trouble_is_a_503_with_a_page(clock: FixedClock, error: Exception) -> None:
    held = HeldCommit(error)
    held.may_answer.set()
    answer = ask(Redirect(held, clock), f"/r/{CODE}")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "3")
    assert "Попробуйте ещё раз" in answer.text
    assert "location" not in answer.headers


def test_a_broken_database_is_a_503(
    commit: GroupCommit, sqlite_database: Database, clock: FixedClock
) -> None:
    door = Redirect(commit, clock)
    with sqlite_database.transaction() as session:
        session.connection().exec_driver_sql("ALTER TABLE clicks RENAME TO gone")
    assert ask(door, f"/r/{CODE}").status_code == 503
    with sqlite_database.transaction() as session:
        session.connection().exec_driver_sql("ALTER TABLE gone RENAME TO clicks")
    assert ask(door, f"/r/{CODE}").status_code == 302
    assert len(arrivals(sqlite_database)) == 1


def test_storing_works_on_both_databases(database: Database, clock: FixedClock) -> None:
    add_link(database, clock, CODE, TARGET)
    known = Link(CODE, "K7Q2K7Q2", "yandex", TARGET)
    visits = [
        Visit(links.Click(code, clock.now(), grade.kind, grade.reason, agent), link)
        for code, agent, link in [
            (CODE, MACHINE, None),
            (CODE, PERSON, None),
            (CODE, PERSON, known),
            ("Z" * 22, PERSON, None),
        ]
        for grade in [by_agent(agent)]
    ]
    with database.transaction() as session:
        answers = store_visits(session, visits)
    assert [answer and answer.target for answer in answers] == [TARGET, TARGET, TARGET, None]
    assert [grade for grade, _ in clicks(database)] == ["machine", "person", "person"]
    assert len(arrivals(database)) == 1


def test_the_memory_has_a_bound(
    commit: GroupCommit,
    sqlite_database: Database,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr("redirect.app.LINKS_IN_MEMORY", 2)
    door = Redirect(commit, clock)
    codes = [letter * 22 for letter in "abc"]
    for code in codes:
        add_link(sqlite_database, clock, code, TARGET)
        assert ask(door, f"/r/{code}").status_code == 302
    assert list(door._links) == codes[1:]
    assert ask(door, f"/r/{codes[0]}").status_code == 302
    assert len(arrivals(sqlite_database)) == 3
