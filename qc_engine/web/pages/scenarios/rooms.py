"""The workshop's further rooms: candidates beside what is in force, the past, and cases that run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from qc_engine.web.pages.scenarios.workshop import Came, Report, Said

Told = Mapping[str, Any]
SHADOW, RAMP = "shadow", "ramp"
RUNNING, DONE, CANCELLED, FAILED = "running", "done", "cancelled", "failed"


@dataclass(frozen=True)
class Plan:
    """How a candidate is to be tried."""

    mode: str  # shadow, ramp
    share: float = 0.0  # per cent of the new cases
    branches: Sequence[str] = ()  # or all new cases of these
    stop_if: Sequence[str] = ()
    after: int = 20  # asked cases


@dataclass(frozen=True)
class Pace:
    """How many cases have begun lately, by branch, in so many days; and which branches there are at all."""

    begun: Mapping[str, int]
    days: int
    branches: Sequence[str]

    def a_day(self, branches: Sequence[str] = ()) -> float:
        """Of these branches; of all when none is named."""
        mine = (count for branch, count in self.begun.items() if not branches or branch in branches)
        return sum(mine) / self.days


class Trials(Protocol):
    """Candidates beside the version in force."""

    def pace(self, portal: str, name: str) -> Pace:
        """Of the last 30 days, or since the first case."""

    def weighed(self, portal: str, name: str, version: str, language: str) -> Came:
        """Its tests, and whether it can be compared at all: nothing_in_force, same, starts_otherwise."""

    def begin(
        self, portal: str, name: str, version: str, language: str, plan: Plan, is_file: bool, stand: str,
        said: Said,
    ) -> Came:  # fmt: skip
        """Only when everything holds, the text is still that `version`, and all is as the page showed it."""

    def examined(self, portal: str, name: str, language: str) -> Report:
        """What the tests in the folder and in its own text say to the candidate that takes new cases."""

    def promote(self, portal: str, name: str, version: str, language: str, said: Said) -> Came:
        """The candidate that takes new cases becomes the version in force."""

    def beside(self, portal: str, name: str, version: str, language: str) -> Told | None:
        """What a silent candidate would have done otherwise; '' means the last one. None: there was none."""

    def both(self, portal: str, name: str, case_id: str, version: str, language: str) -> Told | None:
        """Both stories of a case; None when that candidate did not decide beside it."""


# --- the past ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """What is to be tried on the past: a version, FILE, or a `text` that stands in no file yet."""

    version: str
    days: int
    branch: str = ""
    text: str | None = None


@dataclass(frozen=True)
class Past:
    """A trial on the past as it stands. `why_not`: a key, when it failed."""

    id: str
    portal: str
    name: str
    version: str
    asked: Asked
    by: str
    began_at: datetime
    state: str
    done: int  # people
    of: int
    why_not: str = ""
    is_here: bool = True  # in this process: it can be cancelled, and the roads of its people can be shown


@dataclass(frozen=True)
class Begun:
    """`id`: of the trial that goes on now; '' when none was begun, then `came` says why not."""

    id: str = ""
    came: Came = field(default_factory=Came)
    other: Past | None = None  # somebody else's, which has to end first
    days: tuple[datetime, datetime] | None = None  # with the first and the last case, when there is none


class Pasts(Protocol):
    """Trials on the clients of the past: one at a time, on a thread.

    Whole results are kept for some minutes where they were made, figures until newer ones take their room.
    """

    def begin(self, portal: str, name: str, asked: Asked, language: str, said: Said) -> Begun:
        """no_cases, busy, nothing_in_force, faults, no_version."""

    def one(self, portal: str, name: str, id_: str) -> Past | None:
        """None when nobody knows it (any more)."""

    def report(self, id_: str, language: str) -> Told | None:
        """None while it is not done."""

    def both(self, id_: str, case_id: str, language: str) -> Told | None:
        """Both stories of one case; None when it is not in this trial."""

    def cancel(self, id_: str, said: Said) -> None:
        """Nothing is kept of it."""


# --- cases that run ---------------------------------------------------------------------------


class Upkeep(Protocol):
    """Cases that run are moved to another version; what was done is taken back."""

    def movable(self, portal: str, name: str, version: str, language: str) -> Told | None:
        """Which can go by this version, and which not, with the reason. None: it cannot be read."""

    def move(self, portal: str, name: str, version: str, said: Said) -> int:
        """How many go by it now."""

    def undoable(self, portal: str, name: str, hours: int, language: str) -> Told:
        """Case by case what can be taken back in the CRM, and what not; `seen` stands for this very list."""

    def undo(self, portal: str, name: str, hours: int, seen: str, said: Said) -> int | None:
        """How many deeds are taken back; None when the list is another by now, or the scenario goes on."""
