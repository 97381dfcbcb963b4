"""Invented replies by style: each table was written before the reader was tried on it, and is kept since."""

from pathlib import Path

import pytest

from qc_engine.core.answers.corpus import Judged, evaluate, parse, worst_first
from qc_engine.core.answers.read import read

TABLES = sorted(Path(__file__).with_name("replies").glob("*.tsv"))
EXACT_SHARE = 0.97
WRONG_SHARE = 0.005


def judged(table: Path) -> list[Judged]:
    rows, faults = parse(table.read_text(encoding="utf-8"))
    assert not faults
    return evaluate(rows, read)


@pytest.mark.parametrize("table", TABLES, ids=[table.stem for table in TABLES])
def test_a_table_is_read_as_a_careful_human_reads_it(table: Path) -> None:
    rows = judged(table)
    missed = worst_first(rows)
    report = [(one.row.text, one.row.expected, one.found) for one in missed]
    assert len(rows) > 100
    assert not [one for one in missed if one.is_missed_opt_out], report
    assert len(rows) - len(missed) >= EXACT_SHARE * len(rows), report


def test_a_number_that_nobody_gave_is_hardly_ever_read() -> None:
    rows = [row for table in TABLES for row in judged(table)]
    wrong = [(one.row.text, one.row.expected, one.found) for one in rows if one.is_wrong_number]
    assert len(rows) > 4000
    assert len(wrong) <= WRONG_SHARE * len(rows), wrong
