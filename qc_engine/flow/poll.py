"""Correctness comes from polling: ask the vendors, keep what concerns us, remember how far we read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlmodel import Session

from qc_engine.clock import Clock
from qc_engine.core.case import Case, State
from qc_engine.core.deal_moves import moved_by_hand
from qc_engine.core.events import DealChanged, DealMoved, DealSeen, Event
from qc_engine.flow.library import Library
from qc_engine.ports import Arrival, Broken, Looks, OutcomeUnknown, Poll, Refused, TryLater
from qc_engine.store import cases, inbox, lanes, notebook
from qc_engine.store.database import Database

log = structlog.get_logger()
HINTS_AT_ONCE = 50
PAGES_AT_ONCE = 100  # after a long outage: give the others a turn now and then
FAILURES = (TryLater, Refused, Broken, OutcomeUnknown)


@dataclass
class Poller:
    """Runs the polls of one connector and looks where hints point."""

    database: Database
    clock: Clock
    library: Library
    source: str
    looks: Looks | None
    on_events: Callable[[], None]

    def poll(self, poll: Poll) -> int:
        """How many new events a poll brought; a failure is noted and the next turn tries again."""
        brought = 0
        try:
            for _ in range(PAGES_AT_ONCE):
                new, more = self._page(poll)
                brought += new
                if not more:
                    break
        except FAILURES as failure:
            self._note(f"{self.source}: {poll.name}", failure)
        if brought:
            self.on_events()
        return brought

    def _page(self, poll: Poll) -> tuple[int, bool]:
        name = f"{self.source}:{poll.name}"
        with self.database.reading() as session:
            before = notebook.cursor(session, name)
        polled = poll.run(before, self.clock.now())
        with self.database.transaction(durable=False) as session:
            new = self._keep(session, polled.arrivals)
            if polled.cursor != before:
                notebook.set_cursor(session, name, polled.cursor)
        return new, polled.more

    def _keep(self, session: Session, arrivals: Sequence[Arrival]) -> int:
        """What is no news here stays outside: other people's deals, and our own moves coming back."""
        deals = {deal for one in arrivals if (deal := _deal_of(one.event))}
        known = cases.open_of_deals(session, deals) if deals else {}
        wanted = [relevant for one in arrivals if (relevant := self._relevant(one, known))]
        now = self.clock.now()
        return sum(inbox.add(session, self.source, one, now) for one in wanted)

    def _relevant(self, arrival: Arrival, known: Mapping[int, Sequence[Case]]) -> Arrival | None:
        match arrival.event:
            case DealMoved(deal_id, stage, at):
                if stage in self.library.start_stages:
                    return Arrival(f"look:{arrival.key}", DealChanged(deal_id))
                return arrival if self._is_news(known.get(deal_id, ()), stage, at) else None
            case DealSeen(deal):
                news = self._is_news(known.get(deal.deal_id, ()), deal.stage, deal.entered_at)
                return arrival if news or deal.stage in self.library.start_stages else None
            case _:
                return arrival

    def _is_news(self, known: Sequence[Case], stage: str, at: datetime) -> bool:
        """For a case that waits every look counts; later only a move that was not ours."""
        return any(
            case.state is State.WAITING or moved_by_hand(case, stage, at, self._start_stage(case))
            for case in known
        )

    def _start_stage(self, case: Case) -> str:
        scenario = self.library.active.get(case.scenario)
        return scenario.start.stage if scenario else ""

    def look(self) -> int:
        """Turn hints into facts; several hints about one deal cost one look."""
        if self.looks is None:
            return 0
        with self.database.reading() as session:
            rows = inbox.next_hints(session, self.clock.now(), HINTS_AT_ONCE)
        if not rows:
            return 0
        try:
            seen = self.looks.look([inbox.hint_of(row) for row in rows], self.clock.now())
        except FAILURES as failure:
            self._note(f"{self.source}: look", failure)
            return 0
        with self.database.transaction(durable=False) as session:
            self._keep(session, seen)
            inbox.finish_hints(session, rows, self.clock.now())
        self.on_events()
        return len(rows)

    def _note(self, what: str, failure: Exception) -> None:
        log.warning("could not ask", what=what, kind=type(failure).__name__, reason=str(failure))
        if isinstance(failure, Broken):
            with self.database.transaction(durable=False) as session:
                lanes.mark_broken(session, self.source, str(failure), self.clock.now())


def _deal_of(event: Event) -> int | None:
    match event:
        case DealMoved(deal_id=deal_id):
            return deal_id
        case DealSeen(deal):
            return deal.deal_id
        case _:
            return None
