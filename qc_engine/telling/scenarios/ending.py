"""Ending the trial of a candidate: no new case begins with it, or it becomes the version in force."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from qc_engine.flow.versions import ramping
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


def make_way(session: Session, one: Opened, by: str, because: str) -> dict[str, str] | None:
    """Another trial is about to begin: how and with which version the one of now was made, or None."""
    row = one.row(session)
    was = {"mode": row.mode, "candidate": row.candidate}
    if row.mode == SHADOW:
        stop_shadow(session, one, by, because)
    elif row.mode == RAMP:
        end_ramp(session, one, by, because)
    return was if was["mode"] else None


def clear_alarm(session: Session, one: Opened) -> bool:
    """About a trial that went wrong; False when there was none."""
    return alarms.clear(session, ramping.alarm_key(one.row(session)))


def end_ramp(
    session: Session, one: Opened, by: str, because: str, *, promote: bool = False,
    details: Mapping[str, Any] | None = None,
) -> dict[str, Any] | None:  # fmt: skip
    """The figures at the end, which are in the log too; None when nothing is tried on new cases."""
    row, now = one.row(session), one.now()
    if row.mode != RAMP:
        return None
    told = compared(session, row, one)
    before, version = row.version, row.candidate
    ramping.end(row)
    if promote:
        row.version = version
    what, was = ("promoted", before) if promote else ("ramp_stopped", version)
    known = {"candidate": told["candidate_figures"], "active": told["active_figures"], **(details or {})}
    scenarios.note(session, row, what, by, now, before=was, after=row.version, reason=because,
                   details=known)  # fmt: skip
    return told
