"""When a schedule comes round, by the clock of one place."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from qc_engine.core.scenario import Schedule

DAY, WEEK, MONTH = "day", "week", "month"
LONGEST = 32  # days between two turns, and one more


def last_turn(schedule: Schedule, now: datetime, zone: str) -> datetime:
    """The newest one that is not ahead, in UTC."""
    return next(one for one in _turns(schedule, now, zone, -1) if one <= now)


def next_turn(schedule: Schedule, now: datetime, zone: str) -> datetime:
    """The first one that is ahead, in UTC."""
    return next(one for one in _turns(schedule, now, zone, 1) if one > now)


def in_words(schedule: Schedule) -> str:
    """In one line: 'month 5 11:00'. The same for the same schedule."""
    return f"{schedule.every} {schedule.day} {schedule.at:%H:%M}"


def _turns(schedule: Schedule, now: datetime, zone: str, step: int) -> Iterator[datetime]:
    """From today on or back; an hour that does not exist counts from its end, one that comes twice once."""
    there = ZoneInfo(zone)
    today = now.astimezone(there).date()
    for days in range(LONGEST * 2):
        day = today + timedelta(days=step * days)
        if _falls_on(schedule, day):
            yield datetime.combine(day, schedule.at, there).astimezone(UTC)


def _falls_on(schedule: Schedule, day: date) -> bool:
    if schedule.every == DAY:
        return True
    if schedule.every == WEEK:
        return day.isoweekday() == schedule.day
    is_last = (day + timedelta(days=1)).day == 1
    return day.day == schedule.day or (is_last and schedule.day > day.day)
