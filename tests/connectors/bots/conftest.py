"""Settings of some bot, to be changed."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.bots.settings import BotSettings


@pytest.fixture
def make_settings() -> Callable[..., BotSettings]:
    def make(**changes: Any) -> BotSettings:
        values: dict[str, Any] = {
            "base_url": "https://bots.example",
            "invite_url": "https://open.example",
            "token": SecretStr("0123456789:abcdef"),
            "bot": "quality_bot",
            "webhook_secret": SecretStr("open-sesame-open-sesame"),
        }
        return BotSettings(**(values | changes))

    return make
