"""Cases by where they stand: counted by one index, and the oldest of one place by another."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import func, text
from sqlmodel import Session, col, select

from qc_engine.core.case import State
from qc_engine.store import outbox
from qc_engine.store.casebook import Branches, Sought, conditions
from qc_engine.store.tables import CaseRow, EffectRow

MOST_CARDS = 20  # of one column
# Written as text, because a partial index is used only for the very words of its condition.
RUNNING = text("cases.state <> 'ended'")
UNCERTAIN = (outbox.UNKNOWN, outbox.REVIEW)


@dataclass(frozen=True)
class Stand:
    """Where a case stands: only those in a step have one, only those that are over an outcome."""

    state: str
    step: str = ""
    outcome: str = ""


def counts(session: Session, sought: Sought, branches: Branches) -> Counter[Stand]:
    """How many cases stand where; as many as a list has that is narrowed to the same and to that place."""
    by = (col(CaseRow.state), col(CaseRow.step), col(CaseRow.outcome))
    query = select(*by, func.count()).where(*conditions(sought, branches)).group_by(*by)
    found: Counter[Stand] = Counter()
    for state, step, outcome, count in session.exec(query).all():
        found[_stand(state, step, outcome)] += count
    return found


def oldest(session: Session, stand: Stand, sought: Sought, branches: Branches) -> Sequence[CaseRow]:
    """The first that stand there and are not over, at most MOST_CARDS."""
    here = (
        col(CaseRow.state) == stand.state,
        col(CaseRow.step) == stand.step,
    )
    query = select(CaseRow).where(RUNNING, *here, *conditions(sought, branches))
    return session.exec(query.order_by(col(CaseRow.created_at), col(CaseRow.id)).limit(MOST_CARDS)).all()


def in_doubt(session: Session, case_ids: Collection[str]) -> frozenset[str]:
    """Those of these cases of which nobody knows what became of an effect."""
    query = select(EffectRow.case_id).where(
        col(EffectRow.case_id).in_(case_ids), col(EffectRow.state).in_(UNCERTAIN)
    )
    return frozenset(session.exec(query).all()) if case_ids else frozenset()


def known_steps(found: Collection[Stand]) -> Iterator[str]:
    """The steps in which cases are, in the order of their names."""
    yield from sorted({one.step for one in found if one.state == State.ACTIVE})


def _stand(state: str, step: str, outcome: str) -> Stand:
    if state == State.ENDED:
        return Stand(state, outcome=outcome)
    return Stand(state, step if state == State.ACTIVE else "")
