"""start_scenario: one scenario begins another; and what is wrong with that in a folder as a whole."""

from collections.abc import Iterator, Mapping

from qc_engine.core.scenario import Scenario
from qc_engine.scenario_files.further_words import DATA
from qc_engine.scenario_files.kinds import LONG_SPAN, NAME
from qc_engine.scenario_files.reading import Field
from qc_engine.scenario_files.similar import unknown
from qc_engine.scenario_files.source import Items, Node, Pairs, Problem, Source, Value, children, problem_at

WORD = "start_scenario"
ANOTHER = {
    "scenario": Field(NAME, "Имя сценария этого же портала"),
    "in": Field(LONG_SPAN, "Через сколько начать; не указано: сразу", needed=False, becomes="after"),
    "values": Field(DATA, "Что передать: имя и значение; там их берёт from_start", needed=False),
}


def unknown_scenarios(scenarios: Mapping[str, Scenario], sources: Mapping[str, Source]) -> list[Problem]:
    """Every start_scenario of a folder that names none of its scenarios; `sources` are the files by name."""
    return [
        problem_at(source.file, named.place, f"scenario: {unknown('scenario', named.text, scenarios)}")
        for source in sources.values()
        for named in _named(source.root)
        if named.text not in scenarios and not named.text.startswith("$")
    ]


def _named(node: Node | None) -> Iterator[Value]:
    """The scenarios that are named anywhere below."""
    if isinstance(node, Items):
        for item in node.items:
            yield from _named(item)
    elif isinstance(node, Pairs):
        for key, value in node.pairs:
            named = children(value).get("scenario") if key.text == WORD else None
            if isinstance(named, Value):
                yield named
            yield from _named(value)
