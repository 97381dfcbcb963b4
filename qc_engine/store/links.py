"""Short links of a case, and who opened them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import Dialect
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
    # The hottest write of the product: the ready SQL of a Core insert, without its work per row.
    connection = session.connection()
    sql, at_for_driver = _click_insert(connection.dialect)
    connection.exec_driver_sql(
        sql,
        [
            (
                one.code,
                at_for_driver(one.at),
                one.grade,
                one.reason[:LONGEST_REASON],
                one.agent[:LONGEST_AGENT],
            )
            for one in clicks
        ],
    )


def clicks_of_case(session: Session, case_id: str) -> Sequence[ClickRow]:
    """Oldest first, machines included."""
    return session.exec(
        select(ClickRow)
        .join(LinkRow, col(LinkRow.code) == col(ClickRow.code))
        .where(LinkRow.case_id == case_id)
        .order_by(col(ClickRow.id))
    ).all()


@cache
def _click_insert(dialect: Dialect) -> tuple[str, Callable[[datetime], object]]:
    """The statement for rows of (code, at, grade, reason, agent), and how a time is handed to the driver."""
    table = ClickRow.__table__  # type: ignore[attr-defined]
    mark = "?" if dialect.paramstyle == "qmark" else "%s"
    sql = f"INSERT INTO {table.name} (code, at, grade, reason, agent) VALUES ({', '.join([mark] * 5)})"  # noqa: S608
    to_driver = table.c.at.type.dialect_impl(dialect).bind_processor(dialect)
    return sql, to_driver or (lambda at: at)
