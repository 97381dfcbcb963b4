import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sms.parts import BASIC, EXTENDED, parts_of


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 0),
        ("a", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("a" * 459, 3),
        ("a" * 460, 4),
        ("ё" * 70, 1),
        ("ё" * 71, 2),
        ("ё" * 134, 2),
        ("ё" * 135, 3),
        ("ё" * 201, 3),
        ("ё" * 202, 4),
        ("a" * 159 + "Ж", 3),  # one Cyrillic letter makes the whole text Cyrillic
        ("a" * 69 + "«", 1),
        ("a" * 70 + "—", 2),
        ("қ" * 70, 1),
        # The extension table: two septets each.
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("[" + "a" * 158, 1),
        ("[" + "a" * 159, 2),
        # A pair of septets does not fit astride: 152 + a pair begin a second part, and 152 more fill it.
        ("a" * 152 + "€" + "a" * 151, 2),
        ("a" * 152 + "€" + "a" * 152, 3),
        # Neither does a sign beyond the basic plane.
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("ж" * 66 + "😀" + "ж" * 65, 2),
        ("ж" * 66 + "😀" + "ж" * 66, 3),
        ("Line\nfeed\r\n" * 14, 1),
        ("Ünïcode", 1),
    ],
)
def test_parts(text: str, parts: int) -> None:
    assert parts_of(text) == parts


def test_the_tables_are_whole() -> None:
    assert len(BASIC) == 127  # 128 less the escape
    assert len(EXTENDED) == 10
    assert not BASIC & EXTENDED


@given(st.text(max_size=700), st.characters())
def test_more_text_never_costs_less(text: str, sign: str) -> None:
    assert parts_of(text) <= parts_of(text + sign)
