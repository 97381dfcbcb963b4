"""What texts may name of a case, and how numbers, phones and names are written."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import lru_cache
from zoneinfo import ZoneInfo

from qc_engine.core.case import Case
from qc_engine.core.recovery.links import complaint_link
from qc_engine.core.review.links import answer_link
from qc_engine.core.review.reviews import ANSWERS, ONCE_ASKED, VANISHED
from qc_engine.core.wording.names import name_variants

# {name}, {name|fallback}, {name:filter}, {name:filter(this, that):another|fallback}
PLACE = re.compile(r"\{(?P<name>\w+)(?P<how>:[^{}|]*)?(?:\|(?P<fallback>[^{}]*))?\}")
PLATFORMS = {"yandex": "Яндекс Карты", "google": "Google Карты", "2gis": "2ГИС"}
LONGEST = 4096
HUNDREDTH = Decimal("0.01")


def _day(case: Case, moment: datetime | None) -> date | None:
    return moment.astimezone(ZoneInfo(case.branch.timezone)).date() if moment else None


def _lines(addresses: Mapping[str, str]) -> str:
    return "\n".join(f"{PLATFORMS.get(name, name)}: {url}" for name, url in addresses.items())


def _clicked_pages(case: Case) -> Mapping[str, str]:
    """The very pages that the client opened; all of the branch while none was."""
    return {page.platform: page.address for page in case.clicked if page.address} or case.branch.review_pages


def _answer_links(case: Case) -> str:
    """A line for each answer that may be given now: a page on which it is chosen already."""
    given = case.check.outcomes if case.check and case.check.outcomes else ONCE_ASKED
    asked = (outcome for outcome in ANSWERS if outcome in given and outcome != VANISHED)
    return "\n".join(f"{ANSWERS[one]}: {answer_link(case, one)}" for one in asked)


def average(case: Case) -> Fraction | None:
    """The exact mean of the scores given so far; a missing answer is no zero."""
    return mean_of(tuple(case.scores.values())) if case.scores else None


@lru_cache(maxsize=4096)
def mean_of(scores: tuple[Decimal, ...]) -> Fraction:
    """Exact; raises ZeroDivisionError for none."""
    return sum((Fraction(score) for score in scores), Fraction()) / len(scores)


def written(number: Decimal | Fraction | None) -> str:
    """As the CRM stores it: at most two decimals, a point: '8', '8.5', '7.67'."""
    if number is None:
        return ""
    if isinstance(number, Decimal):
        return _rounded(number)
    return _divided(number.numerator, number.denominator)


@lru_cache(maxsize=4096)
def _divided(numerator: int, denominator: int) -> str:
    return _rounded(Decimal(numerator) / Decimal(denominator))


def _rounded(number: Decimal) -> str:
    return _two_decimals(number) if number else "0"


@lru_cache(maxsize=4096)
def _two_decimals(number: Decimal) -> str:
    return f"{number.quantize(HUNDREDTH, ROUND_HALF_UP):f}".rstrip("0").rstrip(".")


def spoken(number: Decimal | Fraction | None) -> str:
    """As people read it: with a comma."""
    return written(number).replace(".", ",")


def masked(phone: str) -> str:
    """'7701•••4567': enough to recognise a number, too little to call it."""
    digits = "".join(one for one in phone if one.isdecimal())
    if len(digits) < 8:
        return "•••"
    head, tail = (4, 4) if len(digits) > 10 else (2, 2)
    return f"{digits[:head]}•••{digits[-tail:]}"


def folded(word: str) -> str:
    """How names are compared: without regard to case, ё and е, and the number of spaces."""
    return " ".join(word.casefold().replace("ё", "е").replace("/", " / ").split())


# By its type: what a filter makes of it depends on that.
KNOWN: Mapping[str, Callable[[Case], object]] = {
    "client_name": lambda case: case.client_name,
    "branch": lambda case: case.branch.name,
    "deal_id": lambda case: str(case.deal_id),
    "deal_title": lambda case: case.deal_title,
    "case_id": lambda case: case.id,
    "phone_masked": lambda case: masked(case.client.phone),
    "entered_date": lambda case: _day(case, case.entered_at),
    "average": lambda case: average(case),
    "words": lambda case: "\n".join(case.words),
    "review_links": lambda case: _lines(case.links),
    "review_pages": lambda case: _lines(case.branch.review_pages),
    "review_page": lambda case: _lines(_clicked_pages(case)),
    "name_variants": lambda case: ", ".join(name_variants(case.client_name)),
    "clicked_time": lambda case: case.clicked[0].at if case.clicked else None,
    "look_date": lambda case: _day(case, case.check.due_at if case.check else None),
    "answer_links": lambda case: _answer_links(case),
    "answer_url": lambda case: answer_link(case),
    "survey_link": lambda case: case.survey_url,
    "complaint_url": lambda case: complaint_link(case),
}
