"""Scheduled scenarios of one portal: when their turn comes, all deals of their segment are asked for."""

from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from sqlmodel import Session

from qc_engine.clock import Clock
from qc_engine.core.events import StartAsked
from qc_engine.core.rules.schedules import in_words, last_turn, next_turn
from qc_engine.core.rules.starting import BY_SCHEDULE
from qc_engine.core.scenario import Scenario
from qc_engine.flow.patience import Patience
from qc_engine.flow.versions.library import Library
from qc_engine.ports import (
    Arrival,
    Broken,
    DealsPage,
    OutcomeUnknown,
    Refused,
    Segments,
    TryLater,
)
from qc_engine.store import inbox, schedules
from qc_engine.store.database import Database
from qc_engine.store.schedules import Turn

log = structlog.get_logger()
SOURCE = "schedule"  # of our rows in the inbox
FAILURES = (TryLater, Refused, Broken, OutcomeUnknown)


@dataclass
class Turns:
    """Page by page: interrupted anywhere, it goes on where it was, and nobody is asked twice."""

    database: Database
    clock: Clock
    library: Library
    segments: Segments
    zone: str  # whose clock the schedules go by

    def __post_init__(self) -> None:
        self._patience = Patience(self.clock)

    def work(self) -> int:
        """For a loop: how many deals were handed in; 0 when nothing is to be done now."""
        return sum(self._work(one) for one in self.library.active.values() if one.start.schedule)

    def _work(self, scenario: Scenario) -> int:
        begins = scenario.name in {one.name for one in self.library.beginning}
        with self.database.reading() as session:
            before = schedules.find(session, self.library.portal, scenario.name)
        now = self.clock.now()
        turn = self._turn(before, scenario, now, begins=begins)
        if turn != before:
            self._keep(turn)
        return self._page(turn, scenario, now) if turn.done_at is None else 0

    # --- which turn it is ---

    def _turn(self, before: Turn | None, scenario: Scenario, now: datetime, *, begins: bool) -> Turn:
        """The one under way, or the newest; what was missed is made up for once, if it is not too late."""
        schedule = scenario.start.schedule
        assert schedule is not None
        last, words = last_turn(schedule, now, self.zone), f"{in_words(schedule)} {self.zone}"
        is_new = before is None or before.schedule != words
        known = before if before and not is_new and before.occurs_at == last else None
        turn = known or Turn(self.library.portal, scenario.name, words, last)
        turn = replace(turn, next_at=next_turn(schedule, now, self.zone) if begins else None)
        # What lay before the scenario was there, or while it was off, is past.
        past = is_new or not begins or now > last + scenario.start.not_later_than
        return replace(turn, done_at=turn.done_at or now) if past else turn

    # --- one page ---

    def _page(self, turn: Turn, scenario: Scenario, now: datetime) -> int:
        name = scenario.name
        if self._patience.rests(name):
            return 0
        try:
            page = self.segments.deals_in(scenario.start.segment, turn.after, now)
        except FAILURES as failure:
            told = {"scenario": name, "kind": type(failure).__name__, "reason": str(failure)}
            log.warning("a schedule waits", portal=self.library.portal, **told)
            self._patience.failed(name)
            return 0
        self._patience.answered(name)
        with self.database.transaction(durable=False) as session:
            begun = turn.begun + self._hand_in(session, page, turn, scenario)
            done_at = None if page.more else self.clock.now()
            schedules.keep(session, replace(turn, after=page.after, begun=begun, done_at=done_at))
        if done_at:
            log.info("schedule", portal=self.library.portal, scenario=name, deals=begun)
        return max(len(page.deals), int(page.more))

    def _hand_in(self, session: Session, page: DealsPage, turn: Turn, scenario: Scenario) -> int:
        now, portal, at = self.clock.now(), self.library.portal, turn.occurs_at
        return sum(
            inbox.add(
                session,
                SOURCE,
                Arrival(
                    f"{portal}:{scenario.name}:{at:%Y-%m-%dT%H:%M}:{deal}",
                    StartAsked(deal, at, scenario=scenario.name, by=BY_SCHEDULE),
                ),
                now,
                portal=portal,
            )
            for deal in page.deals
        )

    def _keep(self, turn: Turn) -> None:
        with self.database.transaction(durable=False) as session:
            schedules.keep(session, turn)
