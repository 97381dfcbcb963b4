"""Short links of a case, and who opened them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert
from sqlmodel import Session, col, select

from qc_engine.store.tables import ClickRow, LinkRow

LONGEST_AGENT = 300
LONGEST_REASON = 64


@dataclass(frozen=True, slots=True)
class Click:
    """One visit of a link. `grade` is 'person' or 'machine', `reason` says why."""

    code: str
    at: datetime
    grade: str
    reason: str
    agent: str = ""


def add(session: Session, code: str, case_id: str, platform: str, target: str, now: datetime) -> LinkRow:
    row = LinkRow(code=code, case_id=case_id, platform=platform, target=target, created_at=now)
    session.add(row)
    return row


def find(session: Session, code: str) -> LinkRow | None:
    return session.get(LinkRow, code)


def find_many(session: Session, codes: Sequence[str]) -> dict[str, LinkRow]:
    """By code; what does not exist is left out."""
    rows = session.exec(select(LinkRow).where(col(LinkRow.code).in_(set(codes)))).all()
    return {row.code: row for row in rows}


def of_case(session: Session, case_id: str) -> Sequence[LinkRow]:
    return session.exec(
        select(LinkRow).where(LinkRow.case_id == case_id).order_by(col(LinkRow.created_at), LinkRow.platform)
    ).all()


def add_clicks(session: Session, clicks: Sequence[Click]) -> None:
    """Every visit is kept, repeated ones too."""
    if not clicks:
        return
    # A Core insert of many rows: this is the hottest write of the product.
    session.connection().execute(_INSERT_CLICK, [_values(click) for click in clicks])


def clicks_of_case(session: Session, case_id: str) -> Sequence[ClickRow]:
    """Oldest first, machines included."""
    return session.exec(
        select(ClickRow)
        .join(LinkRow, col(LinkRow.code) == col(ClickRow.code))
        .where(LinkRow.case_id == case_id)
        .order_by(col(ClickRow.id))
    ).all()


_INSERT_CLICK = insert(ClickRow.__table__)  # type: ignore[attr-defined]


def _values(click: Click) -> dict[str, object]:
    return {
        "code": click.code,
        "at": click.at,
        "grade": click.grade,
        "reason": click.reason[:LONGEST_REASON],
        "agent": click.agent[:LONGEST_AGENT],
    }
