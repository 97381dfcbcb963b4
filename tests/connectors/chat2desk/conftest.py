"""An account on a still clock, with captured answers of the vendor."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx
from pydantic import SecretStr

from connectors.chat2desk.account import Chat2Desk
from connectors.chat2desk.settings import Chat2DeskSettings
from qc_engine.clock import FixedClock
from qc_engine.ports import Memory
from qc_engine.store.database import Database
from tests.conftest import NOON
from tests.connectors.chat2desk.town import Town

NOW = datetime(2026, 7, 10, 18, 0, tzinfo=UTC)
SAMPLES = Path(__file__).parent / "samples"


class CountedPace:
    """Lets everybody through and remembers who asked."""

    def __init__(self) -> None:
        self.slots = 0
        self.pauses: list[float] = []

    def answered(self) -> None:
        pass

    def slot(self, urgent: bool = False) -> None:
        self.slots += 1

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


@pytest.fixture
def pace() -> CountedPace:
    return CountedPace()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def make_settings() -> Callable[..., Chat2DeskSettings]:
    def make(**changes: Any) -> Chat2DeskSettings:
        values: dict[str, Any] = {
            "base_url": "https://desk.example",
            "token": SecretStr("0123456789abcdef0123456789abcd"),
            "channel_id": 43898,
            "transport": "wa_direct",
            "webhook_secret": SecretStr("open-sesame-open-sesame"),
        }
        return Chat2DeskSettings(**(values | changes))

    return make


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    """One for all tests, because reading the certificates takes its time."""
    with httpx.Client() as client:
        yield client


@pytest.fixture
def make_account(
    make_settings: Callable[..., Chat2DeskSettings], clock: FixedClock, pace: CountedPace, http: httpx.Client
) -> Callable[..., Chat2Desk]:
    def make(
        hook_url: str | None = None,
        memory: Memory | None = None,
        templates: Sequence[str] = (),
        zone: str = "Asia/Almaty",
        **changes: Any,
    ) -> Chat2Desk:
        beside: Any = {"memory": memory, "templates": templates, "zone": zone}
        return Chat2Desk(make_settings(**changes), clock, pace, http, hook_url, **beside)

    return make


@pytest.fixture
def account(make_account: Callable[..., Chat2Desk]) -> Chat2Desk:
    return make_account(hook_url="https://survey.example/hooks/chat2desk")


@pytest.fixture
def sample() -> Callable[[str], Any]:
    def load(name: str) -> Any:
        return json.loads((SAMPLES / name).read_text(encoding="utf-8"))

    return load


@pytest.fixture
def desk() -> Iterator[respx.MockRouter]:
    """The vendor's server: whatever a test does not declare is an error."""
    with respx.mock(base_url="https://desk.example", assert_all_called=False) as router:
        yield router


@pytest.fixture
def build(database: Database) -> Iterator[Callable[..., Town]]:
    """A town for every call, with settings of its own; all of them in one database."""
    towns: list[Town] = []

    def make(**changes: Any) -> Town:
        town = Town(database, FixedClock(NOON), **changes)
        towns.append(town)
        town.open()
        return town

    yield make
    for one in towns:
        one.close()


@pytest.fixture
def town(build: Callable[..., Town]) -> Town:
    return build()
