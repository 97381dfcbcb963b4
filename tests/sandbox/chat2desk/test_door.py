"""The REST door: token, paths, three kinds of bodies, limits, faults."""

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("headers", "text"),
    [
        ({"Authorization": "wrong"}, "You need to auth"),
        ({"Authorization": "Bearer 0123456789abcdef0123456789abcd"}, "You need to auth"),
        ({"Authorization": ""}, "You have to specify your token"),
    ],
)
def test_token(world: Any, headers: dict[str, str], text: str) -> None:
    answer = world.api("GET", "/v1/channels", headers=headers)
    assert answer.status_code == 401
    assert text in answer.json()["message"]


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/messages/1/2", "/v1/webhooks/x"])
def test_unknown_page(world: Any, path: str) -> None:
    answer = world.api("GET", path)
    assert (answer.status_code, answer.json()) == (404, {"message": "Page not found", "status": "error"})


@pytest.mark.parametrize("path", ["/v1/webhooks//1", "/v1/webhooks/1/", "/v1//webhooks/1"])
def test_slashes_do_not_matter(world: Any, path: str) -> None:
    world.listen()
    assert world.data("GET", path)["id"] == 1


@pytest.mark.parametrize(
    "body",
    [
        {"json": {"url": "http://us/a", "name": "n", "events": ["inbox", "outbox"]}},
        {"data": {"url": "http://us/a", "name": "n", "events": ["inbox", "outbox"]}},
        {"data": {"url": "http://us/a", "name": "n", "events[0]": "inbox", "events[1]": "outbox"}},
        {"params": {"url": "http://us/a", "name": "n", "events": ["inbox", "outbox"]}},
        {"params": {"url": "http://us/b"}, "json": {"url": "http://us/a", "events": ["inbox", "outbox"]}},
    ],
)
def test_bodies_are_merged(world: Any, body: dict[str, Any]) -> None:
    hook = world.data("POST", "/v1/webhooks", **body)
    assert (hook["url"], hook["events"]) == ("http://us/a", ["inbox", "outbox"])


def test_one_value_is_a_list(world: Any) -> None:
    hook = world.data("POST", "/v1/webhooks", params={"url": "http://us/a", "events": "inbox"})
    assert hook["events"] == ["inbox"]


def test_false_as_text(world: Any) -> None:
    sent = world.say(world.client(), "x", open_dialog="False")
    assert sent["dialog_id"] is None


@pytest.mark.parametrize("body", [b"{", b"[1]", b'"text"'])
def test_broken_json(world: Any, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = world.api("POST", "/v1/messages", content=body, headers=headers)
    assert answer.status_code == 400


def test_rate_is_counted_in_virtual_time(world: Any) -> None:
    world.account.switches.set("rate_per_second", 5)
    codes = [world.api("GET", "/v1/channels").status_code for _ in range(7)]
    assert codes == [200] * 5 + [429, 429]
    refused = world.api("GET", "/v1/channels")
    assert refused.json() == {"message": "Number of API requests exceeded", "status": "error"}
    assert "retry-after" not in refused.headers
    world.later(0.2)
    codes = [world.api("GET", "/v1/channels").status_code for _ in range(2)]
    assert codes == [200, 429]
    assert world.account.ledger()["rate_limited"] == 4


def test_monthly_quota_begins_anew(world: Any) -> None:
    world.account.switches.set("monthly_quota", 2)
    answers = [world.api("GET", "/v1/channels") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json()["message"] == "API calls exceeded API limit per month"
    world.later(31 * 86400)
    assert world.data("GET", "/v1/companies/api_info")["requests_this_month"] == 1


@pytest.mark.parametrize(
    ("how", "status", "carried_out"),
    [
        ("limit", 429, False),
        ("html503", 503, False),
        ("error500", 500, False),
        ("operating", 429, False),
        ("auth", 401, False),
        ("refuse", 400, False),
        ("empty", 200, True),
    ],
)
def test_faults(world: Any, how: str, status: int, carried_out: bool) -> None:
    client_id = world.client()
    world.account.faults.add({"match": "POST /v1/messages", "how": how, "times": 1, "skip": 1})
    body = {"client_id": client_id, "text": "x"}
    answers = [world.api("POST", "/v1/messages", json=body) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, status, 200]
    assert world.account.ledger()["messages_sent"] == 2 + carried_out
    if how == "empty":
        assert answers[1].content == b""


def test_faults_match_by_path_and_can_be_cleared(world: Any) -> None:
    world.account.faults.add({"match": "/v1/*", "how": "error500", "times": 100})
    assert world.api("GET", "/v1/channels").status_code == 500
    world.account.faults.clear()
    assert world.api("GET", "/v1/channels").status_code == 200


@pytest.mark.parametrize(
    "fault", [{"match": "*", "how": "burn"}, {"how": "limit"}, {"match": 1, "how": "auth"}]
)
def test_unknown_fault(world: Any, fault: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be"):
        world.account.faults.add(fault)


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("nothing", 1, KeyError),
        ("set", 1, KeyError),
        ("hook_html_text", 1, ValueError),
        ("monthly_quota", True, ValueError),
        ("monthly_quota", 1.5, ValueError),
        ("window_hours", "24", ValueError),
        ("window_hours", -1, ValueError),
        ("hook_drop_percent", 101, ValueError),
    ],
)
def test_bad_switch(world: Any, name: str, value: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        world.account.switches.set(name, value)


def test_switch(world: Any) -> None:
    world.account.switches.set("window_hours", 48)
    assert world.account.switches.all()["window_hours"] == 48.0
