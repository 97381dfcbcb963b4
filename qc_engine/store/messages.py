"""How far our messages came: accepted is the outbox's own word, what follows is told by the channel."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from qc_engine.core.channel import MAIN
from qc_engine.core.effects import SendMessage
from qc_engine.store import outbox
from qc_engine.store.tables import CaseRow, DeliveryRow, EffectRow

SENT, DELIVERED, READ, FAILED = "sent", "delivered", "read", "failed"
ARRIVED = (DELIVERED, READ)
ON_ITS_WAY = (outbox.SENDING, outbox.UNKNOWN)
SLACK = timedelta(minutes=1)  # between a channel's clock and ours
TEMPLATE_MARK = "@HSM@"


def note(
    session: Session,
    channel: str,
    number: str,
    state: str,
    at: datetime,
    *,
    code: str = "",
    reason: str = "",
) -> bool:
    """False when this much was known; the earliest moment and the more telling reason are kept."""
    # One row for each state, so that neither the order of news nor a repeat of them matters.
    row = session.get(DeliveryRow, (channel, number, state))
    if row is None:
        session.add(
            DeliveryRow(channel=channel, message_id=number, state=state, at=at, code=code, reason=reason)
        )
        session.flush()
        return True
    row.at = min(row.at, at)
    if code and not row.code:
        row.code, row.reason = code, reason
    return False


def has_arrived(session: Session, channel: str, number: str) -> bool:
    return any(session.get(DeliveryRow, (channel, number, state)) for state in ARRIVED)


def told_of(session: Session, sent: Sequence[EffectRow]) -> Mapping[str, Mapping[str, DeliveryRow]]:
    """By key of a message, then by state, everything that its channel told of it."""
    messages = [row for row in sent if row.kind == SendMessage.__name__ and row.result]
    keys = {(channel_of(row), row.result): row.key for row in messages}
    if not keys:
        return {}
    numbers = {number for _, number in keys}
    rows = session.exec(select(DeliveryRow).where(col(DeliveryRow.message_id).in_(numbers))).all()
    found: dict[str, dict[str, DeliveryRow]] = {}
    for row in rows:
        if key := keys.get((row.channel, row.message_id)):
            found.setdefault(key, {})[row.state] = row
    return found


def channel_of(row: EffectRow) -> str:
    """Through which a message went; every channel numbers its messages by itself."""
    channel: str = row.payload.get("channel", MAIN)
    return channel


# --- whose message ----------------------------------------------------------------------------


def of_number(session: Session, channel: str, number: str, phone: str) -> EffectRow | None:
    """Our message with this number at its channel; `phone`, if known, tells numbers of two chats apart."""
    rows = session.exec(
        select(EffectRow).where(EffectRow.result == number, EffectRow.kind == SendMessage.__name__)
    ).all()
    here = (row for row in rows if channel_of(row) == channel)
    return next((row for row in here if phone in ("", row.payload["phone"])), None)


def last_to(session: Session, channel: str, phone: str, before: datetime) -> EffectRow | None:
    """Our newest message to this phone that the channel had accepted by then."""
    accepted = (
        row
        for row in _to(session, phone, (outbox.DONE,))
        if row.done_at and row.result and channel_of(row) == channel
    )
    latest = before + SLACK
    return next((row for row in accepted if row.first_tried_at and row.first_tried_at <= latest), None)


def on_its_way(session: Session, phone: str) -> Sequence[EffectRow]:
    """Messages to this phone, to anybody for '', of which nobody knows yet whether and as what they left."""
    if phone:
        return _to(session, phone, ON_ITS_WAY)
    # By the two partial indexes; one is enough to know that there is something to wait for.
    anybody = select(EffectRow).where(EffectRow.kind == SendMessage.__name__)
    found = (
        session.exec(anybody.where(outbox.LEASED).limit(1)).first()
        or session.exec(anybody.where(outbox.READY, EffectRow.state == outbox.UNKNOWN).limit(1)).first()
    )
    return [found] if found else []


def is_ours(session: Session, channel: str, phone: str, number: int, text: str) -> bool:
    """Did we write this? By its number; by its words while the number is not known yet."""
    if of_number(session, channel, str(number), phone):
        return True
    return any(_says(row, text) for row in on_its_way(session, phone)) if phone and text else False


def _to(session: Session, phone: str, states: Sequence[str]) -> Sequence[EffectRow]:
    """The newest first."""
    return session.exec(
        select(EffectRow)
        .join(CaseRow, col(CaseRow.id) == col(EffectRow.case_id))
        .where(CaseRow.phone == phone, EffectRow.kind == SendMessage.__name__)
        .where(col(EffectRow.state).in_(states))
        .order_by(col(EffectRow.id).desc())
    ).all()


def _says(row: EffectRow, text: str) -> bool:
    if text.startswith(TEMPLATE_MARK):
        template = row.payload.get("template") or {}
        return bool(template) and text.split("\n", 1)[-1].lstrip().startswith(template["name"])
    return " ".join(text.split()) == " ".join(row.payload["text"].split())
