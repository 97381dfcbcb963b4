"""How sure a number is: a share with Wilson's interval, a mean with Student's, both at 95 %."""

from dataclasses import dataclass
from math import fsum, sqrt

FEW = 20  # answers: with fewer a number says little
Z = 1.959964  # of the normal distribution, both sides together 5 %
# Exact where the expansion below is not: 1 and 2 degrees of freedom.
T_OF_TWO = (12.7062, 4.3027)


@dataclass(frozen=True)
class Estimate:
    """A number and what it may really be. `low` and `high` are None where nothing can be said."""

    value: float
    low: float | None
    high: float | None
    count: int  # of what it is made

    @property
    def is_few(self) -> bool:
        return self.count < FEW


def share(part: int, whole: int) -> Estimate | None:
    """Between 0 and 1. None where there is no whole."""
    if not whole:
        return None
    p, spread = part / whole, Z * Z / whole
    middle = (p + spread / 2) / (1 + spread)
    half = Z * sqrt(p * (1 - p) / whole + spread / (4 * whole)) / (1 + spread)
    return Estimate(p, max(middle - half, 0.0), min(middle + half, 1.0), whole)


def mean(count: int, total: float, squares: float, highest: float) -> Estimate | None:
    """Of `count` numbers with this sum and sum of squares, none above `highest`. None where there is none."""
    if not count:
        return None
    value = total / count
    if count == 1:
        return Estimate(value, None, None, count)
    half = t_quantile(count - 1) * sqrt(variance(count, total, squares) / count)
    return Estimate(value, max(value - half, 0.0), min(value + half, max(highest, value)), count)


def variance(count: int, total: float, squares: float) -> float:
    """Of the sample; 0 for fewer than two."""
    return max(squares - total * total / count, 0.0) / (count - 1) if count > 1 else 0.0


def t_quantile(degrees: int) -> float:
    """Of Student's distribution, both sides together 5 %; right to a thousandth of itself.

    Cornish and Fisher's expansion (Abramowitz and Stegun, 26.7.5).
    """
    if degrees <= len(T_OF_TWO):
        return T_OF_TWO[degrees - 1]
    x, n = Z, degrees
    terms = (
        (x**3 + x) / 4,
        (5 * x**5 + 16 * x**3 + 3 * x) / 96,
        (3 * x**7 + 19 * x**5 + 17 * x**3 - 15 * x) / 384,
        (79 * x**9 + 776 * x**7 + 1482 * x**5 - 1920 * x**3 - 945 * x) / 92160,
    )
    return x + fsum(term / n ** (power + 1) for power, term in enumerate(terms))
