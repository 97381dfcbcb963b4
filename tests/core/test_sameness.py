"""When a field of the CRM has changed, and when it is only written in another way."""

import pytest

from qc_engine.core.wording.sameness import same


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("", "", True),
        ("", "0", False),
        ("Алматы", " Алматы ", True),
        ("Алматы", "алматы", False),
        ("5", "5.00", True),
        ("5,5", "5.50", True),
        ("5", "6", False),
        ("-5", "5", False),
        ("007", "7", False),
        ("12500|KZT", "12500.00|KZT", False),
        ("2026-03-05", "05.03.2026", True),
        ("2026-03-05", "2026-03-05T03:00:00+03:00", True),
        ("2026-03-05T03:00:00+03:00", "2026-03-05T05:00:00+05:00", True),
        ("2026-03-05T03:00:00+03:00", "2026-03-05T03:00:00+05:00", False),
        ("2026-03-05T18:30:00+00:00", "05.03.2026 18:30", True),
        ("2026-03-05T18:30:00+00:00", "05.03.2026 18:30:00", True),
        ("2026-03-05", "2026-03-06", False),
        ("31.02.2026", "31.02.2026 ", True),
        ("31.02.2026", "03.03.2026", False),
        ("2026", "2026-01-01", False),
        ("Y", "N", False),
    ],
)
def test_same(one: str, other: str, alike: bool) -> None:
    assert same(one, other) is alike
    assert same(other, one) is alike
