"""Who has asked for the end of their data: a person does it before the law's time is over."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session

from qc_engine.store import alarms

FAMILY = "erasure"
OF_EVENT = "event-"  # words of somebody who has no case, by the number of what came in


def ask(session: Session, about: str, at: datetime, due: datetime) -> None:
    """`about`: a case, or OF_EVENT and a number. Who asks again has asked since the first time.

    It stands as an alarm, which holds nothing of the person: it outlives their data by no word.
    """
    if alarms.standing(session, f"{FAMILY}:{about}") is None:
        params = {"case_id": about, "until": due.isoformat()}
        alarms.raise_alarm(session, f"{FAMILY}:{about}", "alarm.erasure", params, at)


def settle(session: Session, abouts: Iterable[str]) -> int:
    """How many of these stood: the data are gone, or a person has answered otherwise."""
    return sum(alarms.clear(session, f"{FAMILY}:{about}") for about in abouts)
