"""Running cases are moved and deeds taken back: as `qc scenario migrate` and `freeze --undo` do it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlmodel import Session

from qc_engine.core.scenario import Scenario
from qc_engine.explain.hiding import without_pages
from qc_engine.flow.versions.library import VersionLost
from qc_engine.flow.versions.undoing import Undoing
from qc_engine.scenario_files.load import BadScenarios
from qc_engine.store.cases import SomebodyWasQuicker
from qc_engine.store.scenarios import FROZEN
from qc_engine.telling.scenarios import moving, taking_back
from qc_engine.telling.scenarios.opened import NoSuchVersion, Opened, version_meant
from qc_engine.web.pages.scenarios.workshop import Said, Told

if TYPE_CHECKING:
    from qc_engine.telling.scenarios.desk import Desk

AT_ONCE = 500  # cases: while they are written, nobody else writes
SEEN = 32  # letters


@dataclass(frozen=True)
class UpkeepRoom:
    """See `Upkeep` for what each of it promises."""

    desk: "Desk"

    # --- to another version -------------------------------------------------------------------

    def movable(self, portal: str, name: str, version: str, language: str) -> Told | None:
        one = self.desk.opened(portal, name)
        with self.desk.turn, one.database.reading() as session:
            to = _read(session, one, version)
            if to is None:
                return None
            moves = moving.judged(session, one, to)
        return moving.told(one, to.version, moves, really=False, language=language) | {"at_once": AT_ONCE}

    def move(self, portal: str, name: str, version: str, said: Said) -> int:
        one = self.desk.opened(portal, name)
        with self.desk.turn, one.database.reading() as session:
            to = _read(session, one, version)
        if to is None:
            return 0
        try:
            with one.database.transaction() as session:
                moves = [each for each in moving.judged(session, one, to) if each.hindrance is None]
                count = moving.move(session, one, to, moves[:AT_ONCE], said.by, said.because)
                if count:
                    said.note(session)
        except SomebodyWasQuicker:
            return 0
        return count

    # --- back ---------------------------------------------------------------------------------

    def undoable(self, portal: str, name: str, hours: int, language: str) -> Told:
        one = self.desk.opened(portal, name)
        with one.database.reading() as session:
            plans = taking_back.plans(session, one, timedelta(hours=hours))
        rows = taking_back.list_of(one, plans, language)
        told: Told = without_pages(
            {**taking_back.told(one, plans, language), "cases": rows, "seen": seen(plans)}
        )
        return told

    def undo(self, portal: str, name: str, hours: int, seen_: str, said: Said) -> int | None:
        one = self.desk.opened(portal, name)
        try:
            with one.database.transaction() as session:
                plans = taking_back.plans(session, one, timedelta(hours=hours))
                if one.row(session).state != FROZEN or seen(plans) != seen_:
                    return None
                count = taking_back.take_back(session, one, plans, said.by, said.because)
                if count:
                    said.note(session)
        except SomebodyWasQuicker:
            return None
        return count


def _read(session: Session, one: Opened, version: str) -> Scenario | None:
    try:
        return one.read(session, version_meant(session, one, version))
    except (NoSuchVersion, VersionLost, BadScenarios):
        return None


def seen(plans: Sequence[Undoing]) -> str:
    """Stands for exactly these deeds of exactly these cases."""
    told = [(plan.case.id, [(type(one).__name__, asdict(one)) for one in plan.effects]) for plan in plans]
    return sha256(json.dumps(told, default=str).encode()).hexdigest()[:SEEN]
