"""The examples beside the scenarios: they load, their tests hold, and the installed engine leaves them alone."""

from pathlib import Path

import pytest

from qc_engine.explain.phrases import say
from qc_engine.scenario_files.load import load_scenarios
from qc_engine.scenario_files.names import Names
from qc_engine.scenario_files.trials.files import load_trials
from qc_engine.trials.run import run_trials

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "scenarios" / "examples"
NAMES = Names(complete=False)
SCENARIOS = load_scenarios(FOLDER, NAMES)
TRIALS = load_trials(FOLDER, NAMES)


def test_there_is_one_of_each_kind() -> None:
    assert SCENARIOS["monthly_survey"].start.schedule
    assert SCENARIOS["date_changed"].start.changed_field


@pytest.mark.parametrize("name", SCENARIOS)
def test_its_own_tests_hold(name: str) -> None:
    results = run_trials(SCENARIOS[name], TRIALS[name])
    assert len(results) >= 5
    failed = {one.trial.name: one.failure.instead for one in results if one.failure}
    told = {
        one.trial.name: [say(line.what.key, line.what.values, "ru") for line in one.story] for one in results
    }
    assert failed == {}, told


@pytest.mark.parametrize("name", SCENARIOS)
def test_it_fits_on_a_page(name: str) -> None:
    assert len((FOLDER / f"{name}.yaml").read_text(encoding="utf-8").splitlines()) < 100


def test_an_installation_does_not_run_them_by_itself() -> None:
    assert not set(SCENARIOS) & set(load_scenarios(ROOT / "scenarios", NAMES))
