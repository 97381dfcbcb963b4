"""Files for spreadsheets: nothing in them is run as a formula."""

import pytest

from qc_engine.web.console.sheets import safe, sheet


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠"])
def test_a_formula_is_text(begins: str) -> None:
    assert safe(f"{begins}cmd|' /C calc'!A0") == f"'{begins}cmd|' /C calc'!A0"


@pytest.mark.parametrize(
    ("value", "text"), [(None, ""), (7, "7"), ("Анна = Мария", "Анна = Мария"), ("", "")]
)
def test_the_rest_stays_as_it_is(value: object, text: str) -> None:
    assert safe(value) == text


def test_the_file() -> None:
    answer = sheet("list", ["a", "=b"], [["x;y", 'q"', "line\nbreak"]])
    assert bytes(answer.body).decode() == '\ufeffa;\'=b\r\n"x;y";"q""";"line\nbreak"\r\n'
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="list.csv"'
