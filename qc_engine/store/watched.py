"""What watched deal fields held when they were last seen."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from qc_engine.store.tables import WatchedRow

AT_ONCE = 500  # deals in one question: the database takes so many values and more


def known(
    session: Session, portal: str, deals: Collection[int], fields: Collection[str]
) -> Mapping[tuple[int, str], WatchedRow]:
    """By deal and field, locked until the transaction ends."""
    ids, found = sorted(deals), dict[tuple[int, str], WatchedRow]()
    for first in range(0, len(ids), AT_ONCE):
        rows = session.exec(
            select(WatchedRow)
            .where(WatchedRow.portal == portal, col(WatchedRow.field).in_(sorted(fields)))
            .where(col(WatchedRow.deal_id).in_(ids[first : first + AT_ONCE]))
            .order_by(col(WatchedRow.deal_id), col(WatchedRow.field))
            .with_for_update()
        ).all()
        found |= {(row.deal_id, row.field): row for row in rows}
    return found


_INSERT = {
    name: dialect.insert(WatchedRow).on_conflict_do_nothing()
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}


def remember(session: Session, portal: str, deal_id: int, field: str, value: str, seen_at: datetime) -> None:
    """The first sight. Somebody who saw it at the same time may have been quicker: then theirs counts."""
    connection = session.connection()
    connection.execute(
        _INSERT[connection.dialect.name],
        {
            "portal": portal, "deal_id": deal_id, "field": field, "value": value, "before": "", "turn": 0,
            "seen_at": seen_at,
        },
    )  # fmt: skip
