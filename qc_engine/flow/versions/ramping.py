"""A candidate on a share of the new cases: compared with the version in force, and stopped by itself."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from qc_engine.clock import Clock
from qc_engine.store import alarms, scenarios
from qc_engine.store.database import Database
from qc_engine.store.figures import MEASURES, Figures, figures
from qc_engine.store.scenarios import BY_ENGINE, RAMP
from qc_engine.store.tables import ScenarioRow

log = structlog.get_logger()
EVERY = timedelta(seconds=30)
CONDITION = re.compile(
    r"(?P<measure>[a-z_]+)\s*(?P<sign>[<>])\s*"
    r"(?:(?P<relative>active)\s*(?P<direction>[+-])\s*)?(?P<number>\d+(?:\.\d+)?)\s*(?P<per_cent>%?)"
)
HOW = (
    "write for example 'undelivered > 5%', 'average < 7.5', 'answered < active - 10%'; "
    f"measures: {', '.join(MEASURES)}"
)


class NotACondition(ValueError):
    """The text says what is wrong and how it is written."""


@dataclass(frozen=True)
class Condition:
    """'undelivered > 5%', or against the version in force: 'average < active - 0.5'."""

    measure: str
    above: bool
    number: float
    relative: bool = False

    def limit(self, active: Figures) -> float | None:
        base = active.share(self.measure) if self.relative else 0.0
        return None if base is None else base + self.number

    def holds(self, candidate: Figures, active: Figures) -> bool:
        """Never while nobody knows: a trial is stopped by figures, not by their absence."""
        value, limit = candidate.share(self.measure), self.limit(active)
        if value is None or limit is None:
            return False
        return value > limit if self.above else value < limit


def condition(text: str) -> Condition:
    """Raises NotACondition."""
    found = CONDITION.fullmatch(text.strip())
    if found is None:
        raise NotACondition(f"'{text}' is no condition; {HOW}")
    measure = found["measure"]
    if measure not in MEASURES:
        raise NotACondition(f"nobody measures '{measure}'; {HOW}")
    if bool(found["per_cent"]) is (measure == "average"):
        raise NotACondition(
            f"'{text}': {measure} is {'no share' if measure == 'average' else 'a share: %'}; {HOW}"
        )
    number = float(found["number"]) * (-1 if found["direction"] == "-" else 1)
    return Condition(measure, found["sign"] == ">", number, bool(found["relative"]))


def both(session: Session, row: ScenarioRow, now: datetime) -> tuple[Figures, Figures]:
    """The candidate's figures and those of the version in force, of cases since the trial began."""
    since = row.tried_since or now
    sides = (figures(session, row.portal, row.name, one, since) for one in (row.candidate, row.version))
    candidate, active = sides
    return candidate, active


def watch(database: Database, clock: Clock) -> int:
    """Stop what goes wrong. 0: it has to be looked at again only later."""
    with database.reading() as session:
        ramps = [(row.portal, row.name) for row in scenarios.everywhere(session) if row.mode == RAMP]
    for portal, name in ramps:
        with database.transaction() as session:
            row = scenarios.get(session, portal, name)
            if row is not None and row.mode == RAMP:
                _judge(session, row, clock.now())
    return 0


def _judge(session: Session, row: ScenarioRow, now: datetime) -> None:
    candidate, active = both(session, row, now)
    if candidate.asked < row.stop_after:
        return
    reason = next((why for text in row.stop_if if (why := _why(text, candidate, active))), "")
    if reason:
        _stop(session, row, reason, candidate, active, now)


def _why(text: str, candidate: Figures, active: Figures) -> str:
    """'undelivered > 5%: 8% of 50 (active 2% of 400)', or '' while it does not hold."""
    rule = condition(text)
    if not rule.holds(candidate, active):
        return ""
    return f"{text}: {told(rule.measure, candidate)} (active: {told(rule.measure, active)})"


def told(measure: str, side: Figures) -> str:
    value = side.share(measure)
    if value is None:
        return "-"
    return f"{value:g}" if measure == "average" else f"{value:.1f}% of {side.asked}"


def _stop(
    session: Session, row: ScenarioRow, reason: str, candidate: Figures, active: Figures, now: datetime
) -> None:
    version = row.candidate
    end(row)
    details = {"candidate": candidate.document(), "active": active.document()}
    scenarios.note(session, row, "ramp_stopped", BY_ENGINE, now, before=version, after=row.version,
                   reason=reason, details=details)  # fmt: skip
    about = {"portal": row.portal, "name": row.name, "version": version[:8], "text": reason}
    alarms.raise_alarm(session, alarm_key(row), "alarm.ramp", about, now)
    log.warning("a trial was stopped", scenario=row.name, version=version, reason=reason)


def end(row: ScenarioRow) -> None:
    """No new case begins with the candidate; those that run go on."""
    row.candidate, row.mode, row.share, row.stop_after = "", "", 0.0, 0
    row.branches, row.stop_if, row.tried_since = [], [], None


def alarm_key(row: ScenarioRow) -> str:
    return f"ramp:{row.portal}:{row.name}"


def begin(
    row: ScenarioRow, version: str, mode: str, now: datetime, share: float = 0.0,
    branches: Sequence[str] = (), stop_if: Sequence[str] = (), after: int = 0,
) -> None:  # fmt: skip
    """From now on; raises NotACondition."""
    for text in stop_if:
        condition(text)
    row.candidate, row.mode, row.share, row.branches = version, mode, share, list(branches)
    row.stop_if, row.stop_after, row.tried_since, row.errors = list(stop_if), after, now, 0
