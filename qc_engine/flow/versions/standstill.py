"""Cases stand still, with their whole scenario or one by one; what happens to them meanwhile is kept.

All of it comes back when they go on, in its order and before what time alone brings.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from qc_engine.core.answers.read import read
from qc_engine.core.answers.reading import Kind
from qc_engine.core.case import Case
from qc_engine.core.events import AnswerReceived, CasePaused, CaseResumed, CaseStopped, Event
from qc_engine.store import cases, codec, inbox, scenarios
from qc_engine.store.tables import CaseRow, InboxRow


def standing_still(session: Session, found: Sequence[CaseRow], event: Event) -> list[CaseRow]:
    """Those of these that nothing may happen to now; who let one stand still may let it go on, or end it."""
    lets_go = isinstance(event, CasePaused | CaseResumed | CaseStopped)
    return [
        row
        for row in found
        if (row.still_since and not lets_go) or scenarios.is_frozen(session, row.portal, row.scenario)
    ]


def goes_on(session: Session, before: Case, after: Case, now: datetime) -> None:
    """A case stood still by itself and does so no longer: what was kept for it has its turn."""
    if before.still and not after.still:
        inbox.bring_back_of(session, before.id, now)


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
