"""What the address of a list says: a period, a branch, a page; and that nobody asks beyond their branches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import HTTPException

from qc_engine.store.reviewing import Narrowed
from qc_engine.web.console.policy import Action, Place
from qc_engine.web.console.room import Console, Visitor

LONGEST = 200
MOST_PAGES = 1000
FIRST_YEAR, LAST_YEAR = 1990, 2100
PERIOD = timedelta(days=30)  # without a first day: a list is never of all times by mistake
APART = "/"  # a branch: its portal and its name


@dataclass(frozen=True)
class Asked:
    """The values as they stand in the address, and what they narrow the list to."""

    path: str
    values: Mapping[str, str]
    wanted: Narrowed
    number: int = 0  # of the page

    def address(self, path: str = "", **changes: str) -> str:
        """The same list with other values, from its first page; empty ones are left out."""
        told = {name: value for name, value in {**self.values, **changes}.items() if value}
        return f"{path or self.path}?{urlencode(told)}" if told else path or self.path

    def pages(self, count: int, size: int) -> tuple[str, str]:
        """Where the page before and the page after are; '' where there is none."""
        before = self.address(page=str(self.number)) if self.number else ""
        after = self.address(page=str(self.number + 2)) if (self.number + 1) * size < count else ""
        return before, after


def asked(
    visitor: Visitor, path: str, names: Sequence[str], query: Mapping[str, str], period: timedelta = PERIOD
) -> Asked:
    """Days are those of the visitor's zone; the last one is in it. Raises 404 for another's branch."""
    values = {name: clean(query.get(name, "")) for name in (*names, "branch", "since", "until")}
    first, last = day_in(values["since"], visitor.zone), day_in(values["until"], visitor.zone)
    if first is None:
        first = _begin((visitor.now.astimezone(ZoneInfo(visitor.zone)) - period).date(), visitor.zone)
    values |= {"since": f"{first:%Y-%m-%d}", "until": f"{last:%Y-%m-%d}" if last else ""}
    portal, branch = _place(visitor, values["branch"])
    until = last + timedelta(days=1) if last else None
    return Asked(path, values, Narrowed(first, until, portal, branch), _number(query.get("page", "")))


def branches(console: Console, visitor: Visitor) -> Sequence[tuple[str, str]]:
    """Those that this visitor may choose from: value and words."""
    places = [one for one in console.choices().places if visitor.may(Action.SEE_CASES, one)]
    several = len({one.portal for one in places}) > 1
    return [
        (f"{one.portal}{APART}{one.branch}", f"{one.branch} ({one.portal})" if several else one.branch)
        for one in places
    ]


def _place(visitor: Visitor, text: str) -> tuple[str, str]:
    portal, _, branch = text.partition(APART)
    if branch and not visitor.may(Action.SEE_CASES, Place(portal, branch)):
        raise HTTPException(404)
    return (portal, branch) if branch else ("", "")


def _number(text: str) -> int:
    number = int(text[:9]) if text.isascii() and text.isdigit() else 0
    return min(number, MOST_PAGES) - 1 if number else 0


def day_in(text: str, zone: str) -> datetime | None:
    """When this day begins there; None for what is no day, or one that no zone can be reckoned with."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return _begin(day, zone) if FIRST_YEAR <= day.year < LAST_YEAR else None


def _begin(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone))


def clean(text: str) -> str:
    """PostgreSQL takes no zero byte, and no half of a character."""
    plain = "".join(sign for sign in text[:LONGEST] if sign.isprintable())
    return plain.encode("utf-8", "ignore").decode().strip()
