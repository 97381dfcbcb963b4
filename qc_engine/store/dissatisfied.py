"""Clients whose complaint somebody is to settle, how soon that is done, and what they say afterwards."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, false, func, text
from sqlmodel import Session, col, select

from qc_engine.core.effects import CreateDeal, CreateTask
from qc_engine.store import outbox
from qc_engine.store.casebook import Branches
from qc_engine.store.reviewing import Narrowed
from qc_engine.store.tables import CaseRow, EffectRow

OPEN, OVERDUE, SETTLED, RATED, RECOVERED = "open", "overdue", "settled", "rated", "recovered"
STATES = (OPEN, OVERDUE, SETTLED, RATED, RECOVERED)
UNNAMED = "-"  # in the place of a cause: nobody has named one
_told: Any = col(CaseRow.body)["complaint"]
SINCE, SETTLED_AT = _told["at"].as_string(), _told["settled_at"].as_string()
RATED_AT, RECOVERED_AT = _told["rated_at"].as_string(), _told["recovered_at"].as_string()
_named = func.coalesce(func.nullif(_told["cause"].as_string(), ""), UNNAMED)
# One definition of each: its list and its number go by the same condition.
IN_STATE: Mapping[str, ColumnElement[bool]] = {
    OPEN: SETTLED_AT.is_(None),
    SETTLED: SETTLED_AT.is_not(None),
    RATED: RATED_AT.is_not(None),  # the client has given a second score, whatever it was
    RECOVERED: RECOVERED_AT.is_not(None),  # and it left the complaint settled
}
# The words of the partial index: open, and with a task that has a deadline.
WITH_DEADLINE = text("cases.complaint_due IS NOT NULL")
ORDER: Mapping[str, tuple[Any, Any]] = {
    OPEN: (SINCE, col(CaseRow.id)),
    OVERDUE: (col(CaseRow.complaint_due), col(CaseRow.id)),
}
MOST_TIMED = 20_000  # of the settled ones, the newest: enough for a median


@dataclass(frozen=True)
class Recovery:
    """How many complaints are settled, how long that takes, and how many clients are won back."""

    open: int = 0
    settled: int = 0
    rated: int = 0
    recovered: int = 0
    overdue: int = 0  # of the open ones, whenever they began
    median: timedelta | None = None  # from the complaint to its settling; None: nothing is settled yet

    @property
    def count(self) -> int:
        return self.open + self.settled

    @property
    def share(self) -> float:
        return self.settled / self.count if self.count else 0.0

    @property
    def rate(self) -> float | None:
        """Of the clients who were asked again and answered, those who are happy now; None: nobody has."""
        return self.recovered / self.rated if self.rated else None

    def number(self, state: str) -> int:
        """How long the list of this state is; '' is the whole."""
        found: int = getattr(self, state) if state else self.count
        return found


@dataclass(frozen=True)
class OfBranch:
    """How one branch does."""

    portal: str
    branch: str
    recovery: Recovery


@dataclass(frozen=True)
class Opened:
    """What was opened in the CRM for a complaint, by its numbers there; '' until it is done."""

    deal: str = ""
    task: str = ""


@dataclass(frozen=True)
class Which:
    """Of the complaints in `wanted` those with this cause; '' is any, '-' is none."""

    wanted: Narrowed = field(default_factory=Narrowed)
    cause: str = ""
    now: datetime | None = None  # by which a deadline has passed; None: nothing is overdue

    def conditions(self, branches: Branches, state: str = "") -> list[ColumnElement[bool]]:
        """Of this state, '' is any. What is overdue is so of whatever period."""
        of_cause = [_named == self.cause] if self.cause else []
        if state == OVERDUE:
            late = [WITH_DEADLINE, col(CaseRow.complaint_due) <= self.now] if self.now else [false()]
            return [*late, *self.wanted.quietly(branches), *of_cause]
        of_state = [IN_STATE[state]] if state else []
        return [SINCE.is_not(None), *self.wanted.conditions(branches), *of_cause, *of_state]


def page(
    session: Session, which: Which, branches: Branches, state: str, limit: int, skip: int = 0
) -> Sequence[CaseRow]:
    """`state`: one of STATES or ''. Of the open ones what waits longest comes first, else the newest."""
    query = select(CaseRow).where(*which.conditions(branches, state))
    order = ORDER.get(state, (SINCE.desc(), col(CaseRow.id).desc()))
    return session.exec(query.order_by(*order).limit(limit).offset(skip)).all()


def overdue(session: Session, which: Which, branches: Branches) -> int:
    """How many; a complaint without a task has no deadline."""
    query = select(func.count()).select_from(CaseRow).where(*which.conditions(branches, OVERDUE))
    return session.exec(query).one()


def among(session: Session, case_ids: Collection[str]) -> frozenset[str]:
    """Those of these cases that have a complaint."""
    found = select(CaseRow.id).where(col(CaseRow.id).in_(case_ids), SINCE.is_not(None))
    return frozenset(session.exec(found).all() if case_ids else ())


def recovery(session: Session, which: Which, branches: Branches) -> Recovery:
    """Of all these branches together."""
    counts = session.execute(select(*_COUNTS).where(*which.conditions(branches))).one()
    spans = _spans(session, which, branches) if counts[1] else []
    usual = timedelta(seconds=median(spans)) if spans else None
    return replace(_recovery(counts), median=usual, overdue=overdue(session, which, branches))


def by_branch(session: Session, which: Which, branches: Branches) -> Sequence[OfBranch]:
    """Each branch that has complaints."""
    place = (CaseRow.portal, CaseRow.branch)
    query = select(*place, *_COUNTS).where(*which.conditions(branches))  # type: ignore[call-overload]
    rows = session.execute(query.group_by(*place).order_by(*place)).all()
    return [OfBranch(row[0], row[1], _recovery(row[2:])) for row in rows]


def by_cause(session: Session, which: Which, branches: Branches, state: str) -> Mapping[str, int]:
    """How many by cause in this state; '-' stands for those without one."""
    query = select(_named.label("named"), func.count()).where(*which.conditions(branches, state))
    return {str(cause): number for cause, number in session.execute(query.group_by("named")).all()}


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


# --- counting ---------------------------------------------------------------------------------

# count() of a column counts what is there, as the conditions of the states ask for it.
_COUNTS = (func.count(), func.count(SETTLED_AT), func.count(RATED_AT), func.count(RECOVERED_AT))


def _recovery(counts: Sequence[int]) -> Recovery:
    count, settled, rated, recovered = counts
    return Recovery(count - settled, settled, rated, recovered)


def _spans(session: Session, which: Which, branches: Branches) -> list[float]:
    """Seconds."""
    query = select(SINCE, SETTLED_AT).where(*which.conditions(branches, SETTLED))
    rows = session.execute(query.order_by(SINCE.desc()).limit(MOST_TIMED)).all()
    return [(datetime.fromisoformat(done) - datetime.fromisoformat(at)).total_seconds() for at, done in rows]
