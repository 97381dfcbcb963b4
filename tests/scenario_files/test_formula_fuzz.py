"""Whatever stands in a formula: it is read, or its mistake is told; and what is read never raises."""

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from qc_engine.core.rules.formulas import FormulaFailed
from qc_engine.core.scenario import Formula
from qc_engine.scenario_files.names import Names
from qc_engine.scenario_files.reading import Reading, Wrong
from qc_engine.scenario_files.words.formulas import LONGEST, NAMES, compiled
from qc_engine.scenario_files.yaml.source import Place, Value

PIECES = (
    *NAMES, ".quality", '["quality"]', "8.0", "8", "-1", '"Абай"', "'", '"', "(", ")", "[", "]", "{", "}", ",", "?", ":",
    "==", "!=", ">=", "<", "&&", "||", "!", "+", "-", "*", "/", "%", " in ", ".contains(", ".matches(", ".size()",
    ".all(x, ", ".exists(y, ", "x", "y", "true", "null", "timestamp(", "duration(", "int(", "double(", "string(", "dyn(",
    "type(", "b'", "\\", "\n", "$", "ё", "😀", "has(", "0x", "1e9999", "9223372036854775808", "optional", "if",
)  # fmt: skip
KNOWN: dict[str, object] = {
    "average": 8.5, "scores": {"quality": 8.5}, "answered": 1, "branch": "Абай", "client_name": "", "words": "я" * 99,
    "language": "ru", "channel": "chat2desk", "step": "ask", "reminded": False, "hour": 3, "weekday": 1,
}  # fmt: skip


def formula_in(text: str) -> Formula | Wrong:
    reading = Reading("f.yaml", Names(), questions=frozenset({"quality"}))
    try:
        return compiled(Value(text, Place(3, 7), inside=Place(3, 8)), reading)
    except Wrong as wrong:
        return wrong


def read(text: str) -> None:
    found = formula_in(text)
    if isinstance(found, Wrong):
        assert found.message
        assert found.place.line >= 3
        return
    for values in (KNOWN, {}):
        with suppress(LookupError, FormulaFailed):
            assert found.holds(values) in (True, False)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=25).map(" ".join))
def test_pieces_of_formulas(text: str) -> None:
    read(text)


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=LONGEST + 20))
def test_any_text(text: str) -> None:
    read(text)
