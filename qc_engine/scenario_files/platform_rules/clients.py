"""Sorts of clients, told apart by the limits that a scenario sets for scores."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction

from qc_engine.core.rules.formulas import FormulaFailed
from qc_engine.core.scenario import (
    AverageAtLeast,
    AverageBelow,
    Condition,
    Formula,
    InStepFor,
    Question,
    Rule,
    Scenario,
    ScoreBelow,
    SilentFor,
)
from qc_engine.scenario_files.checks.spots import rules_of

A_LITTLE = Fraction(1, 100)
SCORES = frozenset(("average", "scores"))  # names with which a formula speaks of them
FRACTION = re.compile(r"(?<![\w.])\d{1,3}\.\d{1,4}(?![\w.])")
MOST_LIMITS = 12  # more of them than any scenario needs; a file from nowhere must not take minutes


class Likely(IntEnum):
    """Does a condition hold for this sort of client?"""

    NO = 0
    PERHAPS = 1  # something must happen: a click, a manager's answer
    IN_TIME = 2  # if nothing happens before
    YES = 3


@dataclass(frozen=True)
class Client:
    """Somebody who answered every question, or (`all_answered` is false) only some of them."""

    lowest: Fraction
    average: Fraction
    all_answered: bool


def clients_of(scenario: Scenario) -> tuple[Sequence[Client], Sequence[Client]]:
    """One of each sort: of those who answered every question, and of those who fell silent in between."""
    scored = [one for one in scenario.questions.values() if one.scored]
    if not scored:
        return (), ()
    conditions = [one for rule in rules_of(scenario) for one in rule.when]
    averages = [one.limit for one in conditions if isinstance(one, AverageAtLeast | AverageBelow)]
    averages += [limit for one in conditions for limit in _limits_in(one)]
    lows = [one.limit for one in conditions if isinstance(one, ScoreBelow)]
    low, high = _ends(scored)
    marks = _around(averages + lows, low, high)
    full = [Client(one, mean, True) for one in marks for mean in _means(one, marks, high, len(scored))]
    partial = [Client(one, one, False) for one in marks] if len(scored) > 1 else []
    return full, partial


def _limits_in(condition: Condition) -> Iterator[Decimal]:
    """The fractions in a formula are what it compares with."""
    if isinstance(condition, Formula):
        yield from map(Decimal, FRACTION.findall(condition.text))


def holds(condition: Condition, client: Client, *, scores_known: bool, at_survey: bool) -> Likely:
    """`scores_known` is false once the questions were asked a second time: nobody knows those answers."""
    match condition:
        case AverageAtLeast() | AverageBelow() | ScoreBelow() if not scores_known:
            return Likely.PERHAPS
        case AverageAtLeast() | AverageBelow() if at_survey and not client.all_answered:
            return Likely.NO
        case AverageAtLeast(limit):
            return _certain(client.average >= limit)
        case AverageBelow(limit):
            return _certain(client.average < limit)
        case ScoreBelow(limit):
            return _certain(client.lowest < limit)
        case SilentFor():
            return Likely.NO if client.all_answered and scores_known else Likely.IN_TIME
        case InStepFor():
            return Likely.IN_TIME
        case Formula() if scores_known:
            return _worked_out(condition, client, at_survey=at_survey)
        case _:
            return Likely.PERHAPS


def _worked_out(formula: Formula, client: Client, *, at_survey: bool) -> Likely:
    """With the scores alone: where something else decides as well, it may hold or not."""
    mean = {} if at_survey and not client.all_answered else {"average": float(client.average)}
    try:
        return _certain(formula.holds(mean))
    except (LookupError, FormulaFailed):
        return Likely.PERHAPS


def is_about_scores(rule: Rule) -> bool:
    return any(
        isinstance(one, AverageAtLeast | AverageBelow | ScoreBelow)
        or (isinstance(one, Formula) and bool(SCORES & {*one.uses}))
        for one in rule.when
    )


def _certain(holding: bool) -> Likely:
    return Likely.YES if holding else Likely.NO


def _ends(scored: Sequence[Question]) -> tuple[Fraction, Fraction]:
    lowest = min(one.scale.lowest for one in scored)
    return Fraction(lowest), Fraction(max(one.scale.highest for one in scored))


def _around(limits: Iterable[object], low: Fraction, high: Fraction) -> list[Fraction]:
    """Each limit and what is just below it, and both ends of the scale."""
    known = sorted({Fraction(str(limit)) for limit in limits})[:MOST_LIMITS]
    marks = {low, high, *known, *(limit - A_LITTLE for limit in known)}
    return sorted(mark for mark in marks if low <= mark <= high)


def _means(lowest: Fraction, marks: Iterable[Fraction], high: Fraction, asked: int) -> list[Fraction]:
    """The averages that somebody with this lowest score can have."""
    best = (lowest + (asked - 1) * high) / asked
    return sorted({lowest, best, *(mark for mark in marks if lowest <= mark <= best)})
