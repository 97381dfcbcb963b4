"""From the prepared link to the confirmed review: how far the links of each branch and platform came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, Text, case, cast, exists, false, func, literal, select, true
from sqlmodel import Session, col

from qc_engine.core.effects import SendMessage
from qc_engine.store import messages, outbox
from qc_engine.store.casebook import Branches, within
from qc_engine.store.tables import CaseRow, ClickRow, DeliveryRow, EffectRow, LinkRow

STAGES = ("prepared", "sent", "delivered", "previewed", "clicked", "verified")


@dataclass(frozen=True)
class Funnel:
    """Links of one branch and platform, each counted once in every stage that it reached.

    `previewed`: a machine opened it, mostly the messenger for its card; `clicked`: a person;
    `verified`: a person opened it and a manager found the review.
    """

    portal: str
    branch: str
    platform: str
    prepared: int
    sent: int
    delivered: int
    previewed: int
    clicked: int
    verified: int


def funnel(session: Session, since: datetime | None = None, branches: Branches = None) -> Sequence[Funnel]:
    """By portal, branch and platform; `since`: only links prepared from then on. Erased ones are left out."""
    place = (col(CaseRow.portal), col(CaseRow.branch), col(LinkRow.platform))
    visits = _visits().subquery()
    counts = [_count(reached) for reached in _reached(visits).values()]
    query = _of_links(select(*place, *counts), visits, since, branches).group_by(*place)
    found = session.execute(query).all()
    rows = [Funnel(portal or "", branch or "", *numbers) for portal, branch, *numbers in found]
    return sorted(rows, key=lambda one: (one.portal, one.branch, one.platform))


def reached(
    session: Session,
    of: Funnel,
    stage: str,
    since: datetime | None,
    branches: Branches,
    limit: int,
    skip: int,
) -> Sequence[tuple[LinkRow, CaseRow | None]]:
    """The links that make one number of the funnel, the newest first. Raises KeyError for another stage."""
    visits = _visits().subquery()
    query = _of_links(select(LinkRow, CaseRow), visits, since, branches).where(
        func.coalesce(CaseRow.portal, "") == of.portal,
        func.coalesce(CaseRow.branch, "") == of.branch,
        col(LinkRow.platform) == of.platform,
        _reached(visits)[stage],
    )
    order = (col(LinkRow.created_at).desc(), col(LinkRow.code))
    found = session.execute(query.order_by(*order).limit(limit).offset(skip)).all()
    return [(link, case_row) for link, case_row in found]


def _of_links(query: Any, visits: Any, since: datetime | None, branches: Branches) -> Any:
    query = (
        query.select_from(LinkRow)
        .outerjoin(CaseRow, col(CaseRow.id) == col(LinkRow.case_id))
        .outerjoin(visits, visits.c.code == col(LinkRow.code))
        .where(col(LinkRow.erased_at).is_(None), within(branches), ~_is_test())
    )
    return query if since is None else query.where(col(LinkRow.created_at) >= since)


def _is_test() -> ColumnElement[bool]:
    """Of the company's own people; a link whose case is gone is nobody's."""
    return func.coalesce(col(CaseRow.body)["is_test"].as_boolean(), false())


def _reached(visits: Any) -> Mapping[str, ColumnElement[bool]]:
    """By stage: whether a link came so far."""
    is_clicked = func.coalesce(visits.c.persons, 0) > 0
    return {
        "prepared": true(),
        "sent": _sent(),
        "delivered": _sent(_delivered()),
        "previewed": func.coalesce(visits.c.machines, 0) > 0,
        "clicked": is_clicked,
        "verified": is_clicked & (_review() == "found"),
    }


def _visits() -> Any:
    grade = col(ClickRow.grade)
    return select(
        col(ClickRow.code).label("code"),
        _count(grade == "person").label("persons"),
        _count(grade == "machine").label("machines"),
    ).group_by(col(ClickRow.code))


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _sent(also: ColumnElement[bool] | None = None) -> ColumnElement[bool]:
    """A message with this link left."""
    found = (
        select(col(EffectRow.id))
        .where(
            col(EffectRow.case_id) == col(LinkRow.case_id),
            col(EffectRow.kind) == SendMessage.__name__,
            col(EffectRow.state) == outbox.DONE,
            cast(col(EffectRow.payload), Text).like(literal("%") + col(LinkRow.code) + literal("%")),
        )
        .correlate(LinkRow)
    )
    return exists(found if also is None else found.where(also))


def _delivered() -> ColumnElement[bool]:
    channel = func.coalesce(col(EffectRow.payload)["channel"].as_string(), "")
    return exists(
        select(col(DeliveryRow.message_id))
        .where(
            col(DeliveryRow.message_id) == col(EffectRow.result),
            col(DeliveryRow.channel) == channel,
            col(DeliveryRow.state).in_(messages.ARRIVED),
        )
        .correlate(EffectRow)
    )


def _review() -> ColumnElement[str]:
    """What a manager said of the case's review, '' before."""
    return cast(func.coalesce(col(CaseRow.body)["review"].as_string(), ""), String)
