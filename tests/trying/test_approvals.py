"""Yes and no, pauses and formulas lived once more: nothing is sent, and people answer as they did."""

from datetime import timedelta
from pathlib import Path

import pytest

from qc_engine.clock import FixedClock
from qc_engine.core.events import ApprovalGiven, Event, TaskClosed
from qc_engine.core.scenario import Scenario
from qc_engine.scenario_files.load import load_text
from qc_engine.store.database import Database
from qc_engine.trying.reading import looking, people_of, season_of
from qc_engine.trying.roads import Road
from qc_engine.trying.trial import Trial, Versions
from tests.core.further import NAMES, WHOLE
from tests.core.test_approving import AFTER
from tests.flow.fakes import Flow
from tests.flow.test_approvals import Asked, flow_of

DAY = timedelta(days=1)
PATIENT = AFTER.replace("    do:\n", "    do:\n      - wait: 1 hour\n", 1)


def read(after: str) -> Scenario:
    return load_text(WHOLE.format(rules="", after=after.rstrip("\n")), "new.yaml", NAMES)


def both(flow: Flow, new: Scenario) -> tuple[Road, Road]:
    """The only case, by the version that it had and by the new one."""
    now = flow.clock.now()
    with looking(flow.database) as session:
        season = season_of(session, flow.libraries["main"], "further", (now - 90 * DAY, now), now)
        (person,) = people_of(session, season)
    versions = Versions(season)
    ((_, pair),) = enumerate(Trial(season, versions.active, versions.ready(new)).roads(person))
    return pair


@pytest.fixture
def asked(sqlite_database: Database, clock: FixedClock, tmp_path: Path) -> Asked:
    return Asked(flow_of(tmp_path / "scenarios", sqlite_database, clock, AFTER))


@pytest.mark.parametrize("by_task", [True, False])
def test_the_answer_comes_as_long_after_the_question_as_it_did(asked: Asked, by_task: bool) -> None:
    asked.flow.later(hours=5)
    now = asked.flow.clock.now()
    event: Event = ApprovalGiven(asked.case.id, "refund", False, now, "Мария")
    asked.on(TaskClosed(asked.task_id, "нет", now) if by_task else event)
    assert asked.case.outcome == "declined"
    asked.flow.later(days=9)
    sent = len(asked.flow.world.ledger)
    old, new = both(asked.flow, read(PATIENT))
    assert (old.outcome, new.outcome) == ("declined", "declined")
    assert new.decisions[-1].at - old.decisions[-1].at >= timedelta(hours=1) - timedelta(minutes=1)
    assert len(asked.flow.world.ledger) == sent


def test_without_the_question_nobody_answers_it(asked: Asked) -> None:
    asked.on(ApprovalGiven(asked.case.id, "refund", True, asked.flow.clock.now(), "Мария"))
    asked.flow.later(days=9)
    formula = "    rules:\n      - {name: low, when: {formula: average < 5.0}, do: [end: low]}\n      " + (
        "- {name: over, when: {in_step_for: 9 days}, do: [end: over]}\n"
    )
    old, new = both(asked.flow, read(formula))
    assert (old.outcome, new.outcome) == (asked.case.outcome, "low")
    assert [type(one.event) for one in new.missing] == [ApprovalGiven]
