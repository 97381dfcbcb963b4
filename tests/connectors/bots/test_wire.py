"""Values of every kind, also of no kind."""

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.bots.failures import pause_asked, scrubbed
from connectors.bots.wire import address_of, clean_text, length, moment, read_json, rows, whole_number, words

AT = datetime(2026, 6, 9, 10, 13, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "number", "address"),
    [
        (77, 77, "77"),
        (-100500, None, "-100500"),
        (0, None, ""),
        (True, None, ""),
        (2**63, None, ""),
        ("77", None, ""),
        (7.5, None, ""),
        (None, None, ""),
        ([1], None, ""),
    ],
)
def test_numbers(value: object, number: int | None, address: str) -> None:
    assert whole_number(value) == number
    assert address_of(value) == address


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("  9\u200b ", "9"),
        ("<b>8</b>", "<b>8</b>"),
        ("a\r\nb\x07", "a\nb"),
        ("\ud800", "\ufffd"),
        ("и\u0306", "й"),
        (8, "8"),
        (True, ""),
        (None, ""),
        ({"x": 1}, ""),
        ("9" * 20_000, "9" * 4096),
    ],
)
def test_text(value: object, text: str) -> None:
    assert clean_text(value) == text


@pytest.mark.parametrize(
    ("value", "per_second", "at"),
    [
        (1781000000, 1, AT),
        (1781000000000, 1000, AT),
        (0, 1, None),
        (-5, 1, None),
        (1e30, 1, None),
        (True, 1, None),
        ("1781000000", 1, None),
        (None, 1, None),
    ],
)
def test_moments(value: object, per_second: int, at: datetime | None) -> None:
    assert moment(value, per_second=per_second) == at


@pytest.mark.parametrize("raw", [b"", b"{", b"[" * 100_000, b"\xff", b"NaN", b"1e999", b"9" * 5000, b"{1:2}"])
def test_no_json(raw: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  nothing but a ValueError, whatever its words
        read_json(raw)


def test_lists() -> None:
    assert rows([{"a": 1}, 5, None, {"b": 2}]) == [{"a": 1}, {"b": 2}]
    assert rows({"a": 1}) == []
    assert words(float("1.5")) == "1.5"
    assert length("да🙂") == 4


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (5, 5),
        ("7", 7),
        (0, 1),
        (-3, 1),
        (1e9, 3600),
        ("1e400", 3600),
        ("soon", 2),
        ("", 2),
        (None, 2),
        (True, 2),
        ("nan", 2),
    ],
)
def test_pauses(said: Any, seconds: float) -> None:
    assert pause_asked(said).total_seconds() == seconds


def test_words_for_a_log() -> None:
    said = scrubbed("no bot123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw for +7 701 123-45-67 " + "x" * 999)
    assert "AAHdq" not in said
    assert "123-45" not in said
    assert len(said) <= 300
