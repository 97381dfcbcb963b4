"""Which days are meant."""

from datetime import UTC, datetime

import pytest

from qc_engine.trying.spans import BadSpan, span_of

NOW = datetime(2026, 3, 31, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("against", "since", "until", "start", "end"),
    [
        ("last-30d", "", "", "2026-03-01T07:00", "2026-03-31T07:00"),
        ("last-12h", "", "", "2026-03-30T19:00", "2026-03-31T07:00"),
        ("last-4w", "", "", "2026-03-03T07:00", "2026-03-31T07:00"),
        ("last-30d", "2026-03-01", "", "2026-02-28T19:00", "2026-03-31T07:00"),  # midnight in Almaty
        ("last-30d", "2026-03-01", "2026-03-10", "2026-02-28T19:00", "2026-03-10T19:00"),  # with the 10th
        ("last-30d", "2026-03-01T10:15", "2026-03-02T00:00Z", "2026-03-01T05:15", "2026-03-02T00:00"),
    ],
)
def test_spans(against: str, since: str, until: str, start: str, end: str) -> None:
    found = span_of(against, since, until, NOW, "Asia/Almaty")
    assert [one.strftime("%Y-%m-%dT%H:%M") for one in found] == [start, end]
    assert all(one.tzinfo is UTC for one in found)


@pytest.mark.parametrize(
    ("against", "since", "until", "fault"),
    [
        ("last-0d", "", "", "write last-30d"),
        ("30d", "", "", "write last-30d"),
        ("last-30d", "yesterday", "", "is no date"),
        ("last-30d", "2026-02-30", "", "is no date"),
        ("last-30d", "2026-03-10", "2026-03-01", "not before"),
    ],
)
def test_what_is_no_span(against: str, since: str, until: str, fault: str) -> None:
    with pytest.raises(BadSpan, match=fault):
        span_of(against, since, until, NOW, "Asia/Almaty")
