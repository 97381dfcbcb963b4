"""Places in texts, {name:filter|fallback}: every name and filter must be known and fit its value."""

import re
from collections.abc import Iterable, Mapping

from qc_engine.core.wording.filters import DATE as DAY
from qc_engine.core.wording.filters import FILTERS, MOMENT, NUMBER, TEXT, Call, Filter, calls_in
from qc_engine.core.wording.plurals import FORMS
from qc_engine.scenario_files.reading import Reading, Wrong
from qc_engine.scenario_files.similar import quoted, unknown
from qc_engine.scenario_files.yaml.source import Place, Value

LONGEST_TEXT = 4096
BRACES = re.compile(r"\{([^{}]*)\}")
OWN_KINDS = {"average": NUMBER, "entered_date": DAY, "clicked_time": MOMENT, "look_date": DAY}
A_KIND = {TEXT: "a text", NUMBER: "a number", DAY: "a date", MOMENT: "a moment"}
EXAMPLE = "write {name}, {name|fallback} or {name:filter|fallback}"


def kinds_of(questions: Iterable[str], values: Mapping[str, str]) -> Mapping[str, str]:
    """What variables stand for, where it is no text; `values` are the scenario's own, with their kinds."""
    return {**OWN_KINDS, **{f"score_{name}": NUMBER for name in questions}, **values}


def checked(value: Value, reading: Reading) -> str:
    """The text without blank ends. Raises Wrong for the first thing that could not be written out."""
    body = value.text.strip()
    if len(body) > LONGEST_TEXT:
        raise Wrong(value.place, f"{len(body)} signs are too many for one message; at most {LONGEST_TEXT}")
    if set("{}") & set(BRACES.sub("", body)):
        raise Wrong(value.place, "a brace without its pair; write {name} or {name|fallback}")
    for inside in BRACES.findall(body):
        check_place(inside, value.place, reading)
    return body


def check_place(inside: str, place: Place, reading: Reading) -> None:
    """`inside` is what stands between the braces."""
    named, bar, fallback = inside.partition("|")
    name, colon, how = named.partition(":")
    if name not in reading.variables:
        raise Wrong(place, unknown("variable", name, reading.variables))
    filters = _filters(colon + how, name, place, reading)
    may_be_absent = reading.variables[name] or any(one.may_be_empty for one in filters)
    if may_be_absent and not fallback.strip():
        raise Wrong(place, f"{quoted(named)} may be absent; give a fallback: {{{named}|...}}")
    if bar and not fallback.strip():
        raise Wrong(place, f"{quoted(name)}: the fallback after '|' is empty")


def _filters(how: str, name: str, place: Place, reading: Reading) -> list[Filter]:
    """In their order, each fit for what the one before it gives."""
    found: list[Filter] = []
    kind, what = reading.kinds.get(name, TEXT), name
    for call in _calls(how, place):
        known = _known(call, place)
        if kind not in known.takes:
            takes = " or ".join(A_KIND[one] for one in known.takes)
            raise Wrong(
                place, f"the filter '{call.name}' needs {takes}, and {quoted(what)} is {A_KIND[kind]}"
            )
        _check_arguments(call, known, place, reading)
        found.append(known)
        kind, what = known.gives, f"{what}:{call.name}"
    return found


def _calls(how: str, place: Place) -> tuple[Call, ...]:
    try:
        return calls_in(how)
    except ValueError:
        raise Wrong(place, f"{quoted(how)} is no filter; {EXAMPLE}") from None


def _known(call: Call, place: Place) -> Filter:
    if call.name not in FILTERS:
        raise Wrong(place, unknown("filter", call.name, FILTERS))
    return FILTERS[call.name]


def _check_arguments(call: Call, known: Filter, place: Place, reading: Reading) -> None:
    if call.name == "plural":
        _check_forms(call, place, reading.speaking or reading.language)
    elif call.arguments and not known.arguments:
        raise Wrong(place, f"the filter '{call.name}' takes nothing in brackets; write {{...:{call.name}}}")
    elif len(call.arguments) > 1 or "" in call.arguments:
        raise Wrong(place, f"write one word in brackets, for example {call.name}{known.arguments}")


def _check_forms(call: Call, place: Place, language: str) -> None:
    if len(call.arguments) not in FORMS[language] or "" in call.arguments:
        forms = " or ".join(map(str, FORMS[language]))
        example = FILTERS["plural"].arguments if language == "ru" else "(day, days)"
        raise Wrong(
            place,
            f"plural needs {forms} forms in this language ({language}), {len(call.arguments)} are given; "
            f"write for example plural{example}",
        )
