"""Hostile text: never an exception, never more work than the length allows."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.answers import measure, texts
from qc_engine.core.answers.read import read
from qc_engine.core.answers.reading import Kind, Reading, Scale
from qc_engine.core.answers.tokens import MOST_CHARACTERS

PIECES = st.sampled_from(
    [
        "9",
        "10",
        "1",
        "0",
        "-5",
        "8,9",
        "7.5",
        "/",
        "-",
        ",",
        ".",
        ";",
        ":",
        "?",
        "!",
        "(",
        ")",
        "*",
        "+",
        "%",
        "№",
        "из",
        "от",
        "до",
        "1-10",
        "не",
        "а",
        "ой",
        "или",
        "и",
        "бы",
        "если",
        "стоп",
        "пишите",
        "мне",
        "обе",
        "вопрос",
        "первый",
        "второй",
        "балл",
        "ставлю",
        "девять",
        "он",
        "бір",
        "тоғыз",
        "нан",
        "out",
        "of",
        "ten",
        "half",
        "a",
        "жарым",
        "с",
        "половиной",
        "\n",
        "🔟",
        "8️⃣",
        "½",
        "٨",
        "[x]",
        "https://",
        "�",
        "\x00",
        "\u200d",
        "é",
        "минус",
        "5+",
        "пятёрка",
        "отлично",
        "ужас",
        "10ка",
        "R17",
        "12:30",
        "заказ",
        "2",
        "часа",
    ]
)
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=200)


@settings(max_examples=400, deadline=None)
@given(
    st.one_of(
        ANY_TEXT, st.lists(PIECES, max_size=25).map(" ".join), st.lists(PIECES, max_size=25).map("".join)
    )
)
def test_any_text_is_read(text: str) -> None:
    check(read(text))


@settings(max_examples=100, deadline=None)
@given(st.lists(PIECES, max_size=12).map(" ".join), st.integers(-3, 3), st.integers(1, 100))
def test_any_scale_is_kept(text: str, lowest: int, width: int) -> None:
    scale = Scale(lowest, lowest + width)
    assert all(scale.lowest <= score <= scale.highest for score in read(text, scale).scores)


def check(reading: Reading) -> None:
    expected = {Kind.SCORE: 1, Kind.BOTH: 2}.get(reading.kind, 0)
    assert len(reading.scores) == expected
    assert all(1 <= score <= 10 for score in reading.scores)
    assert reading.rule


def read_twice(count: int, seed: int) -> None:
    for text in texts(count, seed):
        reading = read(text)
        check(reading)
        assert read(text) == reading


def test_seeded_texts_are_read_the_same_every_time() -> None:
    read_twice(1500, seed=7)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_many_seeded_texts_are_read_the_same_every_time(seed: int) -> None:
    read_twice(10_000, seed)


def test_seeded_texts_depend_on_their_seed_alone() -> None:
    assert list(texts(300, 5)) == list(texts(300, 5))
    assert list(texts(300, 5)) != list(texts(300, 6))


def test_the_flood_reports_what_it_found() -> None:
    row = measure(1200, seed=3)
    assert (row["texts"], row["exceptions"], row["different"], row["failed"]) == (1200, 0, 0, [])
    assert row["short"] == 1198
    assert row["long"] == 2


HOSTILE = [
    "9" * 10**6,
    "(" * 10**5,
    " " * 10**5,
    "\n" * 10**5,
    "9 " * 10**5,
    "9-" * 10**5,
    "9," * 10**5,
    "9." * 10**5,
    "10/10 " * 10**4,
    "не " * 10**5,
    "не пишут " * 10**4,
    "a" * 10**6,
    "a." * 10**5,
    "a@" * 10**5,
    "+7 " * 10**5,
    "8 777 " * 10**5,
    "[" * 10**5,
    "[a" * 10**5,
    "1\ufe0f\u20e3" * 10**5,
    "\u0301" * 10**5,
    "е\u0301" * 10**5,
    "👍" * 10**5,
    "\ud83d" * 10**5,
    "\x00" * 10**5,
    "стоп-" * 10**5,
    "восемь-" * 10**5,
    "двадцать " * 10**5,
    "000 " * 10**5,
    "1 000 " * 10**5,
    "select " * 10**5,
    "если бы " * 10**5,
    "8 ой " * 10**5,
    "8 или " * 10**5,
    "обе " * 10**5,
    "минус " * 10**5,
    "1) " * 10**5,
    "1 вопрос " * 10**5,
    "? " * 10**5,
    "9? " * 10**5,
    "пожалуйста, " * 10**5,
]
STEPS_PER_CHARACTER = 2000


@pytest.mark.parametrize("text", HOSTILE, ids=[f"{text[:12]!r}" for text in HOSTILE])
def test_the_work_is_bounded_by_the_length(text: str) -> None:
    steps = counted_steps(lambda: check(read(text)))
    assert steps < STEPS_PER_CHARACTER * MOST_CHARACTERS


@pytest.mark.parametrize("text", HOSTILE, ids=[f"{text[:12]!r}" for text in HOSTILE])
def test_twice_the_text_is_not_four_times_the_work(text: str) -> None:
    read(text[:2048])
    half = counted_steps(lambda: read(text[: MOST_CHARACTERS // 2]))
    whole = counted_steps(lambda: read(text[:MOST_CHARACTERS]))
    assert whole < 3 * half + 20000


def counted_steps(work: Callable[[], object]) -> int:
    """How many lines of Python the work takes: the same on every machine, whatever its clock says."""
    steps = 0

    def count(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal steps
        steps += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        work()
    finally:
        sys.settrace(before)
    return steps
