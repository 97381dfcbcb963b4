"""The pure core against the `transitions` library on the same path: events decided per second, a ratio.

    python -m benchmarks.decide [--rounds 7] [--walks 100] [--scenario scenarios/tyre_centre.yaml] [--json]

Two clients of the scenario are walked from the closed deal to the end: a happy one up to the found review,
and an unhappy one. The core takes each event as the engine gives it: `decide(case, event, scenario, now)`. It
reads the reply, tries the rules, writes the texts and effects, and keeps a reason for every condition.

The library gets the same scenario: steps are states; every rule, those for all steps first, is a transition
with the rule's conditions as guards; every event is one trigger. It does nothing else: no reading of replies,
no texts, no reasons. Its guards find score and facts ready. Before anything is measured, both have to stand
in the same step after every event. It is measured in three ways:

  resident  one machine; the model object lives in memory for its whole walk
  stored    one machine; as with the core, for each event the state comes in and the next one goes out
  own       the state comes in and goes out likewise, into a machine of its own (the quickstart's way)

Every round measures the core and then the library in each way, in processor time of this thread; a ratio is
the median over the rounds. Above 1 the core is quicker.
"""

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.decide_walks import ENDED, WAITING, Seen, Stop, walk
from qc_engine.core.decide import decide
from qc_engine.core.scenario import (
    AverageAtLeast,
    AverageBelow,
    Clicked,
    Condition,
    End,
    GoTo,
    InStepFor,
    ReviewIs,
    Rule,
    Scenario,
    ScoreBelow,
    SilentFor,
)
from qc_engine.scenario_files.load import load_text
from qc_engine.scenario_files.names import Names

GOAL = 5
WAYS = ("core", "resident", "stored", "own")
SHIPPED = Path(__file__).parents[1] / "scenarios" / "tyre_centre.yaml"


def main() -> None:
    asked = _arguments()
    scenario = load_text(
        asked.scenario.read_text(encoding="utf-8"), str(asked.scenario), Names(complete=False)
    )
    result = measure(scenario, asked.rounds, asked.walks)
    print(json.dumps(result) if asked.json else _told(result))


def measure(scenario: Scenario, rounds: int, walks: int) -> dict[str, Any]:
    """Events a second of both, and the ratios. Raises SystemExit when the library is missing or strays."""
    stops = [*walk(scenario, "9", "10"), *walk(scenario, "3", "4")]
    rows = transitions_of(scenario)
    machine = machine_of(scenario, rows)
    compare(machine, stops)
    ways = [_core(scenario), _resident(machine), _stored(machine), _own(scenario, rows)]
    rates = [dict(zip(WAYS, (_rate(run, stops, walks) for run in ways), strict=True)) for _ in range(rounds)]
    return {
        "method": "interleaved rounds, median of per-round ratios, processor time of one thread",
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "path": [stop.after for stop in stops],
        "events": len(stops),
        "rounds": [{way: round(rate) for way, rate in row.items()} for row in rates],
        "us_per_event": {way: round(1e6 / statistics.median(row[way] for row in rates), 1) for way in WAYS},
        **{
            f"ratio_{way}": round(statistics.median(row["core"] / row[way] for row in rates), 3)
            for way in WAYS[1:]
        },
        "goal": GOAL,
    }


# --- the same in the library ------------------------------------------------------------------


class Walker:
    """The model: the machine gives it a state and the trigger."""

    state: str
    happens: Callable[[Seen], bool]


def machine_of(scenario: Scenario, rows: list[Any], model: Walker | None = None, state: str = WAITING) -> Any:
    """A machine with one model, or with none yet."""
    try:
        from transitions import Machine
    except ImportError:
        raise SystemExit("qc: the library 'transitions' is missing: run this by ./qc bench decide") from None
    states = [WAITING, *scenario.steps, ENDED]
    return Machine(model=model, states=states, transitions=rows, initial=state, auto_transitions=False)


def transitions_of(scenario: Scenario) -> list[dict[str, Any]]:
    """Rules as transitions of one trigger, in the order in which they have their turn."""
    begins = _row(WAITING, _reached(scenario, scenario.first_step), [lambda seen: seen.begins])
    rows = [begins]
    for name, step in scenario.steps.items():
        for rule in (*scenario.anytime, *step.rules):
            rows.append(_row(name, _target(scenario, rule), [_guard(condition) for condition in rule.when]))
        rows.append(_row(name, None, []))
    return rows


def _row(source: str, dest: str | None, guards: list[Callable[[Seen], bool]]) -> dict[str, Any]:
    return {"trigger": "happens", "source": source, "dest": dest, "conditions": guards}


def _target(scenario: Scenario, rule: Rule) -> str | None:
    """None: the rule does something and stays."""
    match rule.do[-1]:
        case GoTo(step):
            return _reached(scenario, step)
        case End():
            return ENDED
        case _:
            return None


def _reached(scenario: Scenario, step: str) -> str:
    """Where a case comes to rest: some steps end at once."""
    return ENDED if any(isinstance(one, End) for one in scenario.steps[step].do) else step


def _guard(condition: Condition) -> Callable[[Seen], bool]:
    match condition:
        case AverageAtLeast(limit):
            return lambda seen: seen.mean is not None and seen.mean >= limit
        case AverageBelow(limit):
            return lambda seen: seen.mean is not None and seen.mean < limit
        case ScoreBelow(limit):
            return lambda seen: seen.lowest is not None and seen.lowest < limit
        case SilentFor(span):
            return lambda seen: seen.asked_for >= span
        case InStepFor(span):
            return lambda seen: seen.in_step_for >= span
        case Clicked():
            return lambda seen: seen.clicked
        case ReviewIs(answer):
            return lambda seen: seen.review == answer
        case _:
            return lambda seen: False  # what does not happen on these walks


# --- measuring --------------------------------------------------------------------------------


def compare(machine: Any, stops: Sequence[Stop]) -> None:
    """Raises SystemExit where the library stands elsewhere than the core after an event."""
    walker = Walker()
    for stop in stops:
        machine.add_model(walker, initial=stop.before)
        walker.happens(stop.seen)
        if walker.state != stop.after:
            raise SystemExit(f"after {stop.event} the library stands in {walker.state}, not in {stop.after}")
        machine.remove_model(walker)


def _core(scenario: Scenario) -> Callable[[Sequence[Stop]], None]:
    def run(stops: Sequence[Stop]) -> None:
        for stop in stops:
            decide(stop.case, stop.event, scenario, stop.now)

    return run


def _resident(machine: Any) -> Callable[[Sequence[Stop]], None]:
    walker = Walker()
    machine.add_model(walker)

    def run(stops: Sequence[Stop]) -> None:
        for stop in stops:
            if stop.before == WAITING:
                machine.set_state(WAITING, walker)
            walker.happens(stop.seen)

    return run


def _stored(machine: Any) -> Callable[[Sequence[Stop]], None]:
    def run(stops: Sequence[Stop]) -> None:
        for stop in stops:
            walker = Walker()
            machine.add_model(walker, initial=stop.before)
            walker.happens(stop.seen)
            machine.remove_model(walker)

    return run


def _own(scenario: Scenario, rows: list[Any]) -> Callable[[Sequence[Stop]], None]:
    def run(stops: Sequence[Stop]) -> None:
        for stop in stops:
            walker = Walker()
            machine_of(scenario, rows, walker, stop.before)
            walker.happens(stop.seen)

    return run


def _rate(run: Callable[[Sequence[Stop]], None], stops: Sequence[Stop], walks: int) -> float:
    """Events in a second of processor time."""
    started = time.thread_time()
    for _ in range(walks):
        run(stops)
    return walks * len(stops) / max(time.thread_time() - started, 1e-9)


def _told(result: dict[str, Any]) -> str:
    micros = result["us_per_event"]
    lines = [
        f"{result['method']}",
        f"{result['events']} events: {' > '.join(result['path'])}",
        f"  {'core':<9}{micros['core']:9.1f} us an event",
    ]
    for way in WAYS[1:]:
        ratio = result[f"ratio_{way}"]
        lines.append(
            f"  {way:<9}{micros[way]:9.1f} us an event   core / library {ratio} (goal {result['goal']})"
        )
    return "\n".join(lines)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--walks", type=int, default=100, help="how often each round walks both paths")
    parser.add_argument("--scenario", type=Path, default=SHIPPED)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
