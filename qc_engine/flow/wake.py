"""Cases whose time has come: a timer is an event like any other."""

from qc_engine.clock import Clock
from qc_engine.core.events import TimerDue
from qc_engine.ports import Arrival
from qc_engine.store import cases, holding, inbox
from qc_engine.store.database import Database

AT_ONCE = 25  # in one transaction, by three statements: few, because every writer waits for it
# Events are handled in the order they came: a client's words must not wait behind a whole season's timers.
ENOUGH = 50


def wake_due(database: Database, clock: Clock) -> int:
    """How many cases were woken; their timers stand in the inbox now.

    None while enough stands there already: whoever handles it calls again.
    """
    with database.reading() as session:
        if not cases.due(session, clock.now(), 1) or inbox.has_waiting(session, clock.now(), ENOUGH):
            return 0
        # After a restore: what clients said since the backup is read before anybody counts their silence.
        if holding.unanswered(session):
            return 0
    with database.transaction(durable=False) as session:
        now = clock.now()
        due = cases.due(session, now, AT_ONCE)
        timers = [Arrival(f"timer:{row.id}:{row.rev}", TimerDue(row.id, now)) for row in due]
        inbox.add_all(session, "clock", timers, now)
        cases.unhook(session, due)
    return len(due)
