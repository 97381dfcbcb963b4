"""Ending the trial of a candidate: no new case begins with it, or it becomes the version in force."""

from typing import Any

from sqlmodel import Session

from qc_engine.flow import ramping
from qc_engine.store import alarms, scenarios
from qc_engine.store.scenarios import RAMP, SHADOW
from qc_engine.telling.scenarios.listed import compared
from qc_engine.telling.scenarios.opened import Opened


def stop_shadow(session: Session, one: Opened, by: str, because: str) -> str:
    """The version that decided silently until now; '' when there was none."""
    row = one.row(session)
    if row.mode != SHADOW:
        return ""
    version = row.candidate
    ramping.end(row)
    scenarios.note(session, row, "shadow_stopped", by, one.now(), before=version, after=row.version,
                   reason=because)  # fmt: skip
    return version


def end_ramp(
    session: Session, one: Opened, by: str, because: str, *, promote: bool = False
) -> dict[str, Any] | None:
    """The figures at the end; None when none is tried. An alarm about a trial is cleared in any case."""
    row, now = one.row(session), one.now()
    alarms.clear(session, ramping.alarm_key(row))
    if row.mode != RAMP:
        return None
    told = compared(session, row, one)
    before, version = row.version, row.candidate
    ramping.end(row)
    if promote:
        row.version = version
    what, was = ("promoted", before) if promote else ("ramp_stopped", version)
    details = {"candidate": told["candidate_figures"], "active": told["active_figures"]}
    scenarios.note(session, row, what, by, now, before=was, after=row.version, reason=because,
                   details=details)  # fmt: skip
    return told
