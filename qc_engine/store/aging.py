"""What nobody needs after a while is emptied where it stands: the row stays, with all that it counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update
from sqlmodel import Session, SQLModel, col

from qc_engine.store import notebook
from qc_engine.store.console_tables import AuditRow
from qc_engine.store.persons import AGED, ERASED
from qc_engine.store.tables import ClickRow, InboxRow

MOST_ROWS = 500  # in one transaction: whoever writes beside it hardly waits


@dataclass(frozen=True)
class Ages:
    """Columns that grow old. The numbers of their table grow with time: one walk from its start is enough.

    `empties` nothing: the whole row goes. `only`: of these rows, whatever the others say.
    """

    name: str
    table: type[SQLModel]
    at: str
    empties: Mapping[str, Any]
    only: Sequence[ColumnElement[bool]] = ()

    @property
    def cursor(self) -> str:
        return f"aging:{self.name}"


RAW_BODIES = Ages("raw_bodies", InboxRow, "received_at", {"raw": ""})
VISITORS = Ages("visitors", ClickRow, "at", {"agent": "", "address": ""})
# The key stays, by which a repeated webhook is known for ever; what waits for a person stays whole.
GONE: Mapping[str, Any] = {"kind": AGED, "event": {}, "raw": ""}
SETTLED: Sequence[ColumnElement[bool]] = (
    col(InboxRow.processed_at).is_not(None),
    col(InboxRow.result) != "quarantined",
    col(InboxRow.kind) != ERASED,
)
EVENTS = Ages("events", InboxRow, "received_at", GONE, (*SETTLED, col(InboxRow.case_id) == ""))
AUDIT = Ages("audit", AuditRow, "at", {})
EVERY = (RAW_BODIES, VISITORS, EVENTS, AUDIT)


def empty_old(session: Session, one: Ages, before: datetime) -> int:
    """Empties the next rows that are older than that. How many were looked at; 0: nothing is left."""
    number, at = (col(getattr(one.table, name)) for name in ("id", one.at))
    done = int(notebook.cursor(session, one.cursor, to_move=True) or 0)
    rows = session.execute(select(number, at).where(number > done).order_by(number).limit(MOST_ROWS)).all()
    # Rows that came at one moment may stand a little out of order: those wait for the next look.
    old = [row_id for row_id, moment in rows if moment < before]
    until = next((row_id - 1 for row_id, moment in rows if moment >= before), old[-1] if old else done)
    if until <= done:
        return 0
    change: Any = update(one.table).values(**one.empties) if one.empties else delete(one.table)
    session.execute(change.where(number > done, number <= until, *one.only))
    notebook.set_cursor(session, one.cursor, str(until))
    return len([row_id for row_id in old if row_id <= until])
