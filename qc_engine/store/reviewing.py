"""Reviews that somebody is to look for, and those about which the last word is said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_
from sqlmodel import Session, col, select

from qc_engine.core.case import State
from qc_engine.store.casebook import Branches, within
from qc_engine.store.queue import ACTIVE
from qc_engine.store.tables import CaseRow

UNCHECKED = "unchecked"  # in the place of an answer: nobody has given one in time
due_at = col(CaseRow.body)["check"]["due_at"].as_string()
given = func.coalesce(col(CaseRow.body)["review"].as_string(), "")


@dataclass(frozen=True)
class Narrowed:
    """What a list is narrowed to; an empty field narrows nothing. The period is that in which cases began."""

    since: datetime | None = None
    until: datetime | None = None  # this moment itself is not in it
    portal: str = ""
    branch: str = ""

    def conditions(self, branches: Branches) -> list[ColumnElement[bool]]:
        """Within these branches. One branch, or the first moment, leads the query by an index."""
        found = [within(branches)]
        place = (self.portal, self.branch) if self.branch else None
        if place is None and branches is not None and len(branches) == 1:
            place = next(iter(branches))
        if place is not None:
            found += [col(CaseRow.portal) == place[0], col(CaseRow.branch) == place[1]]
        if self.since:
            found.append(col(CaseRow.created_at) >= self.since)
        if self.until:
            found.append(col(CaseRow.created_at) < self.until)
        return found

    def quietly(self, branches: Branches) -> list[ColumnElement[bool]]:
        """The same branches without leading the query anywhere; the period does not count."""
        return [within(branches), within([(self.portal, self.branch)] if self.branch else None)]


def awaited(
    session: Session,
    wanted: Narrowed,
    branches: Branches,
    overdue: datetime | None,
    limit: int,
    skip: int = 0,
) -> Sequence[CaseRow]:
    """Those due longest first; with `overdue` only what was due by that moment."""
    query = select(CaseRow).where(*_awaited(wanted, branches, overdue))
    return session.exec(query.order_by(due_at, col(CaseRow.id)).limit(limit).offset(skip)).all()


def count_awaited(
    session: Session, wanted: Narrowed, branches: Branches, overdue: datetime | None = None
) -> int:
    query = select(func.count()).select_from(CaseRow).where(*_awaited(wanted, branches, overdue))
    return session.exec(query).one()


def decided(
    session: Session, wanted: Narrowed, branches: Branches, answer: str, limit: int, skip: int = 0
) -> Sequence[CaseRow]:
    """The newest cases first; with `answer` only those that were answered so, or 'unchecked'."""
    query = select(CaseRow).where(*_decided(wanted, branches))
    if answer:
        query = query.where(given == ("" if answer == UNCHECKED else answer))
    order = (col(CaseRow.created_at).desc(), col(CaseRow.id).desc())
    return session.exec(query.order_by(*order).limit(limit).offset(skip)).all()


def count_decided(session: Session, wanted: Narrowed, branches: Branches) -> Mapping[str, int]:
    """How many by answer."""
    query = select(given.label("answer"), func.count()).where(*_decided(wanted, branches)).group_by("answer")
    return {str(answer) or UNCHECKED: number for answer, number in session.execute(query).all()}


def _awaited(wanted: Narrowed, branches: Branches, overdue: datetime | None) -> list[ColumnElement[bool]]:
    """Read by the index over active cases, however many lie beside them."""
    found = [ACTIVE, due_at.is_not(None), *wanted.quietly(branches)]
    # As the cases' bodies have it: UTC, to be compared letter by letter.
    return [*found, due_at <= f"{overdue:%Y-%m-%dT%H:%M:%S}Z"] if overdue else found


def _decided(wanted: Narrowed, branches: Branches) -> list[ColumnElement[bool]]:
    asked = col(CaseRow.body)["check"]["asked_at"].as_string()
    over = or_(col(CaseRow.state) == State.ENDED.value, and_(due_at.is_(None), given != ""))
    return [or_(given != "", asked.is_not(None)), over, *wanted.conditions(branches)]
