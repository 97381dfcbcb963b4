"""One message after the other in a chat; and how long a queue takes."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from connectors.bots.sending import takes
from connectors.bots.settings import BotSettings
from connectors.bots.spacing import Spacing
from qc_engine.ports import TryLater
from tests.conftest import NOON

GAP = timedelta(seconds=1)


def test_the_second_one_waits_for_the_rest_of_the_gap() -> None:
    spacing = Spacing(GAP)
    spacing.take("1", NOON)
    spacing.take("2", NOON)  # another chat
    with pytest.raises(TryLater) as soon:
        spacing.take("1", NOON + timedelta(milliseconds=400))
    assert soon.value.after == timedelta(milliseconds=600)
    spacing.take("1", NOON + GAP)


def test_a_clock_put_back_holds_nobody() -> None:
    spacing = Spacing(GAP)
    spacing.take("1", NOON)
    back = NOON - timedelta(hours=1)
    spacing.take("1", back)
    with pytest.raises(TryLater) as soon:  # from then on it counts by the clock as it is now
        spacing.take("1", back + timedelta(milliseconds=400))
    assert soon.value.after == timedelta(milliseconds=600)


def test_the_oldest_chat_is_forgotten_when_there_are_too_many() -> None:
    spacing = Spacing(GAP, most=2)
    for chat in ("1", "2", "3"):
        spacing.take(chat, NOON)
    spacing.take("1", NOON)
    with pytest.raises(TryLater):
        spacing.take("3", NOON)


@pytest.mark.parametrize(
    ("waiting", "level", "seconds"),
    [
        ({}, 0, 0),
        ({"SendMessage": 5}, 0, 0),
        ({"SendMessage": 55}, 0, 2),
        ({"SendMessage": 5}, 5, 0.2),
        ({"X": 99}, 0, 0),
    ],
)
def test_forecast(
    make_settings: Callable[..., BotSettings], waiting: dict[str, int], level: float, seconds: float
) -> None:
    assert takes(make_settings(), waiting, level) == timedelta(seconds=seconds)
