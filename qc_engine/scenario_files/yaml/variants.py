"""The scenarios of branches that have parameters otherwise; each mistake is told once, with its branches."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from qc_engine.core.scenario import Scenario, Start
from qc_engine.scenario_files.reading import Reading
from qc_engine.scenario_files.similar import quoted
from qc_engine.scenario_files.yaml.filling import filled
from qc_engine.scenario_files.yaml.parameters import Parameters, written
from qc_engine.scenario_files.yaml.source import Node, Problem, Source

ABOUT_PARAMETERS = re.compile(r" \(\$[^()]*\)$")
MOST_NAMED = 3
START = (
    "a branch may wait differently (wait, not_later_than), but not start otherwise; write one start for all"
)


class Read(Protocol):
    """What was read of one scenario."""

    @property
    def scenario(self) -> Scenario | None: ...

    @property
    def problems(self) -> Sequence[Problem]: ...


@dataclass
class Variants:
    """By the name of the branch; branches with the same values share one."""

    scenarios: dict[str, Scenario] = field(default_factory=dict)
    found: dict[Problem, list[str]] = field(default_factory=dict)

    def problems(self, main: Scenario | None, known: Sequence[Problem], source: Source) -> Iterator[Problem]:
        """Those that the scenario itself does not have."""
        told = {_without_values(one) for one in known}
        for problem, branches in self.found.items():
            if _without_values(problem) not in told:
                yield replace(problem, message=f"{problem.message} ({_of(branches)})")
        others = [name for name, one in self.scenarios.items() if main and not _starts_alike(one, main)]
        if others:
            yield source.problem(["start"], f"{START} ({_of(others)})")


def read_variants(
    source: Source, parameters: Parameters, reading: Reading, read: Callable[[Source], Read]
) -> Variants:
    """One reading for all branches with the same values."""
    variants = Variants()
    for branches, values in _groups(parameters):
        aside = replace(reading, problems=[])
        one = read(filled(source, values, parameters.declared, aside).source)
        for problem in (*aside.problems, *one.problems):
            variants.found.setdefault(problem, []).extend(branches)
        if one.scenario:
            variants.scenarios.update(dict.fromkeys(branches, one.scenario))
    return variants


def _groups(parameters: Parameters) -> Iterator[tuple[list[str], Mapping[str, Node]]]:
    alike: dict[str, list[str]] = {}
    for name, own in parameters.of_branch.items():
        alike.setdefault(repr(sorted((key, written(one)) for key, one in own.items())), []).append(name)
    for branches in alike.values():
        yield branches, parameters.at(branches[0])


def _starts_alike(one: Scenario, main: Scenario) -> bool:
    return _way(one.start) == _way(main.start)


def _way(start: Start) -> Start:
    return replace(start, wait=Start().wait, not_later_than=Start().not_later_than)


def _without_values(problem: Problem) -> Problem:
    return replace(problem, message=ABOUT_PARAMETERS.sub("", problem.message))


def _of(branches: Sequence[str]) -> str:
    named = ", ".join(map(quoted, branches[:MOST_NAMED]))
    more = f" and {len(branches) - MOST_NAMED} more" if len(branches) > MOST_NAMED else ""
    return f"branch {named}" if len(branches) == 1 else f"branches {named}{more}"
