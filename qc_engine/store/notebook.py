"""Small things that must survive a restart: how far a poll has read, and scenario versions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from qc_engine.store.tables import CursorRow, VersionRow


def cursor(session: Session, name: str) -> str:
    row = session.get(CursorRow, name)
    return row.value if row else ""


def set_cursor(session: Session, name: str, value: str) -> None:
    session.merge(CursorRow(name=name, value=value))


def remember_version(
    session: Session, version: str, name: str, source: str, names: Mapping[str, Any], now: datetime
) -> None:
    if session.get(VersionRow, version) is None:
        row = VersionRow(version=version, name=name, source=source, names=dict(names), first_used_at=now)
        session.add(row)


def version(session: Session, version: str) -> VersionRow | None:
    return session.get(VersionRow, version)
