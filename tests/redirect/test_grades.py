"""Who opens a link, told from the whole of a visit: request, time since sending, repetition, address."""

import asyncio
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlmodel import select

from qc_engine.clock import FixedClock
from qc_engine.store import links
from qc_engine.store.database import Database
from qc_engine.store.group_commit import GroupCommit
from qc_engine.store.tables import ClickRow, EffectRow, InboxRow
from redirect.app import Redirect
from redirect.hop import LIFE_SECONDS, Hop
from redirect.visitors import BROWSER, Circumstances, Grade, of_circumstances, of_request

SENT = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)
TARGET = "https://yandex.example/org/1/reviews"
CODES = [letter * 22 for letter in "abcdefghijklmnopqrst"]
CHROME = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36"
ASKED = {b"user-agent": CHROME.encode(), b"accept": b"text/html,*/*;q=0.8", b"accept-language": b"ru"}
HEADERS = {name.decode(): value.decode() for name, value in ASKED.items()}


@pytest.mark.parametrize(
    ("method", "changes", "kind", "reason"),
    [
        ("GET", {}, "person", "ordinary browser"),
        ("GET", {b"sec-fetch-dest": b"document"}, "person", "ordinary browser"),
        ("GET", {b"purpose": b""}, "person", "ordinary browser"),
        ("HEAD", {}, "machine", "HEAD asks for no page"),
        ("GET", {b"purpose": b"prefetch"}, "machine", "fetched ahead of time: purpose"),
        ("GET", {b"sec-purpose": b"prefetch;prerender"}, "machine", "fetched ahead of time: sec-purpose"),
        ("GET", {b"sec-purpose": b"Prefetch"}, "machine", "fetched ahead of time: sec-purpose"),
        ("GET", {b"x-purpose": b"preview"}, "machine", "fetched ahead of time: x-purpose"),
        ("GET", {b"x-moz": b"prefetch"}, "machine", "fetched ahead of time: x-moz"),
        ("GET", {b"user-agent": b""}, "machine", "no agent"),
        ("GET", {b"user-agent": b"\xff\xfe"}, "machine", "agent ÿþ"),
        ("GET", {b"user-agent": b"WhatsApp/2.24.5 A"}, "machine", "agent WhatsApp/2.24.5 A"),
        ("GET", {b"accept-language": None}, "likely", "no Accept-Language"),
        ("GET", {b"accept": b"*/*"}, "likely", "wants no page"),
        ("GET", {b"accept": None, b"accept-language": None}, "likely", "no Accept-Language; wants no page"),
        ("GET", {b"sec-fetch-dest": b"image"}, "likely", "opened as no page"),
        ("GET", {b"user-agent": b"Mozilla/5.0 (K) Gecko"}, "likely", "no platform in the agent"),
    ],
)
def test_the_request(method: str, changes: dict[bytes, bytes | None], kind: str, reason: str) -> None:
    headers = {name: value for name, value in (ASKED | changes).items() if value is not None}
    assert of_request(method, headers) == Grade(kind, reason)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("request_", "around", "kind", "reason"),
    [
        (BROWSER, Circumstances(), "person", "ordinary browser"),
        (BROWSER, Circumstances(seconds_since_sent=60), "person", "ordinary browser"),
        (BROWSER, Circumstances(seconds_since_sent=5), "person", "ordinary browser"),
        (BROWSER, Circumstances(seconds_since_sent=2), "likely", "2 s after sending"),
        (BROWSER, Circumstances(seconds_since_sent=-3), "likely", "0 s after sending"),
        (BROWSER, Circumstances(codes_of_visitor=3), "person", "ordinary browser"),
        (BROWSER, Circumstances(codes_of_visitor=4), "likely", "opened 4 links in a moment"),
        (BROWSER, Circumstances(codes_of_visitor=15), "machine", "opened 15 links at once"),
        (BROWSER, Circumstances(in_listed_range=True), "likely", "an address of a data centre"),
        (Grade("likely", "odd"), Circumstances(60), "likely", "odd"),
        (Grade("likely", "odd"), Circumstances(1), "likely", "1 s after sending; odd"),
        (Grade("machine", "a bot"), Circumstances(600), "machine", "a bot"),
    ],
)
def test_the_circumstances(request_: Grade, around: Circumstances, kind: str, reason: str) -> None:
    assert of_circumstances(request_, around) == Grade(kind, reason)  # type: ignore[arg-type]


# --- the whole of a visit -----------------------------------------------------------------------


@pytest.fixture
def commit(sqlite_database: Database) -> Iterator[GroupCommit]:
    commit = GroupCommit(sqlite_database)
    commit.start()
    yield commit
    commit.stop()


@pytest.fixture
def door(commit: GroupCommit, clock: FixedClock) -> Redirect:
    return Redirect(commit, clock, secret=b"x")


def send_links(database: Database, at: datetime | None, state: str = "done", key: str = "1") -> None:
    """A message with all the links left at this moment; None: it is on its way."""
    with database.transaction() as session:
        if links.find(session, CODES[0]) is None:
            for code in CODES:
                links.add(session, code, "K7Q2K7Q2", "yandex", TARGET, SENT)
        session.add(EffectRow(key=f"K7Q2K7Q2:{key}:0", case_id="K7Q2K7Q2", lane="channel", kind="SendMessage",
                              payload={"text": " ".join(f"https://qc.example/r/{code}" for code in CODES)},
                              state=state, run_at=SENT, created_at=SENT, first_tried_at=SENT, done_at=at))  # fmt: skip


def ask(door: Redirect, path: str, address: str = "203.0.113.9", **headers: str) -> httpx.Response:
    async def once() -> httpx.Response:
        transport = httpx.ASGITransport(door, client=(address, 1))
        async with httpx.AsyncClient(
            transport=transport, base_url="https://qc.example", headers=HEADERS
        ) as one:
            return await one.get(path, headers=headers)

    return asyncio.run(once())


def visits(database: Database) -> list[tuple[str, str]]:
    with database.reading() as session:
        return [(row.grade, row.reason) for row in session.exec(select(ClickRow).order_by("id")).all()]


def told(database: Database) -> int:
    with database.reading() as session:
        return len(session.exec(select(InboxRow)).all())


def by_script(page: httpx.Response) -> str:
    """What the page's script makes of its word."""
    found = re.search(r'data-word="([^"]+)"', page.text)
    assert found, page.text
    return "?c=" + found[1][::-1]


def by_link(page: httpx.Response) -> str:
    found = re.search(r'href="(\?c=[^"]+)"', page.text)
    assert found, page.text
    return found[1]


def test_a_preview_a_scanner_and_a_person(
    door: Redirect, sqlite_database: Database, clock: FixedClock
) -> None:
    """One task in the end: the scanner comes two seconds after sending, with an ordinary browser's name."""
    send_links(sqlite_database, SENT)
    path = f"/r/{CODES[0]}"
    assert "og:title" in ask(door, path, **{"User-Agent": "WhatsApp/2.24.5 A"}).text
    clock.advance(timedelta(seconds=2))
    page = ask(door, path)
    assert (page.status_code, "location" in page.headers) == (200, False)
    assert TARGET not in page.text, "a program that reads the page must not find the way"
    assert told(sqlite_database) == 0
    clock.advance(timedelta(minutes=3))
    assert ask(door, path).headers["location"] == TARGET
    assert ask(door, path).status_code == 302
    assert told(sqlite_database) == 1
    assert visits(sqlite_database) == [
        ("machine", "agent WhatsApp/2.24.5 A"),
        ("likely", "2 s after sending"),
        ("person", "ordinary browser"),
        ("person", "ordinary browser"),
    ]


def test_a_quick_person_is_sent_on_by_the_page(
    door: Redirect, sqlite_database: Database, clock: FixedClock
) -> None:
    send_links(sqlite_database, SENT)
    path = f"/r/{CODES[0]}"
    clock.advance(timedelta(seconds=3))
    page = ask(door, path)
    answer = ask(door, path + by_script(page))
    assert (answer.status_code, answer.headers["location"]) == (302, TARGET)
    assert visits(sqlite_database)[-1] == ("person", "passed the page that sends on")
    assert told(sqlite_database) == 1


def test_a_finger_is_slower_than_a_program(
    door: Redirect, sqlite_database: Database, clock: FixedClock
) -> None:
    """The link in the page may be followed at once by a program; it counts only after a moment."""
    send_links(sqlite_database, SENT)
    path = f"/r/{CODES[0]}"
    page = ask(door, path)
    assert ask(door, path + by_link(page)).status_code == 200
    clock.advance(timedelta(seconds=2))
    assert ask(door, path + by_link(page)).status_code == 302
    assert [kind for kind, _ in visits(sqlite_database)] == ["likely", "likely", "person"]


def test_a_message_on_its_way_was_sent_now(
    door: Redirect, sqlite_database: Database, clock: FixedClock
) -> None:
    send_links(sqlite_database, None, "sending")
    clock.advance(timedelta(seconds=40))
    assert ask(door, f"/r/{CODES[0]}").status_code == 200
    assert visits(sqlite_database) == [("likely", "0 s after sending")]


def test_the_last_message_with_the_link_counts(
    door: Redirect, sqlite_database: Database, clock: FixedClock
) -> None:
    """A reminder carries the same link a day later; whoever comes at once is looked at again."""
    send_links(sqlite_database, SENT)
    clock.advance(timedelta(days=1))
    send_links(sqlite_database, clock.now(), key="2")
    clock.advance(timedelta(seconds=2))
    assert ask(door, f"/r/{CODES[0]}").status_code == 200


def test_one_who_opens_everything(door: Redirect, sqlite_database: Database, clock: FixedClock) -> None:
    send_links(sqlite_database, SENT)
    clock.advance(timedelta(hours=1))
    kinds = [ask(door, f"/r/{code}") for code in CODES]
    assert [answer.status_code for answer in kinds] == [302] * 3 + [200] * 17
    found = [kind for kind, _ in visits(sqlite_database)]
    assert found == ["person"] * 3 + ["likely"] * 11 + ["machine"] * 6
    assert ask(door, f"/r/{CODES[9]}", "203.0.113.10").status_code == 302, "somebody else's address"
    clock.advance(timedelta(seconds=11))
    assert ask(door, f"/r/{CODES[9]}").status_code == 302, "later it is somebody of the same network"


def test_an_address_of_machines(door: Redirect, sqlite_database: Database, clock: FixedClock) -> None:
    send_links(sqlite_database, SENT)
    clock.advance(timedelta(hours=1))
    page = ask(door, f"/r/{CODES[0]}", "149.154.161.7")
    assert visits(sqlite_database) == [("likely", "an address of a data centre")]
    assert ask(door, f"/r/{CODES[0]}{by_script(page)}", "149.154.161.7").status_code == 302
    assert ask(door, f"/r/{CODES[0]}", "::ffff:149.154.161.7").status_code == 200


def test_a_machine_proves_nothing(door: Redirect, sqlite_database: Database, clock: FixedClock) -> None:
    send_links(sqlite_database, SENT)
    page = ask(door, f"/r/{CODES[0]}")
    answer = ask(door, f"/r/{CODES[0]}{by_script(page)}", **{"User-Agent": "curl/8.5.0"})
    assert answer.status_code == 200
    assert told(sqlite_database) == 0


@pytest.mark.parametrize(
    ("age", "way", "code", "is_proof"),
    [
        (0, "s", CODES[0], True),
        (LIFE_SECONDS, "s", CODES[0], True),
        (LIFE_SECONDS + 1, "s", CODES[0], False),
        (-60, "s", CODES[0], False),
        (0, "l", CODES[0], False),
        (2, "l", CODES[0], True),
        (2, "s", CODES[1], False),
    ],
)
def test_a_word_is_for_one_link_and_a_while(age: int, way: str, code: str, is_proof: bool) -> None:
    hop, now = Hop(b"key"), SENT.timestamp()
    word = hop.word(way, code, now)
    assert hop.is_proof(f"c={word}".encode(), CODES[0], now + age) is is_proof
    assert not Hop(b"other").is_proof(f"c={word}".encode(), CODES[0], now + age)


@pytest.mark.parametrize("change", [lambda word: word[:-1] + "0", lambda word: "s" + word[1:], lambda word: word * 2,
                                    lambda word: word.upper(), lambda word: "", lambda word: word + "&url=//evil"])  # fmt: skip
def test_a_changed_word_proves_nothing(change: Any) -> None:
    hop, now = Hop(b"key"), SENT.timestamp()
    word = hop.word("l", CODES[0], now)
    assert not hop.is_proof(f"c={change(word)}".encode(), CODES[0], now + 5)
