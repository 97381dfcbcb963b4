"""Bugs that somebody might write one day, planted on purpose: the simulation must find each of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import count
from typing import Any

import pytest
from sqlmodel import Session, select

from qc_engine.clock import Clock
from qc_engine.core import draft
from qc_engine.core.case import Case, Client
from qc_engine.core.draft import Planned
from qc_engine.core.effects import SendMessage
from qc_engine.core.rules import timing as core_timing
from qc_engine.core.talk import hearing as conversation
from qc_engine.core.talk.gate import Open
from qc_engine.flow import deliver
from qc_engine.flow.deliver import Deliverer
from qc_engine.flow.handle import Handler
from qc_engine.ports import Arrival, Done
from qc_engine.store import cases, codec, inbox, outbox
from qc_engine.store.database import Database
from qc_engine.store.outbox import Claimed
from qc_engine.store.tables import EffectRow, InboxRow
from tests.simulation import engine
from tests.simulation.planting import Garden

FIRST = Garden()
plant = FIRST.plant


@plant("recorded before it is performed")
def _(patch: pytest.MonkeyPatch) -> None:
    def deliver_some(self: Deliverer) -> int:
        if self.closed_until and self.clock.now() < self.closed_until:
            return 0
        seen, claimed = self._claim()
        with self.database.transaction() as session:
            self._record_all(session, [(one, Done("7")) for one in claimed])
        self._attempt(claimed)
        return seen

    patch.setattr(Deliverer, "deliver_some", deliver_some)


@plant("no fence: whoever comes back late records")
def _(patch: pytest.MonkeyPatch) -> None:
    def whoever(session: Session, claimed: Sequence[Claimed]) -> dict[int, EffectRow]:
        return {one.row_id: session.get_one(EffectRow, one.row_id) for one in claimed}

    patch.setattr(outbox, "held", whoever)


@plant("an unknown outcome of a message is tried again later")
def _(patch: pytest.MonkeyPatch) -> None:
    def unknown(self: Deliverer, row: EffectRow, one: Claimed, why: str, now: datetime) -> None:
        outbox.postpone(row, now + self._pause(one.attempts), why)

    patch.setattr(Deliverer, "_unknown", unknown)


@plant("the sender's key is not looked at")
def _(patch: pytest.MonkeyPatch) -> None:
    add, number = inbox.add, count()

    def every_time(session: Session, source: str, arrival: Arrival, now: datetime, **more: str) -> bool:
        again = Arrival(f"{arrival.key}:{next(number)}", arrival.event)
        return add(session, source, arrival, now, **more) or add(session, source, again, now, **more)

    patch.setattr(inbox, "add", every_time)


@plant("a question does not wait for the deal to be moved")
def _(patch: pytest.MonkeyPatch) -> None:
    row_of = outbox._row_of

    def at_once(planned: Planned, case: Case, now: datetime) -> EffectRow:
        return row_of(Planned(planned.key, planned.effect, "", planned.priority), case, now)

    patch.setattr(outbox, "_row_of", at_once)


@plant("the gate is always open")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(deliver, "gate", lambda *_: Open())


@plant("what a hand stopped is not taken back, and no gate asks whether the case has ended")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(outbox, "cancel_planned", lambda *_: None)
    patch.setattr(deliver, "outlived", lambda *_: False)


@plant("an expired lease starts everything again, messages too")
def _(patch: pytest.MonkeyPatch) -> None:
    def expired(session: Session, now: datetime, settle_for: timedelta) -> int:
        rows = session.exec(select(EffectRow).where(EffectRow.state == outbox.SENDING)).all()
        late = [row for row in rows if row.lease_until and row.lease_until <= now]
        for row in late:
            outbox.postpone(row, now, "again")
        return len(late)

    patch.setattr(outbox, "expired", expired)


@plant("leases never expire")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(outbox, "expired", lambda *_: 0)


@plant("'stop' is forgotten when the client is saved")
def _(patch: pytest.MonkeyPatch) -> None:
    save = cases._save_client

    def forgetful(session: Session, client: Client) -> None:
        save(session, Client(client.phone, None, client.surveyed_at, client.wrote_at, client.operator_at))

    patch.setattr(cases, "_save_client", forgetful)


@plant("a timer is unhooked, but never comes to the inbox")
def _(patch: pytest.MonkeyPatch) -> None:
    def wake_due(database: Database, clock: Clock) -> int:
        with database.transaction() as session:
            rows = cases.due(session, clock.now(), 200)
            for row in rows:
                row.wake_at = None
        return len(rows)

    patch.setattr(engine, "wake_due", wake_due)


@plant("a deadline that falls due together with another event is swallowed by it")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(core_timing, "_heard_until", lambda one: one.now)


@plant("one search without a find is proof enough")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(deliver, "LOOKS", 1)


@plant("the order within a case does not matter")
def _(patch: pytest.MonkeyPatch) -> None:
    # The statement is built once, so the condition is taken out of the finished one.
    def unordered(session: Session, lane: str, now: datetime, limit: int) -> Sequence[EffectRow]:
        done = select(EffectRow.key).where(EffectRow.state == outbox.DONE)
        rows = session.exec(
            select(EffectRow).where(outbox.READY, EffectRow.lane == lane, EffectRow.run_at <= now)
        )
        needed = set(session.exec(done).all()) | {""}
        ready = [row for row in rows if row.waits_for in needed]
        return sorted(ready, key=lambda row: (row.priority, row.run_at))[:limit]

    patch.setattr(outbox, "ready", unordered)


@plant("nobody is told that a question cannot leave, because its move was refused")
def _(patch: pytest.MonkeyPatch) -> None:
    def silently(session: Session, key: str) -> Sequence[EffectRow]:
        outbox.cancel_dependants(session, key, engine.EPOCH)
        return ()

    patch.setattr(outbox, "dependants", silently)


@plant("nobody tells the case that its question has left")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(deliver, "_is_awaited", lambda effect: not isinstance(effect, SendMessage))


@plant("the event is marked as done in a transaction of its own")
def _(patch: pytest.MonkeyPatch) -> None:
    def in_two_steps(self: Handler, ids: Sequence[int]) -> int:
        for row_id in ids:
            with self.database.transaction() as session:
                row = session.get_one(InboxRow, row_id)
                self._apply(session, row, self.clock.now())
                ending = (row.processed_at, row.result, row.reason, row.case_id)
                row.processed_at, row.result, row.reason, row.case_id = None, "", "", ""
            with self.database.transaction() as session:
                row = session.get_one(InboxRow, row_id)
                row.processed_at, row.result, row.reason, row.case_id = ending
        return len(ids)

    patch.setattr(Handler, "_handle", in_two_steps)


@plant("the average counts a missing answer as zero")
def _(patch: pytest.MonkeyPatch) -> None:
    def of_all(case: Any) -> Fraction:
        return sum((Fraction(score) for score in case.scores.values()), Fraction()) / 3

    patch.setattr(draft, "average", of_all)


@plant("a stop takes back what we learned, too")
def _(patch: pytest.MonkeyPatch) -> None:
    heed = conversation.heed_opt_out
    everything = tuple(codec.EFFECTS.values())

    def heed_opt_out(words: str, one: draft.Draft) -> None:
        heed(words, one)
        one.cancel = everything

    patch.setattr(conversation, "heed_opt_out", heed_opt_out)


@plant("the contact limit is forgotten")
def _(patch: pytest.MonkeyPatch) -> None:
    save = cases._save_client

    def forgetful(session: Session, client: Client) -> None:
        save(session, Client(client.phone, client.opted_out_at, None, client.wrote_at, client.operator_at))

    patch.setattr(cases, "_save_client", forgetful)
