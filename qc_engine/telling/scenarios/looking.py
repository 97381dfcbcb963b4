"""A scenario as the console shows it: how it stands, what was said about it, and if it is broken."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from qc_engine.flow.versions import ramping
from qc_engine.store import alarms, notebook, scenarios
from qc_engine.store.scenarios import RAMP
from qc_engine.store.tables import ScenarioRow
from qc_engine.telling.scenarios.listed import beside, compared, entry, told
from qc_engine.telling.scenarios.opened import Opened
from qc_engine.telling.scenarios.reporting import called
from qc_engine.telling.scenarios.trying_out import stand
from qc_engine.web.pages.scenarios.workshop import Fault

LOG_SHOWN = 50


def listed(session: Session, one: Opened, row: ScenarioRow) -> dict[str, Any]:
    """With the figures of its candidate, and what is wrong with its folder."""
    found = told(session, row, titles(one))
    more = {"figures": _figures(session, one, row), "alarm": _alarm(session, one), "stand": stand(row)}
    more["stopped"] = _stopped(session, row)
    return found | more


def whole(session: Session, one: Opened, row: ScenarioRow) -> dict[str, Any]:
    """With its log and the versions that are kept, both the newest first."""
    kept = [
        {"version": version.version, "at": version.first_used_at}
        for version in notebook.versions_of(session, one.portal, one.name)
    ]
    log = [
        entry(line) | {"at": line.at} for line in scenarios.log_of(session, one.portal, one.name, LOG_SHOWN)
    ]
    return listed(session, one, row) | {"kept": kept[::-1], "log": log}


def titles(one: Opened) -> Mapping[str, str]:
    return {name: scenario.title for name, scenario in one.library().active.items()}


def _figures(session: Session, one: Opened, row: ScenarioRow) -> dict[str, Any] | None:
    if not row.candidate:
        return None
    if row.mode == RAMP:
        return compared(session, row, one)
    return beside(session, one, row.candidate)


def _stopped(session: Session, row: ScenarioRow) -> Mapping[str, Any] | None:
    """A trial that the engine has stopped, as long as nobody has taken note of it."""
    alarm = alarms.standing(session, ramping.alarm_key(row))
    return {**alarm.params, "since": alarm.since} if alarm else None


def _alarm(session: Session, one: Opened) -> Mapping[str, Any] | None:
    """The first fault of the folder, if changes in it have not taken effect."""
    row = alarms.standing(session, f"scenarios:{one.portal}")
    if row is None:
        return None
    at = row.params
    fault = Fault(called(one, at["file"]), int(at["line"]), int(at["column"]), at["text"])
    return {"fault": fault, "count": int(at["count"]), "since": row.since}
