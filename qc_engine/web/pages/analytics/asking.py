"""What the address of the page says, and which asked cases that means."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from qc_engine.store.tallies import SETTLES, Wanted
from qc_engine.web.console import behind
from qc_engine.web.console.narrowing import Asked, asked
from qc_engine.web.console.room import Visitor

PATH = "/console/analytics"
NAMES = ("scenario", "employee", "service")


@dataclass(frozen=True)
class Asking:
    """The filters as they stand in the address, and the days that count."""

    asked: Asked
    wanted: Wanted
    today: date  # where the visitor is

    @property
    def settled(self) -> date:
        """The last day whose clients have had the time to answer."""
        return self.today - SETTLES

    @property
    def last(self) -> date:
        """Of the period."""
        return min(self.wanted.until or self.today, self.today)

    def settled_of(self, wanted: Wanted) -> Wanted:
        """Only of settled days."""
        return replace(wanted, until=min(wanted.until or self.settled, self.settled))


def asking(visitor: Visitor, query: Mapping[str, str], path: str = PATH) -> Asking:
    """Raises 404 for another's branch."""
    one = asked(visitor, path, NAMES, query)
    told = {**one.values, "asked_since": one.values["since"], "asked_until": one.values["until"]}
    wanted = behind.wanted_of(told) or Wanted()
    return Asking(one, wanted, today(visitor))


def today(visitor: Visitor) -> date:
    return visitor.now.astimezone(ZoneInfo(visitor.zone)).date()
