"""Correctness comes from polling: ask the vendors, keep what concerns us, remember how far we read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from sqlmodel import Session

from qc_engine.clock import Clock
from qc_engine.core.events import DealChanged, DealMoved
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
        with self.database.transaction() as session:
            before = notebook.cursor(session, name)
        polled = poll.run(before, self.clock.now())
        with self.database.transaction() as session:
            new = self._keep(session, polled.arrivals)
            if polled.cursor != before:
                notebook.set_cursor(session, name, polled.cursor)
        return new, polled.more

    def _keep(self, session: Session, arrivals: Sequence[Arrival]) -> int:
        """Moves of deals that concern nobody here stay outside."""
        moved = [one.event.deal_id for one in arrivals if isinstance(one.event, DealMoved)]
        known = cases.known_deals(session, moved) if moved else set()
        wanted = [relevant for one in arrivals if (relevant := self._relevant(one, known))]
        now = self.clock.now()
        return sum(inbox.add(session, self.source, one, now) for one in wanted)

    def _relevant(self, arrival: Arrival, known: set[int]) -> Arrival | None:
        event = arrival.event
        if not isinstance(event, DealMoved) or event.deal_id in known:
            return arrival
        if event.stage in self.library.start_stages:
            return Arrival(f"look:{arrival.key}", DealChanged(event.deal_id))
        return None

    def look(self) -> int:
        """Turn hints into facts; several hints about one deal cost one look."""
        if self.looks is None:
            return 0
        with self.database.transaction() as session:
            rows = inbox.next_hints(session, self.clock.now(), HINTS_AT_ONCE)
        if not rows:
            return 0
        try:
            seen = self.looks.look([inbox.hint_of(row) for row in rows], self.clock.now())
        except FAILURES as failure:
            self._note(f"{self.source}: look", failure)
            return 0
        with self.database.transaction() as session:
            for arrival in seen:
                inbox.add(session, self.source, arrival, self.clock.now())
            inbox.finish_hints(session, rows, self.clock.now())
        self.on_events()
        return len(rows)

    def _note(self, what: str, failure: Exception) -> None:
        log.warning("could not ask", what=what, kind=type(failure).__name__, reason=str(failure))
        if isinstance(failure, Broken):
            with self.database.transaction() as session:
                lanes.mark_broken(session, self.source, str(failure), self.clock.now())
