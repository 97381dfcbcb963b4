"""The whole application: who answers what, the guarded API, and the manager's page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from qc_engine.clock import FixedClock
from qc_engine.store.database import Database
from qc_engine.store.group_commit import GroupCommit
from qc_engine.store.tables import InboxRow
from qc_engine.web.app import Doors, make_app
from qc_engine.web.bodies import AsgiApp, Receive, Scope, Send
from qc_engine.web.forms import is_same_origin
from qc_engine.web.pages.review_answer.page import ReviewView

ALMATY = ZoneInfo("Asia/Almaty")
OPEN = ReviewView(
    "K7Q2K7Q2",
    "Иван, …4567",
    "Шины на Абая <b>",
    scores=[("Мастер", "9"), ("Филиал", "10"), ("Средняя", "9,5")],
    since=datetime(2026, 3, 4, 15, 20, tzinfo=ALMATY),
    pages=[("Яндекс Карты", "https://yandex.example/1?a=b&c=d"), ("Ловушка", "javascript:alert(1)")],
)
ANSWERED = ReviewView(
    "ANSWERED", "Иван", "Филиал", answer="found", answered_at=datetime(2026, 3, 5, 9, 1, tzinfo=ALMATY)
)
ENDED = ReviewView("ENDED222", "Иван", "Филиал", ended="срок проверки прошёл")
VIEWS = {"open": OPEN, "answered": ANSWERED, "ended": ENDED}
TOKEN = "api-key"


class Engine:
    """What stands behind the doors in these tests."""

    def __init__(self) -> None:
        self.failed: list[str] = []
        self.asked: list[tuple[str | None, int | None, str | None]] = []

    def ready(self) -> Sequence[str]:
        if "bug" in self.failed:
            raise RuntimeError("secret text")
        return self.failed

    def story(self, case: str | None, deal: int | None, phone: str | None) -> Mapping[str, Any] | None:
        self.asked.append((case, deal, phone))
        return None if case == "UNKNOWN2" else {"case": "K7Q2K7Q2", "lines": ["пришёл ответ"]}

    def attention(self) -> Mapping[str, Any]:
        return {"quarantined": [], "uncertain": []}

    def status(self, full: bool) -> Mapping[str, Any]:
        return {"inbox": 0, "totals": {}} if full else {"inbox": 0}


def says(word: str) -> AsgiApp:
    async def door(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": word.encode()})

    return door


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def commit(sqlite_database: Database) -> Iterator[GroupCommit]:
    commit = GroupCommit(sqlite_database)
    commit.start()
    yield commit
    commit.stop()


def doors(engine: Engine, commit: GroupCommit, clock: FixedClock, api_token: str = TOKEN) -> Doors:
    return Doors(
        redirect=says("redirect"),
        hooks=says("hooks"),
        commit=commit,
        clock=clock,
        ready=engine.ready,
        review_of=VIEWS.get,
        survey_of=lambda code: None,
        story=engine.story,
        attention=engine.attention,
        status=engine.status,
        public_url="https://qc.example",
        api_token=api_token,
    )


@pytest.fixture
def client(engine: Engine, commit: GroupCommit, clock: FixedClock) -> Iterator[TestClient]:
    app = make_app(doors(engine, commit, clock))
    with TestClient(app, base_url="https://qc.example", follow_redirects=False) as client:
        yield client


def arrivals(database: Database) -> list[InboxRow]:
    with database.transaction() as session:
        return list(session.exec(select(InboxRow)).all())


# --- figures for Prometheus ---


def measured(engine: Engine, commit: GroupCommit, clock: FixedClock, token: str) -> TestClient:
    found = replace(doors(engine, commit, clock), metrics=lambda: b"qc_inbox_open 0.0\n", metrics_token=token)
    return TestClient(make_app(found), base_url="https://qc.example")


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        ({"Authorization": "Bearer key-of-prometheus"}, 200),
        ({}, 401),
        ({"Authorization": ""}, 401),
        ({"Authorization": "Bearer"}, 401),
        ({"Authorization": "Bearer key-of-prometheu"}, 401),
        ({"Authorization": "Bearer key-of-prometheuss"}, 401),
        ({"Authorization": "bearer key-of-prometheus"}, 401),
        ({"Authorization": f"Bearer {TOKEN}"}, 401),  # that of /api opens /api alone
        ({"Authorization": b"Bearer \xff\xfe"}, 401),
    ],
)
def test_figures_are_for_whoever_has_their_token(
    engine: Engine, commit: GroupCommit, clock: FixedClock, authorization: dict[str, Any], status: int
) -> None:
    client = measured(engine, commit, clock, "key-of-prometheus")
    answer = client.get("/metrics", headers=authorization)
    assert answer.status_code == status
    assert ("qc_inbox_open" in answer.text) == (status == 200)
    if status == 200:
        assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
    else:
        assert answer.headers["www-authenticate"] == "Bearer"
    assert client.get("/metrics", params={"token": "key-of-prometheus"}).status_code == 401


@pytest.mark.parametrize(
    "authorization", [{}, {"Authorization": "Bearer "}, {"Authorization": f"Bearer {TOKEN}"}]
)
def test_without_a_token_there_are_no_figures(
    engine: Engine, commit: GroupCommit, clock: FixedClock, authorization: dict[str, str]
) -> None:
    client = measured(engine, commit, clock, "")
    assert client.get("/metrics", headers=authorization).status_code == 404


# --- who answers what ---


@pytest.mark.parametrize(
    ("method", "path", "status", "starts"),
    [
        ("GET", "/r/abc", 200, "redirect"),
        ("POST", "/r/abc", 200, "redirect"),
        ("POST", "/hooks/bitrix24/x", 200, "hooks"),
        ("GET", "/healthz", 200, '{"status":"ok"}'),
        ("GET", "/readyz", 200, '{"status":"ok","failed":[]}'),
        ("GET", "/static/site.css", 200, ":root"),
        ("GET", "/", 404, "<!doctype"),
        ("GET", "/r", 404, "<!doctype"),
        ("GET", "/hooks", 404, "<!doctype"),
        ("GET", "/a/", 404, "<!doctype"),
        ("GET", "/a/open/", 404, "<!doctype"),
        ("GET", "/docs", 404, "<!doctype"),
        ("GET", "/redoc", 404, "<!doctype"),
        ("GET", "/openapi.json", 404, "<!doctype"),
        ("GET", "/metrics", 404, "<!doctype"),
        ("GET", "/static/", 404, "<!doctype"),
        ("GET", "/static/../app.py", 404, "<!doctype"),
        ("GET", "/static/%2e%2e/app.py", 404, "<!doctype"),
        ("GET", "/.env", 404, "<!doctype"),
        ("POST", "/healthz", 405, '{"error"'),
        ("GET", "/api/nothing", 404, '{"type":"urn:qc-engine:problem:not-there"'),
    ],
)
def test_routes(client: TestClient, method: str, path: str, status: int, starts: str) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.text.startswith(starts)


@pytest.mark.parametrize(
    "path", ["/healthz", "/a/open", "/a/unknown", "/api/story", "/static/site.css", "/docs"]
)
def test_every_answer_is_guarded(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "script-src" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-type"]
    assert "access-control-allow-origin" not in headers
    # 'no-referrer' would make browsers send 'Origin: null' with our own form.
    assert headers["referrer-policy"] == "same-origin"
    assert ("no-store" in headers["cache-control"]) == (not path.startswith("/static"))


def test_not_ready_names_the_checks(client: TestClient, engine: Engine) -> None:
    engine.failed = ["database", "loop deliver"]
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (
        503,
        {"status": "failed", "failed": ["database", "loop deliver"]},
    )
    engine.failed = ["bug"]
    assert client.get("/readyz").json()["failed"] == ["check: RuntimeError"]
    assert client.get("/healthz").status_code == 200


# --- the API ---


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (f"Bearer {TOKEN}", 200),
        (None, 401),
        ("", 401),
        ("Bearer", 401),
        (TOKEN, 401),
        ("Bearer wrong", 401),
        (f"bearer {TOKEN}", 401),
        (f"Bearer {TOKEN}x", 401),
        (f"Basic {TOKEN}", 401),
        ("Bearer \xff", 401),
    ],
)
def test_the_api_wants_its_key(client: TestClient, authorization: str | None, status: int) -> None:
    headers = [] if authorization is None else [(b"authorization", authorization.encode("latin-1"))]
    for path in ("/api/attention", "/api/status", "/api/story?case=K7Q2K7Q2"):
        assert client.get(path, headers=headers).status_code == status


def test_without_a_key_there_is_no_api(engine: Engine, commit: GroupCommit, clock: FixedClock) -> None:
    with TestClient(make_app(doors(engine, commit, clock, api_token=""))) as client:
        for value in ("Bearer ", "Bearer", "Bearer x"):
            assert client.get("/api/attention", headers={"Authorization": value}).status_code == 404
        assert client.get("/api/attention").status_code == 404
    assert engine.asked == []


@pytest.mark.parametrize(
    ("query", "status", "asked"),
    [
        ("case=K7Q2K7Q2", 200, ("K7Q2K7Q2", None, None)),
        ("deal=4312", 200, (None, 4312, None)),
        ("phone=%2B77010000001", 200, (None, None, "77010000001")),
        ("case=UNKNOWN2", 404, ("UNKNOWN2", None, None)),
        ("", 400, None),
        ("case=K7Q2K7Q2&deal=1", 400, None),
        ("deal=four", 400, None),
        ("deal=-1", 400, None),
        ("deal=99999999999999999999", 400, None),
        ("phone=8(701)000", 400, None),
        ("case=" + "x" * 17, 400, None),
    ],
)
def test_story(
    client: TestClient, engine: Engine, query: str, status: int, asked: tuple[Any, ...] | None
) -> None:
    answer = client.get(f"/api/story?{query}", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == status
    assert engine.asked == ([asked] if asked else [])
    assert ("lines" if status == 200 else "error") in answer.json()
    assert "8(701)000" not in answer.text


def test_attention(client: TestClient) -> None:
    answer = client.get("/api/attention", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.json() == {"quarantined": [], "uncertain": []}


@pytest.mark.parametrize(("query", "keys"), [("", {"inbox"}), ("?full=1", {"inbox", "totals"})])
def test_status(client: TestClient, query: str, keys: set[str]) -> None:
    answer = client.get(f"/api/status{query}", headers={"Authorization": f"Bearer {TOKEN}"})
    assert set(answer.json()) == keys


# --- the manager's page ---


def test_the_question(client: TestClient, sqlite_database: Database) -> None:
    page = client.get("/a/open").text
    for text in ("Найден ли отзыв?", "Иван, …4567", "Шины на Абая &lt;b&gt;", "9,5", "04.03.2026 15:20"):
        assert text in page
    assert 'href="https://yandex.example/1?a=b&amp;c=d"' in page
    assert "javascript:" not in page
    assert 'value="found"' in page
    assert 'value="not_found"' in page
    assert "<script" not in page
    assert " style=" not in page
    assert arrivals(sqlite_database) == [], "a look must change nothing"


@pytest.mark.parametrize(("answer", "word"), [("found", "отзыв найден"), ("not_found", "отзыва нет")])
def test_an_answer_is_stored_once(
    client: TestClient, sqlite_database: Database, clock: FixedClock, answer: str, word: str
) -> None:
    for _ in range(2):
        page = client.post("/a/open", data={"answer": answer})
        assert page.status_code == 200
        assert "Спасибо" in page.text
        assert word in page.text
    (row,) = arrivals(sqlite_database)
    assert (row.source, row.key, row.kind) == ("web", f"review:K7Q2K7Q2:0:{answer}", "ReviewChecked")
    assert (row.event["answer"], row.event["by"]) == (answer, "страница ответа")
    assert row.received_at == clock.now()


@pytest.mark.parametrize(
    ("code", "text"),
    [("answered", "отзыв найден</strong>, 05.03.2026 09:01"), ("ended", "срок проверки прошёл")],
)
def test_what_is_over_is_only_shown(
    client: TestClient, sqlite_database: Database, code: str, text: str
) -> None:
    for page in (client.get(f"/a/{code}"), client.post(f"/a/{code}", data={"answer": "not_found"})):
        assert page.status_code == 200
        assert text in page.text
        assert "<button" not in page.text
    assert arrivals(sqlite_database) == []


@pytest.mark.parametrize(
    "body", ["", "answer=maybe", "answer=", "x=found", "answer=found&answer=maybe", "%ff=%fe"]
)
def test_no_answer_asks_again(client: TestClient, sqlite_database: Database, body: str) -> None:
    page = client.post("/a/open", content=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert page.status_code == 200
    assert 'value="found"' in page.text
    assert arrivals(sqlite_database) == []


@pytest.mark.parametrize("code", ["unknown", "OPEN", "x" * 5000, "%00", "%D1%8F"])
def test_unknown_codes_are_one_404(client: TestClient, code: str) -> None:
    known = client.get("/nothing-here")
    for answer in (client.get(f"/a/{code}"), client.post(f"/a/{code}", data={"answer": "found"})):
        assert (answer.status_code, answer.text) == (404, known.text)


@pytest.mark.parametrize(("body", "status"), [("a=b&" * 300, 400), ("answer=found&x=" + "y" * 20_000, 413)])
def test_odd_forms_are_refused(client: TestClient, sqlite_database: Database, body: str, status: int) -> None:
    assert client.post("/a/open", content=body).status_code == status
    assert arrivals(sqlite_database) == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://qc.example"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_another_site_cannot_answer(
    client: TestClient, sqlite_database: Database, headers: dict[str, str], status: int
) -> None:
    assert client.post("/a/open", data={"answer": "found"}, headers=headers).status_code == status
    assert len(arrivals(sqlite_database)) == (1 if status == 200 else 0)


@pytest.mark.parametrize(
    ("fetch_site", "origin", "host", "fine"),
    [
        (None, "http://127.0.0.1:8080", "127.0.0.1:8080", True),  # a trial without a proxy
        (None, "https://QC.example", "inside:8080", True),  # a proxy changed the Host
        (None, "https://qc.example:444", "inside", False),
        (None, "http://qc.example", "inside", False),
        (None, "https://qc.example.evil.example", "qc.example", False),
        (None, "", "", False),
        (None, "null", None, False),
        (None, "http://[", "[", False),
        ("none", "https://evil.example", "x", True),
        ("cross-site", "https://qc.example", "qc.example", False),
    ],
)
def test_same_origin(fetch_site: str | None, origin: str | None, host: str | None, fine: bool) -> None:
    assert is_same_origin(fetch_site, origin, host, "https://qc.example") is fine


def test_an_answer_that_is_not_stored_is_not_thanked_for(
    client: TestClient, commit: GroupCommit, sqlite_database: Database
) -> None:
    commit.stop()
    answer = client.post("/a/open", data={"answer": "found"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "Спасибо" not in answer.text
    commit.start()


def test_our_own_bug_shows_no_traceback(engine: Engine, commit: GroupCommit, clock: FixedClock) -> None:
    def broken(code: str) -> ReviewView | None:
        raise RuntimeError("secret text")

    parts = doors(engine, commit, clock)
    app = make_app(Doors(**{**vars(parts), "review_of": broken}))
    with TestClient(app) as client, pytest.raises(RuntimeError, match="secret text"):
        client.get("/a/open")  # the server gets it, for its log
    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get("/a/open")
    assert answer.status_code == 500
    assert "Что-то пошло не так" in answer.text
    assert "secret text" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
