"""What is wrong with a formula, in our words and with a remedy; the compiler's own are for programmers."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from qc_engine.scenario_files.similar import did_you_mean, quoted, unknown

TOLD = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")
UNDECLARED = re.compile(r"undeclared reference to '([^']*)'")
OVERLOAD = re.compile(r"found no matching overload for '([^']*)' applied to '\((.*)\)'")
UNEXPECTED = re.compile(
    r"(?:mismatched|extraneous) input '(.*?)' expecting|token recognition error at: '(.*)'"
)
TEXT = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'")
BEFORE, AFTER = re.compile(r"""([\w.]+(?:\[["']?\w+["']?\])?)\s*$"""), re.compile(r"\s*(-?[\w.]+)")
DIGITS = re.compile(r"-?\d+")
TYPES: Mapping[str, str] = {
    "double": "a fraction",
    "int": "a whole number",
    "string": "a text",
    "bool": "yes or no",
    "timestamp": "a moment",
    "google.protobuf.Timestamp": "a moment",
    "duration": "a span of time",
    "google.protobuf.Duration": "a span of time",
}
INSTEAD: Mapping[str, str] = {
    "=": "==", "=>": ">=", "=<": "<=", "<>": "!=", "≥": ">=", "≤": "<=", "≠": "!=",
    "and": "&&", "or": "||", "AND": "&&", "OR": "||", "и": "&&", "или": "||", "&": "&&", "|": "||",
    "if": "? and :", "not": "!", "None": "''",
}  # fmt: skip
FUNCTIONS = frozenset({
    "size", "contains", "startsWith", "endsWith", "matches", "has", "int", "double", "string", "timestamp",
    "duration", "all", "exists", "exists_one", "map", "filter", "getHours", "getMinutes", "getDayOfWeek",
    "getDate", "getDayOfMonth", "getMonth", "getFullYear",
})  # fmt: skip
TOO_DEEP = "too many brackets inside one another; write it simpler"


@dataclass(frozen=True)
class Fault:
    """One mistake; line and column within the formula, both from 1."""

    line: int
    column: int
    message: str


def first_fault(error: str, text: str, names: Mapping[str, str]) -> Fault:
    """What the compiler says, as we say it. `names` are the known ones."""
    told = TOLD.search(error)
    if not told:
        return Fault(1, 1, TOO_DEEP if "recursion" in error else "this is no formula")
    line, column, said = int(told[1]), int(told[2]), told[3]
    lines = text.split("\n")
    rest = lines[line - 1] if line <= len(lines) else ""
    return Fault(line, column, _words(said, rest, column - 1, names))


def without_texts(formula: str) -> str:
    """The formula with every quoted text made empty."""
    return TEXT.sub("''", formula)


def _words(said: str, line: str, at: int, names: Mapping[str, str]) -> str:
    if found := UNDECLARED.search(said):
        return _unknown(found[1], line, at, names)
    if found := OVERLOAD.search(said):
        return _does_not_fit(found[1], list(_split(found[2])), line, at)
    if "Syntax error" in said or "reserved identifier" in said:
        return _unexpected(said, line, at)
    if "has()" in said:
        return "has(...) asks for one score: has(scores.quality)"
    return said.partition(" (in container")[0]


def _unknown(word: str, line: str, at: int, names: Mapping[str, str]) -> str:
    called = re.match(r"\s*\(", line[at + len(word) :]) or line[at : at + 1] == "("
    if called and word == "has":
        return 'has(...) asks for a score; for a text write words.contains("...")'
    if called:
        return unknown("function", word, FUNCTIONS)
    first = word.partition(".")[0]
    if word in ("True", "False"):
        return f"write {word.lower()}"
    near = did_you_mean(first, names)
    return unknown("name", first, names if near else sorted(names))


def _unexpected(said: str, line: str, at: int) -> str:
    found = UNEXPECTED.search(said)
    sign = (found[1] or found[2] or "").strip() if found else ""
    word = sign or line[at:].split(" ")[0]
    before = line[:at].split()[-1:] or [""]
    for wrong in (word, before[0], line[at:].split(" ")[0]):
        if wrong in INSTEAD:
            return f"{quoted(wrong)} is not known here; write {INSTEAD[wrong]}"
    if word.startswith(("'", '"')) and len(word) > 1 and not TEXT.fullmatch(word):
        return "a quote is opened and never closed"
    if word == "<EOF>" or not word:
        return "the formula ends too early; something is missing behind its last sign"
    if word == "," and re.search(r"\d$", line[:at]):
        return "a fraction is written with a point: 8.0"
    if "$" in word or "{" in line:
        return "values are named without braces and signs, parameters as $name"
    return f"{quoted(word)} does not belong here"


def _does_not_fit(function: str, types: list[str], line: str, at: int) -> str:
    operator = function.strip("_@")
    if set(types) == {"double", "int"} and len(types) == 2:
        return _fraction_and_whole(types, operator, line, at)
    if operator == "in" and types[1:] == ["string"]:
        return "'in' looks into a list; for a text write words.contains(\"...\")"
    if operator == "in" and types == ["double", "list(int)"]:
        return "the list holds whole numbers; write them with a point: [8.0, 9.0]"
    told = [TYPES.get(one, one) for one in types]
    if len(types) == 2 and not operator.isalpha():
        if set(told) == {"a moment", "a text"}:
            return 'a moment and a text do not mix: write timestamp("2026-01-31T00:00:00Z")'
        if set(told) == {"a span of time", "a whole number"}:
            return 'a span of time and a number do not mix: write duration("24h")'
        return f"'{operator}' cannot stand between {told[0]} and {told[1]}"
    return f"'{operator}' does not take {', '.join(told)}"


def _fraction_and_whole(types: list[str], operator: str, line: str, at: int) -> str:
    left, right = BEFORE.search(line[:at]), AFTER.match(line[at + len(operator) :])
    first, second = left[1] if left else "", right[1] if right else ""
    fraction, whole = (first, second) if types[0] == "double" else (second, first)
    if DIGITS.fullmatch(whole):
        return f"{fraction or 'this'} is a fraction: write {whole}.0"
    if re.fullmatch(r"-?[\d.]+", fraction):
        rounded = fraction.removesuffix(".0") if fraction.endswith(".0") else f"double({whole})"
        return f"{whole or 'this'} is a whole number: write {rounded}"
    return f"{fraction or 'one side'} is a fraction and {whole or 'the other'} is not: write double({whole})"


def _split(types: str) -> Iterator[str]:
    """'double, map(string, double)' -> both, the second one whole."""
    depth, begin = 0, 0
    for place, sign in enumerate(types + ","):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "," and not depth:
            yield types[begin:place].strip()
            begin = place + 1
