"""A period in whole months and single days: what is known of a whole month need not be added up again."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta

DAY = timedelta(days=1)
Days = tuple[date, date]  # the first and the last one


def pieces(since: date, until: date, apart: Collection[date]) -> tuple[Sequence[date], Sequence[Days]]:
    """The first days of the whole months in which no day that is `apart` lies, and the days beside them."""
    broken = {first_of(day) for day in apart}
    months = [month for month in _whole(since, until) if month not in broken]
    return months, list(_beside(since, until, months))


def first_of(day: date) -> date:
    return day.replace(day=1)


def last_of(month: date) -> date:
    """Of the month that begins with this day."""
    return first_of(month + 31 * DAY) - DAY


def _whole(since: date, until: date) -> Iterator[date]:
    month = since if since.day == 1 else last_of(first_of(since)) + DAY
    while last_of(month) <= until:
        yield month
        month = last_of(month) + DAY


def _beside(since: date, until: date, months: Sequence[date]) -> Iterator[Days]:
    begins = since
    for month in months:
        if begins < month:
            yield begins, month - DAY
        begins = last_of(month) + DAY
    if begins <= until:
        yield begins, until
