"""A frozen scenario: its cases stand still, and what happens to them meanwhile is kept until they go on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from qc_engine.core.answers.read import read
from qc_engine.core.answers.reading import Kind
from qc_engine.core.events import AnswerReceived, Event
from qc_engine.store import cases, codec, inbox, scenarios
from qc_engine.store.tables import CaseRow, InboxRow


def standing_still(session: Session, found: Sequence[CaseRow]) -> list[CaseRow]:
    """Those of these cases that nothing may happen to now."""
    return [row for row in found if scenarios.is_frozen(session, row.portal, row.scenario)]


def put_aside(session: Session, row: InboxRow, event: Event, still: Sequence[CaseRow], now: datetime) -> None:
    """As it was taken in: a channel's news are told once. 'Stop' holds at once, for every scenario.

    For each case by itself: they go on at different times, and the others have heard it.
    """
    if isinstance(event, AnswerReceived) and read(event.text, kind=event.kind).kind is Kind.OPT_OUT:
        client = cases.client(session, event.phone)
        cases.save_client(session, replace(client, opted_out_at=client.opted_out_at or now))
    row.event = codec.dump_event(event)
    first, *others = still
    inbox.put_aside(row, first.id, now)
    for one in others:
        inbox.put_aside(inbox.copy_for(session, row, one.id), one.id, now)


def was_put_aside(row: InboxRow) -> bool:
    """Was this open one taken in before, and only its case stood still?"""
    # Not by the reason: that may be a fault since, after which it is tried once more.
    return bool(row.case_id)
