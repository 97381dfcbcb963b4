"""Per lane: what waits, since when, what stands in its way, and when it will be empty."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from qc_engine.core.draft import BULK
from qc_engine.ports import Connector, Performs
from qc_engine.store import alarms, lanes, outbox, watching
from qc_engine.store.tables import LaneRow
from qc_engine.store.watching import Queue

ORDINARY = 2.0  # requests a second


@dataclass(frozen=True)
class Door:
    """One lane and who carries its effects out."""

    lane: str
    portal: str  # "" for the channel, which serves all
    connector: str  # its bucket has this name
    performs: Performs


def doors(connectors: Sequence[Connector]) -> Sequence[Door]:
    """The lanes of an installation, the portals first."""
    found = [
        Door(lane_of(one), one.portal, one.name, one.performs)
        for one in connectors
        if one.performs is not None
    ]
    return sorted(found, key=lambda one: (not one.portal, one.lane))


def lane_of(connector: Connector) -> str:
    """The door that leads to it."""
    return outbox.lane_of(connector.lane, connector.portal, connector.way)


def lane_reports(session: Session, connectors: Sequence[Connector], now: datetime) -> list[dict[str, Any]]:
    """One document per lane, ready for JSON; a lane without a connector that knows it has no forecast."""
    known = {one.lane: one for one in doors(connectors)}
    queues = watching.queues(session, now, BULK)
    rows = {row.key: row for row in lanes.all_lanes(session)}
    names = list(dict.fromkeys([*known, *sorted({queue.lane for queue in queues})]))
    return [
        _report(session, name, known.get(name), [one for one in queues if one.lane == name], rows, now)
        for name in names
    ]


def _report(
    session: Session,
    lane: str,
    door: Door | None,
    queues: Sequence[Queue],
    rows: Mapping[str, LaneRow],
    now: datetime,
) -> dict[str, Any]:
    waiting = _by_kind(queues)
    oldest = min((one.oldest for one in queues if one.oldest), default=None)
    keys = [lane, door.connector] if door else [lane]
    bucket = rows.get(keys[-1])
    return {
        "lane": lane,
        "portal": door.portal if door else "",
        "waiting": waiting,
        "count": sum(waiting.values()),
        "later": sum(one.later for one in queues),
        "urgent": sum(one.urgent for one in queues),
        "oldest_at": oldest.isoformat() if oldest else None,
        "level": round(bucket.level, 1) if bucket else 0.0,
        "paused_until": _ahead(bucket.paused_until if bucket else None, now),
        **_broken(session, [row for key in keys if (row := rows.get(key)) and row.broken]),
        "forecast": _forecast(door, waiting, now) if door and waiting else None,
    }


def _by_kind(queues: Sequence[Queue]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in queues:
        if one.now:
            found[one.kind] = found.get(one.kind, 0) + one.now
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))


def _ahead(moment: datetime | None, now: datetime) -> str | None:
    return moment.isoformat() if moment and moment > now else None


def _broken(session: Session, broken: Sequence[LaneRow]) -> dict[str, Any]:
    """Why nothing passes, and since when, as far as the watch has noticed it."""
    if not broken:
        return {"broken": "", "broken_since": None}
    alarm = alarms.standing(session, f"broken:{broken[0].key}")
    return {"broken": broken[0].broken, "broken_since": alarm.since.isoformat() if alarm else None}


def _forecast(door: Door, waiting: Mapping[str, int], now: datetime) -> dict[str, Any]:
    """By the vendor's limits alone: what is refused, paused or broken comes on top."""
    requests = -(-sum(waiting.values()) // door.performs.batch_size)
    # A performer that knows its limits says how long; of the others an ordinary pace is assumed.
    takes = getattr(door.performs, "takes", lambda _: timedelta(seconds=requests / ORDINARY))
    return {"requests": requests, "empty_at": (now + takes(waiting)).isoformat()}
