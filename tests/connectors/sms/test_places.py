"""How places are filled in, once and never again."""

from typing import Any

import pytest

from connectors.sms.places import basic, fill_fields, fill_json, fill_path, marker_number, places_in

VALUES = {"phone": "+7701", "text": "{key} и {phone}", "key": "k", "sender": "", "id": "1", "ids": "1,2"}
EACH = [{"id": "1"}, {"id": "2"}]


@pytest.mark.parametrize(
    ("fields", "filled"),
    [
        ({"to": "{phone}"}, {"to": "+7701"}),
        ({"t": "{text}"}, {"t": "{key} и {phone}"}),
        ({"a": "Bearer {key}"}, {"a": "Bearer k"}),
        ({"from": "{sender}"}, {}),
        ({"from": "[{sender}]"}, {"from": "[]"}),
        ({"constant": ""}, {"constant": ""}),
        ({"ids[{n}]": "{id}"}, {"ids[0]": "1", "ids[1]": "2"}),
        ({"list": "{ids},"}, {"list": "1,2,"}),
    ],
)
def test_fields(fields: dict[str, str], filled: dict[str, str]) -> None:
    assert fill_fields(fields, VALUES, EACH) == filled


@pytest.mark.parametrize(
    ("body", "filled"),
    [
        ({"to": "{phone:number}"}, {"to": 7701}),
        ({"to": "{text:number}"}, {"to": "{key} и {phone}"}),
        ({"a": "{json:[1, true, null]}"}, {"a": [1, True, None]}),
        ({"a": {"b": ["{key}", "x"]}}, {"a": {"b": ["k", "x"]}}),
        ({"from": "{sender}", "a": 1}, {"a": 1}),
        ({"ids": ["{id}"]}, {"ids": ["1", "2"]}),
        ({"ids": [{"no": "{id:number}"}]}, {"ids": [{"no": 1}, {"no": 2}]}),
        ({"ids": ["{key}"]}, {"ids": ["k"]}),
    ],
)
def test_bodies(body: dict[str, Any], filled: dict[str, Any]) -> None:
    assert fill_json(body, VALUES, EACH) == filled


def test_a_path_holds_no_second_path() -> None:
    assert fill_path("/send/{key}/{text}", {"key": "../x?y#z", "text": "ё"}) == "/send/..%2Fx%3Fy%23z/%D1%91"


def test_places_of_a_tree() -> None:
    assert set(places_in({"a{n}": ["{id:number}", {"b": "{text} {key}"}], "c": 7})) == {
        "n",
        "id",
        "text",
        "key",
    }


def test_basic() -> None:
    assert basic("Aladdin", "open sesame") == "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="


def test_a_marker_as_a_number() -> None:
    numbers = {marker_number(f"qc-{one}") for one in range(2000)}
    assert len(numbers) == 2000
    assert all(0 < int(one) < 2**31 for one in numbers)
