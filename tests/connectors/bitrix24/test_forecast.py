"""How long a queue takes, by both limits of the portal and by the channel's one."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors.bitrix24 import forecast
from connectors.bitrix24.calls.operating import InRam, Operating
from connectors.bitrix24.settings import Bitrix24Settings
from connectors.chat2desk import forecast as channel
from connectors.chat2desk.settings import Chat2DeskSettings
from qc_engine.clock import FixedClock

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)


def known(cost: float | None) -> Operating:
    operating = Operating(FixedClock(NOW), timedelta(seconds=480), InRam())
    if cost is not None:
        time = {"start": 1.0, "duration": cost, "operating": cost, "operating_reset_at": 601}
        operating.note("crm.item.update", time)
    return operating


@pytest.mark.parametrize(
    ("waiting", "cost", "level", "seconds"),
    [
        ({}, None, 0, 0),
        ({"MoveDeal": 0}, 0.1, 50, 0),
        ({"MoveDeal": 7500}, None, 0, 51.5),  # three lists of reads, 150 of writes, a burst of 50
        ({"MoveDeal": 7500}, 0.008, 0, 51.5),
        ({"MoveDeal": 7500}, 0.1, 0, 600),
        ({"MoveDeal": 7500}, 0.48, 0, 4200),
        ({"MoveDeal": 5000, "SetFields": 2500}, 0.1, 0, 600),  # one method, one account
        ({"CreateTask": 5000, "SetFields": 2500}, 0.1, 0, 50),
        ({"MoveDeal": 2000}, None, 50, 20.5),
        ({"CloseTask": 50}, None, 50, 1),
        ({"ReopenTask": 50}, None, 50, 1),
        ({"UpdateTask": 50}, None, 50, 0.5),
        ({"NotifyStaff": 100}, None, 50, 1),
        ({"MoveDeal": -5, "Unknown": 0}, None, 50, 0),
    ],
)
def test_a_portals_queue(
    settings: Bitrix24Settings, waiting: dict[str, int], cost: float | None, level: float, seconds: float
) -> None:
    took = forecast.takes(settings, known(cost), waiting, level).total_seconds()
    assert took == pytest.approx(seconds, abs=2)


def test_a_blocked_method_is_waited_for(settings: Bitrix24Settings) -> None:
    operating = known(0.1)
    blocked = operating.block("crm.item.update")
    assert forecast.takes(settings, operating, {"MoveDeal": 1}) == pytest.approx(
        blocked, abs=timedelta(seconds=1)
    )
    assert forecast.takes(settings, operating, {"CreateTask": 1}) < timedelta(seconds=1)


def test_faster_on_a_bigger_plan(settings: Bitrix24Settings) -> None:
    enterprise = settings.model_copy(update={"requests_per_second": 5.0, "burst": 250})
    assert forecast.takes(enterprise, known(0.0), {"MoveDeal": 25_000}).total_seconds() == pytest.approx(
        52, abs=1
    )


@pytest.mark.parametrize(
    ("waiting", "level", "seconds"),
    [
        ({}, 0, 0),
        ({"SendMessage": 2}, 0, 0),
        ({"SendMessage": 100}, 0, 97.5),
        ({"MoveDeal": 100}, 5, 0),
        ({"SendMessage": 100}, 5, 100),
    ],
)
def test_a_channels_queue(waiting: dict[str, int], level: float, seconds: float) -> None:
    settings = Chat2DeskSettings(
        token="t",
        channel_id=1,
        transport="wa_direct",
        webhook_secret="x" * 20,
        requests_per_second=2.0,
        burst=5,
    )
    assert channel.takes(settings, waiting, level).total_seconds() == seconds
