"""Averages that no rule of a step speaks of."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from qc_engine.core.scenario import AverageAtLeast, AverageBelow, Formula, Question, Rule, Step, Survey
from qc_engine.scenario_files.yaml.source import Keys

Range = tuple[Fraction, Fraction]  # from the first up to, not including, the second
END = Fraction(10**6)
AVERAGES = frozenset(("average", "scores", "answered"))  # names with which a formula speaks of them


def impossible(rule: Rule) -> bool:
    """Two limits that no average can keep at once."""
    low, high = _range(rule)
    return low >= high


def gaps(step: Step, survey: Survey | None, questions: Mapping[str, Question]) -> Iterator[tuple[Keys, str]]:
    """An average without a rule leaves a case whose questions are all answered without an end."""
    here: Keys = ("steps", step.name)
    if any(isinstance(one, Formula) and AVERAGES & {*one.uses} for rule in step.rules for one in rule.when):
        return  # what a formula leaves out only its author can tell
    spoken = [number for number, rule in enumerate(step.rules) if _limits(rule)]
    asked = survey.questions if survey else tuple(questions)
    if not asked:
        return
    scales = [questions[name].scale for name in asked if questions[name].scored]
    if not scales:
        yield here, f"step '{step.name}' asks only for words; beside a comment ask for a score"
        return
    lowest = Fraction(sum(scale.lowest for scale in scales), len(scales))
    highest = Fraction(sum(scale.highest for scale in scales), len(scales))
    if survey and not spoken:
        yield (
            here,
            f"step '{step.name}' asks, but has no rule for the average when all questions are answered",
        )
    for number in spoken:
        low, high = _range(step.rules[number])
        if low > highest or high <= lowest:
            yield (
                (*here, "rules", number, "when"),
                (
                    f"no average can be there: the scale goes from {_short(lowest)} to {_short(highest)}; "
                    "write a limit within it"
                ),
            )
    covered = [_range(step.rules[number]) for number in spoken if _only_average(step.rules[number])]
    for gap in _uncovered(covered, lowest, highest) if spoken else ():
        yield (*here, "rules", spoken[0], "when"), _words(gap, lowest)


def _limits(rule: Rule) -> list[Decimal]:
    return [one.limit for one in rule.when if isinstance(one, AverageAtLeast | AverageBelow)]


def _only_average(rule: Rule) -> bool:
    return len(_limits(rule)) == len(rule.when)


def _range(rule: Rule) -> Range:
    lows = [Fraction(one.limit) for one in rule.when if isinstance(one, AverageAtLeast)]
    highs = [Fraction(one.limit) for one in rule.when if isinstance(one, AverageBelow)]
    return max(lows, default=Fraction(-1)), min(highs, default=END)


def _uncovered(covered: Sequence[Range], lowest: Fraction, highest: Fraction) -> Iterator[Range]:
    reached = lowest
    for low, high in sorted(covered):
        if low > reached:
            yield reached, low
        reached = max(reached, high)
    if reached <= highest:
        yield reached, END


def _words(gap: Range, lowest: Fraction) -> str:
    low, high = gap
    if low == lowest:
        return f"no rule for an average below {_short(high)}; add a rule with 'average_below: {_short(high)}'"
    if high == END:
        from_low = _short(low)
        return f"no rule for an average of {from_low} or more; add a rule with 'average_at_least: {from_low}'"
    return f"no rule for an average from {_short(low)} to below {_short(high)}"


def _short(number: Fraction) -> str:
    return f"{float(number):g}"
