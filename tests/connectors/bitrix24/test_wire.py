"""The portal's spelling."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from connectors.bitrix24.wire import as_id, as_list, as_map, as_text, as_time, clean, plain, query

MSK = timezone(timedelta(hours=3))


@pytest.mark.parametrize(
    ("value", "number"),
    [(7, 7), ("7", 7), (" 7 ", 7), (0, None), (-1, None), ("", None), (None, None), (True, None), (7.0, None),
     ("7x", None), ("²", None), ("٧", None), ("9" * 5000, None), (10**30, None), ([], None), ({}, None)],
)  # fmt: skip
def test_ids(value: object, number: int | None) -> None:
    assert as_id(value) == number


@pytest.mark.parametrize(
    ("value", "text"),
    [(8.0, "8"), (8.25, "8.25"), (8, "8"), (" a ", "a"), (None, ""), ([1, "b"], "1,b"), (True, "Y"), ([], ""),
     ({}, ""), (float("nan"), "nan")],
)  # fmt: skip
def test_texts(value: object, text: str) -> None:
    assert as_text(value) == text


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2024-07-23T18:19:21+02:00", datetime(2024, 7, 23, 16, 19, 21, tzinfo=UTC)),
        ("2024-07-23T18:19:21+0200", datetime(2024, 7, 23, 16, 19, 21, tzinfo=UTC)),
        ("2024-07-23T18:19:21Z", datetime(2024, 7, 23, 18, 19, 21, tzinfo=UTC)),
        ("2024-07-23 18:19:21", datetime(2024, 7, 23, 15, 19, 21, tzinfo=UTC)),
        ("24.08.2023 13:19:39", datetime(2023, 8, 24, 10, 19, 39, tzinfo=UTC)),
        ("0001-01-01T00:00:00+03:00", None),
        ("yesterday", None), ("", None), (None, None), ({}, None), (1721751560, None),
    ],
)  # fmt: skip
def test_times(value: object, moment: datetime | None) -> None:
    assert as_time(value, MSK) == moment


def test_maps_and_lists_change_places() -> None:
    assert as_map([]) == {}
    assert as_map(["a"]) == {"0": "a"}
    assert list(as_list({"5": "a"})) == ["a"]
    assert as_list(None) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[url=https://evil.example]click[/url]", "［url=https://evil.example］click［/url］"),
        ("a\x00b\x1b[31m\r\nc", "ab［31m\nc"),
        ("lone \ud800 surrogate", "lone ? surrogate"),
        ("8/10 👍", "8/10 👍"),
    ],
)
def test_texts_of_clients_are_inert(text: str, shown: str) -> None:
    assert plain(text) == shown
    assert "\x00" not in clean(text)


def test_queries() -> None:
    assert query({}) == ""
    assert query({"a": {"b": [1, {"c": "d e"}]}}) == "a[b][0]=1&a[b][1][c]=d%20e"
    assert query({"filter": {">ID": 5}}) == "filter[%3EID]=5"
