"""The invariants that hold when the dust has settled: everything has come to its end, and all agree."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from itertools import pairwise

from sqlmodel import Session, col, select

from qc_engine.core.case import Case
from qc_engine.core.effects import CreateDeal, UpdateContact
from qc_engine.store import cases
from qc_engine.store.database import Database
from qc_engine.store.tables import BonusRow, CaseRow, EffectRow, InboxRow
from tests.simulation.answers import scores_in
from tests.simulation.chats import phone_in
from tests.simulation.crm import Crm
from tests.simulation.faults import Violation
from tests.simulation.promises import OPEN
from tests.simulation.world import World

RESULTS = ("applied", "ignored")  # nothing here is unreadable, so nothing may end quarantined
KEPT = ("SetFields", "AddComment", "CreateDeal", "UpdateContact")  # what we learned is never taken back
ONCE_IN = timedelta(days=90)
FIELDS = {"quality": "UF_S1", "service": "UF_S2"}


@dataclass
class Endings:
    """Looks once, at the end."""

    database: Database
    world: World
    crm: Crm

    def hold(self) -> None:
        """Raises Violation."""
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
            raise Violation(f"I7: {row.key} ({row.kind}) is still {row.state}: {row.error}")
        happened = self.world.carried_out(row.key) is not None
        if row.state == "done" and not happened:
            raise Violation(f"I3: {row.key} ({row.kind}) is done, but it never happened")
        if row.state == "cancelled" and row.kind in KEPT and not row.error.startswith("dropped"):
            raise Violation(f"I3: {row.key} ({row.kind}) was taken back: {row.error}")
        if row.state == "cancelled" and happened and row.kind == "SendMessage":
            raise Violation(f"I3: {row.key} ({row.kind}) is cancelled, but it happened")

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
                raise Violation(f"I2: two bonuses of {row.phone}: {earlier.case_id}, {later.case_id}")
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
                raise Violation(f"I3: the ledger of {row.id} says {wanted}, its card was told {written}")

    def _complaint(self, session: Session, row: CaseRow) -> None:
        """A low score is on the desk of the branch's head, whatever happened afterwards."""
        if row.outcome != "dissatisfied" or _refused(session, row.id, "CreateDeal"):
            return
        made = [one for one in self.world.ledger if isinstance(one.effect, CreateDeal)]
        if not any(one.key.startswith(f"{row.id}:") for one in made):
            raise Violation(f"I3: the complaint of {row.id} never reached anybody")


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
