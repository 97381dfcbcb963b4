"""By what somebody is known here, and what came in about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, false, func, or_
from sqlmodel import Session, col, select

from qc_engine.store.tables import CaseRow, ClientRow, ContactPointRow, InboxRow

ERASED = "erased"  # the outcome of a case that was under way, and the kind of an event that is nobody's now
AGED = "aged"  # the kind of an event of which by its age only that it came is known
WHOLE_NUMBER = 10  # digits that name a phone within its country
# What stands between the digits of a phone, as people type it and as a form sends it.
BETWEEN = ("%2B", "%28", "%29", "%2D", "%20", " ", "-", "(", ")", ".", "+")
OF_DEALS = ("DealSeen", "StartAsked")


@dataclass(frozen=True)
class Person:
    """By what somebody is known here. `case_ids` and `deals` belong together."""

    phone: str
    cases: Sequence[CaseRow]
    addresses: Sequence[str] = ()  # in channels

    @property
    def case_ids(self) -> list[str]:
        return [row.id for row in self.cases]

    @property
    def names(self) -> set[str]:
        return {row.body.get("client_name") or "" for row in self.cases} - {""}


def person(session: Session, phone: str, *, lock: bool = False) -> Person:
    """`lock`: nobody may change these cases before the transaction ends."""
    found = select(CaseRow).where(CaseRow.phone == phone).order_by(col(CaseRow.created_at))
    locked = found.with_for_update().execution_options(populate_existing=True)
    rows = session.exec(locked if lock else found).all()
    points = session.exec(select(ContactPointRow.address).where(ContactPointRow.phone == phone)).all()
    return Person(phone, rows, [one for one in points if one != phone])


def is_held(session: Session, phone: str) -> bool:
    """Is there anything at all about this phone?"""
    one = person(session, phone)
    known = session.get(ClientRow, phone)
    return bool(one.cases or one.addresses or known or told_by(session, one, 1))


def told_by(session: Session, one: Person, limit: int = 0, after: int = 0) -> Sequence[InboxRow]:
    """What came in of this person and about them, oldest first; also what nobody could read.

    It reads the whole inbox, or what came `after` a row of it: not for a transaction that others wait for.
    """
    found = select(InboxRow).where(InboxRow.kind != ERASED, _about(one)).order_by(col(InboxRow.id))
    if after:
        found = found.where(col(InboxRow.id) > after)
    return session.exec(found.limit(limit) if limit else found).all()


@dataclass(frozen=True)
class Ahead:
    """What was found before the transaction that erases it: rows of the inbox, of all up to one of them."""

    ids: Sequence[int | None] = ()
    up_to: int = 0


def look_ahead(session: Session, phone: str) -> Ahead:
    """For `told_again`, which then need only look at what has come since."""
    newest = session.exec(select(func.max(InboxRow.id))).one() or 0
    return Ahead([row.id for row in told_by(session, person(session, phone))], newest)


def told_again(session: Session, one: Person, ahead: Ahead) -> Sequence[InboxRow]:
    """Locked: whoever handles one of them at this moment has done so first."""
    ids = {*ahead.ids, *(row.id for row in told_by(session, one, after=ahead.up_to))}
    found = select(InboxRow).where(col(InboxRow.id).in_(ids), InboxRow.kind != ERASED)
    locked = found.order_by(col(InboxRow.id)).with_for_update()
    return session.exec(locked.execution_options(populate_existing=True)).all()


def _about(one: Person) -> ColumnElement[bool]:
    event = col(InboxRow.event)
    deals = [
        (col(InboxRow.portal) == row.portal)
        & col(InboxRow.kind).in_(OF_DEALS)
        & or_(
            event["deal"]["deal_id"].as_integer() == row.deal_id, event["deal_id"].as_integer() == row.deal_id
        )
        for row in one.cases
    ]
    end = one.phone[-WHOLE_NUMBER:]
    return or_(
        col(InboxRow.case_id).in_(one.case_ids),
        event["case_id"].as_string().in_(one.case_ids),
        event["address"].as_string().in_(one.addresses) if one.addresses else false(),
        _digits(cast(event, Text)).contains(end),
        _digits(col(InboxRow.raw)).contains(end),
        col(InboxRow.key).contains(end),
        *deals,
    )


def _digits(text: Any) -> Any:
    for sign in BETWEEN:
        text = func.replace(text, sign, "")
    return text
