"""How the whole stands: `qc status` in its own sentences, with the limits that its forecasts rest on."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from qc_engine.clock import Clock
from qc_engine.explain.alarming import lane_words, words
from qc_engine.explain.overview import lane_lines, rest_lines
from qc_engine.explain.voice import Voice
from qc_engine.flow.watching.forecast import doors
from qc_engine.flow.watching.status import status
from qc_engine.ports import Connector
from qc_engine.store.database import Database
from qc_engine.wiring import Installation, connector_name, portals_of
from qc_engine.wiring.channels import WEBHOOKS_AT_ONCE, WEBHOOKS_PER_SECOND

Told = dict[str, Any]
Limit = tuple[float, int]  # requests a second, and how many at once


def standing(
    settings: Installation, database: Database, clock: Clock, connectors: Sequence[Connector], voice: Voice
) -> Told:
    """{"status", "alarms", "lanes": [{"told", "name", "lines", "limit"}], "rest"}.

    `status` is that of `qc status --json`; the others say the same in sentences.
    """
    document = status(database, clock, False, connectors)
    now = datetime.fromisoformat(document["now"])
    by_connector, named = dict(_limits(settings)), {one.lane: one.connector for one in doors(connectors)}
    return {
        "status": document,
        "alarms": [_alarm(voice, one) for one in document["alarms"]],
        "lanes": [
            _lane(voice, one, now, by_connector.get(named.get(one["lane"], ""))) for one in document["lanes"]
        ],
        "rest": list(rest_lines(voice, document)),
    }


def _alarm(voice: Voice, one: Mapping[str, Any]) -> Told:
    since = datetime.fromisoformat(one["since"])
    return {"since": since, "text": words(voice, one["phrase"], one["params"])}


def _lane(voice: Voice, lane: Mapping[str, Any], now: datetime, limit: Limit | None) -> Told:
    lines = [line.strip() for line in lane_lines(voice, lane, now)]
    return {"told": lane, "name": lane_words(voice, lane["lane"]), "lines": lines, "limit": limit}


def _limits(settings: Installation) -> Iterator[tuple[str, Limit]]:
    """By the connector's name, as its settings allow."""
    for name, portal in portals_of(settings).items():
        yield connector_name(name), (portal.bitrix24.requests_per_second, portal.bitrix24.burst)
    for name in ("chat2desk", "telegram", "max", "sms"):
        channel = getattr(settings, name)
        if channel is not None:
            yield name, (channel.requests_per_second, channel.burst)
    yield "webhook", (WEBHOOKS_PER_SECOND, WEBHOOKS_AT_ONCE)
