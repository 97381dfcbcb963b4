"""What is wrong with the whole, as far as it may keep a message of one portal from leaving."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlmodel import Session

from qc_engine.explain.alarming import lane_words, words
from qc_engine.explain.voice import Voice
from qc_engine.store import alarms, lanes
from qc_engine.store.tables import LaneRow


def hindrances(
    session: Session, voice: Voice, portal: str, others: Sequence[str], now: datetime
) -> Iterator[str]:
    """Doors that are broken or paused, and alarms that stand; nothing of the `others`, further portals."""
    for lane in lanes.all_lanes(session):
        if not _of_another(lane.key, others):
            yield from _door(voice, lane, now)
    for alarm in alarms.all_alarms(session):
        family, _, about = alarm.key.partition(":")
        if family != "broken" and about in ("", portal):
            yield words(voice, alarm.phrase, alarm.params)


def _door(voice: Voice, lane: LaneRow, now: datetime) -> Iterator[str]:
    name = lane_words(voice, lane.key)
    if lane.broken:
        yield voice.say("attention.broken", lane=name, reason=voice.error(lane.broken))
    elif lane.paused_until and lane.paused_until > now:
        yield voice.say("whynot.paused", lane=name, until=lane.paused_until)


def _of_another(lane: str, others: Sequence[str]) -> bool:
    return any(lane.endswith((f":{other}", f"-{other}")) for other in others)
