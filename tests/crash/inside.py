"""The engine's database, looked at from outside while it runs."""

from sqlmodel import col, func, select

from qc_engine.store.database import Database
from qc_engine.store.tables import EffectRow, InboxRow
from tests.crash.storm import FIRST_DEAL


class Inside:
    """What nobody but the database can tell."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)

    def sending(self) -> int:
        """How many messages are on their way, as far as the database knows."""
        mine = (EffectRow.state == "sending", EffectRow.kind == "SendMessage")
        with self.database.reading() as session:
            return session.exec(select(func.count()).select_from(EffectRow).where(*mine)).one()

    def unheard(self) -> int:
        """Events that nobody has handled yet; those of the storm are of no matter."""
        with self.database.reading() as session:
            rows = session.exec(select(InboxRow.event).where(col(InboxRow.processed_at).is_(None))).all()
        return sum(row.get("deal_id", 0) < FIRST_DEAL for row in rows)

    def hinted(self) -> set[int]:
        """The deals of every webhook that is here."""
        with self.database.reading() as session:
            rows = session.exec(select(InboxRow.event).where(InboxRow.kind == "DealChanged")).all()
        return {row["deal_id"] for row in rows}

    def effects(self) -> dict[str, int]:
        """By state."""
        with self.database.reading() as session:
            rows = session.exec(select(EffectRow.state, func.count()).group_by(EffectRow.state)).all()
        return dict(rows)

    def close(self) -> None:
        self.database.close()
