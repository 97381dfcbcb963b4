"""How long the account's limits make a queue of messages take."""

from collections.abc import Mapping
from datetime import timedelta

from connectors.chat2desk.settings import Chat2DeskSettings

MESSAGE = "SendMessage"
DAY = timedelta(days=1)
USUAL_GAP = 1.25  # of min_spacing: up to half as much is added
REQUESTS_EACH = 2  # the client is found, then written to; a known client needs one, a new one three


def takes(
    settings: Chat2DeskSettings,
    waiting: Mapping[str, int],
    level: float = 0.0,
    *,
    begun: int = 0,
    day_left: timedelta = DAY,
) -> timedelta:
    """From now until the last of the messages is accepted.

    `waiting` is a number by effect type; `level` is how many requests of the burst are used up now; `begun`
    are the conversations begun today, and `day_left` is what is left of this day. All that wait are taken
    for beginnings of conversations, so it may be sooner.
    """
    messages = max(0, waiting.get(MESSAGE, 0))
    days, today = _over_days(messages, settings.daily_cap, begun)
    wait = day_left + DAY * (days - 1) if days else timedelta()
    return wait + max(_by_requests(settings, today, level), _by_spacing(settings, today))


def _over_days(messages: int, cap: int, begun: int) -> tuple[int, int]:
    """How many midnights must pass, and how many messages are left for the last of these days."""
    room = max(0, cap - begun)
    if not cap or messages <= room:
        return 0, messages
    days = -(-(messages - room) // cap)
    return days, messages - room - cap * (days - 1)


def _by_requests(settings: Chat2DeskSettings, messages: int, level: float) -> timedelta:
    over = level + messages * REQUESTS_EACH - settings.burst
    return timedelta(seconds=max(0.0, over) / settings.requests_per_second)


def _by_spacing(settings: Chat2DeskSettings, messages: int) -> timedelta:
    return settings.min_spacing * USUAL_GAP * max(0, messages - 1)
