"""Small things that must survive a restart: how far a poll has read, and scenario versions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from qc_engine.store.tables import CursorRow, VersionRow


def cursor(session: Session, name: str, *, to_move: bool = False) -> str:
    """`to_move`: locked until the end of the transaction."""
    row = session.get(CursorRow, name, with_for_update=to_move)
    return row.value if row else ""


def set_cursor(session: Session, name: str, value: str) -> None:
    session.merge(CursorRow(name=name, value=value))


def remember_version(
    session: Session,
    portal: str,
    version: str,
    name: str,
    source: str,
    names: Mapping[str, Any],
    now: datetime,
) -> None:
    """The first use counts: the same text may mean other stages in another portal, not at another time."""
    if session.get(VersionRow, (portal, version)) is None:
        row = VersionRow(portal=portal, version=version, name=name, source=source, names=dict(names),
                         first_used_at=now)  # fmt: skip
        session.add(row)


def version(session: Session, portal: str, version: str) -> VersionRow | None:
    return session.get(VersionRow, (portal, version))


def versions_of(session: Session, portal: str, name: str) -> Sequence[VersionRow]:
    """Every kept version of a scenario, the oldest first."""
    found = select(VersionRow).where(VersionRow.portal == portal, VersionRow.name == name)
    return session.exec(found.order_by(col(VersionRow.first_used_at), col(VersionRow.version))).all()
