"""A bot of MAX on a still clock."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import respx
from pydantic import SecretStr

from connectors.max.connector import Max
from connectors.max.settings import MaxSettings
from qc_engine.clock import FixedClock
from tests.connectors.bots.yard import CountedPace

NOW = datetime(2026, 7, 10, 18, 0, tzinfo=UTC)
TOKEN = "f9LHodD0cOK1abcdefghijklmnopqrstuvwxyz0123456789"


@pytest.fixture
def pace() -> CountedPace:
    return CountedPace()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def make_settings() -> Callable[..., MaxSettings]:
    def make(**changes: Any) -> MaxSettings:
        values: dict[str, Any] = {
            "base_url": "https://max.example",
            "token": SecretStr(TOKEN),
            "bot": "id7701_bot",
            "webhook_secret": SecretStr("open-sesame-open-sesame"),
        }
        return MaxSettings(**(values | changes))

    return make


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    """One for all tests, because reading the certificates takes its time."""
    with httpx.Client() as client:
        yield client


@pytest.fixture
def make_bot(
    make_settings: Callable[..., MaxSettings], clock: FixedClock, pace: CountedPace, http: httpx.Client
) -> Callable[..., Max]:
    def make(hook_url: str | None = None, **changes: Any) -> Max:
        return Max(make_settings(**changes), clock, pace, http, hook_url)

    return make


@pytest.fixture
def bot(make_bot: Callable[..., Max]) -> Max:
    return make_bot(hook_url="https://survey.example/hooks/max")


@pytest.fixture
def api() -> Iterator[respx.MockRouter]:
    """The vendor's server: whatever a test does not declare is an error."""
    with respx.mock(base_url="https://max.example", assert_all_called=False) as router:
        yield router
