"""What nobody needs after a while is emptied where it stands: the row stays, with all that it counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlmodel import Session, SQLModel, col

from qc_engine.store import notebook
from qc_engine.store.tables import ClickRow, InboxRow

MOST_ROWS = 500  # in one transaction: whoever writes beside it hardly waits


@dataclass(frozen=True)
class Ages:
    """Columns that grow old. The numbers of their table grow with time: one walk from its start is enough."""

    name: str
    table: type[SQLModel]
    at: str
    empties: Mapping[str, str]

    @property
    def cursor(self) -> str:
        return f"aging:{self.name}"


RAW_BODIES = Ages("raw_bodies", InboxRow, "received_at", {"raw": ""})
VISITORS = Ages("visitors", ClickRow, "at", {"agent": "", "address": ""})
EVERY = (RAW_BODIES, VISITORS)


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
    session.execute(update(one.table).where(number > done, number <= until).values(**one.empties))
    notebook.set_cursor(session, one.cursor, str(until))
    return len([row_id for row_id in old if row_id <= until])
