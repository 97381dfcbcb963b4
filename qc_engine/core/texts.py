"""Texts with {names} in them; what a client wrote is never read as a template."""

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from qc_engine.core.case import Case

PLACE = re.compile(r"\{(\w+)(?:\|([^{}]*))?\}")
PLATFORMS = {"yandex": "Яндекс Карты", "google": "Google Карты", "2gis": "2ГИС"}
LONGEST = 4096


def render(body: str, values: Mapping[str, str]) -> str:
    """Fill {name} and {name|fallback}; an empty value without a fallback leaves nothing behind."""
    filled = PLACE.sub(lambda place: values.get(place[1], "") or place[2] or "", body)
    return filled.strip()[:LONGEST]


def values_of(case: Case) -> dict[str, str]:
    """Every name that a text may use."""
    entered = case.entered_at.astimezone(ZoneInfo(case.branch.timezone))
    return {
        "client_name": case.client_name,
        "branch": case.branch.name,
        "deal_id": str(case.deal_id),
        "deal_title": case.deal_title,
        "case_id": case.id,
        "phone_masked": masked(case.client.phone),
        "entered_date": entered.strftime("%d.%m.%Y"),
        "average": spoken(average(case)),
        "words": "\n".join(case.words),
        "review_links": _lines(case.links),
        "review_pages": _lines(case.branch.review_pages),
        "answer_url": case.answer_url,
        **{f"score_{name}": spoken(score) for name, score in case.scores.items()},
        **{f"comment_{name}": words for name, words in case.comments.items()},
    }


def _lines(addresses: Mapping[str, str]) -> str:
    return "\n".join(f"{PLATFORMS.get(name, name)}: {url}" for name, url in addresses.items())


def average(case: Case) -> Fraction | None:
    """The exact mean of the scores given so far; a missing answer is no zero."""
    if not case.scores:
        return None
    return sum((Fraction(score) for score in case.scores.values()), Fraction()) / len(case.scores)


def written(number: Decimal | Fraction | None) -> str:
    """As the CRM stores it: at most two decimals, a point: '8', '8.5', '7.67'."""
    if number is None:
        return ""
    exact = (
        Decimal(number.numerator) / Decimal(number.denominator) if isinstance(number, Fraction) else number
    )
    rounded = exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{rounded:f}".rstrip("0").rstrip(".")


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
