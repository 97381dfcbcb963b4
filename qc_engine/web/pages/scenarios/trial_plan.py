"""How a candidate is to be tried: what a form or an address says, read strictly, and what will come of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

from qc_engine.web.pages.scenarios.rooms import RAMP, SHADOW, Pace, Plan

SHARE, BRANCHES = "share", "branches"  # the two ways of taking new cases
MODES = (SHADOW, SHARE, BRANCHES)
OF_BRANCH = "branch."  # and its name: a field of the form
LONGEST = 10  # signs of a number
MOST_AFTER = 10_000


@dataclass(frozen=True)
class Stop:
    """One condition that a person can tick: {n} is theirs."""

    measure: str
    text: str
    usual: float
    is_usual: bool = True


STOPS: Sequence[Stop] = (
    Stop("undelivered", "undelivered > {n}%", 5),
    Stop("refused", "refused > {n}%", 5),
    Stop("answered", "answered < active - {n}%", 10),
    Stop("average", "average < active - {n}", 0.5),
    Stop("unclear", "unclear > active + {n}%", 10, is_usual=False),
    Stop("opted_out", "opted_out > active + {n}%", 3, is_usual=False),
)


@dataclass(frozen=True)
class Filled:
    """The form as somebody has filled it in; `wrong`: what cannot be so, as keys."""

    mode: str = SHARE
    share: str = "10"
    branches: Sequence[str] = ()
    stops: Mapping[str, str] = field(default_factory=dict)  # measure -> number; only what is ticked
    after: str = "20"
    wrong: Sequence[str] = ()

    @property
    def plan(self) -> Plan:
        """Only where nothing is wrong."""
        if self.mode == SHADOW:
            return Plan(SHADOW)
        stop_if = [one.text.format(n=self.stops[one.measure]) for one in STOPS if one.measure in self.stops]
        if self.mode == BRANCHES:
            return Plan(RAMP, 0.0, self.branches, stop_if, int(self.after))
        return Plan(RAMP, float(self.share), (), stop_if, int(self.after))

    def fields(self) -> Mapping[str, str]:
        """The same as an address or hidden fields say it."""
        told = {"mode": self.mode, "share": self.share, "after": self.after}
        ticked = {f"stop.{measure}": "on" for measure in self.stops}
        numbers = {f"n.{measure}": number for measure, number in self.stops.items()}
        return {**told, **ticked, **numbers, **{f"{OF_BRANCH}{name}": "on" for name in self.branches}}


def usual() -> Filled:
    """Before anybody has touched the form."""
    return Filled(stops={one.measure: f"{one.usual:g}" for one in STOPS if one.is_usual})


def filled(values: Mapping[str, str], branches: Sequence[str]) -> Filled:
    """`branches`: those that the portal has."""
    mode = values.get("mode", "")
    mine = [name for name in branches if values.get(f"{OF_BRANCH}{name}")]
    stops = {one.measure: number(values.get(f"n.{one.measure}", "")) for one in STOPS
             if values.get(f"stop.{one.measure}")}  # fmt: skip
    share, after = number(values.get("share", "")), number(values.get("after", ""))
    checks = {
        "wrong_mode": mode not in MODES,
        "wrong_share": mode == SHARE and not (share and 0 < float(share) <= 100),
        "wrong_branches": mode == BRANCHES and not mine,
        "wrong_stop": mode != SHADOW and not all(stops.values()),
        "wrong_after": mode != SHADOW and not (after.isdigit() and 0 < int(after) <= MOST_AFTER),
    }
    wrong = [key for key, stands in checks.items() if stands]
    return Filled(mode if mode in MODES else SHARE, share, mine, stops, after, wrong)


def number(text: str) -> str:
    """'0,5' as '0.5', at most two places; '' for what is none, or is below nothing."""
    plain = text.strip().replace(",", ".")[:LONGEST]
    whole, _, part = plain.partition(".")
    if not (whole.isascii() and whole.isdigit() and (not part or (part.isascii() and part.isdigit()))):
        return ""
    return f"{round(float(plain), 2):.2f}".rstrip("0").rstrip(".")


# --- what will come of it ---------------------------------------------------------------------


@dataclass(frozen=True)
class Outlook:
    """A day's new cases, how many of them concern the candidate, and when its conditions are looked at."""

    a_day: float
    mine: float
    until_judged: int | None  # days; None: nobody knows, nothing begins

    @property
    def is_known(self) -> bool:
        return self.a_day > 0


def outlook(plan: Plan, pace: Pace) -> Outlook:
    """As things went lately."""
    whole = pace.a_day()
    if plan.mode == SHADOW:
        return Outlook(whole, whole, None)
    mine = pace.a_day(plan.branches) if plan.branches else whole * plan.share / 100
    return Outlook(whole, mine, ceil(plan.after / mine) if mine else None)
