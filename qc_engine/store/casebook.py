"""Cases as people look for them: filtered, searched, page by page; always within the reader's branches."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, false, func, or_, true
from sqlmodel import Session, col, select

from qc_engine.core.wording.texts import folded
from qc_engine.phones import normalise
from qc_engine.store import tallies
from qc_engine.store.tables import CaseRow

Branches = Collection[tuple[str, str]] | None  # (portal, branch); None: every one
PAGE = 50
WHOLE_NUMBER = 10  # digits that name a phone within its country
LEAST_DIGITS = 4  # fewer say nothing about a phone
LONGEST_NUMBER = 18  # a BIGINT has room for any number of so many digits
NO_OUTCOME = "~"  # in the place of an outcome: a case that ended without one
MOST_MEANT = 2000  # cases that a search looks at


@dataclass(frozen=True)
class Sought:
    """What the list is narrowed to; an empty field narrows nothing."""

    text: str = ""  # a phone's digits, a deal, a name, a case
    state: str = ""
    step: str = ""
    portal: str = ""
    branch: str = ""
    scenario: str = ""
    outcome: str = ""  # NO_OUTCOME: none
    since: datetime | None = None
    until: datetime | None = None  # this moment itself is not in it
    figure: tallies.Wanted | None = None  # only the cases that make this number


Place = tuple[datetime, str]  # where a page begins: created_at and id of the last one seen


def within(branches: Branches) -> ColumnElement[bool]:
    """The condition that keeps a query inside these branches; of none, nothing is left.

    It leads a query nowhere: what is asked for beside it is mostly rarer than a branch.
    """
    if branches is None:
        return true()
    at = (
        and_(func.coalesce(CaseRow.portal, "") == portal, func.coalesce(CaseRow.branch, "") == branch)
        for portal, branch in sorted(branches)
    )
    return or_(false(), *at)


def one(session: Session, case_id: str, branches: Branches) -> CaseRow | None:
    """None also for a case of another branch: nobody learns that it exists."""
    return session.exec(select(CaseRow).where(CaseRow.id == case_id, within(branches))).first()


def page(
    session: Session, sought: Sought, branches: Branches, after: Place | None = None, limit: int = PAGE
) -> Sequence[CaseRow]:
    """The newest first; one more than `limit` when there is a further page."""
    query = select(CaseRow).where(*conditions(sought, branches))
    if branches is not None and len(branches) == 1:  # by the index over branches
        portal, branch = next(iter(branches))
        query = query.where(CaseRow.portal == portal, CaseRow.branch == branch)
    if after is not None:
        older = col(CaseRow.created_at) < after[0]
        query = query.where(or_(older, and_(col(CaseRow.created_at) == after[0], col(CaseRow.id) < after[1])))
    order = (col(CaseRow.created_at).desc(), col(CaseRow.id).desc())
    return session.exec(query.order_by(*order).limit(limit + 1)).all()


def count(session: Session, sought: Sought, branches: Branches) -> int:
    """How many cases the whole list has."""
    query = select(func.count()).select_from(CaseRow).where(*conditions(sought, branches))
    return session.exec(query).one()


def conditions(sought: Sought, branches: Branches) -> list[ColumnElement[bool]]:
    """What every case of the list fulfils."""
    return [within(branches), *_narrowed(sought)]


def _narrowed(sought: Sought) -> list[ColumnElement[bool]]:
    same = {
        CaseRow.state: sought.state, CaseRow.step: sought.step, CaseRow.portal: sought.portal,
        CaseRow.branch: sought.branch, CaseRow.scenario: sought.scenario,
    }  # fmt: skip
    found = [col(column) == value for column, value in same.items() if value]
    if sought.outcome:
        found.append(col(CaseRow.outcome) == ("" if sought.outcome == NO_OUTCOME else sought.outcome))
    if sought.since:
        found.append(col(CaseRow.created_at) >= sought.since)
    if sought.until:
        found.append(col(CaseRow.created_at) < sought.until)
    if sought.figure:
        found.append(col(CaseRow.id).in_(tallies.case_ids(sought.figure)))
    return [*found, _meant(sought.text)] if sought.text.strip() else found


def _meant(text: str) -> ColumnElement[bool]:
    """A case's id, a deal's number, a phone or its end, or a part of a name."""
    word = text.strip().lstrip("#№").strip()
    meant = [col(CaseRow.id).in_({word, word.upper()}), *_numbered(word), *_named(word)]
    # All of that stands in one index: the rows themselves are large.
    return col(CaseRow.id).in_(select(CaseRow.id).where(or_(*meant)).limit(MOST_MEANT))


def _numbered(word: str) -> Iterator[ColumnElement[bool]]:
    digits = "".join(sign for sign in word if sign.isascii() and sign.isdigit())
    phone = normalise(word)
    if phone and len(digits) > WHOLE_NUMBER:
        # With its country: found by an index alone, and no deal has such a number.
        yield col(CaseRow.phone) == phone
        return
    if word.isascii() and word.isdigit() and len(word) <= LONGEST_NUMBER:
        yield col(CaseRow.deal_id) == int(word)
    if phone:
        yield col(CaseRow.phone) == phone
    if len(digits) >= LEAST_DIGITS and not any(sign.isalpha() for sign in word):
        yield col(CaseRow.phone).endswith(digits[-WHOLE_NUMBER:])


def _named(word: str) -> Iterator[ColumnElement[bool]]:
    if any(sign.isalpha() for sign in word):
        yield col(CaseRow.client_name).contains(folded(word), autoescape=True)
