"""Words in answers, whatever they look like."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sms.wire import Said, moment, read_answer, read_body, scrubbed, whole_number
from tests.connectors.sms.conftest import NOW, PHONE

TREE = {
    "id": "1",
    "data": {"messageId": "7", "list": [{"a": "x"}, {"a": "y"}]},
    "by": {"7701": {"code": "207"}},
    "on": True,
    "no": None,
}


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("id", "1"),
        ("data.messageId", "7"),
        ("data.list.1.a", "y"),
        ("data.list.*.a", "x"),
        ("by.*.code", "207"),
        ("on", "true"),
        ("", ""),
        ("no", ""),
        ("data", ""),
        ("data.list.9.a", ""),
        ("data.list.x", ""),
        ("id.x.y", ""),
        ("nothing.at.all", ""),
    ],
)
def test_paths(path: str, words: str) -> None:
    assert Said(TREE).at(path) == words


def test_has() -> None:
    said = Said(TREE)
    assert [said.has(path) for path in ("data.list", "on", "no", "x.y")] == [True, True, False, False]


@pytest.mark.parametrize(
    ("node", "path", "rows"),
    [
        ([{"a": "1"}, None, {"a": "2"}], "", ["1", "2"]),
        ({"a": "1"}, "", ["1"]),
        ({"d": {"x": {"a": "1"}, "y": {"a": "2"}}}, "d", ["1", "2"]),
        ({"d": {}}, "d", [""]),
        ({"d": "?"}, "d", []),
        ({}, "d", []),
    ],
)
def test_rows(node: Any, path: str, rows: list[str]) -> None:
    assert [one.at("a") for one in Said(node).rows(path)] == rows


def test_keys_of_rows() -> None:
    assert [one.at("@key") for one in Said({"d": {"x": {}, "y": {}}}).rows("d")] == ["x", "y"]


def test_numbers_stay_as_they_were_written() -> None:
    said = read_answer(b'{"a": 12345678901234567890123, "b": 1.50, "c": NaN, "d": -0}', "json")
    assert [said.at(name) for name in "abcd"] == ["12345678901234567890123", "1.50", "NaN", "-0"]


@pytest.mark.parametrize("raw", [b"", b"7", b'"a"', b"null", b"{", b"[" * 100_000])
def test_what_is_no_answer(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"Expecting|neither|nested"):
        read_answer(raw, "json")


def test_bodies() -> None:
    assert read_body(b' {"id": 1}').at("id") == "1"
    assert read_body(b"id=1&mes=%D1%91+x").at("mes") == "ё x"


@given(
    st.binary(max_size=100),
    st.sampled_from(["json", "text"]),
    st.sampled_from(["id", "a.*.b", "0.x", r"(\d+)"]),
)
def test_nothing_but_a_value_error(raw: bytes, form: str, path: str) -> None:
    for said in filter(None, (_read(raw, form), _read(raw, "callback"))):
        assert isinstance(said.at(path), str)
        assert all(isinstance(one.at("id"), str) for one in said.rows(""))


def _read(raw: bytes, form: str) -> Said | None:
    try:
        return read_body(raw) if form == "callback" else read_answer(raw, form)
    except ValueError:
        return None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7),
        ("007", 7),
        ("0", None),
        ("", None),
        ("-7", None),
        ("a-7", None),
        ("²", None),
        ("9" * 19, None),
        (str(2**63 - 1), 2**63 - 1),
    ],
)
def test_whole_numbers(text: str, number: int | None) -> None:
    assert whole_number(text) == number


@pytest.mark.parametrize(
    "text", ["", "soon", "10.07.2026", "2026-07-10 12:00:00", "0", "9" * 19, "2099-01-01T00:00:00Z"]
)
def test_a_moment_that_nobody_can_know_is_now(text: str) -> None:
    assert moment(text, NOW) == NOW


def test_moments() -> None:
    earlier = NOW - timedelta(minutes=5)
    assert moment(str(int(earlier.timestamp())), NOW) == earlier
    assert moment(earlier.isoformat(), NOW) == earlier


def test_words_fit_for_a_log() -> None:
    said = scrubbed(
        f"no {PHONE}, +7 (701) 111-22-33, secret-1, 0123456789abcdef0123456789 and 42", ["secret-1", ""]
    )
    assert said == "no 7701•••2233, 7701•••2233, •••, ••• and 42"
    assert len(scrubbed("я" * 9999)) == 300
