"""The redirect door: the click is durable first, and nobody is sent where we did not mean."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import event
from sqlmodel import select

from qc_engine.clock import FixedClock
from qc_engine.store import links
from qc_engine.store.database import Database
from qc_engine.store.driver import Writing
from qc_engine.store.group_commit import GroupCommit, TooManyWaiting
from qc_engine.store.tables import CaseRow, ClickRow, InboxRow
from redirect.app import Redirect
from redirect.links import Link, Visit

NOON = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)
CODE, UNSAFE = "k3Yandexk3Yandexk3Yand", "unsafeunsafeunsafeunsa"
TARGET = "https://yandex.example/org/1/reviews"
PERSON = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) Version/17.4 Mobile/15E148 Safari/604.1"
MACHINE = "WhatsApp/2.23.20.0"
BROWSER = {
    "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
    "Accept-Language": "ru-RU,ru;q=0.9",
    "Accept-Encoding": "gzip, deflate, br",
}


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
        transport=transport, base_url="https://qc.example", headers={**BROWSER, "User-Agent": agent}
    ) as client:
        yield client


def ask(app: Any, path: str, agent: str = PERSON, method: str = "GET", **headers: str) -> httpx.Response:
    async def once() -> httpx.Response:
        async with browser(app, agent) as client:
            return await client.request(method, path, headers=headers)

    return asyncio.run(once())


def clicks(database: Database) -> list[tuple[str, str]]:
    return [(row.grade, row.reason) for row in visits(database)]


def visits(database: Database) -> list[ClickRow]:
    with database.transaction() as session:
        return list(session.exec(select(ClickRow).order_by("id")).all())


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
    assert "Сілтеме табылмады" in ask(door, path, **{"Accept-Language": "zh"}).text


class HeldCommit:
    """A committer that finds every link at once, and stores only when told, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.error = error

    async def commit_together(self, together: Any, row: str) -> Link | None:
        known = links.Known(row, "K7Q2K7Q2", "yandex", TARGET, NOON)
        return Link(known, "", float("inf"), float("inf"), None, False)

    async def commit_row(
        self, together: Callable[[Writing, Sequence[Visit]], Sequence[bool]], row: Visit
    ) -> bool:
        self.asked.set()
        await self.may_answer.wait()
        if self.error:
            raise self.error
        return True


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


def test_the_memory_has_a_bound(
    commit: GroupCommit, sqlite_database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    door = Redirect(commit, clock)
    door.memory.most = 2
    codes = [letter * 22 for letter in "abc"]
    for code in codes:
        add_link(sqlite_database, clock, code, TARGET)
        assert ask(door, f"/r/{code}").status_code == 302
    assert len(door.memory) == 2
    assert ask(door, f"/r/{codes[0]}").status_code == 302
    assert len(arrivals(sqlite_database)) == 3


# --- what is kept of a visit --------------------------------------------------------------------


def test_the_target_at_the_time_of_each_click_is_kept(
    commit: GroupCommit, sqlite_database: Database, clock: FixedClock
) -> None:
    """The page of a branch moves; old links follow, and what each visitor got stays known."""
    page = {"now": TARGET}
    door = Redirect(commit, clock, pages=lambda portal, branch, platform: page["now"])
    assert ask(door, f"/r/{CODE}").headers["location"] == TARGET
    page["now"] = "https://yandex.example/org/2/reviews"
    assert ask(door, f"/r/{CODE}").headers["location"] == page["now"]
    page["now"] = ""
    assert ask(door, f"/r/{CODE}").headers["location"] == TARGET
    assert [row.target for row in visits(sqlite_database)] == [
        TARGET, "https://yandex.example/org/2/reviews", TARGET,
    ]  # fmt: skip


def test_an_address_is_only_kept_as_a_keyed_hash(
    commit: GroupCommit, sqlite_database: Database, clock: FixedClock
) -> None:
    for door in (Redirect(commit, clock, secret=b"a"), Redirect(commit, clock, secret=b"a"),
                 Redirect(commit, clock, secret=b"b")):  # fmt: skip
        ask(door, f"/r/{CODE}")
    first, second, other = [row.address for row in visits(sqlite_database)]
    assert first == second != other
    assert len(first) == 16
    assert "127" not in first


def test_pages_are_told_by_portal_and_branch(
    commit: GroupCommit, sqlite_database: Database, clock: FixedClock
) -> None:
    with sqlite_database.transaction() as session:
        session.add(CaseRow(id="K7Q2K7Q2", portal="astana", deal_id=1, scenario="s", version="v", state="active",
                            step="x", branch="Центр", body={}, created_at=NOON, updated_at=NOON))  # fmt: skip
    told = []

    def pages(portal: str, branch: str, platform: str) -> str:
        told.append((portal, branch, platform))
        return ""

    assert ask(Redirect(commit, clock, pages=pages), f"/r/{CODE}").status_code == 302
    assert told == [("astana", "Центр", "yandex")]
    card = ask(Redirect(commit, clock, picture="https://qc.example/p.png"), f"/r/{CODE}", MACHINE).text
    assert "Оставить отзыв: Центр" in card
    assert '<meta property="og:image" content="https://qc.example/p.png">' in card


# --- expired and erased -------------------------------------------------------------------------


def erase(database: Database, clock: FixedClock) -> None:
    with database.transaction() as session:
        assert links.erase(session, "K7Q2K7Q2", clock.now()) == [CODE, UNSAFE]


@pytest.mark.parametrize("is_in_memory", [True, False])
@pytest.mark.parametrize("agent", [PERSON, MACHINE])
def test_an_erased_link_never_existed(
    commit: GroupCommit, sqlite_database: Database, clock: FixedClock, is_in_memory: bool, agent: str
) -> None:
    door = Redirect(commit, clock)
    unknown = ask(door, "/r/" + "Y" * 22, agent)
    if is_in_memory:
        assert ask(door, f"/r/{CODE}", agent).status_code in (200, 302)
    before = len(visits(sqlite_database))
    erase(sqlite_database, clock)
    for _ in range(2):
        answer = ask(door, f"/r/{CODE}", agent)
        assert (answer.status_code, answer.content, answer.headers) == (404, unknown.content, unknown.headers)
    after = visits(sqlite_database)
    assert len(after) == before, "a visit of an erased link was kept"
    assert {(row.agent, row.address, row.target) for row in after} <= {("", "", "")}


def test_other_links_live_on_after_an_erasure(
    commit: GroupCommit, sqlite_database: Database, clock: FixedClock
) -> None:
    door, other = Redirect(commit, clock), "O" * 22
    with sqlite_database.transaction() as session:
        links.add(session, other, "OTHER222", "google", TARGET, clock.now())
    assert ask(door, f"/r/{other}").status_code == 302
    erase(sqlite_database, clock)
    assert ask(door, f"/r/{other}").status_code == 302
    assert [row.code for row in visits(sqlite_database)] == [other, other]


@pytest.mark.parametrize("is_in_memory", [True, False])
def test_an_expired_link_never_existed(
    commit: GroupCommit, sqlite_database: Database, clock: FixedClock, is_in_memory: bool
) -> None:
    door = Redirect(commit, clock, lifetime=timedelta(days=30))
    unknown = ask(door, "/r/" + "Y" * 22)
    if is_in_memory:
        clock.advance(timedelta(days=30, seconds=-1))
        assert ask(door, f"/r/{CODE}").status_code == 302
    clock.advance(timedelta(days=30) if not is_in_memory else timedelta(seconds=2))
    clock.advance(timedelta(seconds=1))
    answer = ask(door, f"/r/{CODE}")
    assert (answer.status_code, answer.content, answer.headers) == (404, unknown.content, unknown.headers)
    assert len(visits(sqlite_database)) == (1 if is_in_memory else 0)


def test_unknown_expired_and_erased_take_the_same_steps(
    commit: GroupCommit, sqlite_database: Database, clock: FixedClock
) -> None:
    """The same questions to the database: not even the time tells which of them a code is."""
    with sqlite_database.transaction() as session:
        links.add(session, "O" * 22, "OLDCASE2", "google", TARGET, clock.now() - timedelta(days=31))
        links.add(session, "E" * 22, "ERASED22", "google", TARGET, clock.now())
        links.erase(session, "ERASED22", clock.now())
    door, asked = Redirect(commit, clock, lifetime=timedelta(days=30)), []
    event.listen(
        sqlite_database.engine, "before_cursor_execute", lambda *args: asked.append(" ".join(args[2].split()))
    )
    steps = []
    for letter in "YOE":
        asked.clear()
        assert ask(door, f"/r/{letter * 22}").status_code == 404
        steps.append(list(asked))
    assert steps[0] == steps[1] == steps[2]
    assert any("FROM links" in one for one in steps[0])


# --- the QR code --------------------------------------------------------------------------------


def test_the_code_of_a_link_as_a_picture(
    commit: GroupCommit, sqlite_database: Database, clock: FixedClock
) -> None:
    pytest.importorskip("segno")
    door = Redirect(commit, clock, public_url="https://qc.example/")
    answer = ask(door, f"/r/{CODE}.svg")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert answer.text.startswith("<svg")
    assert "<script" not in answer.text
    assert visits(sqlite_database) == [], "to print a code is no visit"
    assert ask(door, f"/r/{CODE}").status_code == 302
    assert ask(door, f"/r/{'Z' * 22}.svg").status_code == 404


def test_two_links_have_two_pictures() -> None:
    pytest.importorskip("segno")
    from redirect.qr import qr_picture

    assert qr_picture("https://qc.example/r/a") != qr_picture("https://qc.example/r/b")


# --- two processes ------------------------------------------------------------------------------


def test_two_doors_on_one_database_tell_the_case_once(database: Database, clock: FixedClock) -> None:
    add_link(database, clock, CODE, TARGET)
    told = []
    commits = [GroupCommit(database), GroupCommit(database)]
    for commit in commits:
        commit.start()
    try:
        doors = [Redirect(commit, clock, secret=b"x", on_person=lambda: told.append(1)) for commit in commits]

        async def everybody() -> list[int]:
            async with browser(doors[0]) as first, browser(doors[1]) as second:
                asks = [one.get(f"/r/{CODE}") for one in (first, second) for _ in range(20)]
                return [answer.status_code for answer in await asyncio.gather(*asks)]

        assert asyncio.run(everybody()) == [302] * 40
    finally:
        for commit in commits:
            commit.stop()
    assert len(visits(database)) == 40
    assert len(arrivals(database)) == 1
    assert 1 <= len(told) <= 2
