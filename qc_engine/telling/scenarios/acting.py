"""What the buttons of the console do to a scenario. False: it stands otherwise by now."""

from collections.abc import Callable, Mapping
from functools import partial

from sqlmodel import Session

from qc_engine.flow.versions import freezing
from qc_engine.store.scenarios import SHADOW
from qc_engine.telling.scenarios import ending
from qc_engine.telling.scenarios.opened import Opened
from qc_engine.telling.scenarios.switching import switch

Act = Callable[[Session, Opened, str, str], bool]  # (..., who, why)


def _switched(do: str, session: Session, one: Opened, by: str, because: str) -> bool:
    return switch(session, one, do, by, because)


def _frozen(session: Session, one: Opened, by: str, because: str) -> bool:
    return freezing.freeze(session, one.row(session), by, because, one.now())


def _thawed(session: Session, one: Opened, by: str, because: str) -> bool:
    return freezing.thaw(session, one.row(session), by, because, one.now())


def _stopped(session: Session, one: Opened, by: str, because: str) -> bool:
    if one.row(session).mode == SHADOW:
        return bool(ending.stop_shadow(session, one, by, because))
    if ending.end_ramp(session, one, by, because) is None:
        return False
    ending.clear_alarm(session, one)
    return True


def _cleared(session: Session, one: Opened, by: str, because: str) -> bool:
    return ending.clear_alarm(session, one)


ACTS: Mapping[str, Act] = {
    "pause": partial(_switched, "pause"),
    "resume": partial(_switched, "resume"),
    "freeze": _frozen,
    "thaw": _thawed,
    "stop": _stopped,
    "clear": _cleared,
}
