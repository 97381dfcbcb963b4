"""Where clients can be met: their addresses in the channels, and the links by which they came there."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from qc_engine.core.case import ContactPoint
from qc_engine.store.tables import CaseRow, ContactPointRow, EffectRow, InvitationRow


def of_phone(session: Session, phone: str) -> tuple[ContactPoint, ...]:
    """Every point of one person."""
    if not phone:
        return ()
    rows = session.exec(
        select(ContactPointRow)
        .where(ContactPointRow.phone == phone)
        .order_by(ContactPointRow.channel, ContactPointRow.address)
    ).all()
    return tuple(
        ContactPoint(row.channel, row.address, row.joined_at, row.wrote_at, row.left_at) for row in rows
    )


def phone_of(session: Session, channel: str, address: str) -> str:
    """Whose address this is, '' when nobody knows; of several, the one to whom we wrote there last."""
    rows = _at(session, channel, address)
    if len(rows) < 2:
        return rows[0].phone if rows else ""
    phones = [row.phone for row in rows]
    last = session.exec(
        select(CaseRow.phone)
        .join(EffectRow, col(EffectRow.case_id) == col(CaseRow.id))
        .where(col(CaseRow.phone).in_(phones), EffectRow.kind == "SendMessage", EffectRow.state == "done")
        .order_by(col(EffectRow.id).desc())
        .limit(1)
    ).first()
    return last or phones[0]


def note_words(session: Session, channel: str, address: str, phone: str, at: datetime) -> None:
    """The client wrote from there: it is a point where they can be met."""
    row = _known(session, channel, address, phone, at)
    row.wrote_at, row.left_at = max(at, row.wrote_at or at), None
    session.flush()


def _join(session: Session, channel: str, address: str, phone: str, at: datetime) -> None:
    row = _known(session, channel, address, phone, at)
    row.joined_at, row.left_at = max(at, row.joined_at), None
    session.flush()


def _known(session: Session, channel: str, address: str, phone: str, at: datetime) -> ContactPointRow:
    row = session.get(ContactPointRow, (channel, address, phone))
    if row is None:
        row = ContactPointRow(channel=channel, address=address, phone=phone, joined_at=at)
        session.add(row)
    return row


def leave(session: Session, channel: str, address: str, at: datetime) -> bool:
    """Whoever this is, they cannot be written to there any more; False when nobody is known there."""
    rows = _at(session, channel, address)
    for row in rows:
        row.left_at = row.left_at or at
    return bool(rows)


# --- invitations ------------------------------------------------------------------------------


def invite(session: Session, tokens: Mapping[str, str], case_id: str, phone: str, now: datetime) -> None:
    """`tokens`: channel -> what its link carries."""
    for channel, token in tokens.items():
        session.add(InvitationRow(token=token, channel=channel, case_id=case_id, phone=phone, created_at=now))


def accept(session: Session, channel: str, address: str, token: str, at: datetime) -> str:
    """Whose link it was; '' for an unknown one and for one that somebody else has used."""
    row = session.get(InvitationRow, token) if token else None
    if row is None or row.channel != channel or row.used_by not in ("", address):
        return ""
    row.used_by, row.used_at = address, row.used_at or at
    _join(session, channel, address, row.phone, at)
    return row.phone


def come_back(session: Session, channel: str, address: str, at: datetime) -> str:
    """Opened without a link by somebody who is known there: whose address it is."""
    phone = phone_of(session, channel, address)
    if phone:
        _join(session, channel, address, phone, at)
    return phone


def _at(session: Session, channel: str, address: str) -> Sequence[ContactPointRow]:
    return session.exec(
        select(ContactPointRow)
        .where(ContactPointRow.channel == channel, ContactPointRow.address == address)
        .order_by(col(ContactPointRow.joined_at).desc())
    ).all()
