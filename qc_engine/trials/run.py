"""Run the trials of a scenario: every story is played against the real decisions, without any outside."""

from qc_engine.core.scenario import Scenario
from qc_engine.core.trace import phrase
from qc_engine.trials.happen import Impossible, happen
from qc_engine.trials.judge import Instead, instead
from qc_engine.trials.telling import Names, story
from qc_engine.trials.trial import Clicks, Fact, Failure, Line, Trial, TrialResult, Trials
from qc_engine.trials.world import TooLong, World


def run_trials(scenario: Scenario, trials: Trials) -> list[TrialResult]:
    """In their order; each one up to its end, or to the first line that does not hold."""
    names = Names.of(trials)
    return [_run(scenario, one, names) for one in trials.trials]


def _run(scenario: Scenario, trial: Trial, names: Names) -> TrialResult:
    world = World(scenario.at_branch(trial.given.branch), trial.given, _platforms(trial))
    failure = _play(trial, world, names)
    return TrialResult(trial, failure, tuple(story(world, names)))


def _platforms(trial: Trial) -> frozenset[str]:
    return frozenset(one.what.platform for one in trial.story if isinstance(one.what, Clicks))


def _play(trial: Trial, world: World, names: Names) -> Failure | None:
    if not trial.given.before_survey:
        world.pass_until(world.now + world.scenario.start.wait)
    for line in trial.story:
        wrong = _line(line, world, names)
        if wrong:
            return Failure(line, wrong)
    return None


def _line(line: Line, world: World, names: Names) -> Instead:
    if not isinstance(line.what, Fact):
        return instead(line.what, world, names)
    try:
        happen(line.what, line.words, world)
    except Impossible as impossible:
        return (impossible.why,)
    except TooLong:
        return (phrase("trial.too_long"),)
    return ()
