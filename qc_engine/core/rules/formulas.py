"""What a formula in a scenario may look at, and what its verdict says; its language is known elsewhere."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from qc_engine.core.case import Case
from qc_engine.core.draft import Draft
from qc_engine.core.scenario import Formula
from qc_engine.core.talk.ways import channel
from qc_engine.core.trace import Verdict, phrase
from qc_engine.core.wording import known_values
from qc_engine.core.wording.texts import average, spoken

MAIN_CHANNEL = "chat2desk"  # how people call the channel that has no name of its own
LONGEST_SHOWN = 60


class FormulaFailed(Exception):
    """It cannot be worked out with these values: a division by zero, a score that nobody gave."""


def formula_holds(formula: Formula, draft: Draft) -> Verdict:
    """With the values that it looks at, and their reading; what cannot be worked out does not hold."""
    known = {name: value for name in formula.uses if (value := value_of(name, draft)) is not None}
    try:
        passed = formula.holds(known)
    except LookupError as missing:
        return Verdict(False, phrase("why.formula_missing", formula=formula.text, name=missing.args[0]))
    except FormulaFailed as failed:
        return Verdict(False, phrase("why.formula_failed", formula=formula.text, reason=failed))
    values = ", ".join(f"{name} = {value}" for name, value in _shown(known))
    why = phrase("why.formula" if passed else "why.formula_not", formula=formula.text, values=values)
    return Verdict(passed, why)


def open_questions(draft: Draft) -> list[str]:
    """Of the step's survey, or of all that was asked, those still open: until then no average holds."""
    case, step = draft.case, draft.scenario.steps.get(draft.case.step)
    asked = step.survey.questions if step and step.survey else tuple(case.scores)
    return [name for name in asked if name not in case.scores and name not in case.comments]


# --- values -----------------------------------------------------------------------------------


def value_of(name: str, draft: Draft) -> object | None:  # noqa: C901 (one line per name)
    """None: it is not there (yet)."""
    case = draft.case
    match name:
        case "average":
            return _average(draft)
        case "scores":
            return {question: float(score) for question, score in case.scores.items()}
        case "answered":
            return len(case.scores) + sum(1 for words in case.comments.values() if words)
        case "branch":
            return case.branch.name
        case "client_name":
            return case.client_name
        case "words":
            return "\n".join(case.words)
        case "language":
            return case.language or draft.scenario.language
        case "channel":
            return channel(case.channel, draft.scenario.contact).name or MAIN_CHANNEL
        case "step":
            return case.step
        case "reminded":
            return case.reminded
        case "now":
            return _local(draft.now, case)  # the same moment, as people at the branch read it
        case "hour":
            return _local(draft.now, case).hour
        case "weekday":
            return _local(draft.now, case).isoweekday()
        case _:
            return _own(name, draft)


def _average(draft: Draft) -> float | None:
    mean = None if open_questions(draft) else average(draft.case)
    return None if mean is None else float(mean)


def _local(moment: datetime, case: Case) -> datetime:
    return moment.astimezone(ZoneInfo(case.branch.timezone))


def _own(name: str, draft: Draft) -> object | None:
    """A value of the scenario's own, by its kind; a text that is not there is an empty one."""
    kind, zone = draft.scenario.values[name].kind, ZoneInfo(draft.case.branch.timezone)
    value = known_values.read(kind, draft.case.values.get(name, ""), zone)
    match value:
        case None:
            return "" if kind == "text" else None
        case Decimal():
            return float(value)
        case date() if not isinstance(value, datetime):
            return datetime.combine(value, time(0), zone)  # a day begins at midnight, at the branch
        case _:
            return value


# --- as people read them ----------------------------------------------------------------------


def _shown(known: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in known.items():
        match value:
            case dict():
                yield name, ", ".join(f"{key}: {spoken(Decimal(str(one)))}" for key, one in value.items())
            case bool():
                yield name, str(value).lower()
            case float():
                yield name, spoken(Decimal(str(value)))
            case str():
                yield name, f"«{value if len(value) <= LONGEST_SHOWN else value[:LONGEST_SHOWN] + '…'}»"
            case datetime():
                yield name, f"{value:%d.%m.%Y %H:%M}"
            case _:
                yield name, str(value)
