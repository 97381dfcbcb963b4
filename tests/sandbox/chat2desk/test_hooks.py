"""Webhooks: repeats, switching off, management over REST, signatures, faults of the road."""

import hashlib
import hmac
from typing import Any

import pytest


def test_ladder(world: Any) -> None:
    world.listen()
    world.receiver.status = 500
    world.write("8")
    attempts = []
    for seconds in (0, 9.9, 0.1, 299, 1, 7199, 1, 100_000):
        world.later(seconds)
        attempts.append(len(world.receiver.of("inbox")))
    assert attempts == [1, 1, 2, 2, 3, 3, 4, 4]
    repeats = [request.content for request in world.receiver.requests if b'"inbox"' in request.content]
    assert len(set(repeats)) == 1


def test_success_ends_the_ladder(world: Any) -> None:
    world.listen()
    world.receiver.status = None
    world.write("8")
    world.receiver.status = 204
    world.later(10)
    world.later(8000)
    assert len(world.receiver.of("inbox")) == 2


def test_switched_off_after_five_hours_and_on_again(world: Any) -> None:
    world.listen()
    world.receiver.status = 503
    world.write("8")
    world.later(4 * 3600)
    world.write("9")
    world.later(3599)
    assert world.data("GET", "/v1/webhooks/1")["status"] == "enable"
    world.later(1)
    answer = world.api("GET", "/v1/webhooks").json()
    assert answer["data"][0]["status"] == "disable"
    assert {error["code"] for error in answer["errors"]} == {503}
    assert answer["errors"][0]["webhook_id"] == 1
    world.receiver.status = 200
    world.receiver.requests.clear()
    world.write("lost")
    world.later(2 * 3600)
    assert world.receiver.requests == []
    assert world.data("PUT", "/v1/webhooks/1", json={"status": "enable"})["status"] == "enable"
    world.write("heard")
    assert [event["text"] for event in world.receiver.of("inbox")] == ["heard"]


def test_success_in_between_keeps_the_hook_on(world: Any) -> None:
    world.listen(events=["inbox"])
    for hour in range(8):
        world.receiver.status = 500 if hour % 4 else 200
        world.write(str(hour))
        world.later(3600)
    assert world.data("GET", "/v1/webhooks/1")["status"] == "enable"


def test_rest_management(world: Any) -> None:
    body = {"url": "http://us/a", "name": "quality", "events": ["inbox"], "channels": []}
    made = world.data("POST", "/v1/webhooks", json=body)
    assert made == {"id": 1, **body, "status": "enable"}
    for _ in range(4):
        world.api("POST", "/v1/webhooks", json=body)
    sixth = world.api("POST", "/v1/webhooks", json=body)
    assert (sixth.status_code, list(sixth.json()["errors"])) == (400, ["webhook"])
    changed = world.data("PUT", "/v1/webhooks/1", json={"url": "http://us/b", "events": ["outbox"]})
    assert (changed["url"], changed["events"]) == ("http://us/b", ["outbox"])
    assert world.api("DELETE", "/v1/webhooks/1").json() == {"status": "success"}
    assert world.api("PUT", "/v1/webhooks/2", json={"url": None}).json() == {"status": "success"}
    assert [hook["id"] for hook in world.data("GET", "/v1/webhooks")] == [3, 4, 5]
    assert world.api("GET", "/v1/webhooks/1").status_code == 404


@pytest.mark.parametrize("body", [{}, {"url": "http://us"}, {"url": "http://us", "events": ["never"]}])
def test_bad_registration(world: Any, body: dict[str, Any]) -> None:
    assert world.api("POST", "/v1/webhooks", json=body).status_code == 400


def test_only_wanted_events_and_channels(world: Any) -> None:
    world.api("POST", "/v1/webhooks", json={"url": "http://us/a", "events": ["inbox"], "channels": [43898]})
    world.api("POST", "/v1/webhooks", json={"url": "http://us/b", "events": ["inbox"], "channels": [1]})
    world.write("8")
    assert [str(request.url) for request in world.receiver.requests] == ["http://us/a"]


def test_set_hook_replaces_and_removes(world: Any) -> None:
    for number in range(7):
        world.listen(url=f"http://us/{number}")
    world.write("8")
    assert {str(request.url) for request in world.receiver.requests} == {"http://us/6"}
    world.account.set_hook(None)
    assert world.data("GET", "/v1/webhooks") == []
    with pytest.raises(ValueError, match="url"):
        world.account.set_hook({})


@pytest.mark.parametrize("by_switch", [True, False])
def test_signature(world: Any, by_switch: bool) -> None:
    if by_switch:
        world.account.switches.set("hook_sign_secret", "s3")
    world.listen(**({} if by_switch else {"secret": "s3", "header": "X-Sign"}))
    header = "X-Signature" if by_switch else "X-Sign"
    world.write("8")
    request = world.receiver.requests[-1]
    right = hmac.new(b"s3", request.content, hashlib.sha256).hexdigest()
    assert request.headers[header] == right
    world.account.switches.set("hook_wrong_signature", True)
    world.write("8")
    request = world.receiver.requests[-1]
    right = hmac.new(b"s3", request.content, hashlib.sha256).hexdigest()
    assert len(request.headers[header]) == 64
    assert request.headers[header] != right


def test_unsigned_by_default(world: Any) -> None:
    world.listen()
    world.write("8")
    assert "x-signature" not in world.receiver.requests[0].headers


def test_duplicate_drop_and_delay(world: Any) -> None:
    switches = world.account.switches
    world.listen(events=["inbox"])
    switches.set("hook_duplicate_percent", 100)
    world.write("twice")
    switches.set("hook_duplicate_percent", 0)
    switches.set("hook_drop_percent", 100)
    world.write("never")
    switches.set("hook_drop_percent", 0)
    switches.set("hook_delay_seconds", 60)
    world.write("later")
    assert [event["text"] for event in world.receiver.events] == ["twice", "twice"]
    world.later(60)
    assert [event["text"] for event in world.receiver.events] == ["twice", "twice", "later"]


def test_reorder(world: Any) -> None:
    world.listen(events=["inbox"])
    world.account.switches.set("hook_reorder_percent", 100)
    world.write("first")
    world.account.switches.set("hook_reorder_percent", 0)
    world.write("second")
    world.later(2)
    assert [event["text"] for event in world.receiver.events] == ["second", "first"]


@pytest.mark.parametrize(
    ("switch", "expected"),
    [
        ("hook_html_text", {"text": "<p>8</p>"}),
        ("hook_flags_as_numbers", {"is_new_request": 1, "is_new_client": 1}),
        ("hook_extra_data_as_list", {"extra_data": []}),
        ("hook_null_fields", {"is_new_request": None, "request_id": None, "text": "8"}),
        ("hook_string_ids", {"channel_id": "43898", "operator_id": None, "text": "8"}),
    ],
)
def test_bent_payloads(world: Any, switch: str, expected: dict[str, Any]) -> None:
    world.account.switches.set(switch, True)
    world.listen(events=["inbox"])
    message_id = world.write("8")
    [event] = world.receiver.events
    assert {name: event[name] for name in expected} == expected
    assert int(event["message_id"]) == message_id
    if switch == "hook_string_ids":
        assert isinstance(event["client"]["id"], str)
