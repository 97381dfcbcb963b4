"""How long the account's limit makes a queue of messages take."""

from collections.abc import Mapping
from datetime import timedelta

from connectors.sms.settings import SmsSettings

MESSAGE = "SendMessage"


def takes(settings: SmsSettings, waiting: Mapping[str, int]) -> timedelta:
    """From now until the last of the messages is accepted; each is one request."""
    over = max(0, waiting.get(MESSAGE, 0)) - settings.burst
    return timedelta(seconds=max(0, over) / settings.requests_per_second)
