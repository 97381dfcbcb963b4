"""The queue of one visitor: what the engine tells, what the tables hold, without what is looked after."""

from collections.abc import Sequence

from sqlmodel import Session

from qc_engine.store import audit, queue
from qc_engine.web.console.policy import Action, Where, scope
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.today import items
from qc_engine.web.pages.today.items import KINDS, Item


def gathered(console: Console, visitor: Visitor) -> Sequence[Item]:
    """Alarms first, then what waits longest."""
    told = console.behind.attention(visitor.look.language, scope(visitor.user))
    with console.database.reading() as session:
        found = [*items.of_engine(visitor, told), *_of_tables(session, visitor)]
        done = audit.handled(session, [one.key for one in found])
    return sorted((one for one in found if one.key not in done), key=_urgency)


def _of_tables(session: Session, visitor: Visitor) -> Sequence[Item]:
    branches = scope(visitor.user)
    looked_for = (items.overdue(visitor, row) for row in queue.review_awaited(session, branches))
    found = [items.unclear(visitor, row) for row in queue.unclear(session, branches)]
    found += [one for one in looked_for if one]
    if visitor.may(Action.SEE_QUEUE, Where.COMPANY):
        found += [items.unmatched(visitor, row) for row in queue.unmatched(session, visitor.now)]
    return found


def _urgency(one: Item) -> tuple[int, float, str]:
    first = KINDS.index(one.kind) if one.kind in ("alarm", "broken") else len(KINDS)
    return first, one.since.timestamp() if one.since else 0.0, one.key
