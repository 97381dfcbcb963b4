"""The invariants that hold after every step; `endings` has those that hold when the dust has settled."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from qc_engine.ports import Arrival
from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow, EffectRow, InboxRow, TraceRow
from tests.simulation.crm import START, Crm
from tests.simulation.faults import Violation
from tests.simulation.world import World

OPEN = ("planned", "sending", "unknown", "review")


@dataclass
class Promises:
    """Remembers what it saw: no row may end twice, nothing that was here may be gone."""

    database: Database
    world: World
    crm: Crm
    acknowledged: Sequence[tuple[str, Arrival]]  # what its sender was told is here
    ended: dict[int, tuple[object, ...]] = field(default_factory=dict)
    applied: Counter[str] = field(default_factory=Counter)  # which event changed which case
    done: set[str] = field(default_factory=set)
    last_trace: int = 0

    def hold(self) -> None:
        """Raises Violation."""
        with self.database.reading() as session:
            self._nothing_is_lost(session)
            self._each_event_once(session)
            self._done_stays_done(session)
            self._one_case_each(session)
            idle = select(CaseRow).where(CaseRow.state != "ended", col(CaseRow.wake_at).is_(None))
            for row in session.exec(idle).all():
                self._waits_for_something(session, row)

    # --- I1: nothing is lost ---

    def _nothing_is_lost(self, session: Session) -> None:
        here = set(session.exec(select(InboxRow.source, InboxRow.key)).all())
        for source, arrival in self.acknowledged:
            if (source, arrival.key) not in here:
                raise Violation(f"I1: {arrival.key} of {source} was acknowledged, and is gone")
        for number, line in enumerate(self.crm.history[: self.crm.read_up_to]):
            if line.stage == START and ("crm", f"look:history:{number}") not in here:
                raise Violation(f"I1: line {number} of the CRM's history was read over")

    # --- I2: each event once ---

    def _each_event_once(self, session: Session) -> None:
        columns = select(InboxRow.id, InboxRow.processed_at, InboxRow.result, InboxRow.case_id)
        for number, *ending in session.exec(columns).all():
            assert number is not None
            now = tuple(ending)
            if self.ended.get(number, now) != now:
                raise Violation(f"I2: event {number} ended twice: {self.ended[number]}, {now}")
            if now[0] and number not in self.ended:
                self._hint_was_followed(session, session.get_one(InboxRow, number))
                self.ended[number] = now
        new = select(TraceRow).where(col(TraceRow.id) > self.last_trace).order_by(col(TraceRow.id))
        for row in session.exec(new).all():
            what, self.last_trace = _identity(row), row.id or 0
            self.applied[what] += 1
            if self.applied[what] > 1 and self.applied[what] > _timers(session, row):
                raise Violation(f"I2: applied twice: {what}")

    def _hint_was_followed(self, session: Session, row: InboxRow) -> None:
        if row.kind != "DealChanged" or row.result != "applied":
            return
        looked = self.crm.looked.get(row.event["deal_id"])
        if looked is None or looked < row.received_at:
            raise Violation(f"I2: the hint {row.key} ended, but nobody has looked at the deal since")

    # --- I4, I7: effects and cases ---

    def _done_stays_done(self, session: Session) -> None:
        done = set(session.exec(select(EffectRow.key).where(EffectRow.state == "done")).all())
        if back := self.done - done:
            raise Violation(f"I4: {sorted(back)} was done, and is open again")
        self.done = done

    def _one_case_each(self, session: Session) -> None:
        """And it keeps the edition of its scenario that was in force when it began."""
        rows = session.exec(select(CaseRow.id, CaseRow.deal_id)).all()
        if len({deal_id for _, deal_id in rows}) != len(rows):
            raise Violation("I2: a deal has two cases")
        for case_id, _ in rows:
            self.world.began.setdefault(case_id, self.world.edition)

    def _waits_for_something(self, session: Session, row: CaseRow) -> None:
        effects = session.exec(select(EffectRow.state).where(EffectRow.case_id == row.id)).all()
        if any(state in OPEN for state in effects):
            return
        open_events = session.exec(select(InboxRow).where(InboxRow.result == "")).all()
        if not any(_concerns(one.event, row) for one in open_events):
            raise Violation(f"I7: case {row.id} ({row.state}, {row.step}) waits for nothing")


def _identity(row: TraceRow) -> str:
    event = row.body["event"]
    return f"{row.case_id} {event['kind']} {json.dumps(event['data'], sort_keys=True)}"


def _timers(session: Session, row: TraceRow) -> int:
    """Of one moment there may be several: one that another event came before is set once more."""
    mine = select(InboxRow).where(
        InboxRow.kind == "TimerDue", col(InboxRow.key).startswith(f"timer:{row.case_id}:")
    )
    at = row.body["event"]["data"].get("at")
    return sum(one.event["at"] == at for one in session.exec(mine).all())


def _concerns(event: Mapping[str, object], case: CaseRow) -> bool:
    keys = (event.get("case_id", ""), str(event.get("effect_key", "")).partition(":")[0])
    return case.id in keys
