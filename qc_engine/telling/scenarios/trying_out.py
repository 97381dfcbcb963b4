"""A candidate beside the version in force: what can be tried, how a trial begins, and who may promote it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import Any

from sqlmodel import Session

from qc_engine.core.scenario import Scenario
from qc_engine.flow.versions import ramping
from qc_engine.flow.versions.library import Library
from qc_engine.store import deeds, scenarios
from qc_engine.store.scenarios import RAMP, SHADOW
from qc_engine.store.tables import ScenarioRow
from qc_engine.telling.scenarios.ending import clear_alarm, make_way
from qc_engine.telling.scenarios.opened import Opened
from qc_engine.wiring import portals_of

NOTHING_IN_FORCE, SAME, STARTS_OTHERWISE = "nothing_in_force", "same", "starts_otherwise"
AFTER = 20  # cases: fewer tell nothing
LOOKING_BACK = timedelta(days=30)


@dataclass(frozen=True)
class Trial:
    """How a candidate is tried: silently, or on new cases (a share of them, or all of these branches)."""

    mode: str  # shadow, ramp
    share: float = 0.0  # per cent
    branches: Sequence[str] = ()
    stop_if: Sequence[str] = ()
    after: int = AFTER  # asked cases before the conditions are looked at

    def details(self) -> dict[str, Any]:
        """For the log."""
        if self.mode == SHADOW:
            return {}
        return {
            "share": self.share, "branches": list(self.branches), "stop_if": list(self.stop_if),
            "after": self.after,
        }  # fmt: skip


def unfit(one: Opened, candidate: Scenario) -> str:
    """Why nothing could be compared: nothing_in_force, same, starts_otherwise; '' when it can be tried."""
    in_force = _in_force(one)
    if in_force is None:
        return NOTHING_IN_FORCE
    if in_force.version == candidate.version:
        return SAME
    return "" if _way(candidate) == _way(in_force) else STARTS_OTHERWISE


def _in_force(one: Opened) -> Scenario | None:
    """By the database: a running engine takes a change up only seconds later."""
    led = one.library().active.get(one.name)
    with one.database.reading() as session:
        version = scenarios.of_portal(session, one.portal)[one.name].version
        if not version or (led and led.version == version):
            return led if version else None
        return one.read(session, version)


def _way(scenario: Scenario) -> object:
    """What begins a case: both sides must begin with the same deals."""
    start = scenario.start
    return start.stage, start.event, start.changed_field, start.schedule, start.segment, start.by_hand


def begin(
    session: Session, one: Opened, library: Library, trial: Trial, by: str, because: str,
    passed_over: Mapping[str, Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """New cases from now on; a trial that goes on makes way. `library` holds the candidate.

    What was begun, and under `ended` what had to make way. Raises NotACondition.
    """
    row, now, candidate = one.row(session), one.now(), library.active[one.name]
    library.remember(session, candidate, now)
    ended = make_way(session, one, by, because)
    ramping.begin(row, candidate.version, trial.mode, now, trial.share, trial.branches, trial.stop_if,
                  trial.after if trial.mode == RAMP else 0)  # fmt: skip
    if trial.mode == RAMP:
        clear_alarm(session, one)
    details = trial.details() | dict(passed_over or {})
    scenarios.note(session, row, f"{trial.mode}_begun", by, now, before=row.version, after=candidate.version,
                   reason=because, details=details)  # fmt: skip
    return {
        "what": "begun", "scenario": one.name, "portal": one.portal, "candidate": candidate.version,
        "ended": ended,
    } | details  # fmt: skip


def ramped(one: Opened) -> Library | None:
    """The candidate that takes new cases, alone, or None. Raises BadScenarios, VersionLost."""
    with one.database.reading() as session:
        row = scenarios.of_portal(session, one.portal)[one.name]
        return one.alone(session, row.candidate) if row.mode == RAMP else None


# --- what will happen -------------------------------------------------------------------------


def branches(one: Opened) -> Sequence[str]:
    """Of this portal, as config.yaml names them."""
    return [branch.name for branch in portals_of(one.settings)[one.portal].branches]


def pace(session: Session, one: Opened) -> tuple[Mapping[str, int], int]:
    """How many cases began in the last 30 days, by branch; and in how many days, where they are fewer."""
    now = one.now()
    begun, first = deeds.begun_since(session, one.portal, one.name, now - LOOKING_BACK)
    return begun, max(1, ceil((now - first) / timedelta(days=1))) if first else LOOKING_BACK.days


def stand(row: ScenarioRow) -> str:
    """What is in force and what is tried: whoever has seen another stand decides anew."""
    return f"{row.version}:{row.mode}:{row.candidate}"
