"""Every benchmark, how it is started, and how its figures are read: P1 to P23 but P5, and the load."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

Document = Any  # what a benchmark prints as JSON
LESS = True


@dataclass(frozen=True)
class Figure:
    """One number against its goal: the gate is for a busy machine of two cores, the aim for a quiet one."""

    goal: str  # P1 ...; '' where the table of goals has none
    what: str
    value: float | None  # None: could not be told
    gate: float | None = None
    aim: float | None = None
    less_is_better: bool = LESS

    @property
    def reached(self) -> str:
        """'aim', 'gate' or 'MISSED'; '' without a goal."""
        if self.gate is None or self.aim is None:
            return ""
        if self.value is None:
            return "MISSED"
        sign = -1 if self.less_is_better else 1
        if sign * self.value >= sign * self.aim:
            return "aim"
        return "gate" if sign * self.value >= sign * self.gate else "MISSED"


@dataclass(frozen=True)
class Part:
    """`name`: as `./qc bench` knows it; `minutes`: about, of the full and of the quick run."""

    title: str
    name: str
    goals: Sequence[str]
    full: Sequence[str]
    quick: Sequence[str]
    read: Callable[[Document], Iterator[Figure]]
    minutes: tuple[float, float] = (1.0, 0.5)


WHAT = {
    "P1": "a durable click, 32 connections / a bare 302", "P2": "the same, 128 connections",
    "P3": "CPU of a click / of a bare 302", "P4": "a click / the naive FastAPI and SQLModel",
    "P6": "every flush 2 ms slower: clicks / a commit for each", "P7": "kill -9: answered, but missing",
    "P8": "clicks while everything is busy, p99, ms", "P8 to idle": "the same / the idle p99",
    "P9": "a webhook / a bare echo", "P10": "a form / JSON", "P11": "a webhook / the naive FastAPI",
    "P12": "to claim 100 of 1,000,000 / of 10,000", "P13": "to claim 100 of 1,000,000, ms",
    "P14": "idle with 1,000,000 waiting, % of a core", "P22": "to decide 100 and store it / to claim 100",
}  # fmt: skip
MORE_IS_BETTER = {"P1", "P2", "P4", "P6", "P9", "P10", "P11"}


def with_goals(found: Document, mark: str = "") -> Iterator[Figure]:
    """Of a benchmark that tells its goals itself."""
    for name, row in found["figures"].items():
        goal, less = name.split()[0], name not in MORE_IS_BETTER
        yield Figure(goal, WHAT[name] + mark, row["value"], row["gate"], row["aim"], less)


def waiting(found: Document) -> Iterator[Figure]:
    for row in found["rows"]:
        for one in with_goals(row, f", {row['database']}"):
            yield replace(one, what=one.what.replace("1,000,000", f"{row['cases']:,}"))


def crm(found: Document) -> Iterator[Figure]:
    rows = {row["measure"]: row for row in found["rows"]}
    yield Figure("P15", "deals moved, empty bucket / ideal", rows["P15"]["ratio"], 1.08, 1.04)
    yield Figure("P16", "bucket full at the start / ideal", rows["P16"]["ratio"], 1.10, 1.06)
    yield Figure("P16", "the same: refusals (503)", rows["P16"]["refused_503"], 3, 1)
    yield Figure("P17", "kill -9 and restart: refusals (503)", rows["P17"]["refused_503"], 1, 0)
    yield Figure("P17", "the same: moved twice, lost", rows["P17"]["twice"] + rows["P17"]["lost"], 0, 0)
    yield Figure("P18", "limit of run time: refusals (429)", rows["P18"]["refused_429"], 0, 0)
    yield Figure("P18", "the same: wall / ideal", rows["P18"]["ratio"], 1.10, 1.05)
    yield Figure("P19", "urgent behind the bulk: longer wait, s", rows["P19"]["extra_wait"], 2, 1)
    ours, slow = rows["P15"], rows["P20slow"]
    share = None if ours["lost"] else ours["wall"] / slow["wall"]
    yield Figure("P20", "the same job: ours / fast-bitrix24 with slow(5)", share, 1.05, 1.05)
    yield Figure("P20", "lost by fast-bitrix24 as shipped", rows["P20"]["lost"])


LIBRARIES = {
    "quickstart": "a machine for each event, as its quickstart", "own": "the same, sparing",
    "stored": "one machine, state loaded and stored", "resident": "a resident machine",
}  # fmt: skip


def decide(found: Document) -> Iterator[Figure]:
    """Four ways to use the library: which of them is the baseline is the reader's to judge."""
    for way, words in LIBRARIES.items():
        yield Figure("P21", f"decision core / transitions: {words}", found[f"ratio_{way}"], 5, 20, not LESS)


def console(found: Document) -> Iterator[Figure]:
    for row in found:
        for page in ("analytics", "branch", "whole", "service"):
            words = f"{row['cases']:,} cases: analytics ({page}) / a full scan, {row['database']}"
            yield Figure("P23", words, row["ratios"][page], 2, 0.2)


def load(found: Document) -> Iterator[Figure]:
    for row in found["rows"]:
        place = f"{row['per second']:g} webhooks a second, {row['database']}"
        yield Figure("load", f"{place}: p99, ms", row["all"]["p99"], 300, 300)
        yield Figure("load", f"{place}: bad or not stored", row["all"]["bad"] + row["not stored"], 0, 0)
        for name, memory in row["memory"].items():
            words = f"{place}: memory of the {name}, MB a minute"
            yield Figure("", words, memory["grows by MB a minute"])


def answers(found: Document) -> Iterator[Figure]:
    yield Figure("", "hostile texts on which the reader failed", found["exceptions"])


def simulate(found: Document) -> Iterator[Figure]:
    yield Figure("", f"a scenario tried on {found['cases']} past cases, s", found["trial"])


CLICKS = "P1,P2,P3,P4,P6"
BUSY = ("--only", "P8,P8 to idle")
SHORT = ("--rounds", "3", "--seconds", "1")
PARTS = (
    Part("Clicks", "redirect", CLICKS.split(","), ("--only", CLICKS), ("--only", CLICKS, *SHORT), with_goals,
         (2, 1)),
    Part("Clicks and kill -9", "redirect", ("P7",), ("--only", "P7"), ("--only", "P7", "--kills", "2"),
         with_goals, (3, 0.5)),
    Part("Clicks in the busiest hour", "redirect", ("P8",), BUSY,
         (*BUSY, "--cases", "5000", "--idle-seconds", "5", "--busy-seconds", "10"), with_goals, (3, 1)),
    Part("Webhooks", "hooks", ("P9", "P10", "P11"), (), SHORT, with_goals, (1, 0.5)),
    Part("Cases that wait", "waiting", ("P12", "P13", "P14", "P22"), (), ("--quick",), waiting, (10, 3)),
    Part("The portal's limits", "crm", ("P15", "P16", "P17", "P18", "P19", "P20"), (), ("--quick",), crm,
         (9, 5)),
    Part("Deciding", "decide", ("P21",), (), ("--rounds", "3", "--walks", "20"), decide, (1, 0.3)),
    Part("The console over a million cases", "console", ("P23",), (),
         ("--cases", "20000", "--rounds", "3"), console, (12, 0.5)),
    Part("Load", "load", (), (), ("--quick",), load, (6, 2)),
    Part("Understanding replies", "answers", (), (), ("--texts", "2000"), answers, (0.5, 0.2)),
    Part("Trying a scenario on the past", "simulate", (), (), ("--cases", "450"), simulate, (1, 0.5)),
)  # fmt: skip
MEASURED_OUTSIDE = {"P5"}  # against other products
GOALS = [f"P{number}" for number in range(1, 24) if f"P{number}" not in MEASURED_OUTSIDE]


def without_benchmark() -> list[str]:
    """Goals of the table that nobody measures: there may be none."""
    return [goal for goal in GOALS if not any(goal in part.goals for part in PARTS)]
