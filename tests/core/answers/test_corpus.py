"""The corpus of real replies: how many are read as a careful human reads them."""

from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from qc_engine.core.answers.corpus import Fault, Row, evaluate, parse, worst_first
from qc_engine.core.answers.read import read
from qc_engine.core.answers.reading import Kind, Reading

CORPUS = Path(__file__).with_name("corpus.tsv")
EXACT_SHARE = 0.97
WRONG_SHARE = 0.005


def test_corpus_is_read_as_a_careful_human_reads_it() -> None:
    rows, faults = parse(CORPUS.read_text(encoding="utf-8"))
    judged = evaluate(rows, read)
    missed = worst_first(judged)
    report = [(one.row.text, one.row.expected, one.found) for one in missed]

    assert not faults
    assert not [one for one in missed if one.is_missed_opt_out], report
    assert sum(one.is_wrong_number for one in missed) <= WRONG_SHARE * len(rows), report
    assert len(rows) - len(missed) >= EXACT_SHARE * len(rows), report


def test_every_kind_is_in_the_corpus() -> None:
    rows, _ = parse(CORPUS.read_text(encoding="utf-8"))
    assert set(Counter(read(row.text).kind for row in rows)) == set(Kind)


def test_scores_are_exact_decimals() -> None:
    assert read("7.50").scores == (Decimal("7.5"),)


# --- the corpus as a file -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("9\t9\tru note", Row(1, "9", "9", "ru note")),
        ("\ufeff# c\n\na\\nb\tBOTH:7.50,8", Row(3, "a\nb", "BOTH:7.5,8")),
        ("x\tUNCLEAR\t", Row(1, "x", "UNCLEAR")),
    ],
)
def test_a_row(content: str, expected: Row) -> None:
    assert parse(content) == ([expected], [])


@pytest.mark.parametrize("content", ["9", "9\t9\tnote\tmore", "9\tNINE", "9\tBOTH:1", "9\t1,2", "9\t"])
def test_a_line_that_is_no_row_is_told(content: str) -> None:
    rows, faults = parse("1\t1\n" + content)
    assert (len(rows), [fault.line for fault in faults]) == (1, [2])
    assert isinstance(faults[0], Fault)


def test_an_unheard_stop_is_worse_than_an_invented_number_is_worse_than_a_question() -> None:
    rows, _ = parse("a\t8\nb\tUNCLEAR\nc\tOPT_OUT\nd\t9")
    readings = {
        "a": Reading(Kind.UNCLEAR), "b": Reading(Kind.SCORE, (Decimal(3),)),
        "c": Reading(Kind.UNCLEAR), "d": Reading(Kind.SCORE, (Decimal(9),)),
    }  # fmt: skip
    assert [one.row.text for one in worst_first(evaluate(rows, readings.__getitem__))] == ["c", "b", "a"]
