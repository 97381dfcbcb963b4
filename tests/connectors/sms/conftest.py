"""An account on a still clock, whose gateway answers what a test declares."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import respx
from pydantic import SecretStr

from connectors.sms.connector import Sms
from connectors.sms.pending import InRam
from connectors.sms.settings import SmsSettings
from qc_engine.clock import FixedClock
from qc_engine.core.effects import SendMessage
from qc_engine.ports import Job

NOW = datetime(2026, 7, 10, 18, 0, tzinfo=UTC)
PHONE = "77011112233"
TEXT = "Оцените визит: https://q.kz/a1"
PASSWORD, KEY, SECRET = "pass-word-0123", "key-0123456789", "open-sesame-open-sesame"


class CountedPace:
    """Lets everybody through and remembers who asked."""

    def __init__(self) -> None:
        self.slots: list[bool] = []
        self.pauses: list[float] = []

    def slot(self, urgent: bool = False) -> None:
        self.slots.append(urgent)

    def answered(self) -> None: ...

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


@pytest.fixture
def pace() -> CountedPace:
    return CountedPace()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def memory() -> InRam:
    return InRam()


def settings(gateway: str = "smsc", **changes: Any) -> SmsSettings:
    """The least that each gateway needs, at an address of its own."""
    secrets: dict[str, Any] = {"key": SecretStr(KEY)}
    if gateway == "smsc":
        secrets = {"login": "acme", "password": SecretStr(PASSWORD)}
    values = {"gateway": gateway, "base_url": "https://gate.example", **secrets}
    return SmsSettings(**(values | changes))


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    """One for all tests, because reading the certificates takes its time."""
    with httpx.Client() as client:
        yield client


@pytest.fixture
def make(clock: FixedClock, pace: CountedPace, memory: InRam, http: httpx.Client) -> Callable[..., Sms]:
    def build(gateway: str = "smsc", hook_url: str | None = None, **changes: Any) -> Sms:
        return Sms(settings(gateway, **changes), clock, pace, memory, http, hook_url)

    return build


@pytest.fixture
def gate() -> Iterator[respx.MockRouter]:
    """The gateway's server: whatever a test does not declare is an error."""
    with respx.mock(base_url="https://gate.example", assert_all_called=False) as router:
        yield router


def job(text: str = TEXT, phone: str = PHONE, **more: Any) -> Job:
    return Job("case:1:1", "qc-abcdefghij", SendMessage(phone, text, "question", channel="sms", **more))
