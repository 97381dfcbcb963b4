"""The invariants that hold after every step, and those that hold when the dust has settled."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction
from itertools import pairwise

from sqlmodel import Session, col, select

from qc_engine.core.case import Case
from qc_engine.core.effects import CreateDeal, UpdateContact
from qc_engine.store import cases
from qc_engine.store.database import Database
from qc_engine.store.tables import BonusRow, CaseRow, EffectRow, InboxRow, TraceRow
from tests.simulation.answers import scores_in
from tests.simulation.chats import phone_in
from tests.simulation.crm import Crm
from tests.simulation.world import Violation, World

OPEN = ("planned", "sending", "unknown", "review")
RESULTS = ("applied", "ignored")  # nothing here is unreadable, so nothing may end quarantined
KEPT = ("SetFields", "AddComment", "CreateDeal", "UpdateContact")  # what we learned is never taken back
ONCE_IN = timedelta(days=90)
FIELDS = {"quality": "UF_S1", "service": "UF_S2"}


@dataclass
class Promises:
    """Remembers how inbox rows ended: no row may end twice."""

    database: Database
    world: World
    crm: Crm
    ended: dict[int, tuple[object, ...]] = field(default_factory=dict)
    applied: set[str] = field(default_factory=set)  # which event changed which case
    done: set[str] = field(default_factory=set)
    last_trace: int = 0

    # --- after every step ---

    def hold(self) -> None:
        """Raises Violation."""
        with self.database.reading() as session:
            self._each_event_once(session)
            self._done_stays_done(session)
            deals = session.exec(select(CaseRow.deal_id)).all()
            if len(set(deals)) != len(deals):
                raise Violation("a deal has two cases")
            idle = select(CaseRow).where(CaseRow.state != "ended", col(CaseRow.wake_at).is_(None))
            for row in session.exec(idle).all():
                self._waits_for_something(session, row)

    def _each_event_once(self, session: Session) -> None:
        columns = select(InboxRow.id, InboxRow.processed_at, InboxRow.result, InboxRow.case_id)
        for number, processed_at, result, case_id in session.exec(columns).all():
            assert number is not None
            now = (processed_at, result, case_id)
            if self.ended.get(number, now) != now:
                raise Violation(f"I2: event {number} ended twice: {self.ended[number]}, {now}")
            if processed_at:
                self.ended[number] = now
        new = select(TraceRow).where(col(TraceRow.id) > self.last_trace).order_by(col(TraceRow.id))
        for row in session.exec(new).all():
            what, self.last_trace = _identity(row), row.id or 0
            if what in self.applied:
                raise Violation(f"I2: applied twice: {what}")
            self.applied.add(what)

    def _done_stays_done(self, session: Session) -> None:
        done = set(session.exec(select(EffectRow.key).where(EffectRow.state == "done")).all())
        if back := self.done - done:
            raise Violation(f"I4: {sorted(back)} was done, and is open again")
        self.done = done

    def _waits_for_something(self, session: Session, row: CaseRow) -> None:
        effects = session.exec(select(EffectRow.state).where(EffectRow.case_id == row.id)).all()
        if any(state in OPEN for state in effects):
            return
        open_events = session.exec(select(InboxRow).where(InboxRow.result == "")).all()
        if not any(_concerns(one, row) for one in open_events):
            raise Violation(f"I7: case {row.id} ({row.state}, {row.step}) waits for nothing")

    # --- when the dust has settled ---

    def settled(self) -> None:
        """Raises Violation."""
        self.hold()
        with self.database.reading() as session:
            for event in session.exec(select(InboxRow)).all():
                if event.result not in RESULTS:
                    raise Violation(
                        f"I2: event {event.id} ({event.kind}) ended as '{event.result}': {event.reason}"
                    )
            for effect in session.exec(select(EffectRow)).all():
                self._effect_is_over(effect)
            for row in session.exec(select(CaseRow)).all():
                if row.state != "ended":
                    raise Violation(f"I7: case {row.id} never ends: {row.state}, {row.step}")
                self._scores(session, cases.load(session, row))
                self._card_and_ledger_agree(session, row)
                self._complaint(session, row)

    def _effect_is_over(self, row: EffectRow) -> None:
        if row.state in OPEN:
            raise Violation(f"{row.key} ({row.kind}) is still {row.state}: {row.error}")
        happened = self.world.carried_out(row.key) is not None
        if row.state == "done" and not happened:
            raise Violation(f"I3: {row.key} ({row.kind}) is done, but it never happened")
        if row.state == "cancelled" and row.kind in KEPT and not row.error.startswith("dropped"):
            raise Violation(f"{row.key} ({row.kind}) was taken back: {row.error}")
        if row.state == "cancelled" and happened and row.kind == "SendMessage":
            raise Violation(f"{row.key} ({row.kind}) is cancelled, but it happened")

    # --- I9, I13: scores ---

    def _scores(self, session: Session, case: Case) -> None:
        said = _everything_said(session, case.client.phone)
        for name, score in case.scores.items():
            if score not in said:
                raise Violation(f"I9: nobody said {score} for {name} of {case.id}")
        deal = self.crm.deals.get(case.deal_id)
        if deal is None or _refused(session, case.id, "SetFields"):
            return
        written = {
            name: Fraction(deal.fields[field]) for name, field in FIELDS.items() if field in deal.fields
        }
        if written != {name: Fraction(score) for name, score in case.scores.items()}:
            raise Violation(f"I9: the case knows {case.scores}, the CRM {written}")
        self._average(case, deal.fields.get("UF_AVG"))

    def _average(self, case: Case, written: str | None) -> None:
        if len(case.scores) < len(FIELDS):
            if written is not None:
                raise Violation(f"I13: an average of {len(case.scores)} scores: {written}")
            return
        exact = sum(map(Fraction, case.scores.values()), Fraction()) / len(case.scores)
        if written is None or abs(Fraction(written) - exact) > Fraction(1, 200):
            raise Violation(f"I13: the average of {case.scores} is {exact}, the CRM says {written}")

    # --- bonuses ---

    def _card_and_ledger_agree(self, session: Session, row: CaseRow) -> None:
        """The client's card was told last what the ledger says, and no bonus came twice in its time."""
        lines = session.exec(
            select(BonusRow).where(BonusRow.case_id == row.id).order_by(col(BonusRow.id))
        ).all()
        held = [one for one in _bonuses_of(session, row.phone) if one.taken_back_at is None]
        for earlier, later in pairwise(held):
            if later.confirmed_at < earlier.confirmed_at + ONCE_IN:
                raise Violation(f"two bonuses of {row.phone}: {earlier.case_id}, {later.case_id}")
        written = [
            one.effect.fields["UF_BONUS"]
            for one in self.world.ledger
            if isinstance(one.effect, UpdateContact)
            and one.key.startswith(f"{row.id}:")
            and "UF_BONUS" in one.effect.fields
        ]
        if lines and not _refused(session, row.id, "UpdateContact"):
            wanted = "0" if lines[-1].taken_back_at else "1"
            if written[-1:] != [wanted]:
                raise Violation(f"the ledger of {row.id} says {wanted}, its card was told {written}")

    def _complaint(self, session: Session, row: CaseRow) -> None:
        """A low score is on the desk of the branch's head, whatever happened afterwards."""
        if row.outcome != "dissatisfied" or _refused(session, row.id, "CreateDeal"):
            return
        made = [one for one in self.world.ledger if isinstance(one.effect, CreateDeal)]
        if not any(one.key.startswith(f"{row.id}:") for one in made):
            raise Violation(f"the complaint of {row.id} never reached anybody")


def _identity(row: TraceRow) -> str:
    return (
        f"{row.case_id} {row.body['event']['kind']} {json.dumps(row.body['event']['data'], sort_keys=True)}"
    )


def _concerns(event: InboxRow, case: CaseRow) -> bool:
    keys = (event.event.get("case_id", ""), str(event.event.get("effect_key", "")).partition(":")[0])
    return case.id in keys


def _everything_said(session: Session, phone: str) -> set[object]:
    rows = session.exec(select(InboxRow).where(InboxRow.kind == "AnswerReceived")).all()
    ours = (row for row in rows if phone in (row.event["phone"], phone_in(row.event["address"])))
    return {score for row in ours for score in scores_in(row.event["text"])}


def _bonuses_of(session: Session, person: str) -> Sequence[BonusRow]:
    return session.exec(
        select(BonusRow).where(BonusRow.person == person).order_by(col(BonusRow.confirmed_at))
    ).all()


def _refused(session: Session, case_id: str, kind: str) -> bool:
    """A person was told, so a gap is no secret."""
    rows = session.exec(select(EffectRow).where(EffectRow.case_id == case_id, EffectRow.kind == kind)).all()
    return any(row.state == "failed" or row.error.startswith("dropped") for row in rows)
