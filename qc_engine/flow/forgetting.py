"""A person is erased, and what was erased is made unreadable in the database's own files."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from sqlite3 import OperationalError

from sqlmodel import Session

from qc_engine.core.events import Deal, DealSeen
from qc_engine.store import erasure
from qc_engine.store.bare import without
from qc_engine.store.database import Database
from qc_engine.store.lock import DECIDING, wait_for_turn
from qc_engine.store.persons import is_held, look_ahead, person

ROUNDS = 3  # a decision that was under way may write once more what it had read before
SMALL_BYTES = 256_000_000  # a file that is rewritten while the engine runs: whoever writes waits for it
TABLES = (
    "audit", "bonuses", "cases", "clients", "clicks", "contact_points", "deliveries", "effects", "handled",
    "inbox", "invitations", "links", "shadow_cases", "traces", "watched_fields",
)  # fmt: skip


@dataclass(frozen=True)
class Erased:
    """What was done. `rewritten`: nothing of it can be read from the database's file any more."""

    record: int
    counts: Mapping[str, int]
    rewritten: bool


def forget(
    database: Database, phone: str, fingerprint: str, by: str, user_id: str, reason: str, now: datetime,
    *, however_large: bool = False,
) -> Erased:  # fmt: skip
    """Durable, with its record, when this returns; may be repeated. `phone` as in the table of clients."""
    with database.reading() as session:
        ahead = look_ahead(session, phone)
    with _alone(database) as session:
        plain = without(reason, person(session, phone))
        counts = erasure.erase(session, phone, now, ahead)
        row = erasure.record(session, fingerprint, by, user_id, plain, counts, now)
    for _ in range(ROUNDS):
        with database.reading() as session:
            if not is_held(session, phone):
                break
            ahead = look_ahead(session, phone)
        with _alone(database) as session:
            erasure.erase(session, phone, now, ahead)
    assert row.id is not None
    return Erased(row.id, counts, rewrite(database, however_large=however_large))


@contextmanager
def _alone(database: Database) -> Iterator[Session]:
    """After who decides: both change cases and what came in, and each would wait for the other."""
    with database.transaction() as session:
        wait_for_turn(session, DECIDING)
        yield session


def rewrite(database: Database, *, however_large: bool = False) -> bool:
    """Erased rows lie about in a file until it is written anew; False for one too large to do so now."""
    if database.path is None:
        _vacuum(database)
        return True
    if database.path.stat().st_size > SMALL_BYTES and not however_large:
        return False
    with database.turn:
        return _rewritten(database)


def _rewritten(database: Database) -> bool:
    """False when somebody else, another process perhaps, stood in the way."""
    try:
        with closing(database.engine.raw_connection()) as connection, closing(connection.cursor()) as cursor:
            cursor.execute("VACUUM")
            # The log still holds what was erased, until all of it is carried over and it begins anew.
            busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except OperationalError:
        return False
    return not busy


def _vacuum(database: Database) -> None:
    engine = database.engine.execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for table in TABLES:
            connection.exec_driver_sql(f"VACUUM {table}")


# --- who was erased stays so --------------------------------------------------------------------


@dataclass(frozen=True)
class Forgotten:
    """Knows a person who was erased, by the keyed fingerprint of the phone alone."""

    normalise: Callable[[str], str]
    fingerprint: Callable[[str], str]

    def has(self, session: Session, phone: str) -> bool:
        """`phone` as somebody typed it."""
        known = self.normalise(phone or "")
        return bool(known) and erasure.erased_at(session, [self.fingerprint(known)]) is not None

    def without_them(self, session: Session, seen: DealSeen) -> DealSeen | None:
        """The deal of nobody, when it is of somebody who was erased; None for anybody else's."""
        if not self.has(session, seen.deal.phone or ""):
            return None
        deal = seen.deal
        nobodys = Deal(
            deal.deal_id, "", deal.stage, deal.entered_at, deal.branch_value, do_not_disturb=True,
            assigned_to=deal.assigned_to, updated_at=deal.updated_at,
        )  # fmt: skip
        return DealSeen(nobodys, seen.asked)
