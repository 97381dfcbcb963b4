"""A channel that takes our messages and tells nothing: no echo, no delivery, no answer.

Nights and Sundays are quiet by nature, so silence is counted in the hours in which people answer.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from qc_engine.core.effects import SendMessage
from qc_engine.ports import Connector
from qc_engine.settings import Watch
from qc_engine.store import outbox, watching
from qc_engine.store.messages import channel_of

DAY_BEGINS, DAY_ENDS = time(9), time(21)
SUNDAY = 7
DAYTIME = timedelta(hours=12)  # of every working day
ANSWERS_ALONE = 5  # times as many questions must have left
LOOK_BACK = timedelta(days=4)  # beyond the span: a long weekend must not hide when the channel last spoke


@dataclass(frozen=True)
class Quiet:
    """Messages that left since the channel last spoke."""

    since: datetime  # when the first of them left
    count: int


def is_quiet(
    quiet: Quiet, spoke_before: bool, watch: Watch, zone: str, now: datetime, enough: int | None = None
) -> bool:
    """Has a channel that usually speaks been silent for too long, after enough messages?"""
    too_few = quiet.count < (enough or watch.silence_orders)
    if not spoke_before or too_few or not _is_daytime(now, zone):
        return False
    return now - quiet.since >= watch.silence and waking(quiet.since, now, zone) >= needed(watch.silence)


def needed(span: timedelta) -> timedelta:
    """How much of a span of time is daytime: twelve hours of a day."""
    days, rest = divmod(span, timedelta(days=1))
    return days * DAYTIME + min(rest, DAYTIME)


def waking(since: datetime, until: datetime, zone: str) -> timedelta:
    """How much of this time people answer in: by day, not on Sundays."""
    return sum((end - begin for begin, end in _days(since, until, ZoneInfo(zone))), timedelta())


def _days(since: datetime, until: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    day, last = since.astimezone(zone).date(), until.astimezone(zone).date()
    while day <= last:
        begin = max(since, datetime.combine(day, DAY_BEGINS, zone))
        end = min(until, datetime.combine(day, DAY_ENDS, zone))
        if day.isoweekday() != SUNDAY and begin < end:
            yield begin, end
        day += timedelta(days=1)


def _is_daytime(now: datetime, zone: str) -> bool:
    local = now.astimezone(ZoneInfo(zone))
    return local.isoweekday() != SUNDAY and DAY_BEGINS <= local.time() < DAY_ENDS


# --- what the tables say ----------------------------------------------------------------------


def told_of_quiet(
    session: Session, channel: Connector, now: datetime, watch: Watch, zone: str
) -> Mapping[str, object] | None:
    """What the alarm says, None when there is no reason for it."""
    quiet = quiet_since(session, channel, now, watch)
    tells = channel.channel is None or channel.channel.receipts
    # Without receipts only answers break the silence, and most people do not answer.
    enough = watch.silence_orders * (1 if tells else ANSWERS_ALONE)
    if not is_quiet(quiet, watching.ever_from(session, channel.name), watch, zone, now, enough):
        return None
    return {"channel": channel.name, "at": quiet.since.isoformat(), "count": quiet.count}


def quiet_since(session: Session, channel: Connector, now: datetime, watch: Watch) -> Quiet:
    """The questions that left through this channel since it last spoke."""
    horizon = now - watch.silence - LOOK_BACK
    spoke_at = watching.last_from(session, channel.name, horizon) or horizon
    left = [at for at in _left_since(session, channel.way, spoke_at) if at > spoke_at]
    return Quiet(min(left, default=now), len(left))


def _left_since(session: Session, way: str, since: datetime) -> Iterator[datetime]:
    for told in watching.told_done_since(session, since):
        effect = outbox.of_key(session, told.event["effect_key"])
        if effect and effect.kind == SendMessage.__name__ and channel_of(effect) == way:
            yield told.received_at
