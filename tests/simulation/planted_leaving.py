"""Planted in the way of what goes out: claims, leases, searches, outcomes."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from qc_engine.core.effects import AddComment, CreateDeal, CreateTask, Repeat
from qc_engine.flow import deliver
from qc_engine.flow.deliver import Deliverer
from qc_engine.ports import Absent, Outcome, Refused, Search
from qc_engine.settings import Timings
from qc_engine.store import outbox
from qc_engine.store.outbox import Claimed
from qc_engine.store.tables import EffectRow
from tests.simulation import engine
from tests.simulation.planting import Garden

LEAVING = Garden()


@LEAVING.plant("a byte leaves before the row that says so is committed")
def _(patch: pytest.MonkeyPatch) -> None:
    def deliver_some(self: Deliverer) -> int:
        if self._is_closed():
            return 0
        with self.database.transaction() as session:
            seen, claimed = self._claim_in(session, self.performer.batch_size)
            outcomes = self._attempt(claimed)
            self._record_all(session, list(zip(claimed, outcomes, strict=True)))
        return seen

    patch.setattr(Deliverer, "deliver_some", deliver_some)


@LEAVING.plant("an answer that was cut counts as done")
def _(patch: pytest.MonkeyPatch) -> None:
    def done(self: Deliverer, row: EffectRow, one: Claimed, why: str, now: datetime) -> None:
        outbox.settle(row, outbox.DONE, now)

    patch.setattr(Deliverer, "_unknown", done)


@LEAVING.plant("a task may be made twice")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(CreateTask, "repeat", Repeat.NATURAL)


@LEAVING.plant("a complaint's deal may be made twice")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(CreateDeal, "repeat", Repeat.NATURAL)


@LEAVING.plant("a comment may be written twice")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(AddComment, "repeat", Repeat.NATURAL)


@LEAVING.plant("nobody waits until a search can see what was just made")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(deliver, "FIRST_LOOK", timedelta())
    patch.setattr(engine, "TIMINGS", Timings.model_validate({"settle": "0 s"}))


@LEAVING.plant("what a search has found is not believed")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Deliverer, "_find", lambda *_: Absent())


@LEAVING.plant("what was refused for ever is tried for ever")
def _(patch: pytest.MonkeyPatch) -> None:
    record = Deliverer._record

    def again(
        self: Deliverer, session: Session, one: Claimed, row: EffectRow | None, outcome: Outcome | Search
    ) -> None:
        if row is not None and isinstance(outcome, Refused):
            outbox.postpone(row, self.clock.now() + timedelta(minutes=1), str(outcome))
        else:
            record(self, session, one, row, outcome)

    patch.setattr(Deliverer, "_record", again)


@LEAVING.plant("the fence is not raised when somebody else takes over")
def _(patch: pytest.MonkeyPatch) -> None:
    claim = outbox.claim

    def as_before(row: EffectRow, now: datetime, lease: timedelta) -> Claimed:
        claimed = claim(row, now, lease)
        row.fence -= 1
        return replace(claimed, fence=row.fence)

    patch.setattr(outbox, "claim", as_before)


@LEAVING.plant("a question that was overtaken leaves all the same")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(deliver, "overtaken", lambda *_: False)


@LEAVING.plant("words that nobody has read yet hold nothing back")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(deliver.inbox, "has_unheard_words", lambda *_: False)
