"""Behind every number stands a list of cases: what its address says, and how it is read back."""

from collections.abc import Mapping
from datetime import date
from urllib.parse import urlencode

from qc_engine.core.figures.marks import MARKS
from qc_engine.store.tallies import REACHED, Wanted
from qc_engine.web.console.narrowing import APART, day_in

CASES = "/console/cases"
NAMES = (
    "asked_since", "asked_until", "employee", "service", "weekday", "question", "mark", "reached",
    "review_since", "review_until",
)  # fmt: skip
UNKNOWN = "~"  # in the place of an employee or a service that nobody has named


def address(wanted: Wanted) -> str:
    """Of the list of cases that makes this number."""
    told = {name: value for name, value in values_of(wanted).items() if value}
    return f"{CASES}?{urlencode(told)}"


def values_of(wanted: Wanted) -> dict[str, str]:
    """As they stand in the address; '' narrows nothing."""
    return {
        "branch": f"{wanted.portal}{APART}{wanted.branch}" if wanted.branch else "",
        "scenario": wanted.scenario,
        "asked_since": _text(wanted.since),
        "asked_until": _text(wanted.until),
        "employee": _named(wanted.employee),
        "service": _named(wanted.service),
        "weekday": _text(wanted.weekday),
        "question": wanted.question,
        "mark": _text(wanted.mark),
        "reached": wanted.reached,  # always there: the list is then one of asked cases
        "review_since": _text(wanted.review_since),
        "review_until": _text(wanted.review_until),
    }


def wanted_of(values: Mapping[str, str]) -> Wanted | None:
    """None where the address says nothing of figures; what cannot be read narrows nothing."""
    if not any(values.get(name) for name in NAMES):
        return None
    portal, _, branch = values.get("branch", "").partition(APART)
    reached = values.get("reached", "")
    return Wanted(
        since=day_of(values.get("asked_since", "")), until=day_of(values.get("asked_until", "")),
        portal=portal if branch else "", branch=branch, scenario=values.get("scenario", ""),
        employee=_name_in(values.get("employee", "")), service=_name_in(values.get("service", "")),
        weekday=_number_in(values.get("weekday", ""), range(7)), question=values.get("question", ""),
        mark=_number_in(values.get("mark", ""), MARKS), reached=reached if reached in REACHED else "asked",
        review_since=day_of(values.get("review_since", "")),
        review_until=day_of(values.get("review_until", "")),
    )  # fmt: skip


def day_of(text: str) -> date | None:
    """None for what is no day, or is too far away to be one."""
    begins = day_in(text, "UTC")
    return begins.date() if begins else None


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _named(name: str | None) -> str:
    return UNKNOWN if name == "" else name or ""


def _name_in(text: str) -> str | None:
    return "" if text == UNKNOWN else text or None


def _number_in(text: str, of: range) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 and int(text) in of else None
