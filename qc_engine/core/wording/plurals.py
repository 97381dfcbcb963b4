"""The form of a word beside a number, by the plural rules of each language (Unicode CLDR)."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

Number = int | Decimal | Fraction
# How many forms are written: день, дня, дней; a Kazakh word mostly stays as it is.
FORMS: Mapping[str, tuple[int, ...]] = {"ru": (3,), "kk": (1, 2), "en": (2,)}


def plural_form(number: Number, language: str, forms: int) -> int:
    """Which of so many forms, from 0."""
    if forms == 1:
        return 0
    if language == "ru":
        return _russian(number)
    return 0 if abs(number) == 1 else 1


def _russian(number: Number) -> int:
    """1 день, 2 дня, 5 дней, 11 дней, 1,5 дня."""
    if number != int(number):
        return 1
    last, last_two = abs(int(number)) % 10, abs(int(number)) % 100
    if last == 1 and last_two != 11:
        return 0
    return 1 if last in (2, 3, 4) and last_two not in (12, 13, 14) else 2
