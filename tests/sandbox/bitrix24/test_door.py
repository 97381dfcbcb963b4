"""The portal over HTTP: ways to call it, limits, and every fault that can be asked for."""

import socket
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import uvicorn

from sandbox.app import Sandbox, make_app
from sandbox.control.defaults import Keys

UPDATE = {"entityTypeId": 2, "fields": {"title": "changed"}}


@pytest.fixture(scope="module")
def app() -> Sandbox:
    return make_app(keys=Keys("s3cret"))


@pytest.fixture(scope="module")
def base(app: Sandbox) -> Iterator[str]:
    """A real server: the drop of a connection is seen only through one."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture
def http(base: str, app: Sandbox) -> Iterator[httpx.Client]:
    app.portal.switches.set("rate_plan", "off")
    app.portal.faults.clear()
    with httpx.Client(base_url=f"{base}/rest/1/s3cret/", trust_env=False) as client:
        yield client


@pytest.fixture
def deal(http: httpx.Client) -> int:
    made = http.post("crm.item.add", json={"entityTypeId": 2, "fields": {"title": "first"}})
    return int(made.json()["result"]["item"]["id"])


def title(http: httpx.Client, deal: int) -> str:
    return str(http.get("crm.deal.get", params={"id": deal}).json()["result"]["TITLE"])


def test_every_way_to_call(http: httpx.Client, deal: int) -> None:
    ways = [
        http.get("crm.item.get", params={"entityTypeId": 2, "id": deal, "__order": "x", "start": 0}),
        http.get("CRM.Item.Get.json", params={"entityTypeId": 2, "id": deal}),
        http.post("crm.item.get", json={"entityTypeId": 2, "id": deal}),
        http.post("crm.item.get.json", data={"entityTypeId": "2", "ID": str(deal)}),
        http.post(f"crm.item.get?entityTypeId=2&id={deal}"),
        http.post("crm.item.list", content=f"entityTypeId=2&filter[%3Did]={deal}&select[]=id"),
    ]
    for way in ways[:-1]:
        assert way.json()["result"]["item"]["title"] == "first"
    assert ways[-1].json()["result"]["items"] == [{"id": deal}]


def test_every_answer_tells_its_time(http: httpx.Client) -> None:
    answer = http.get("server.time")
    assert answer.headers["content-type"].startswith("application/json")
    time = answer.json()["time"]
    assert isinstance(time["operating_reset_at"], int)
    assert set(time) >= {
        "start",
        "finish",
        "duration",
        "processing",
        "date_start",
        "date_finish",
        "operating",
    }


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/rest/1/wrong/profile", 401, "INVALID_CREDENTIALS"),
        ("/rest/999/s3cret/profile", 401, "INVALID_CREDENTIALS"),
        ("/rest/profile", 401, "NO_AUTH_FOUND"),
        ("/rest/1/s3cret/no.such.method", 404, "ERROR_METHOD_NOT_FOUND"),
        ("/rest/1/s3cret/crm.item.get?entityTypeId=2&id=1", 400, "NOT_FOUND"),
    ],
)
def test_refusals(base: str, http: httpx.Client, path: str, status: int, code: str) -> None:
    answer = http.get(base + path)
    assert (answer.status_code, answer.json()["error"]) == (status, code)
    assert "error_description" in answer.json()


def test_strange_input_is_refused_not_broken(http: httpx.Client) -> None:
    headers = {"Content-Type": "application/json"}
    assert http.post("profile", content=b"{", headers=headers).status_code == 400
    assert http.post("profile", content=b"[" * 100_000, headers=headers).status_code == 400
    assert http.post("profile", content=b"\xff\xfe=1&a[b[c]]=%zz").status_code == 200


def test_a_body_of_many_parts(http: httpx.Client, deal: int) -> None:
    parts = {"id": (None, str(deal)), "fields[TITLE]": (None, "В частях")}
    assert http.post("crm.deal.update", files=parts).json()["result"] is True
    assert http.get(f"crm.deal.get?id={deal}").json()["result"]["TITLE"] == "В частях"


def test_a_batch_in_a_form_is_encoded_twice(http: httpx.Client, deal: int) -> None:
    form = {"halt": "0", "cmd[a]": f"crm.deal.update?id={deal}&fields%5BTITLE%5D=a%26b%3Dc"}
    answer = http.post("batch", data=form).json()["result"]
    assert answer["result"] == {"a": True}
    assert title(http, deal) == "a&b=c"


def test_the_request_limit(app: Sandbox, http: httpx.Client) -> None:
    app.portal.switches.set("rate_plan", "standard")
    before = app.portal.ledger.rejected_503
    statuses = [http.get("server.time").status_code for _ in range(60)]
    assert statuses[:50] == [200] * 50
    assert statuses[-1] == 503
    assert app.portal.ledger.rejected_503 - before == statuses.count(503)
    app.clock.jump(60)
    assert http.get("server.time").status_code == 200


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ("limit", 503, "QUERY_LIMIT_EXCEEDED"),
        ("error500", 500, "INTERNAL_SERVER_ERROR"),
        ("operating", 429, "OPERATION_TIME_LIMIT"),
        ("auth", 401, "INVALID_CREDENTIALS"),
        ("refuse", 400, "ERROR_CORE"),
    ],
)
def test_faults_that_answer(
    app: Sandbox, http: httpx.Client, deal: int, how: str, status: int, code: str
) -> None:
    app.portal.faults.add({"match": "crm.item.update", "how": how, "skip": 1})
    assert http.post("crm.item.update", json={**UPDATE, "id": deal, "fields": {}}).status_code == 200
    answer = http.post("crm.item.update", json={**UPDATE, "id": deal})
    assert (answer.status_code, answer.json()["error"]) == (status, code)
    assert title(http, deal) == "first"
    assert http.post("crm.item.update", json={**UPDATE, "id": deal}).status_code == 200


@pytest.mark.parametrize(
    ("how", "status", "kind", "done"),
    [
        ("html503", 503, "text/html", "first"),
        ("html200", 200, "text/html", "first"),
        ("empty", 200, "application/json", "changed"),
        ("truncated", 200, "application/json", "changed"),
    ],
)
def test_faults_without_json(
    app: Sandbox, http: httpx.Client, deal: int, how: str, status: int, kind: str, done: str
) -> None:
    app.portal.faults.add({"match": "*", "how": how})
    answer = http.post("crm.item.update", json={**UPDATE, "id": deal})
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (status, kind)
    with pytest.raises(ValueError, match=r"."):
        answer.json()
    assert title(http, deal) == done


@pytest.mark.parametrize("batched", [False, True])
@pytest.mark.parametrize(("how", "done"), [("done_no_answer", "changed"), ("not_done_no_answer", "first")])
def test_the_connection_drops(
    app: Sandbox, http: httpx.Client, deal: int, how: str, done: str, batched: bool
) -> None:
    app.portal.faults.add({"match": "crm.item.update", "how": how})
    command = f"crm.item.update?entityTypeId=2&id={deal}&fields[title]=changed"
    body: dict[str, Any] = {"cmd": {"c0": command}} if batched else {**UPDATE, "id": deal}
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        http.post("batch" if batched else "crm.item.update", json=body)
    assert title(http, deal) == done


def test_a_fault_of_one_command_leaves_the_rest(app: Sandbox, http: httpx.Client, deal: int) -> None:
    app.portal.faults.add({"match": "crm.deal.get", "how": "operating"})
    cmd = {"a": f"crm.deal.get?id={deal}", "b": "profile", "c": f"crm.deal.get?id={deal}"}
    answer = http.post("batch", json={"cmd": cmd}).json()["result"]
    assert list(answer["result"]) == ["b", "c"]
    assert answer["result_error"]["a"]["error"] == "OPERATION_TIME_LIMIT"


def test_the_vendor_does_it_twice_by_itself(app: Sandbox, http: httpx.Client) -> None:
    app.portal.faults.add({"match": "tasks.task.add", "how": "twice"})
    before = len(app.portal.ledger.tasks_created)
    fields = {"TITLE": "x", "RESPONSIBLE_ID": 201, "UF_CRM_TASK": ["D_5"]}
    http.post("tasks.task.add", json={"fields": fields})
    made = app.portal.ledger.tasks_created[before:]
    assert [(row["title"], row["deal_id"]) for row in made] == [("x", 5), ("x", 5)]


def test_a_fault_nobody_knows(app: Sandbox) -> None:
    with pytest.raises(ValueError, match="done_no_answer"):
        app.portal.faults.add({"match": "*", "how": "explode"})
