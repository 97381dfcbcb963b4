"""WhatsApp itself fails: nobody has an account there, nothing is delivered, or nothing answers at all."""

from typing import Any

import pytest

PHONE, ANOTHER = "77011112233", "77011112234"


def of_phone(world: Any, state: object, phone: str = PHONE) -> Any:
    return world.send("POST", f"/sandbox/phones/{phone}/messenger", json={"is": state})


def reached(world: Any) -> list[str]:
    rows = world.send("GET", "/sandbox/outbox").json()["messages"]
    return [one["phone"] for one in rows]


@pytest.mark.parametrize(
    ("state", "status", "news"),
    [("works", "delivered", ["delivered"]), ("refuses", "failed", ["failed"]), ("silent", "accepted", [])],
)
@pytest.mark.parametrize("one_phone", [False, True])
def test_what_becomes_of_a_message(
    world: Any, state: str, status: str, news: list[str], one_phone: bool
) -> None:
    world.listen(events=["outbox_status", "inbox", "outbox"])
    world.account.switches.set("delivered_outbox_status", True)
    client = world.client()
    world.write("алло")  # the window is open: only the messenger decides
    of_phone(world, state) if one_phone else world.account.switches.set("messenger", state)
    world.say(client, "Оцените")
    told = [one["data"]["gateway_status"] for one in world.receiver.of("outbox_status")]
    assert (world.chat()[1]["status"], told) == (status, news)
    assert reached(world) == ([PHONE] if state == "works" else [])


def test_one_phone_is_not_the_others(world: Any) -> None:
    world.account.switches.set("window_hours", 0)
    world.account.switches.set("messenger", "refuses")
    of_phone(world, "works")
    client = world.client(PHONE)
    world.say(client, "раз")
    world.say(world.client(ANOTHER), "два")
    assert reached(world) == [PHONE]
    of_phone(world, "")
    world.say(client, "три")
    assert reached(world) == [PHONE]


def test_down(world: Any) -> None:
    world.account.switches.set("messenger", "down")
    assert world.api("GET", "/v1/channels").status_code == 503
    world.account.switches.set("messenger", "works")
    assert world.api("GET", "/v1/channels").status_code == 200


@pytest.mark.parametrize("state", ["sulks", "down", None, 1])
def test_no_such_state(world: Any, state: object) -> None:
    assert of_phone(world, state).status_code == 400
    if state != "down":
        with pytest.raises(ValueError, match="messenger"):
            world.account.switches.set("messenger", state)
