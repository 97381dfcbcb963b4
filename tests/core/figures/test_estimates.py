"""Intervals against tables of others; averages in whole thousandths."""

from decimal import Decimal

import pytest

from qc_engine.core.figures.estimates import mean, share, t_quantile
from qc_engine.core.figures.marks import average_in_thousandths, mark_of, one_line, thousandths
from qc_engine.core.figures.tally import Tally, added, mean_of, together


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        # Newcombe, Two-sided confidence intervals for the single proportion (1998), table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (29, 29, 0.8830, 1.0),
    ],
)
def test_wilson(part: int, whole: int, low: float, high: float) -> None:
    one = share(part, whole)
    assert one is not None
    assert [one.low, one.high] == pytest.approx([low, high], abs=1e-4)
    assert one.value == part / whole


def test_of_nothing_there_is_no_share_and_no_mean() -> None:
    assert share(0, 0) is None
    assert mean(0, 0.0, 0.0, 10.0) is None


@pytest.mark.parametrize(
    ("degrees", "value"),
    [(1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (5, 2.571), (10, 2.228), (30, 2.042), (1000, 1.962)],
)
def test_student(degrees: int, value: float) -> None:
    assert t_quantile(degrees) == pytest.approx(value, rel=2e-3)


def test_mean_of_a_textbook_sample() -> None:
    """4, 6, 8: mean 6, s = 2, t(2) = 4.303; below 0 and above the scale there is nothing."""
    one = mean(3, 18, 116, 10)
    assert one is not None
    assert (one.value, one.is_few) == (6, True)
    assert [one.low, one.high] == pytest.approx([6 - 4.968, 10], abs=2e-3)


def test_one_answer_has_no_interval() -> None:
    one = mean(1, 7.0, 49.0, 10.0)
    assert one is not None
    assert (one.value, one.low, one.high) == (7.0, None, None)


@pytest.mark.parametrize(("count", "is_few"), [(19, True), (20, False)])
def test_few_answers(count: int, is_few: bool) -> None:
    one = mean(count, 8.0 * count, 64.0 * count, 10.0)
    assert one is not None
    assert one.is_few is is_few


@pytest.mark.parametrize(
    ("scores", "average", "mark"),
    [
        ({"a": "8"}, 8000, 8),
        ({"a": "7", "b": "8"}, 7500, 7),
        ({"a": "8", "b": "8", "c": "7"}, 7667, 7),
        ({"a": "10", "b": "10"}, 10000, 10),
        ({"a": "0"}, 0, 0),
        ({"a": "100"}, 100_000, 10),
    ],
)
def test_the_average_of_a_case(scores: dict[str, str], average: int, mark: int) -> None:
    found = average_in_thousandths({name: Decimal(score) for name, score in scores.items()})
    assert found == average
    assert mark_of(average) == mark


def test_no_scores_are_no_zero() -> None:
    assert average_in_thousandths({}) is None
    assert thousandths(Decimal("7.5")) == 7500


@pytest.mark.parametrize(
    ("text", "line"),
    [("  Анна\tКим\n", "Анна Ким"), ("a\0b", "a b"), ("x" * 300, "x" * 100), ("", ""), ("a\ud800b", "a b")],
)
def test_a_name_fits_into_an_address(text: str, line: str) -> None:
    assert one_line(text) == line


def test_tallies_add_up() -> None:
    rows = [
        ("a", Tally(2, 1, 2, 1, 8000, 64_000_000, 1, 0)),
        ("a", Tally(1, 1, 0, 0, 6000, 36_000_000, 0, 1)),
    ]
    found = added(rows, lambda row: row[0], lambda row: row[1])
    assert found == {"a": Tally(3, 2, 2, 1, 14_000, 100_000_000, 1, 1)}
    assert found["a"].average == mean(2, 14.0, 100.0, 10.0)
    assert found["a"].rate == share(1, 2)
    assert together([]) == Tally()


def test_marks_above_ten_are_not_cut() -> None:
    one = mean_of(2, 180_000, 17_000_000_000)
    assert one is not None
    assert one.value == 90
