"""Clients whose complaint somebody is to settle, and how soon that is done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from qc_engine.core.effects import CreateDeal, CreateTask
from qc_engine.store import outbox
from qc_engine.store.casebook import Branches
from qc_engine.store.reviewing import Narrowed
from qc_engine.store.tables import CaseRow, EffectRow

OPEN, SETTLED = "open", "settled"
SINCE = col(CaseRow.body)["complaint"]["at"].as_string()
SETTLED_AT = col(CaseRow.body)["complaint"]["settled_at"].as_string()
MOST_TIMED = 20_000  # of the settled ones, the newest: enough for a median


@dataclass(frozen=True)
class Recovery:
    """How many complaints are settled, and how long that takes."""

    open: int
    settled: int
    median: timedelta | None  # from the complaint to its settling; None: nothing is settled yet

    @property
    def count(self) -> int:
        return self.open + self.settled

    @property
    def share(self) -> float:
        return self.settled / self.count if self.count else 0.0


@dataclass(frozen=True)
class Opened:
    """What was opened in the CRM for a complaint, by its numbers there; '' until it is done."""

    deal: str = ""
    task: str = ""


def page(
    session: Session, wanted: Narrowed, branches: Branches, state: str, limit: int, skip: int = 0
) -> Sequence[CaseRow]:
    """`state`: open, settled or ''. Of the open ones what waits longest comes first, else the newest."""
    query = select(CaseRow).where(*_complaints(wanted, branches), *_in_state(state))
    order = (SINCE, col(CaseRow.id)) if state == OPEN else (SINCE.desc(), col(CaseRow.id).desc())
    return session.exec(query.order_by(*order).limit(limit).offset(skip)).all()


def recovery(session: Session, wanted: Narrowed, branches: Branches) -> Recovery:
    settled = SETTLED_AT.is_not(None).label("is_settled")
    query = select(settled, func.count()).where(*_complaints(wanted, branches)).group_by("is_settled")
    counts = {bool(done): number for done, number in session.execute(query).all()}
    spans = _spans(session, wanted, branches) if counts.get(True) else []
    usual = timedelta(seconds=median(spans)) if spans else None
    return Recovery(counts.get(False, 0), counts.get(True, 0), usual)


def opened(session: Session, case_ids: Sequence[str]) -> Mapping[str, Opened]:
    """By case. Whose task it is the case itself knows better, once it has heard of its number."""
    made = (CreateDeal.__name__, CreateTask.__name__)
    rows = session.exec(
        select(EffectRow)
        .where(col(EffectRow.case_id).in_(case_ids), col(EffectRow.kind).in_(made))
        .where(EffectRow.state == outbox.DONE)
        .order_by(col(EffectRow.id))
    ).all()
    numbers = {one: {row.key: row.result for row in rows if row.kind == one} for one in made}
    return {case_id: _of_case(case_id, *numbers.values()) for case_id in case_ids}


def _of_case(case_id: str, deals: Mapping[str, str], tasks: Mapping[str, str]) -> Opened:
    """The last deal, and the first task after it: a review's task comes before, or much later."""
    own = [(key, number) for key, number in deals.items() if key.partition(":")[0] == case_id]
    if not own:
        return Opened()
    key, deal = own[-1]
    mine = [number for one, number in tasks.items() if _place(one) > _place(key) and one.startswith(case_id)]
    return Opened(deal, next(iter(mine), ""))


def _place(key: str) -> tuple[int, ...]:
    """Of an effect within its case: case:rev:n."""
    return tuple(int(one) for one in key.split(":")[1:])


def _spans(session: Session, wanted: Narrowed, branches: Branches) -> list[float]:
    """Seconds."""
    query = select(SINCE, SETTLED_AT).where(*_complaints(wanted, branches), *_in_state(SETTLED))
    rows = session.execute(query.order_by(SINCE.desc()).limit(MOST_TIMED)).all()
    return [(datetime.fromisoformat(done) - datetime.fromisoformat(at)).total_seconds() for at, done in rows]


def _complaints(wanted: Narrowed, branches: Branches) -> list[ColumnElement[bool]]:
    return [SINCE.is_not(None), *wanted.conditions(branches)]


def _in_state(state: str) -> list[ColumnElement[bool]]:
    if state == OPEN:
        return [SETTLED_AT.is_(None)]
    return [SETTLED_AT.is_not(None)] if state == SETTLED else []
