"""The control routes."""

from typing import Any

import pytest

from tests.sandbox.sms.conftest import PHONE, World


def test_phones(world: World) -> None:
    world.smsc(phones=PHONE, mes="one", sender="ACME")
    world.mobizon(recipient=PHONE, text="two")
    row = {"phone": PHONE, "messages": 2, "last_text": "two", "last_at": "2026-07-10T09:00:00+00:00"}
    works = {"undeliverable": "", "at_once": False}
    assert world.control("phones", "GET")["phones"] == [{**row, "unread": 0, **works}]
    world.later(11)
    assert world.control("phones", "GET")["phones"] == [{**row, "unread": 2, **works}]
    assert len(world.control(f"phones/{PHONE}?arrived=1&peek=1", "GET")["messages"]) == 2
    assert world.control("phones", "GET")["phones"][0]["unread"] == 2
    assert world.screen() == ["one", "two"]
    assert world.control("phones", "GET")["phones"][0]["unread"] == 0
    first, second = world.control(f"phones/8{PHONE[1:]}", "GET")["messages"]
    assert (first["gateway"], first["sender"], first["state"]) == ("smsc", "ACME", "delivered")
    assert (second["gateway"], second["parts"]) == ("mobizon", 1)
    assert world.control("phones/77099999999", "GET")["messages"] == []


def test_a_phone_works_again(world: World) -> None:
    world.control(f"phones/{PHONE}/undeliverable", why="wrong", at_once=True)
    assert world.smsc(phones=PHONE, mes="a")["error_code"] == 8
    world.control(f"phones/{PHONE}/undeliverable", why="")
    assert "id" in world.smsc(phones=PHONE, mes="b")


def test_switches_and_faults(world: World) -> None:
    assert world.control("switches", delivery_delay_seconds=0)["delivery_delay_seconds"] == 0
    world.smsc(phones=PHONE, mes="a")
    world.later(0)
    assert world.screen() == ["a"]
    world.control("faults", match="*", how="error500", times=9)
    world.control("faults", "DELETE")
    assert "id" in world.smsc(phones=PHONE, mes="b")
    assert world.control("switches", "GET")["delivery_delay_seconds"] == 0


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("phones/12/undeliverable", {}),
        (f"phones/{PHONE}/undeliverable", {"why": "sleepy"}),
        (f"phones/{PHONE}/undeliverable", {"at_once": "yes"}),
        ("switches", {"sent_delay_seconds": -1}),
        ("switches", {"sent_delay_seconds": True}),
        ("switches", {"senders": 5}),
        ("switches", {"nonsense": 1}),
        ("faults", {"match": "*", "how": "sulk"}),
        ("faults", {"how": "empty"}),
        ("faults", {"match": "*", "how": "empty", "times": True}),
        ("hooks", {"gateway": "viber", "url": "http://us/"}),
        ("hooks", {"gateway": "smsc", "url": 5}),
        ("money", {"left": "much"}),
    ],
)
def test_what_is_not_understood(world: World, path: str, body: dict[str, Any]) -> None:
    answer = world.call("POST", f"/sandbox/sms/{path}", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]


@pytest.mark.parametrize("content", [b"{", b"[]"])
def test_a_body_that_is_none(world: World, content: bytes) -> None:
    assert world.call("POST", "/sandbox/sms/switches", content=content).status_code == 400
