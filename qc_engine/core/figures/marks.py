"""How the scores of one case become numbers that can be added up exactly, on any database."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from qc_engine.core.wording.texts import mean_of

THOUSAND = 1000  # averages are kept in thousandths: whole numbers add up to the same sum in any order
LOWEST, HIGHEST = 0, 10
MARKS = range(LOWEST, HIGHEST + 1)
# The names under which a scenario's `values:` tell who served the client, and with what.
EMPLOYEE, SERVICE = "employee", "service"
LONGEST_VALUE = 100


def average_in_thousandths(scores: Mapping[str, Decimal]) -> int | None:
    """Of the scores that there are; a missing answer is no zero. None: nothing was answered."""
    return thousandths(mean_of(tuple(scores.values()))) if scores else None


def thousandths(number: Decimal | Fraction) -> int:
    return round(Fraction(number) * THOUSAND)


def mark_of(number: int) -> int:
    """The whole mark that a number of thousandths stands under: 7.5 under 7, as 7.0 and 7.999 do."""
    return min(max(number // THOUSAND, LOWEST), HIGHEST)


def one_line(text: str) -> str:
    """A value of the CRM as it can also stand in an address."""
    plain = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(plain.split())[:LONGEST_VALUE].strip()
