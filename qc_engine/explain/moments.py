"""Times and spans as people read them."""

import re
from datetime import UTC, datetime, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

FORMAT = "%d.%m.%Y %H:%M"
EXACT = "%d.%m.%Y %H:%M:%S"
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d\S*")
SPAN = re.compile(r"(?:(\d+) days?, )?(\d+):(\d\d):\d\d(?:\.\d+)?")  # as str(timedelta) writes it


def local(moment: datetime, zone: str, form: str = FORMAT) -> str:
    """The wall clock of that zone; UTC when nobody knows the zone."""
    return moment.astimezone(_zone(zone)).strftime(form)


def iso(moment: datetime | str | None) -> str | None:
    """The moment, or what isoformat() wrote of it, in UTC: such texts sort like times. None for nothing."""
    if not moment:
        return None
    known = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return known.astimezone(UTC).isoformat()


def moment_in(value: str) -> datetime | None:
    """The aware time that a text is, written by isoformat() or str(); None for any other text."""
    if not MOMENT.fullmatch(value):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def span_in(value: str) -> list[tuple[str, int]]:
    """'1 day, 2:30:00' -> day 1, hour 2, minute 30; empty when it is no span, or a span under a minute."""
    found = SPAN.fullmatch(value)
    if not found:
        return []
    numbers = zip(("day", "hour", "minute"), (int(part or 0) for part in found.groups()), strict=True)
    return [(unit, number) for unit, number in numbers if number]


@cache
def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC
