"""The queue of one visitor: what the engine tells, what the tables hold, without what is looked after."""

from collections.abc import Sequence

from sqlmodel import Session

from qc_engine.store import audit, dissatisfied, queue
from qc_engine.store import slipping as slips
from qc_engine.store.dissatisfied import OVERDUE, Which
from qc_engine.web.console.policy import Action, Where, scope
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.today import items, worries
from qc_engine.web.pages.today.items import KINDS, Item


def gathered(console: Console, visitor: Visitor) -> Sequence[Item]:
    """Alarms first, then what waits longest."""
    told = console.behind.attention(visitor.look.language, scope(visitor.user))
    with console.database.reading() as session:
        found = [*items.of_engine(visitor, told), *_of_tables(session, visitor)]
        done = audit.handled(session, [one.key for one in found])
        waiting = [one for one in found if one.key not in done]
        complaints = dissatisfied.among(session, {one.case_id for one in waiting if one.case_id})
    return sorted((worries.with_complaint(visitor, one, complaints) for one in waiting), key=_urgency)


def _of_tables(session: Session, visitor: Visitor) -> Sequence[Item]:
    branches = scope(visitor.user)
    looked_for = (items.overdue(visitor, row) for row in queue.review_awaited(session, branches))
    found = [items.unclear(visitor, row) for row in queue.unclear(session, branches)]
    found += [one for one in looked_for if one]
    late = dissatisfied.page(session, Which(now=visitor.now), branches, OVERDUE, queue.MOST)
    found += [worries.late(visitor, row) for row in late]
    found += worries.slipping(visitor, slips.standing(session))
    if visitor.may(Action.SEE_QUEUE, Where.COMPANY):
        found += [items.unmatched(visitor, row) for row in queue.unmatched(session, visitor.now)]
    return found


def _urgency(one: Item) -> tuple[int, float, str]:
    first = KINDS.index(one.kind) if one.kind in ("alarm", "broken") else len(KINDS)
    return first, one.since.timestamp() if one.since else 0.0, one.key
