"""What tells whether anything on the page of a case has changed: read by indexes, without its texts."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlmodel import Session, col

from qc_engine.store.tables import CaseRow, ClickRow, ClientRow, DeliveryRow, EffectRow, InboxRow, LinkRow

OF_EFFECT = ("id", "state", "attempts", "looks", "run_at", "result", "error")
OF_DELIVERY = ("channel", "message_id", "state", "at", "code")
OF_CLIENT = ("opted_out_at", "surveyed_at", "wrote_at", "operator_at")


def of_case(session: Session, row: CaseRow, now: datetime) -> Sequence[object]:
    """Others as soon as the case, what it did, what became of that, its visits or its client are others."""
    is_due = row.wake_at is not None and row.wake_at <= now
    found = [tuple(one) for query in _queries(row) for one in session.execute(query).all()]
    return [row.rev, row.updated_at, is_due, *found]


def _queries(row: CaseRow) -> Iterator[Select[Any]]:
    of_case = col(EffectRow.case_id) == row.id
    yield _columns(EffectRow, OF_EFFECT).where(of_case).order_by(col(EffectRow.id))
    yield _deliveries(row.id)
    heard = _counted(InboxRow.processed_at)
    yield heard.where(col(InboxRow.case_id) == row.id)
    yield _clicks(row.id)
    yield _columns(ClientRow, OF_CLIENT).where(col(ClientRow.phone) == row.phone)


def _columns(table: Any, names: Sequence[str]) -> Select[Any]:
    return select(*(getattr(table, name) for name in names))


def _counted(latest: Any) -> Select[Any]:
    """How many, and the last of them."""
    columns: Sequence[Any] = (func.count(), func.max(latest))
    return select(*columns)


def _deliveries(case_id: str) -> Select[Any]:
    """One message's number may stand in another channel too: then the page is made once more, no harm."""
    results = select(col(EffectRow.result)).where(
        col(EffectRow.case_id) == case_id, col(EffectRow.kind) == "SendMessage", col(EffectRow.result) != ""
    )
    told = _columns(DeliveryRow, OF_DELIVERY).where(col(DeliveryRow.message_id).in_(results))
    return told.order_by(*(getattr(DeliveryRow, name) for name in OF_DELIVERY[:3]))


def _clicks(case_id: str) -> Select[Any]:
    of_link = col(ClickRow.code) == col(LinkRow.code)
    clicks = _counted(ClickRow.id).select_from(LinkRow).join(ClickRow, of_link)
    return clicks.where(col(LinkRow.case_id) == case_id)
