"""POST /api/events and /api/cases: what is taken, what is refused, and that nothing is taken twice."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from qc_engine.clock import FixedClock
from qc_engine.ports import Asking, NobodyBegins, Taken
from qc_engine.store.database import Database
from qc_engine.store.group_commit import GroupCommit
from qc_engine.web.app import Doors, make_app
from qc_engine.web.bodies import AsgiApp, Receive, Scope, Send

TOKEN = {"Authorization": "Bearer api-key"}


class Engine:
    """Remembers what is asked for, and answers as the flow does."""

    def __init__(self) -> None:
        self.asked: list[Asking] = []

    def take(self, asking: Asking) -> Taken:
        if asking.portal != "main":
            raise NobodyBegins("portal", asking.portal, ("main",))
        if asking.scenario == "nobody":
            raise NobodyBegins("scenario", asking.scenario, ("visit",))
        known = any(one.key and one.key == asking.key for one in self.asked)
        self.asked.append(asking)
        return Taken(not known, ("visit",) if asking.event != "rain" else ())


def nothing() -> AsgiApp:
    async def door(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError(scope["path"])

    return door


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def client(engine: Engine, sqlite_database: Database, clock: FixedClock) -> TestClient:
    commit = GroupCommit(sqlite_database)
    doors = Doors(
        redirect=nothing(),
        hooks=nothing(),
        commit=commit,
        clock=clock,
        ready=list,
        review_of=lambda _: None,
        survey_of=lambda _: None,
        story=lambda *_: None,
        attention=dict,
        status=lambda _: {},
        public_url="https://qc.example",
        api_token="api-key",
        take=engine.take,
    )
    return TestClient(make_app(doors))


def post(client: TestClient, path: str, body: Any, **headers: str) -> tuple[int, Any]:
    answer = client.post(path, json=body, headers=TOKEN | headers)
    return answer.status_code, answer.json()


def test_an_event_is_taken(client: TestClient, engine: Engine) -> None:
    body = {
        "event": "visit_finished",
        "deal_id": 5,
        "values": {"sum": 1200, "master": "Ivan"},
        "id": "7",
        "by": "1C",
    }
    assert post(client, "/api/events", body) == (202, {"new": True, "scenarios": ["visit"]})
    assert engine.asked == [
        Asking(5, event="visit_finished", by="1C", key="7", values={"sum": "1200", "master": "Ivan"})
    ]
    assert post(client, "/api/events", body) == (200, {"new": False, "scenarios": ["visit"]})


def test_an_event_that_nobody_waits_for_is_taken_too(client: TestClient) -> None:
    body = {"event": "rain", "deal_id": 5}
    assert post(client, "/api/events", body) == (202, {"new": True, "scenarios": []})


def test_a_case_is_asked_for_by_its_name(client: TestClient, engine: Engine) -> None:
    body = {"scenario": "visit", "deal_id": 5}
    assert post(client, "/api/cases", body)[0] == 202
    assert engine.asked == [Asking(5, scenario="visit", values={})]


@pytest.mark.parametrize(
    ("path", "body", "status", "says"),
    [
        (
            "/api/cases",
            {"scenario": "nobody", "deal_id": 5},
            404,
            "there is no scenario 'nobody'; there are: visit",
        ),
        ("/api/events", {"event": "a", "deal_id": 5, "portal": "x"}, 404, "there is no portal 'x'"),
        ("/api/events", {"deal_id": 5}, 400, "event: Field required"),
        ("/api/events", {"event": "a"}, 400, "deal_id: Field required"),
        ("/api/events", {"event": "a", "deal_id": 0}, 400, "deal_id: "),
        ("/api/events", {"event": "a", "deal_id": 2**53}, 400, "deal_id: "),
        ("/api/events", {"event": "Visit finished", "deal_id": 5}, 400, "event: "),
        ("/api/events", {"event": "a", "deal_id": 5, "value": {}}, 400, "value: Extra inputs"),
        ("/api/events", {"event": "a", "deal_id": 5, "values": {"A": "b"}}, 400, "values.A"),
        ("/api/events", {"event": "a", "deal_id": 5, "values": {"a": {"b": 1}}}, 400, "values.a"),
        ("/api/events", {"event": "a", "deal_id": 5, "values": {"a": "x" * 1001}}, 400, "values.a"),
        (
            "/api/events",
            {"event": "a", "deal_id": 5, "values": {f"a{n}": n for n in range(51)}},
            400,
            "values: ",
        ),
        ("/api/events", [], 400, "body: "),
        ("/api/events", {"event": "a", "deal_id": 5, "by": "x" * 20_000}, 413, "at most"),
    ],
)
def test_what_is_refused(
    client: TestClient, engine: Engine, path: str, body: Any, status: int, says: str
) -> None:
    code, answer = post(client, path, body)
    assert (code, says in answer["error"]) == (status, True), answer
    assert engine.asked == []


def test_a_body_that_is_no_json(client: TestClient) -> None:
    answer = client.post("/api/events", content=b"event=a", headers=TOKEN)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    told = answer.json()
    assert (told["error"], told["type"]) == ("the body is no JSON", "urn:qc-engine:problem:not-understood")


def test_a_wrong_value_is_not_repeated(client: TestClient) -> None:
    _, answer = post(client, "/api/events", {"event": "a", "deal_id": "77015551234x"})
    assert "7701" not in answer["error"]


@pytest.mark.parametrize("path", ["/api/events", "/api/cases", "/api/openapi.json"])
def test_without_the_token_there_is_nothing(client: TestClient, engine: Engine, path: str) -> None:
    for headers in ({}, {"Authorization": "Bearer other"}):
        answer = client.request(
            "GET" if path.endswith("json") else "POST", path, headers=headers, content=b"x" * 99_999
        )
        assert answer.status_code == 401
    assert engine.asked == []


def test_what_may_be_called_is_described(client: TestClient) -> None:
    document = client.get("/api/openapi.json", headers=TOKEN).json()
    assert {"/api/events", "/api/cases", "/api/story", "/api/status", "/api/attention"} <= set(
        document["paths"]
    )
    told = document["paths"]["/api/events"]["post"]
    schema = told["requestBody"]["content"]["application/json"]["schema"]
    assert set(schema["required"]) == {"event", "deal_id"}
    assert {"202", "200", "404"} <= set(told["responses"])
