"""A bot of Telegram on a still clock."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import respx
from pydantic import SecretStr

from connectors.telegram.connector import Telegram
from connectors.telegram.settings import TelegramSettings
from qc_engine.clock import FixedClock
from tests.connectors.bots.yard import CountedPace

NOW = datetime(2026, 7, 10, 18, 0, tzinfo=UTC)
TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"


@pytest.fixture
def pace() -> CountedPace:
    return CountedPace()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def make_settings() -> Callable[..., TelegramSettings]:
    def make(**changes: Any) -> TelegramSettings:
        values: dict[str, Any] = {
            "base_url": "https://tg.example",
            "token": SecretStr(TOKEN),
            "bot": "quality_bot",
            "webhook_secret": SecretStr("open-sesame-open-sesame"),
        }
        return TelegramSettings(**(values | changes))

    return make


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    """One for all tests, because reading the certificates takes its time."""
    with httpx.Client() as client:
        yield client


@pytest.fixture
def make_bot(
    make_settings: Callable[..., TelegramSettings], clock: FixedClock, pace: CountedPace, http: httpx.Client
) -> Callable[..., Telegram]:
    def make(hook_url: str | None = None, **changes: Any) -> Telegram:
        return Telegram(make_settings(**changes), clock, pace, http, hook_url)

    return make


@pytest.fixture
def bot(make_bot: Callable[..., Telegram]) -> Telegram:
    return make_bot(hook_url="https://survey.example/hooks/telegram")


@pytest.fixture
def api() -> Iterator[respx.MockRouter]:
    """The vendor's server: whatever a test does not declare is an error."""
    with respx.mock(base_url=f"https://tg.example/bot{TOKEN}", assert_all_called=False) as router:
        yield router
