"""A complaint beside a mark: what the head should see although the mark is good."""

from pathlib import Path

import pytest

from qc_engine.core.answers.read import read

ROWS = [
    (text, expected == "yes")
    for line in Path(__file__).with_name("complaints.tsv").read_text(encoding="utf-8").splitlines()[1:]
    for text, expected in [line.split("\t")]
]


def test_the_tables_are_long_enough_to_mean_something() -> None:
    assert len(ROWS) >= 200
    assert 0.3 < sum(complaint for _, complaint in ROWS) / len(ROWS) < 0.7


@pytest.mark.parametrize(("text", "complaint"), ROWS)
def test_a_complaint_beside_a_mark(text: str, complaint: bool) -> None:
    reading = read(text)
    assert reading.scores
    assert reading.complains is complaint


@pytest.mark.parametrize(
    "text",
    [
        "мастер нахамил",
        "стоп, вы хамы",
        "9-10, но мастер нахамил",
        "долго ждали",
        "11, но долго",
        "",
        "5+, хамы",
    ],
)
def test_without_a_mark_nothing_is_told_about_complaints(text: str) -> None:
    assert not read(text).complains


@pytest.mark.parametrize(
    "text",
    [
        "мастер 10, администратор 6, нахамила",
        "9 и 10, но долго",
        "обе 9, но очередь огромная",
        "8 9 дорого",
    ],
)
def test_two_marks_may_stand_beside_a_complaint(text: str) -> None:
    reading = read(text)
    assert len(reading.scores) == 2
    assert reading.complains
