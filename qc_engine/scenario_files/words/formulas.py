"""Formulas of a scenario, in CEL (cel.dev), checked when the file loads. Nothing else knows the library."""

import re
from collections.abc import Mapping
from functools import cache, partial

from cel_expr_python import cel

from qc_engine.core.rules.formulas import FormulaFailed
from qc_engine.core.scenario import Formula
from qc_engine.scenario_files.reading import Kind, Reading, Wrong, value_of
from qc_engine.scenario_files.similar import quoted, unknown
from qc_engine.scenario_files.words.formula_faults import TYPES, Fault, first_fault, without_texts
from qc_engine.scenario_files.yaml.source import Node, Value

LONGEST = 500
NAMES: Mapping[str, str] = {
    "average": "double",
    "scores": "map(string, double)",
    "answered": "int",
    "branch": "string",
    "client_name": "string",
    "words": "string",
    "language": "string",
    "channel": "string",
    "step": "string",
    "reminded": "bool",
    "hour": "int",
    "weekday": "int",
    "now": "timestamp",
}
# The kinds of `values:`.
KINDS: Mapping[str, str] = {"text": "string", "number": "double", "date": "timestamp", "moment": "timestamp"}
OF_CEL = {
    "double": cel.Type.DOUBLE,
    "int": cel.Type.INT,
    "string": cel.Type.STRING,
    "bool": cel.Type.BOOL,
    "timestamp": cel.Type.TIMESTAMP,
    "map(string, double)": cel.Type.Map(cel.Type.STRING, cel.Type.DOUBLE),
}
WORD = re.compile(r"(?<![\w.])[A-Za-z_]\w*")
ITERATES = re.compile(r"\.\s*(?:all|exists|exists_one|map|filter)\s*\(|[()]")
NOT_THERE = re.compile(r'No value with name "(\w+)" found|Key not found in map : "([^"]*)"')
QUESTION = re.compile(r"""\bscores(?:\.|\s*\[\s*["'])(\w+)""")
BY_ZERO = re.compile(r"[/%]\s*(0+(?:\.0*)?)(?![\w.])")
NESTED = "one loop (all, exists, map, filter) inside another; write two formulas"


def _read_formula(node: Node, reading: Reading) -> Formula:
    value = value_of(node, "a formula, for example 'average >= 8.0'")
    return compiled(value, reading)


def compiled(value: Value, reading: Reading) -> Formula:
    """Raises Wrong at the very sign that is wrong, where that can be told."""
    text = value.text.rstrip()
    _check_size(value, text)
    types = {**NAMES, **{name: KINDS.get(kind, "string") for name, kind in reading.value_kinds.items()}}
    program = _compiled(value, text, types)
    _check_questions(value, text, reading)
    _check_divisors(value, text)
    if program.return_type() != cel.Type.BOOL:
        what = TYPES.get(program.return_type().name().lower(), "something else")
        raise Wrong(value.place, f"the formula gives {what}, not yes or no; compare it with something")
    uses = tuple(dict.fromkeys(one for one in WORD.findall(without_texts(text)) if one in types))
    return Formula(text.strip(), partial(_holds, program), uses)


def _check_size(value: Value, text: str) -> None:
    if len(text) > LONGEST:
        raise Wrong(value.place, f"{len(text)} signs are too many for a formula; at most {LONGEST}")
    open_brackets: list[bool] = []
    for found in ITERATES.findall(without_texts(text)):
        if found == ")":
            del open_brackets[-1:]
            continue
        if found != "(" and any(open_brackets):
            raise Wrong(value.place, NESTED)
        open_brackets.append(found != "(")


def _compiled(value: Value, text: str, types: Mapping[str, str]) -> cel.Expression:
    try:
        return _environment(tuple(types.items())).compile(text)
    except RuntimeError as error:
        fault: Fault = first_fault(str(error), text, types)
        raise Wrong(value.spot(fault.line, fault.column), fault.message) from None


@cache
def _environment(types: tuple[tuple[str, str], ...]) -> cel.Env:
    return cel.NewEnv(variables={name: OF_CEL[kind] for name, kind in types})


def _check_questions(value: Value, text: str, reading: Reading) -> None:
    """A score of a question that nobody asks would never be there."""
    for found in QUESTION.finditer(text):
        if found[1] not in reading.questions:
            line, start = text.count("\n", 0, found.start(1)) + 1, text.rfind("\n", 0, found.start(1)) + 1
            place = value.spot(line, found.start(1) - start + 1)
            raise Wrong(place, unknown("question", found[1], reading.questions))


def _check_divisors(value: Value, text: str) -> None:
    """What is seen with the eye; where a name turns out to be zero the formula does not hold."""
    if found := BY_ZERO.search(without_texts(text)):
        raise Wrong(value.place, f"nothing can be divided by {found[1]}; write another number")


def _holds(program: cel.Expression, values: Mapping[str, object]) -> bool:
    """Raises LookupError with the name that is not there, FormulaFailed for what cannot be worked out."""
    try:
        result = program.eval(data=values)
        said = result.value()
    except (RuntimeError, ValueError, OverflowError) as error:
        raise FormulaFailed(str(error)[:200]) from None
    if isinstance(said, bool):
        return said
    missing = NOT_THERE.search(str(said))
    if missing:
        raise LookupError(missing[1] or missing[2])
    raise FormulaFailed(str(said).partition(": ")[2][:200] or quoted(str(said)))


FORMULA = Kind(_read_formula, {"type": "string", "maxLength": LONGEST, "examples": ["average >= 8.0"]})
