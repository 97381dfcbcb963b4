"""What the address of the list says: filters, the search, and where a page begins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from qc_engine.store.casebook import Place, Sought
from qc_engine.web.console import behind
from qc_engine.web.console.narrowing import APART, FIRST_YEAR, LAST_YEAR, clean, day_in

VIEW, BOARD = "view", "board"
FILTERS = ("state", "step", "branch", "scenario", "outcome", "since", "until", *behind.NAMES)
NAMES = (VIEW, "q", *FILTERS)
BETWEEN = "~"  # a place: the moment and the case


@dataclass(frozen=True)
class Asked:
    """The values as they stand in the address; what cannot be read narrows nothing."""

    values: Mapping[str, str]
    sought: Sought
    after: Place | None = None

    def address(self, **changes: str) -> str:
        """The same list with other values; empty ones are left out."""
        told = {name: value for name, value in {**self.values, **changes}.items() if value}
        return f"/console/cases?{urlencode(told)}" if told else "/console/cases"

    @property
    def is_filtered(self) -> bool:
        """By more than a search, and than the scenario that a board always has?"""
        return bool(self.kept.keys() - {VIEW, *behind.NAMES, *(("scenario",) if self.is_board else ())})

    @property
    def figure(self) -> Sequence[tuple[str, str]]:
        """Name and value of what makes the number behind which the list stands; () for other lists."""
        told = behind.values_of(self.sought.figure) if self.sought.figure else {}
        return [(name, told[name]) for name in behind.NAMES if told.get(name)]

    @property
    def kept(self) -> Mapping[str, str]:
        """What somebody may want to come back to. A search is none of it: it is a person's phone or name."""
        return {name: value for name, value in self.values.items() if value and name != "q"}

    @property
    def is_board(self) -> bool:
        return self.values[VIEW] == BOARD

    @property
    def is_narrowed(self) -> bool:
        return any(value for name, value in self.values.items() if name != VIEW)


def asked(query: Mapping[str, str], zone: str) -> Asked:
    """Days are those of `zone`; the last one is in it."""
    values = {name: clean(query.get(name, "")) for name in NAMES}
    values[VIEW] = BOARD if values[VIEW] == BOARD else ""
    portal, _, branch = values["branch"].partition(APART)
    since, until = day_in(values["since"], zone), day_in(values["until"], zone)
    sought = Sought(
        values["q"], values["state"], values["step"], portal if branch else "", branch, values["scenario"],
        values["outcome"], since, until + timedelta(days=1) if until else None,
        behind.wanted_of(values),
    )  # fmt: skip
    return Asked(values, sought, _place(query.get("after", "")))


def place_text(place: Place) -> str:
    return f"{place[0].isoformat()}{BETWEEN}{place[1]}"


def _place(text: str) -> Place | None:
    moment, _, case_id = clean(text).partition(BETWEEN)
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return (at, case_id) if at.tzinfo and FIRST_YEAR <= at.year < LAST_YEAR else None
