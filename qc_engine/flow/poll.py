"""Correctness comes from polling: ask the vendors, keep what concerns us, remember how far we read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlmodel import Session

from qc_engine.clock import Clock
from qc_engine.core.case import Case, State
from qc_engine.core.events import (
    Deal,
    DealChanged,
    DealMoved,
    DealSeen,
    Event,
)
from qc_engine.core.rules.deal_moves import moved_by_hand
from qc_engine.core.rules.starting import home_stage
from qc_engine.flow.patience import Patience
from qc_engine.flow.starts import changes
from qc_engine.flow.starts.starting import hand_seen, to_look_at
from qc_engine.flow.traced import Traces, looked
from qc_engine.flow.versions.library import Library
from qc_engine.ports import Arrival, Broken, Held, Looks, OutcomeUnknown, Poll, Refused, TryLater
from qc_engine.store import alarms, cases, inbox, lanes, notebook, polls
from qc_engine.store.database import Database

log = structlog.get_logger()
HINTS_AT_ONCE = 50
LOOK = "look"
PAGES_AT_ONCE = 100  # after a long outage: give the others a turn now and then
FAILURES = (TryLater, Refused, Broken, OutcomeUnknown)


@dataclass
class Poller:
    """Runs the polls of one connector and looks where hints point."""

    database: Database
    clock: Clock
    library: Library
    source: str
    portal: str  # whose deals and tasks it speaks of; "": a channel
    looks: Looks | None
    on_events: Callable[[], None]
    broken: set[str] = field(default_factory=set)  # which of our questions met a broken connection
    traces: Traces | None = None
    patience: Patience = field(init=False)

    def __post_init__(self) -> None:
        self.patience = Patience(self.clock)

    def poll(self, poll: Poll) -> int:
        """How many new events a poll brought; a failure is noted and a later turn tries again."""
        if self.patience.rests(poll.name):
            return 0
        brought = 0
        try:
            for _ in range(PAGES_AT_ONCE):
                new, more = self._page(poll)
                brought += new
                if not more:
                    break
        except FAILURES as failure:
            self._note(poll.name, failure)
        if brought:
            self.on_events()
        return brought

    def _page(self, poll: Poll) -> tuple[int, bool]:
        name = f"{self.source}:{poll.name}"
        with self.database.reading() as session:
            before = notebook.cursor(session, name)
        polled = poll.run(before, self.clock.now())
        with self.database.transaction(durable=False) as session:
            if notebook.cursor(session, name, to_move=True) != before:
                return 0, False  # another worker has read on meanwhile: it must not be put back
            new = len(self._keep(session, polled.arrivals)) + self._note_fields(session, polled.held)
            self._is_whole(session, poll.name)
            if polled.cursor != before:
                notebook.set_cursor(session, name, polled.cursor)
            polls.succeeded(session, name, self.clock.now())
        return new, polled.more

    def _keep(self, session: Session, arrivals: Sequence[Arrival]) -> list[Arrival]:
        """The new ones. What is no news here stays outside: other people's deals, our moves coming back."""
        deals = {deal for one in arrivals if (deal := _deal_of(one.event))}
        known = cases.open_of_deals(session, self.portal, deals, with_waiting=True) if deals else {}
        wanted = [relevant for one in arrivals if (relevant := self._relevant(one, known))]
        now = self.clock.now()
        return [one for one in wanted if inbox.add(session, self.source, one, now, portal=self.portal)]

    def _note_fields(self, session: Session, held: Sequence[Held]) -> int:
        return changes.note(session, self.library, self.source, held, self.clock.now())

    def _relevant(self, arrival: Arrival, known: Mapping[int, Sequence[Case]]) -> Arrival | None:
        match arrival.event:
            case DealMoved(deal_id, stage, at):
                if stage in self.library.start_stages:
                    return Arrival(f"look:{arrival.key}", DealChanged(deal_id))
                if stage in self.library.settling_stages:
                    return arrival
                return arrival if self._is_news(known.get(deal_id, ()), stage, at) else None
            case DealSeen(deal):
                told = Arrival(self._key(arrival.key, deal), arrival.event)
                return told if self._concerns_us(deal, known.get(deal.deal_id, ())) else None
            case _:
                return arrival

    def _key(self, key: str, deal: Deal) -> str:
        """Another one when the same look may come to more: a mark was set, a scenario goes on again."""
        resting = self.library.resting_at(deal.stage)
        marks = [*(["quiet"] if deal.do_not_disturb else []), *(f"without {name}" for name in resting)]
        return ":".join([key, *marks])

    def _concerns_us(self, deal: Deal, known: Sequence[Case]) -> bool:
        begins = deal.stage in self.library.start_stages
        quiet = deal.do_not_disturb and bool(known)
        settled = deal.stage in self.library.settling_stages
        return begins or quiet or settled or self._is_news(known, deal.stage, deal.entered_at)

    def _is_news(self, known: Sequence[Case], stage: str, at: datetime) -> bool:
        """For a case that waits every look counts; later only a move that was not ours."""
        return any(
            case.state is State.WAITING or moved_by_hand(case, stage, at, self._home(case)) for case in known
        )

    def _home(self, case: Case) -> str:
        scenario = self.library.active.get(case.scenario)
        return home_stage(case, scenario) if scenario else ""

    def look(self) -> int:
        """Turn hints into facts; several hints about one deal cost one look."""
        if self.looks is None or self.patience.rests(LOOK):
            return 0
        with self.database.reading() as session:
            rows = inbox.next_hints(session, self.portal, self.clock.now(), HINTS_AT_ONCE)
        if not rows:
            return 0
        hints, began = [inbox.hint_of(row) for row in rows], self.clock.now()
        try:
            seen = self.looks.look(to_look_at(hints), self.clock.now())
        except FAILURES as failure:
            self._note(LOOK, failure)
            return 0
        with self.database.transaction(durable=False) as session:
            new = self._keep(session, seen)
            self._note_fields(session, changes.held_by(seen))
            self._is_whole(session, LOOK)
            inbox.finish_hints(session, rows, self.clock.now())
            hand_seen(
                session, self.source, self.portal, list(zip(rows, hints, strict=True)), seen, self.clock.now()
            )
        if self.traces is not None:
            self.traces.tell(looked(self.source, rows, new, began, self.clock.now()))
        self.on_events()
        return len(rows)

    def _note(self, what: str, failure: Exception) -> None:
        log.warning(
            "could not ask", source=self.source, what=what, kind=type(failure).__name__, reason=str(failure)
        )
        self.patience.failed(what)
        now = self.clock.now()
        with self.database.transaction(durable=False) as session:
            polls.failed(session, f"{self.source}:{what}", str(failure), now)
            if isinstance(failure, Broken):
                self.broken.add(what)
                if lanes.mark_broken(session, self.source, str(failure), now):
                    alarms.broken(session, self.source, str(failure), now)

    def _is_whole(self, session: Session, what: str) -> None:
        """It answers again; but a right may be missing for one question and be there for another."""
        self.patience.answered(what)
        self.broken.discard(what)
        if not self.broken and lanes.mark_whole(session, self.source):
            alarms.whole(session, self.source)


def _deal_of(event: Event) -> int | None:
    match event:
        case DealMoved(deal_id=deal_id):
            return deal_id
        case DealSeen(deal):
            return deal.deal_id
        case _:
            return None
