"""How long a session lives, and how many attempts there are: rules without a clock of their own."""

from datetime import datetime, timedelta

IDLE = timedelta(hours=12)
AT_MOST = timedelta(days=14)
NOTED_EVERY = timedelta(minutes=1)  # a session's last use is written down so often, not with every page
WITHIN = timedelta(minutes=15)
# By an account from one address, by an account from anywhere, from one address for anybody.
MOST_TRIES = (5, 25, 50)


def is_over(created_at: datetime, seen_at: datetime, now: datetime) -> bool:
    """A session that was left alone, or that is simply too old."""
    return now >= seen_at + IDLE or now >= created_at + AT_MOST


def is_to_be_noted(seen_at: datetime, now: datetime) -> bool:
    return now >= seen_at + NOTED_EVERY


def are_too_many(tries: tuple[int, int, int]) -> bool:
    """`tries` within the last while, with the one at hand."""
    return any(count > most for count, most in zip(tries, MOST_TRIES, strict=True))
