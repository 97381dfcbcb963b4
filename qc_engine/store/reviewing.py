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
DUE_AT = col(CaseRow.body)["check"]["due_at"].as_string()
ANSWER = func.coalesce(col(CaseRow.body)["review"].as_string(), "")


@dataclass(frozen=True)
class Narrowed:
    """What a list is narrowed to; an empty field narrows nothing. The moments are those of the cases' beginning."""

    since: datetime | None = None
    until: datetime | None = None  # this moment itself is not in it
    portal: str = ""
    branch: str = ""

    def conditions(self) -> list[ColumnElement[bool]]:
        """With a branch, or with a moment alone, they lead the query by an index."""
        found = []
        if self.branch:
            found += [col(CaseRow.portal) == self.portal, col(CaseRow.branch) == self.branch]
        if self.since:
            found.append(col(CaseRow.created_at) >= self.since)
        if self.until:
            found.append(col(CaseRow.created_at) < self.until)
        return found


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
    return session.exec(query.order_by(DUE_AT, col(CaseRow.id)).limit(limit).offset(skip)).all()


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
        query = query.where("" == ANSWER if answer == UNCHECKED else answer == ANSWER)
    order = (col(CaseRow.created_at).desc(), col(CaseRow.id).desc())
    return session.exec(query.order_by(*order).limit(limit).offset(skip)).all()


def count_decided(session: Session, wanted: Narrowed, branches: Branches) -> Mapping[str, int]:
    """How many by answer."""
    query = select(ANSWER.label("answer"), func.count()).where(*_decided(wanted, branches)).group_by("answer")
    return {str(answer) or UNCHECKED: number for answer, number in session.execute(query).all()}


def _awaited(wanted: Narrowed, branches: Branches, overdue: datetime | None) -> list[ColumnElement[bool]]:
    """Read by the index over active cases, however many lie beside them."""
    found = [ACTIVE, within(branches), DUE_AT.is_not(None), *wanted.conditions()]
    # As the cases' bodies have it: UTC, to be compared letter by letter.
    return [*found, f"{overdue:%Y-%m-%dT%H:%M:%S}Z" >= DUE_AT] if overdue else found  # type: ignore[list-item]


def _decided(wanted: Narrowed, branches: Branches) -> list[ColumnElement[bool]]:
    asked = col(CaseRow.body)["check"]["asked_at"].as_string()
    over = or_(col(CaseRow.state) == State.ENDED.value, and_(DUE_AT.is_(None), ANSWER != ""))
    return [or_(ANSWER != "", asked.is_not(None)), over, within(branches), *wanted.conditions()]
