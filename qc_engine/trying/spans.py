"""Which days of the past are meant: 'last-30d', or dates."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LAST = re.compile(r"last-([1-9]\d{0,3})([hdw])")
UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
Span = tuple[datetime, datetime]


class BadSpan(ValueError):
    """Nobody can tell which days are meant; the text says how to write it."""


def span_of(against: str, since: str, until: str, now: datetime, zone: str) -> Span:
    """[from, to) in UTC; a date is a whole day in `zone`. Raises BadSpan."""
    if since or until:
        start = _moment(since, zone) if since else datetime.min.replace(tzinfo=UTC)
        end = _moment(until, zone, end=True) if until else now
        if start >= end:
            raise BadSpan(f"--since {since} is not before --until {until or 'now'}")
        return start, end
    found = LAST.fullmatch(against)
    if not found:
        raise BadSpan(f"--against {against!r}: write last-30d, last-12h, last-4w, or use --since and --until")
    return now - int(found[1]) * UNITS[found[2]], now


def _moment(word: str, zone: str, *, end: bool = False) -> datetime:
    try:
        moment = datetime.fromisoformat(word)
    except ValueError:
        raise BadSpan(f"{word!r} is no date: write 2026-03-04 or 2026-03-04T10:15") from None
    if _is_date(word):
        # The whole day is meant, also the last one.
        moment = datetime.combine(moment.date() + timedelta(days=end), time())
    local = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC)


def _is_date(word: str) -> bool:
    try:
        date.fromisoformat(word)
    except ValueError:
        return False
    return True
