"""The pure core against the `transitions` library on the same path: events decided per second, a ratio.

    python -m benchmarks.decide [--rounds 7] [--walks 100] [--scenario scenarios/tyre_centre.yaml] [--json]

Two clients of the scenario are walked from the closed deal to the end: a happy one up to the found review,
and an unhappy one. The core takes each event as the engine gives it: `decide(case, event, scenario, now)`. It
reads the reply, tries the rules, writes the texts and effects, and keeps a reason for every condition.

The library gets the same scenario: steps are states; every rule, those for all steps first, is a transition
with the rule's conditions as guards; every event is one trigger. It is measured in four ways:

  resident    one machine; the model object lives in memory for its whole walk
  stored      one machine; as with the core, for each event the state comes in and the next one goes out
  own         the state comes in and goes out likewise, into a machine of its own, made as sparing as can be
  quickstart  the same with the library's defaults: each object has its machine, as its quickstart shows it,
              and may be sent to any state by hand

A service keeps its cases in a database and handles events in any order, on any of its threads: what comes in
for an event is a state, not a living object. So `stored`, `own` and `quickstart` are the ways of a service.

Alone the library does nothing else: no replies read, no texts, no reasons. Its guards find score and facts
ready. That is less than what the core is asked for, and it leaves another outcome: a state and nothing more.
So each way is measured once more with the whole work in it: `resident_working`, `stored_working`,
`own_working` and `quickstart_working` let our own functions take the event in, judge the conditions, do the
actions and set the clock, and cases and effects come out the same. Both sides then go the same path to the
same outcomes; the work on it is the same on both, so that the ratio is smaller than that of the two machines.

Before anything is measured, both have to stand in the same step after every event, and the working ways have
to plan the same effects. Every round measures the core and then the library in each way, in processor time of
this thread; a ratio is the median over the rounds. Above 1 the core is quicker.
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

from benchmarks.decide_library import Walker, machine_of, transitions_of
from benchmarks.decide_walks import WAITING, Stop, walk
from benchmarks.decide_working import decided, taken_in, working_transitions_of
from qc_engine.core.decide import decide
from qc_engine.core.scenario import Scenario
from qc_engine.scenario_files.load import load_text
from qc_engine.scenario_files.names import Names

GOAL = 5
ALONE = ("resident", "stored", "own", "quickstart")
WAYS = ("core", *ALONE, *(f"{way}_working" for way in ALONE))
SHIPPED = Path(__file__).parents[1] / "scenarios" / "tyre_centre.yaml"
Run = Callable[[Sequence[Stop]], None]
Happen = Callable[[Walker, Stop], object]  # lets the event of a stop happen to the model


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
    ways = [_core(scenario), *_bare(scenario, stops), *_working(scenario, stops)]
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


# --- the ways ---------------------------------------------------------------------------------


def _core(scenario: Scenario) -> Run:
    def run(stops: Sequence[Stop]) -> None:
        for stop in stops:
            decide(stop.case, stop.event, scenario, stop.now)

    return run


def _bare(scenario: Scenario, stops: Sequence[Stop]) -> list[Run]:
    """The library alone."""
    rows = transitions_of(scenario)
    machine = machine_of(scenario, rows)
    compare(machine, stops)
    return _each_way(scenario, rows, machine, lambda walker, stop: walker.happens(stop.seen))


def _working(scenario: Scenario, stops: Sequence[Stop]) -> list[Run]:
    """The library with the work of the core in it."""
    rows = working_transitions_of(scenario)
    machine = machine_of(scenario, rows)
    compare_work(machine, scenario, stops)

    def happen(walker: Walker, stop: Stop) -> None:
        draft = taken_in(stop, scenario)
        walker.happens(draft)
        decided(draft)

    return _each_way(scenario, rows, machine, happen)


def _each_way(scenario: Scenario, rows: list[Any], machine: Any, happen: Happen) -> list[Run]:
    """In the order of ALONE."""
    own = [_own(scenario, rows, happen, auto_transitions=auto) for auto in (False, True)]
    return [_resident(machine, happen), _stored(machine, happen), *own]


def _resident(machine: Any, happen: Happen) -> Run:
    walker = Walker()
    machine.add_model(walker)

    def run(stops: Sequence[Stop]) -> None:
        for stop in stops:
            if stop.before == WAITING:
                machine.set_state(WAITING, walker)
            happen(walker, stop)

    return run


def _stored(machine: Any, happen: Happen) -> Run:
    def run(stops: Sequence[Stop]) -> None:
        for stop in stops:
            walker = Walker()
            machine.add_model(walker, initial=stop.before)
            happen(walker, stop)
            machine.remove_model(walker)

    return run


def _own(scenario: Scenario, rows: list[Any], happen: Happen, *, auto_transitions: bool) -> Run:
    def run(stops: Sequence[Stop]) -> None:
        for stop in stops:
            walker = Walker()
            machine_of(scenario, rows, walker, stop.before, auto_transitions=auto_transitions)
            happen(walker, stop)

    return run


# --- are they the same? -----------------------------------------------------------------------


def compare(machine: Any, stops: Sequence[Stop]) -> None:
    """Raises SystemExit where the library stands elsewhere than the core after an event."""
    for stop in stops:
        _walked(machine, stop, lambda walker, stop: walker.happens(stop.seen))


def compare_work(machine: Any, scenario: Scenario, stops: Sequence[Stop]) -> None:
    """Raises SystemExit where it also leaves another case or plans other effects."""
    for stop in stops:
        draft = taken_in(stop, scenario)
        _walked(machine, stop, lambda walker, stop, draft=draft: walker.happens(draft))  # type: ignore[misc]
        ours, theirs = decide(stop.case, stop.event, scenario, stop.now), decided(draft)
        if (theirs.case, theirs.effects) != (ours.case, ours.effects):
            raise SystemExit(f"after {stop.event} the library has done {theirs.effects}, not {ours.effects}")


def _walked(machine: Any, stop: Stop, happen: Happen) -> None:
    walker = Walker()
    machine.add_model(walker, initial=stop.before)
    happen(walker, stop)
    machine.remove_model(walker)
    if walker.state != stop.after:
        raise SystemExit(f"after {stop.event} the library stands in {walker.state}, not in {stop.after}")


# --- measuring --------------------------------------------------------------------------------


def _rate(run: Run, stops: Sequence[Stop], walks: int) -> float:
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
        f"  {'core':<19}{micros['core']:9.1f} us an event",
    ]
    for way in WAYS[1:]:
        ratio = result[f"ratio_{way}"]
        lines.append(
            f"  {way:<19}{micros[way]:9.1f} us an event   core / library {ratio} (goal {result['goal']})"
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
