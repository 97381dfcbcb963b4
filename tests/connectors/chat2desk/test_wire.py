"""Values in every spelling that the vendor or an enemy may use."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.chat2desk.wire import clean_text, moment, read_json, whole_number


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("9", "9"),
        ("  9 \n", "9"),
        ("<p>9</p>", "9"),
        ("<b>8</b>/10<br/>спасибо", "8/10\nспасибо"),
        ("<div>строка</div><div>вторая</div>", "строка\nвторая"),
        ('<a href="https://x.example">тут</a>', "тут"),
        ("&lt;3 &amp; 10&nbsp;!", "<3 & 10\xa0!"),
        ("&lt;b&gt;10&lt;/b&gt;", "<b>10</b>"),
        ("оценка < 5 > 3", "оценка < 5 > 3"),
        ("1\u200b0\ufeff", "10"),
        ("\u202e9", "9"),
        ("8\ufe0f\u20e3", "8\ufe0f\u20e3"),
        ("a\x00b\ud800c", "a\ufffdb\ufffdc"),
        ("&#0;&#xD800;9", "\ufffd\ufffd9"),
        ("\x1b[31m9", "[31m9"),
        ("и\u0306", "й"),
        (None, ""),
        (8, "8"),
        (True, ""),
        (["9"], ""),
        ("x" * 100_000, "x" * 4096),
        ("<" * 50_000, "<" * 4096),
    ],
)
def test_clean_text(text: object, clean: str) -> None:
    assert clean_text(text) == clean


@given(st.text(max_size=300) | st.text(alphabet="<>&;#/bp \u200b\ud800\x00", max_size=300))
def test_clean_text_is_always_storable(text: str) -> None:
    clean = clean_text(text)
    assert len(clean) <= 4096
    assert "\x00" not in clean
    clean.encode()


@pytest.mark.parametrize(
    ("value", "at"),
    [
        ("2019-07-28T23:01:40Z", datetime(2019, 7, 28, 23, 1, 40, tzinfo=UTC)),
        ("2026-07-10T17:57:56 UTC", datetime(2026, 7, 10, 17, 57, 56, tzinfo=UTC)),
        ("2026-07-10T17:57:56", datetime(2026, 7, 10, 17, 57, 56, tzinfo=UTC)),
        ("2026-07-10T22:57:56+0500", datetime(2026, 7, 10, 17, 57, 56, tzinfo=UTC)),
        ("10.07.2026 17:57:56", datetime(2026, 7, 10, 17, 57, 56, tzinfo=UTC)),
        (1783706276, datetime(2026, 7, 10, 17, 57, 56, tzinfo=UTC)),
        (10**30, None),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        ("", None),
        (None, None),
        (True, None),
        ({}, None),
    ],
)
def test_moment(value: object, at: datetime | None) -> None:
    assert moment(value) == at


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (77, 77),
        ("77", 77),
        (2**63 - 1, 2**63 - 1),
        (2**63, None),
        (0, None),
        (-1, None),
        ("-1", None),
        ("²", None),
        ("٧", None),
        ("9" * 5000, None),
        (1.0, None),
        (True, None),
        (None, None),
        ("", None),
    ],
)
def test_whole_number(value: object, number: int | None) -> None:
    assert whole_number(value) == number


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"NaN",
        b'{"a": Infinity}',
        b'{"a": 1e400}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": ' + b"9" * 30 + b"}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"\xff\xfe",
        "привет".encode("cp1251"),
        b"\x1f\x8b\x08",
    ],
)
def test_bad_json_is_one_kind_of_error(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_json(raw)


def test_a_byte_order_mark_and_repeated_keys_are_read() -> None:
    assert read_json(b'\xef\xbb\xbf{"a": 1, "a": 2}') == {"a": 2}
