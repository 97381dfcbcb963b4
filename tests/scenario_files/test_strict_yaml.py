"""YAML traps: what looks clever is refused with its place, what looks like a word stays a word."""

from pathlib import Path

import pytest

from qc_engine.scenario_files.yaml.source import Keys, Source, plain
from qc_engine.scenario_files.yaml.strict import LARGEST_BYTES, read, read_file


def said(source: Source) -> list[str]:
    return [str(problem) for problem in source.problems]


@pytest.mark.parametrize(
    "value",
    [
        "12:30",
        "21:00-09:00",
        "no",
        "NO",
        "on",
        "yes",
        "007",
        "1_000",
        "0x10",
        "1e3",
        "2026-01-01",
        "8.0",
        "=",
        "null1",
    ],
)
def test_a_value_is_what_is_written(value: str) -> None:
    assert plain(read(f"a: {value}\n", "f").root) == {"a": value}


@pytest.mark.parametrize(
    ("value", "expected"), [("", None), ("~", None), ("null", None), ("''", ""), ("'null'", "null")]
)
def test_only_nothing_is_nothing(value: str, expected: str | None) -> None:
    assert plain(read(f"a: {value}\n", "f").root) == {"a": expected}


@pytest.mark.parametrize(
    "content", [b"\xef\xbb\xbfa: 1\nb: 2\n", b"a: 1\r\nb: 2\r\n", b"a: 1\rb: 2", b"---\na: 1\nb: 2\n...\n"]
)
def test_editors_may_differ(content: bytes) -> None:
    source = read(content, "f")
    assert (plain(source.root), source.problems) == ({"a": "1", "b": "2"}, ())


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a: 1\na: 2\n", ["f:2:1: 'a' is written twice, first in line 1"]),
        ("a: {b: 1, b: 2, b: 3}\n", ["f:1:11: 'b' is written twice, first in line 1", "f:1:17: 'b' is written twice, first in line 1"]),
        ("a: &x 1\nb: *x\n", ["f:1:4: an anchor (&x) is not allowed; delete it", "f:2:4: an alias (*x) is not allowed; write the value again"]),
        ("a: !!python/object/apply:os.system [ls]\n", ["f:1:4: a tag (tag:yaml.org,2002:python/object/apply:os.system) is not allowed; delete it"]),
        ("a: !x 1\n", ["f:1:4: a tag (!x) is not allowed; delete it"]),
        ("<<: {a: 1}\n", ["f:1:1: a merge key (<<) is not allowed; write the words out"]),
        ("? [a]\n: 1\n", ["f:1:3: a key must be one word; a text that begins with '{' needs quotes"]),
        ("%YAML 1.1\n---\na: 1\n", ["f:1:1: lines that begin with % are not allowed; delete them"]),
        ("a: 1\n---\nb: 1\n", ["f:2:1: a second document begins here; one file holds one"]),
        ("a:\n\tb: 1\n", ["f:2:1: a tab stands where only spaces may; indent with spaces"]),
        ("a:\n\u00a0 b: 1\n", ["f:2:1: a non-breaking space in the indentation; indent with plain spaces"]),
        ("a: 1\nb: x\u202ey\n", ["f:2:5: an invisible sign (U+202E) is not allowed; delete it"]),
        ("a: \x00\n", ["f:1:4: an invisible sign (U+0000) is not allowed; delete it"]),
        ("a: [1, 2\n", ["f:2:1: a bracket is opened and never closed; close it above"]),
        ("a: 'x\nb: 1\n", ["f:3:1: a quote is opened and never closed; close it above"]),
        ("a:\n  b: 1\n c: 2\n", ["f:3:2: the indentation fits no line above"]),
        ("a: @x\n", ["f:1:4: a text that begins with this sign must stand in quotes"]),
        ("a: - b\n", ["f:1:4: '- ' must begin its own line"]),
        ("a: b\nc\n", ["f:3:1: a line without ': '; is an indentation or a quote missing above?"]),
        ("", ["f:1:1: the file is empty"]),
        ("# nothing\n", ["f:1:1: the file is empty"]),
        ("a: " + "[" * 20 + "]" * 20, ["f:1:23: nested more than 20 levels deep; is a bracket too many?"]),
        ("a: " + "[" * 50_000, ["f:1:23: nested more than 20 levels deep; is a bracket too many?"]),
        ("a: " + "x" * LARGEST_BYTES, [f"f:1:1: too large: {LARGEST_BYTES + 3} bytes, at most {LARGEST_BYTES}; leave something out"]),
        ("a: 1\nb: Привет\n".encode("cp1251"), ["f:2:4: not UTF-8 (looks like windows-1251 or another old encoding); save the file as UTF-8"]),
        ("a: 1\n".encode("utf-16"), ["f:1:1: not UTF-8 (looks like UTF-16); save the file as UTF-8"]),
        ("a: \ud800\n", ["f:1:4: not UTF-8 (looks like windows-1251 or another old encoding); save the file as UTF-8"]),
    ],
)  # fmt: skip
def test_traps_are_refused_with_their_place(content: str | bytes, expected: list[str]) -> None:
    assert said(read(content, "f")) == expected


def test_places_are_found_by_the_way_to_them() -> None:
    source = read("a: 1\nb:\n  - c: 2\n  - d\nempty:\n", "f")
    ways: list[Keys] = [["a"], ["b"], ["b", 0, "c"], ["b", 1], ["b", 5], ["b", 0, "x"], ["z"], ["empty"]]
    at = [source.place(keys) for keys in ways]
    assert [(place.line, place.column) for place in at] == [
        (1, 4), (2, 1), (3, 8), (4, 5), (2, 1), (3, 5), (1, 1), (5, 1)
    ]  # fmt: skip
    assert source.place(["a"], at_key=True).column == 1


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    assert said(read_file(tmp_path / "no.yaml")) == [
        f"{tmp_path}/no.yaml:1:1: cannot be opened: No such file or directory"
    ]
    assert said(read_file(tmp_path)) == [f"{tmp_path}:1:1: cannot be opened: Is a directory"]
