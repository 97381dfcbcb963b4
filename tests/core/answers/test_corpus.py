"""The corpus of real replies: how many are read as a careful human reads them."""

from collections import Counter
from decimal import Decimal
from pathlib import Path

from qc_engine.core.answers.read import read
from qc_engine.core.answers.reading import Kind, Reading

CORPUS = Path(__file__).with_name("corpus.tsv")
EXACT_SHARE = 0.97
WRONG_SHARE = 0.005


def rows() -> list[tuple[str, str, str]]:
    lines = CORPUS.read_text(encoding="utf-8").splitlines()
    cells = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [(text.replace("\\n", "\n"), expected, note) for text, expected, note in cells]


def label(reading: Reading) -> str:
    """The reading in the words of the corpus."""
    numbers = [format(score.normalize(), "f") for score in reading.scores]
    match reading.kind:
        case Kind.SCORE:
            return numbers[0]
        case Kind.BOTH:
            return "BOTH:" + ",".join(numbers)
        case other:
            return other.value.upper()


def says_a_number(expected: str) -> bool:
    return expected.startswith("BOTH:") or expected[0].isdigit()


def language(text: str, note: str) -> str:
    word = note.split()[0] if note else ""
    return word if word in ("ru", "kk", "en", "translit") else "other"


def test_corpus_is_read_as_a_careful_human_reads_it() -> None:
    table = [(text, expected, label(read(text)), note) for text, expected, note in rows()]
    missed = [row for row in table if row[1] != row[2]]
    wrong = [row for row in missed if says_a_number(row[2])]
    opt_outs = [row for row in missed if row[1] == "OPT_OUT"]
    by_language = Counter(language(row[0], row[3]) for row in missed)
    report = f"{len(missed)} of {len(table)} missed {dict(by_language)}; wrong numbers {wrong}; opt-outs {opt_outs}; {missed}"

    assert not opt_outs, report
    assert len(wrong) <= WRONG_SHARE * len(table), report
    assert len(table) - len(missed) >= EXACT_SHARE * len(table), report


def test_every_kind_is_in_the_corpus() -> None:
    kinds = Counter(read(text).kind for text, _, _ in rows())
    assert set(kinds) == set(Kind)


def test_scores_are_exact_decimals() -> None:
    assert read("7.50").scores == (Decimal("7.5"),)
