"""PHP's brackets, lists and maps."""

import json
from typing import Any

import httpx
import pytest

from sandbox.bitrix24.phpform import build_form, parse_form, parse_multipart, php_json, php_map


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", {}),
        ("a=1&b=", {"a": "1", "b": ""}),
        ("filter[%3EID]=0&order[ID]=ASC&", {"filter": {">ID": "0"}, "order": {"ID": "ASC"}}),
        ("select[]=ID&select[]=TITLE", {"select": ["ID", "TITLE"]}),
        (
            "fields[TITLE]=My%20company&fields[PHONE][0][VALUE]=112233&fields[PHONE][0][VALUE_TYPE]=WORK"
            "&fields[PHONE][1][VALUE]=555888112",
            {
                "fields": {
                    "TITLE": "My company",
                    "PHONE": [{"VALUE": "112233", "VALUE_TYPE": "WORK"}, {"VALUE": "555888112"}],
                }
            },
        ),
        ("fields%5BUF_CRM_X%5D=%D0%B0+b", {"fields": {"UF_CRM_X": "а b"}}),
        ("a=1&a[b]=2", {"a": {"b": "2"}}),
        ("0=123&1[POST_MESSAGE]=x", {"0": "123", "1": {"POST_MESSAGE": "x"}}),
    ],
)  # fmt: skip
def test_forms_in(text: str, tree: dict[str, Any]) -> None:
    assert parse_form(text) == tree


def test_a_form_goes_out_and_comes_back() -> None:
    tree = {"event": "X", "data": {"FIELDS": {"ID": "7"}}, "list": ["a&b", "c=d"]}
    assert parse_form(build_form(tree)) == tree
    assert parse_form(build_form(tree, encoded=False)) == tree
    assert build_form(tree).startswith("event=X&data%5BFIELDS%5D%5BID%5D=7")
    assert build_form(tree, encoded=False).startswith("event=X&data[FIELDS][ID]=7")


@pytest.mark.parametrize(
    ("rows", "json_text"),
    [
        ({}, "[]"),
        ({"0": "a", "1": "b"}, '["a","b"]'),
        ({"1": "a"}, '{"1":"a"}'),
        ({"c0": "a"}, '{"c0":"a"}'),
        ({"1": "b", "0": "a"}, '{"1":"b","0":"a"}'),
    ],
)
def test_maps_become_lists(rows: dict[str, str], json_text: str) -> None:
    assert php_json(php_map(rows)).decode() == json_text


def test_json_is_escaped_as_php_does() -> None:
    body = php_json({"url": "https://a/b", "name": "Абая"})
    assert body == b'{"url":"https:\\/\\/a\\/b","name":"\\u0410\\u0431\\u0430\\u044f"}'
    assert json.loads(body) == {"url": "https://a/b", "name": "Абая"}


def test_multipart_reads_like_a_form() -> None:
    fields = {"fields[TITLE]": "Шины & диски", "fields[CONTACT_IDS][]": "84", "id": "7"}
    request = httpx.Request("POST", "http://portal/", data=fields, files={"fields[FILE]": ("a.gif", b"GIF")})
    assert parse_multipart(request.read(), request.headers["content-type"]) == {
        "fields": {"TITLE": "Шины & диски", "CONTACT_IDS": ["84"], "FILE": ["a.gif", "R0lG"]},
        "id": "7",
    }
