"""Everything sealed in the database: under which key it stands, and sealed anew under the key of today."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import update
from sqlmodel import Session, col, select

from qc_engine.store import two_steps
from qc_engine.store.console_tables import TwoStepRow
from qc_engine.store.database import Database
from qc_engine.store.memory import Seal
from qc_engine.store.tables import NoteRow

AT_ONCE = 50  # in one transaction: whoever writes beside it hardly waits


@dataclass(frozen=True)
class Sealed:
    """One text; `name` is bound to it. `column` and `key` say where it stands."""

    name: str
    value: str
    table: type[NoteRow] | type[TwoStepRow]
    key: str


@dataclass(frozen=True)
class Stand:
    """How many are under the key of today, what is under a former one, and what no given key opens."""

    fresh: int
    old: Sequence[str]
    lost: Sequence[str]


def stand(session: Session, seal: Seal) -> Stand:
    """Nothing is changed."""
    every = list(_all(session))
    stale = [one for one in every if not seal.is_of_today(one.name, one.value)]
    old = [one.name for one in stale if seal.open(one.name, one.value) is not None]
    return Stand(len(every) - len(stale), old, [one.name for one in stale if one.name not in old])


def reseal(database: Database, seal: Seal, tell: Callable[[int, int], None] = lambda *_: None) -> Stand:
    """May be broken off anywhere and repeated, while the engine runs: whatever it writes meanwhile stays.

    `tell` is called with how many are done, of how many. Returns how it stands afterwards.
    """
    with database.reading() as session:
        stale = [one for one in _all(session) if not seal.is_of_today(one.name, one.value)]
    for first in range(0, len(stale), AT_ONCE):
        some = stale[first : first + AT_ONCE]
        with database.transaction() as session:
            for one in some:
                _anew(session, seal, one)
        tell(first + len(some), len(stale))
    with database.reading() as session:
        return stand(session, seal)


def _anew(session: Session, seal: Seal, one: Sealed) -> None:
    """Only what still stands there as it was read."""
    text = seal.open(one.name, one.value)
    if text is None:
        return
    closed = seal.close(one.name, text)
    if one.table is NoteRow:
        note = update(NoteRow).where(col(NoteRow.name) == one.key, col(NoteRow.value) == one.value)
        session.execute(note.values(value=closed))
    else:
        step = update(TwoStepRow).where(col(TwoStepRow.user_id) == one.key)
        session.execute(step.where(col(TwoStepRow.secret) == one.value).values(secret=closed))


def _all(session: Session) -> Iterator[Sealed]:
    for note in session.exec(select(NoteRow).where(col(NoteRow.sealed)).order_by(NoteRow.name)):
        yield Sealed(note.name, note.value, NoteRow, note.name)
    for step in session.exec(select(TwoStepRow).order_by(TwoStepRow.user_id)):
        yield Sealed(two_steps.name_of(step.user_id), step.secret, TwoStepRow, step.user_id)
