"""Planted in the way of what comes in: doors, polls, hints, and which case it belongs to."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from qc_engine.core.draft import Draft
from qc_engine.core.events import AnswerReceived, Deal
from qc_engine.core.scenario import Scenario
from qc_engine.flow import routing
from qc_engine.flow.handle import Handler
from qc_engine.flow.poll import FAILURES, LOOK, Poller
from qc_engine.flow.starts.starting import to_look_at
from qc_engine.flow.versions.library import Library
from qc_engine.ports import Arrival, Poll
from qc_engine.scenario_files.names import Names
from qc_engine.store import inbox, notebook, outbox
from qc_engine.store.tables import CaseRow, InboxRow
from tests.simulation import engine
from tests.simulation.planting import Garden

COMING = Garden()
OURS, POLLED = ("outbox", "clock"), ("look:", "history:", "deal:", "task:")


@COMING.plant("events of the same second count as one")
def _(patch: pytest.MonkeyPatch) -> None:
    add = inbox.add

    def by_moment(session: Session, source: str, arrival: Arrival, now: datetime, **more: Any) -> bool:
        twins = select(InboxRow.id).where(InboxRow.source == source, InboxRow.received_at == now)
        told_by_webhook = source not in OURS and not arrival.key.startswith(POLLED)
        if told_by_webhook and session.exec(twins).first() is not None:
            return False
        return add(session, source, arrival, now, **more)

    patch.setattr(inbox, "add", by_moment)


@COMING.plant("acknowledged at once, stored with the next one")
def _(patch: pytest.MonkeyPatch) -> None:
    add, waiting = inbox.add, list[tuple[Any, ...]]()

    def later(session: Session, source: str, arrival: Arrival, now: datetime, **more: Any) -> bool:
        waiting.append((source, arrival, now, more))
        for one in waiting[:-1]:
            add(session, *one[:3], **one[3])
        del waiting[:-1]
        return True

    patch.setattr(inbox, "add", later)


@COMING.plant("the cursor of a poll is saved before what it brought")
def _(patch: pytest.MonkeyPatch) -> None:
    def page(self: Poller, poll: Poll) -> tuple[int, bool]:
        name = f"{self.source}:{poll.name}"
        with self.database.reading() as session:
            before = notebook.cursor(session, name)
        polled = poll.run(before, self.clock.now())
        with self.database.transaction() as session:
            notebook.set_cursor(session, name, polled.cursor)
        with self.database.transaction() as session:
            return self._keep(session, polled.arrivals), polled.more

    patch.setattr(Poller, "_page", page)


@COMING.plant("hints are finished before anybody has looked")
def _(patch: pytest.MonkeyPatch) -> None:
    def look(self: Poller) -> int:
        assert self.looks is not None
        now = self.clock.now()
        with self.database.transaction() as session:
            rows = inbox.next_hints(session, self.portal, now, 50)
            hints = [inbox.hint_of(row) for row in rows]
            inbox.finish_hints(session, rows, now)
        try:
            seen = self.looks.look(to_look_at(hints), now) if hints else ()
        except FAILURES as failure:
            self._note(LOOK, failure)
            return 0
        with self.database.transaction() as session:
            self._keep(session, seen)
        return len(rows)

    patch.setattr(Poller, "look", look)


@COMING.plant("a case goes by the newest version of its scenario")
def _(patch: pytest.MonkeyPatch) -> None:
    def newest(self: Library, session: Session, name: str, version: str) -> Scenario:
        return self.active[name]

    patch.setattr(Library, "of", newest)


@COMING.plant("a deal that comes to its stage again begins a second case")
def _(patch: pytest.MonkeyPatch) -> None:
    def begin(self: Handler, session: Session, portal: str, deal: Deal, now: datetime) -> None:
        for scenario in self.beginnings[portal].library.starting_at(deal.stage) if portal else ():
            self.beginnings[portal].begin(session, deal, scenario, now)

    patch.setattr(Handler, "_begin_cases", begin)


@COMING.plant("local time is taken for UTC: a day after the order is five hours early")
def _(patch: pytest.MonkeyPatch) -> None:
    load = engine.load_text

    def too_early(text: str, name: str, names: Names) -> Scenario:
        scenario = load(text, name, names)
        early = replace(scenario.start, wait=scenario.start.wait - timedelta(hours=5))
        return replace(scenario, start=early)

    patch.setattr(engine, "load_text", too_early)


@COMING.plant("words belong to the client who was asked last")
def _(patch: pytest.MonkeyPatch) -> None:
    def latest(session: Session, answer: AnswerReceived) -> CaseRow | None:
        active = select(CaseRow).where(CaseRow.state == "active")
        return session.exec(active.order_by(col(CaseRow.updated_at).desc())).first()

    patch.setattr(routing, "_asked", latest)


@COMING.plant("what a decision wants done is written in a transaction of its own")
def _(patch: pytest.MonkeyPatch) -> None:
    handle, add_all, wanted = Handler._handle, outbox.add_all, list[tuple[Any, ...]]()

    def in_two_steps(self: Handler, ids: Sequence[int | None]) -> int:
        wanted.clear()
        done = handle(self, ids)
        with self.database.transaction() as session:
            for one in wanted:
                add_all(session, *one)
        return done

    patch.setattr(outbox, "add_all", lambda _, *one: wanted.append(one))
    patch.setattr(Handler, "_handle", in_two_steps)


@COMING.plant("a bonus that was taken back stays on the client's card")
def _(patch: pytest.MonkeyPatch) -> None:
    write = Draft.write_card

    def only_given(self: Draft, fields: Mapping[str, str]) -> None:
        if "0" not in fields.values():
            write(self, fields)

    patch.setattr(Draft, "write_card", only_given)
