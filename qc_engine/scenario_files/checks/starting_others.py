"""start_scenario: one scenario begins another; and what is wrong with that in a folder as a whole."""

from collections.abc import Iterator, Mapping

from qc_engine.core.scenario import Scenario
from qc_engine.scenario_files.reading import Field
from qc_engine.scenario_files.similar import unknown
from qc_engine.scenario_files.words.further import DATA
from qc_engine.scenario_files.words.kinds import LONG_SPAN, NAME
from qc_engine.scenario_files.yaml.source import (
    Items,
    Node,
    Pairs,
    Problem,
    Source,
    Value,
    children,
    problem_at,
)

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
        for named, _ in _named(source.root)
        if named.text not in scenarios and not named.text.startswith("$")
    ]


def endless(sources: Mapping[str, Source]) -> list[Problem]:
    """Every start_scenario by which scenarios would begin one another for ever, without any time between."""
    begun = {name: list(_named(source.root)) for name, source in sources.items()}
    at_once = {name: [one.text for one, later in some if not later] for name, some in begun.items()}
    return [
        problem_at(sources[name].file, named.place, _round(road))
        for name, some in begun.items()
        for named, later in some
        if not later and (road := _road(named.text, name, at_once))
    ]


def _road(here: str, home: str, at_once: Mapping[str, list[str]]) -> list[str]:
    """The shortest from `here` back `home`, both included; [] if there is none."""
    roads, seen = [[here]], {here}
    for road in roads:
        if road[-1] == home:
            return road
        further = [one for one in dict.fromkeys(at_once.get(road[-1], ())) if one not in seen]
        seen.update(further)
        roads += [[*road, one] for one in further]
    return []


def _round(road: list[str]) -> str:
    way = " -> ".join([road[-1], *road])
    remedy = "write 'in' beside one, for example in: 1 day"
    return f"scenario: each begins the next at once, for ever: {way}; {remedy}"


def _named(node: Node | None) -> Iterator[tuple[Value, bool]]:
    """The scenarios that are named anywhere below, and whether each begins only later."""
    if isinstance(node, Items):
        for item in node.items:
            yield from _named(item)
    elif isinstance(node, Pairs):
        for key, value in node.pairs:
            parts = children(value) if key.text == WORD else {}
            if isinstance(named := parts.get("scenario"), Value):
                yield named, "in" in parts
            yield from _named(value)
