"""The ledger of bonuses: each of them once, also when one was taken back."""

from sqlmodel import Session, col, select

from qc_engine.core.case import Case
from qc_engine.core.review.checking import Bonus, GivenBonus
from qc_engine.store.tables import BonusRow

LONGEST_NAME = 80


def of_person(session: Session, case: Case) -> tuple[GivenBonus, ...]:
    """Every bonus that the client of this case got in this portal, oldest first."""
    rows = session.exec(
        select(BonusRow)
        .where(BonusRow.portal == case.portal, BonusRow.person == _person(case))
        .order_by(col(BonusRow.id))
    ).all()
    return tuple(
        GivenBonus(row.rule, row.case_id, row.confirmed_at, row.taken_back_at is not None) for row in rows
    )


def keep(session: Session, case: Case) -> None:
    """As the case has them now; a line is never removed."""
    for bonus in case.bonuses:
        row = _row(session, case, bonus) or _opened(session, case, bonus)
        row.taken_back_at, row.reason = bonus.taken_back_at, bonus.reason
        row.taken_back_by = bonus.by[:LONGEST_NAME]
    session.flush()


def _row(session: Session, case: Case, bonus: Bonus) -> BonusRow | None:
    return session.exec(
        select(BonusRow).where(
            BonusRow.case_id == case.id, BonusRow.rule == bonus.rule, BonusRow.turn == bonus.turn
        )
    ).first()


def _opened(session: Session, case: Case, bonus: Bonus) -> BonusRow:
    row = BonusRow(
        portal=case.portal,
        person=_person(case),
        rule=bonus.rule,
        turn=bonus.turn,
        case_id=case.id,
        contact_id=case.contact_id,
        amount=bonus.amount,
        confirmed_at=bonus.at,
    )
    session.add(row)
    return row


def _person(case: Case) -> str:
    return case.client.phone or f"case:{case.id}"
