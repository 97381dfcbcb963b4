"""How long the account's limit makes a queue of messages take."""

from collections.abc import Mapping
from datetime import timedelta

from connectors.chat2desk.settings import Chat2DeskSettings

MESSAGE = "SendMessage"
REQUESTS_EACH = 2  # the client is found, then written to; a known client needs one, a new one three


def takes(settings: Chat2DeskSettings, waiting: Mapping[str, int], level: float = 0.0) -> timedelta:
    """From now until the last of the messages is accepted.

    `waiting` is a number by effect type; `level` is how many requests of the burst are used up now.
    """
    over = level + max(0, waiting.get(MESSAGE, 0)) * REQUESTS_EACH - settings.burst
    return timedelta(seconds=max(0.0, over) / settings.requests_per_second)
