"""The webhook door: durable before the 200, and no sender can make it stumble."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any

import httpx
import pytest
from sqlmodel import select

from qc_engine.clock import FixedClock
from qc_engine.core.events import AnswerReceived, DealChanged
from qc_engine.ports import Arrival, Forbidden, Request, Unreadable
from qc_engine.store.database import Database
from qc_engine.store.driver import Writing
from qc_engine.store.group_commit import GroupCommit, TooManyWaiting
from qc_engine.store.tables import InboxRow
from qc_engine.web.bodies import Message
from qc_engine.web.hooks import LARGEST_BODY, Hooks


class Vendor:
    """A connector whose body says how it shall behave."""

    def __init__(self, clock: FixedClock) -> None:
        self.clock = clock
        self.requests: list[Request] = []

    def parse(self, request: Request) -> Sequence[Arrival]:
        self.requests.append(request)
        if request.path != "secret-path":
            raise Forbidden
        try:
            body = json.loads(request.body)
        except ValueError:
            raise Unreadable("no JSON; access_token=canary") from None
        return [self._event(item) for item in body["items"]]

    def _event(self, item: Any) -> Arrival:
        if item["kind"] == "hint":
            return Arrival(item["key"], DealChanged(item["deal"]))
        return Arrival(item["key"], AnswerReceived("77010000001", item["text"], self.clock.now(), 77))


class Bell:
    """Counts how often the engine was woken."""

    def __init__(self) -> None:
        self.rings = 0

    def __call__(self) -> None:
        self.rings += 1


@pytest.fixture
def bell() -> Bell:
    return Bell()


@pytest.fixture
def vendor(clock: FixedClock) -> Vendor:
    return Vendor(clock)


@pytest.fixture
def hooks(sqlite_database: Database, clock: FixedClock, vendor: Vendor, bell: Bell) -> Iterator[Hooks]:
    commit = GroupCommit(sqlite_database)
    commit.start()
    yield Hooks({"vendor": vendor}, commit, clock, bell, body_seconds=0.2)
    commit.stop()


def call(
    hooks: Hooks,
    content: bytes | AsyncIterator[bytes] = b"",
    path: str = "/hooks/vendor/secret-path",
    method: str = "POST",
    **headers: str,
) -> httpx.Response:
    async def once() -> httpx.Response:
        transport = httpx.ASGITransport(hooks)
        async with httpx.AsyncClient(transport=transport, base_url="https://qc.example") as client:
            return await client.request(method, path, content=content, headers=headers)

    return asyncio.run(once())


def rows(database: Database) -> list[InboxRow]:
    with database.transaction() as session:
        return list(session.exec(select(InboxRow).order_by("id")).all())


HINT = b'{"items": [{"kind": "hint", "key": "deal:1", "deal": 1}]}'
ANSWER = b"""
{"items": [{"kind": "text", "key": "inbox:77", "text": "9 \\ud83d\\udc4d"}], "access_token": "canary"}
"""


def test_an_event_is_stored_and_the_engine_woken(
    hooks: Hooks, sqlite_database: Database, vendor: Vendor, bell: Bell, clock: FixedClock
) -> None:
    answer = call(hooks, HINT, **{"X-Signature": "abc"})
    assert (answer.status_code, answer.content) == (200, b"")
    (row,) = rows(sqlite_database)
    assert (row.source, row.key, row.kind, row.is_hint) == ("vendor", "deal:1", "DealChanged", True)
    assert (row.raw, row.received_at) == (HINT.decode(), clock.now())
    assert vendor.requests[0].headers["x-signature"] == "abc"
    assert vendor.requests[0].body == HINT
    assert bell.rings == 1
    assert hooks.counts["vendor", "stored"] == 1


@pytest.mark.parametrize(("name", "portal"), [("crm", "main"), ("crm-almaty", "almaty"), ("vendor", "")])
@pytest.mark.parametrize("body", [HINT, b"not JSON"])
def test_an_event_is_stored_with_its_portal(
    sqlite_database: Database,
    vendor: Vendor,
    bell: Bell,
    clock: FixedClock,
    name: str,
    portal: str,
    body: bytes,
) -> None:
    commit = GroupCommit(sqlite_database)
    commit.start()
    portals = {"crm": "main", "crm-almaty": "almaty"}
    hooks = Hooks(dict.fromkeys([*portals, "vendor"], vendor), commit, clock, bell, portals=portals)
    assert call(hooks, body, path=f"/hooks/{name}/secret-path").status_code == 200
    commit.stop()
    assert [(row.source, row.portal) for row in rows(sqlite_database)] == [(name, portal)]


def test_a_repeated_event_is_stored_once(hooks: Hooks, sqlite_database: Database, bell: Bell) -> None:
    assert [call(hooks, HINT).status_code for _ in range(3)] == [200, 200, 200]
    assert len(rows(sqlite_database)) == 1
    assert bell.rings == 1
    assert hooks.counts["vendor", "repeated"] == 2


def test_several_events_of_one_call(hooks: Hooks, sqlite_database: Database) -> None:
    items = [{"kind": "hint", "key": f"deal:{n}", "deal": n} for n in (1, 2, 1, 3)]
    assert call(hooks, json.dumps({"items": items}).encode()).status_code == 200
    assert [row.key for row in rows(sqlite_database)] == ["deal:1", "deal:2", "deal:3"]


def test_no_key_stays_in_the_inbox(hooks: Hooks, sqlite_database: Database) -> None:
    assert call(hooks, ANSWER).status_code == 200
    assert call(hooks, b"access_token=canary&x").status_code == 200
    kept = [f"{row.raw} {row.reason}" for row in rows(sqlite_database)]
    assert len(kept) == 2
    assert not [text for text in kept if "canary" in text]


@pytest.mark.parametrize(
    ("body", "outcome", "reason"),
    [
        (b"not json", "unreadable", "no JSON"),
        (b"", "unreadable", "no JSON"),
        (b"\xff\xfe\x00", "unreadable", "no JSON"),
        (b"[" * 60_000, "unreadable", "our own bug: RecursionError"),
        (b"{}", "unreadable", "our own bug: KeyError at test_hooks.py:"),
        (b'{"items": [{"kind": "hint", "key": 5}]}', "unreadable", "our own bug: KeyError"),
        (b'{"items": [7]}', "unreadable", "our own bug: TypeError"),
    ],
)
def test_what_cannot_be_read_is_kept_for_a_person(
    hooks: Hooks, sqlite_database: Database, bell: Bell, body: bytes, outcome: str, reason: str
) -> None:
    assert [call(hooks, body).status_code for _ in range(2)] == [200, 200]
    (row,) = rows(sqlite_database)
    assert (row.kind, row.result) == ("unreadable", "quarantined")
    assert reason in row.reason
    assert hooks.counts["vendor", outcome] == 2
    assert bell.rings == 0


def test_nothing_to_tell_is_only_counted(hooks: Hooks, sqlite_database: Database, bell: Bell) -> None:
    assert call(hooks, b'{"items": []}').status_code == 200
    assert rows(sqlite_database) == []
    assert (hooks.counts["vendor", "nothing"], bell.rings) == (1, 0)


async def endless() -> AsyncIterator[bytes]:
    while True:
        yield b"x" * 8192


async def two_parts() -> AsyncIterator[bytes]:
    yield HINT[:10]
    yield HINT[10:]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"content": HINT}, 200),
        ({"content": two_parts()}, 200),
        ({"content": HINT, "Content-Encoding": "identity"}, 200),
        ({"content": HINT, "path": "/hooks/vendor"}, 403),
        ({"content": HINT, "path": "/hooks/vendor/wrong"}, 403),
        ({"content": HINT, "path": "/hooks/vendor/secret-path/more"}, 403),
        ({"content": HINT, "path": "/hooks/stranger/secret-path"}, 404),
        ({"content": HINT, "path": "/hooks/"}, 404),
        ({"content": HINT, "path": "/hooks/.env"}, 404),
        ({"method": "GET"}, 405),
        ({"method": "PUT", "content": HINT}, 405),
        ({"content": gzip.compress(b"0" * 1_000_000), "Content-Encoding": "gzip"}, 415),
        ({"content": HINT, "Content-Encoding": "br"}, 415),
        ({"content": b"x" * (LARGEST_BODY + 1)}, 413),
        ({"content": endless()}, 413),
        ({"content": HINT, "Content-Length": "9" * 400}, 413),
    ],
)
def test_statuses(hooks: Hooks, sqlite_database: Database, request_: dict[str, Any], status: int) -> None:
    answer = call(hooks, **request_)
    assert answer.status_code == status
    assert len(rows(sqlite_database)) == (1 if status == 200 else 0)
    assert answer.headers.get("allow") == ("POST" if status == 405 else None)


def test_the_largest_body_is_taken(hooks: Hooks, sqlite_database: Database) -> None:
    body = HINT + b" " * (LARGEST_BODY - len(HINT))
    assert call(hooks, body).status_code == 200
    assert len(rows(sqlite_database)) == 1


def raw_call(hooks: Hooks, messages: list[Message], hang: bool = False) -> list[Message]:
    """By hand, for senders that httpx cannot play."""
    sent: list[Message] = []

    async def receive() -> Message:
        if messages:
            return messages.pop(0)
        assert hang, "the door asked for more than was sent"
        await asyncio.sleep(60)
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/hooks/vendor/secret-path", "headers": []}
    asyncio.run(hooks(scope, receive, send))
    return sent


def test_a_slow_sender_is_sent_away(hooks: Hooks, sqlite_database: Database) -> None:
    sent = raw_call(hooks, [{"type": "http.request", "body": b"{", "more_body": True}], hang=True)
    assert sent[0]["status"] == 408
    assert (b"connection", b"close") in sent[0]["headers"]
    assert rows(sqlite_database) == []


def paused_call(hooks: Hooks, pieces: list[bytes]) -> int:
    """The status; every piece of the body comes only after a while."""
    sent: list[Message] = []

    async def receive() -> Message:
        await asyncio.sleep(0.01)
        body = pieces.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(pieces)}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/hooks/vendor/secret-path", "headers": []}
    asyncio.run(hooks(scope, receive, send))
    return int(sent[0]["status"])


@pytest.mark.parametrize(
    ("pieces", "status", "stored"),
    [
        ([HINT], 200, 1),
        ([HINT[:5], b"", HINT[5:9], HINT[9:]], 200, 1),
        ([b"x" * 40_000, b"x" * 40_000], 413, 0),
        ([b"x"] * 40, 408, 0),
    ],
)
def test_a_body_that_comes_in_pieces(
    hooks: Hooks, sqlite_database: Database, pieces: list[bytes], status: int, stored: int
) -> None:
    assert paused_call(hooks, list(pieces)) == status
    assert len(rows(sqlite_database)) == stored


def test_a_receiver_is_told_that_nobody_waits_for_it_any_more(hooks: Hooks) -> None:
    ends: list[str] = []

    async def receive() -> Message:
        try:
            await asyncio.sleep(60)
        finally:
            ends.append("told")
        raise AssertionError

    async def send(message: Message) -> None:
        ends.append(str(message.get("status", "sent")))

    scope = {"type": "http", "method": "POST", "path": "/hooks/vendor/secret-path", "headers": []}
    asyncio.run(hooks(scope, receive, send))
    assert ends == ["told", "408", "sent"]


def test_a_sender_that_hangs_up_stores_nothing(hooks: Hooks, sqlite_database: Database) -> None:
    messages: list[Message] = [
        {"type": "http.request", "body": HINT[:9], "more_body": True},
        {"type": "http.disconnect"},
    ]
    assert raw_call(hooks, messages) == []
    assert rows(sqlite_database) == []


class HeldCommit:
    """Releases its answer only when told, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.error = error

    async def commit_row(self, together: Callable[[Writing, Sequence[Any]], Sequence[Any]], row: Any) -> Any:
        self.asked.set()
        await self.may_answer.wait()
        if self.error:
            raise self.error
        return True


def test_the_200_waits_for_the_commit(vendor: Vendor, clock: FixedClock, bell: Bell) -> None:
    async def story() -> None:
        held = HeldCommit()
        transport = httpx.ASGITransport(Hooks({"vendor": vendor}, held, clock, bell))
        async with httpx.AsyncClient(transport=transport, base_url="https://qc.example") as client:
            visit = asyncio.ensure_future(client.post("/hooks/vendor/secret-path", content=HINT))
            await held.asked.wait()
            for _ in range(20):
                await asyncio.sleep(0)
            assert not visit.done(), "the 200 left before the commit"
            assert bell.rings == 0, "the engine was woken before the commit"
            held.may_answer.set()
            assert (await visit).status_code == 200
            assert bell.rings == 1

    asyncio.run(story())


@pytest.mark.parametrize("error", [TooManyWaiting("full"), OSError("disk full")])
@pytest.mark.parametrize("body", [HINT, b"unreadable"])
def test_what_is_not_stored_is_never_a_200(
    vendor: Vendor, clock: FixedClock, bell: Bell, error: Exception, body: bytes
) -> None:
    held = HeldCommit(error)
    held.may_answer.set()
    hooks = Hooks({"vendor": vendor}, held, clock, bell)
    answer = call(hooks, body)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert (hooks.counts["vendor", "failed"], bell.rings) == (1, 0)


def test_strange_names_do_not_fill_the_counters(hooks: Hooks) -> None:
    for n in range(50):
        assert call(hooks, path=f"/hooks/x{n}").status_code == 404
    assert dict(hooks.counts) == {("", "refused"): 50}
