"""What the database knows of its installation: who it is, where it lives, whether it is a copy for trying."""

import json
from dataclasses import asdict
from datetime import datetime

from sqlmodel import Session

from qc_engine.core.place import ADDRESS, MACHINE, Known, Place, differs
from qc_engine.store import alarms
from qc_engine.store.memory import put
from qc_engine.store.tables import NoteRow

NOTE = "installation:place"
ELSEWHERE = "copied"
PHRASES = {ADDRESS: "alarm.copied", MACHINE: "alarm.copied.machine"}


def known(session: Session) -> Known | None:
    """None before the first start."""
    row = session.get(NoteRow, NOTE)
    if row is None:
        return None
    told = json.loads(row.value)
    return Known(told["id"], Place(**told["place"]), told["is_trial"])


def is_trial(session: Session) -> bool:
    found = known(session)
    return found is not None and found.is_trial


def settle(session: Session, here: Place, new_id: str, now: datetime) -> Known:
    """The first start makes the installation known; later ones change nothing."""
    _write(session, Known(new_id, here), now, only_new=True)
    found = known(session)
    assert found is not None
    return found


def tell(session: Session, found: Known, here: Place, now: datetime) -> str:
    """How they differ, see `differs`; it is an alarm, and none any more when it is at home."""
    how = differs(found.place, here)
    if how:
        params = {"known": found.place.address, "here": here.address}
        alarms.raise_alarm(session, ELSEWHERE, PHRASES[how], params, now)
    else:
        alarms.clear(session, ELSEWHERE)
    return how


def declare(session: Session, found: Known, here: Place, now: datetime, *, is_trial: bool) -> None:
    """A person says what the database is in this place."""
    _write(session, Known(found.id, here, is_trial), now)
    alarms.clear(session, ELSEWHERE)


def _write(session: Session, found: Known, now: datetime, *, only_new: bool = False) -> None:
    put(session, NoteRow(name=NOTE, value=json.dumps(asdict(found)), updated_at=now), only_new=only_new)
