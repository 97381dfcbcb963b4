"""Whatever a stranger sends: no 5xx, and nobody is sent anywhere but to a stored target."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qc_engine.clock import FixedClock
from qc_engine.store import links
from qc_engine.store.database import Database
from qc_engine.store.group_commit import GroupCommit
from redirect.app import Redirect

CODE, EVIL = "k3Yandexk3Yandexk3Yand", "evil.example"
TARGET = b"https://yandex.example/org/1/reviews"

anything = st.binary(max_size=200) | st.sampled_from(
    [
        b"",
        b"\r\nLocation: https://evil.example",
        b"//evil.example",
        b"\xff\xfe",
        b"\0",
        b"prefetch",
        b"text/html",
    ]
)
names = st.sampled_from(
    [b"user-agent", b"accept", b"accept-language", b"sec-purpose", b"purpose", b"x-moz", b"x-purpose", b"cookie",
     b"referer", b"host", b"x-forwarded-host", b"x-original-url", b"x-rewrite-url", b"forwarded",
     b"sec-fetch-dest", b"content-length"]
) | st.binary(min_size=1, max_size=20)  # fmt: skip
paths = (
    st.just(f"/r/{CODE}")
    | st.text(max_size=60).map(lambda text: f"/r/{text}")
    | st.text(max_size=30).map(lambda text: f"/r/{CODE}{text}")
    | st.text("abcXYZ0129", min_size=22, max_size=22).map(lambda text: f"/r/{text}")
    | st.sampled_from(
        [f"/r/{CODE}.svg", f"/r//{EVIL}", "/r/%00", f"/r/{CODE}\0", f"/R/{CODE}", "/r/" + "\ud800" * 22]
    )
)
queries = (
    st.binary(max_size=100)
    | st.sampled_from(
        [b"url=https://evil.example", b"next=//evil.example", b"c=", b"c=s0", b"c=l" + b"f" * 28]
    )
    | st.from_regex(rb"c=[sl][0-9a-f]{8}[0-9a-f]{20}", fullmatch=True)
)
methods = st.sampled_from(["GET", "HEAD", "GET", "POST", "PUT", "OPTIONS", "TRACE", "CONNECT", "brew", ""])
clients = st.none() | st.tuples(
    st.text(max_size=50) | st.sampled_from(["203.0.113.9", "::1", "149.154.161.7"]), st.just(1)
)


@pytest.fixture
def door(sqlite_database: Database, clock: FixedClock) -> Iterator[Redirect]:
    with sqlite_database.transaction() as session:
        links.add(session, CODE, "K7Q2K7Q2", "yandex", TARGET.decode(), clock.now())
    commit = GroupCommit(sqlite_database)
    commit.start()
    yield Redirect(commit, clock, public_url="https://qc.example")
    commit.stop()


def ask(door: Redirect, scope: dict[str, Any]) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        raise AssertionError("a visit has no body")

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(door({"type": "http", **scope}, receive, send))
    return sent


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=methods, path=paths, query=queries, client=clients,
    headers=st.lists(st.tuples(names, anything), max_size=8),
)  # fmt: skip
def test_anything(
    door: Redirect, method: str, path: str, query: bytes, client: Any, headers: list[tuple[bytes, bytes]]
) -> None:
    if path.endswith(".svg"):
        pytest.importorskip("segno")
    scope = {"method": method, "path": path, "query_string": query, "client": client, "headers": headers}
    start, body = ask(door, scope)
    told = dict(start["headers"])
    assert start["status"] in (200, 302, 404, 405)
    assert told.get(b"location", TARGET) == TARGET
    assert (start["status"] == 302) is (b"location" in told)
    assert EVIL.encode() not in body["body"] + b"".join(told.values())
    assert told[b"content-length"] == b"%d" % len(body["body"]) or method == "HEAD"
    if start["status"] == 302:
        assert path == f"/r/{CODE}"
