"""A portal without a network: a clock that stands still and a sender that only remembers."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.bitrix24.company import tyre_chain
from sandbox.bitrix24.events import Hook
from sandbox.bitrix24.phpform import parse_form
from sandbox.bitrix24.portal import Portal
from sandbox.bitrix24.running import run


class StillClock:
    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def wait(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


class Remembered:
    """Every post that would have left: (url, body, headers, delay)."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, str, dict[str, str], float]] = []

    def post(self, url: str, content: bytes, headers: dict[str, str], *, delay: float = 0.0) -> None:
        self.posts.append((url, content.decode(), headers, delay))

    def events(self) -> list[tuple[str, int]]:
        """Name and object id of each event, in the order in which they were raised."""
        forms = [parse_form(body) for _, body, _, _ in self.posts]
        return [(form["event"], _object_id(form["data"])) for form in forms]


def _object_id(data: dict[str, Any]) -> int:
    return int((data.get("FIELDS") or data["FIELDS_AFTER"])["ID"])


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def sender() -> Remembered:
    return Remembered()


@pytest.fixture
def portal(clock: StillClock, sender: Remembered) -> Portal:
    return Portal(clock, sender, "secret", tyre_chain())


@pytest.fixture
def hooked(portal: Portal, sender: Remembered) -> Remembered:
    """The sender, after an outgoing webhook was made for every event."""
    portal.events.hook = Hook.read({"url": "http://engine/hook", "application_token": "tok"})
    return sender


@pytest.fixture
def call(portal: Portal) -> Callable[..., Any]:
    """call("crm.item.get", entityTypeId=2, id=1) -> result."""

    def do(method: str, **params: Any) -> Any:
        return run(portal, method, params, 1).answer.result

    return do


@pytest.fixture
def deal(call: Callable[..., Any]) -> Callable[..., int]:
    """Makes a deal with these original-name fields and gives its id."""

    def make(**fields: Any) -> int:
        item = call("crm.item.add", entityTypeId=2, fields=fields, useOriginalUfNames="Y")["item"]
        return int(item["id"])

    return make
