"""Which workers live, and what each of them looks after: notes that every worker writes every few seconds."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select, text
from sqlmodel import Session, col

from qc_engine.clock import Clock
from qc_engine.store.lock import hurry, wait_for_turn
from qc_engine.store.tables import NoteRow

WORKER, DUTY = "worker:", "duty:"
BEAT_EVERY = timedelta(seconds=2)
# Who has said nothing for so long is taken for dead: others take over what it looked after.
SILENT_AFTER = timedelta(seconds=10)
FORGOTTEN_AFTER = timedelta(days=1)  # until then people can see that somebody is missing


@dataclass(frozen=True)
class Worker:
    """One process that decides and delivers. `release`: the schema that its program needs."""

    id: str
    release: str
    host: str = ""
    pid: int = 0
    role: str = ""
    since: str = ""  # ISO 8601, UTC
    knows: tuple[str, ...] = ()  # what it could look after
    place: str = ""  # where its pid means something: a machine, and there one space of processes
    key: str = ""  # tells one secret_key from another, and nothing of either
    skew: float = 0.0  # s, by which its machine's clock is ahead of the database's


@dataclass(frozen=True)
class Seen:
    """A worker, when it was last heard of, whether that is recent, and what it looks after."""

    worker: Worker
    at: datetime
    lives: bool
    duties: tuple[str, ...] = field(default=())


def moment(session: Session, clock: Clock) -> datetime:
    """One clock for all machines: that of the database where it has one."""
    if session.get_bind().dialect.name == "sqlite":
        return clock.now()
    told: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
    return told


def together(session: Session) -> None:
    """Until the end of the transaction nobody else shares anything out."""
    wait_for_turn(session, "duties")
    hurry(session)


def say(session: Session, worker: Worker, now: datetime) -> None:
    """This worker lives."""
    value = json.dumps(asdict(worker))
    session.merge(NoteRow(name=f"{WORKER}{worker.id}", value=value, updated_at=now))


def leave(session: Session, worker_id: str, now: datetime) -> None:
    """It has ended in order: nobody need wait for its silence."""
    for name, holder in holders(session).items():
        if holder == worker_id:
            hold(session, name, "", now)
    if row := session.get(NoteRow, f"{WORKER}{worker_id}"):
        session.delete(row)


def seen(session: Session, now: datetime) -> Sequence[Seen]:
    """All that were heard of lately, the longest at work first."""
    held = holders(session)
    found = [_seen(row, held, now) for row in _notes(session, WORKER)]
    return sorted(found, key=lambda one: (one.worker.since, one.worker.id))


def living(session: Session, now: datetime, me: Worker) -> Sequence[Worker]:
    """As far as `me`, one of them, can know."""
    return [one.worker for one in seen(session, now) if one.lives and not _is_gone(one.worker, me)]


def _is_gone(worker: Worker, me: Worker) -> bool:
    """Somebody who was killed here a moment ago, perhaps ourselves before a restart: why wait?"""
    if worker.id == me.id or not me.place or worker.place != me.place:
        return False
    try:
        os.kill(worker.pid, 0)  # asks, and does nothing
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return worker.pid == me.pid


def forget_old(session: Session, now: datetime) -> None:
    for row in _notes(session, WORKER):
        if now - row.updated_at > FORGOTTEN_AFTER:
            session.delete(row)


def forget_all(session: Session) -> None:
    """Of a backup: those who worked then are neither alive nor missed, and hold nothing."""
    for row in (*_notes(session, WORKER), *_notes(session, DUTY)):
        session.delete(row)


def holders(session: Session) -> Mapping[str, str]:
    """Who looks after each thing; '' nobody."""
    return {row.name.removeprefix(DUTY): row.value for row in _notes(session, DUTY)}


def hold(session: Session, name: str, worker_id: str, now: datetime) -> None:
    session.merge(NoteRow(name=f"{DUTY}{name}", value=worker_id, updated_at=now))


def _notes(session: Session, prefix: str) -> Sequence[NoteRow]:
    query = select(NoteRow).where(col(NoteRow.name).startswith(prefix, autoescape=True))
    return session.execute(query.order_by(text("name"))).scalars().all()


def _seen(row: NoteRow, held: Mapping[str, str], now: datetime) -> Seen:
    told = json.loads(row.value)
    known = {name: told[name] for name in Worker.__dataclass_fields__ if name in told}
    worker = Worker(**known | {"knows": tuple(told.get("knows", ()))})
    duties = tuple(sorted(name for name, holder in held.items() if holder == worker.id))
    return Seen(worker, row.updated_at, now - row.updated_at < SILENT_AFTER, duties)
