"""A person decides what became of an effect that nobody knows about, or that was refused."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal, get_args

from sqlmodel import Session

from qc_engine.core.effects import CreateTask, SendMessage
from qc_engine.core.events import EffectDone, EffectFailed, Event
from qc_engine.ports import Arrival
from qc_engine.store import inbox, outbox
from qc_engine.store.tables import EffectRow

How = Literal["happened", "again", "drop"]
CHOICES: tuple[str, ...] = get_args(How)
WAITING = (outbox.REVIEW, outbox.FAILED)
SOURCE = "outbox"  # the same as of a delivery: the case must not learn of one effect twice
DROPPED, BY_A_PERSON = "dropped", "by a person"


class NotWaiting(ValueError):
    """The effect waits for nobody: somebody was quicker, or it was never in doubt. `state`: as it is now."""

    def __init__(self, row: EffectRow) -> None:
        since = f" since {row.done_at:%Y-%m-%d %H:%M} UTC" if row.done_at else ""
        why = f" ({row.error})" if row.error else ""
        super().__init__(
            f"effect {row.id} is {row.state}{since}{why}; only review and failed wait for a person"
        )
        self.state = row.state


def resolve(session: Session, effect_id: int, how: str, now: datetime, *, result: str = "") -> None:
    """happened: take it as done (`result`: the vendor's id, if known); again: plan it anew; drop: cancel it.

    Raises ValueError for another word and an unknown effect, NotWaiting when nobody has to decide (any more).
    """
    if how not in CHOICES:
        raise ValueError(f"'{how}' is no answer; possible: {', '.join(CHOICES)}")
    row = session.get(EffectRow, effect_id, with_for_update=True)
    if row is None:
        raise ValueError(f"there is no effect {effect_id}")
    if row.state not in WAITING:
        raise NotWaiting(row)
    acts: dict[str, Callable[[], None]] = {
        "happened": lambda: _happened(session, row, result, now),
        "again": lambda: _again(row, now),
        "drop": lambda: _drop(session, row, now),
    }
    acts[how]()
    session.flush()


def _happened(session: Session, row: EffectRow, result: str, now: datetime) -> None:
    outbox.settle(row, outbox.DONE, now, result=result or row.result)
    if row.kind == CreateTask.__name__ or (row.kind == SendMessage.__name__ and row.payload["question"]):
        # Its clock starts when it may have left, not when a person came to know: an answer may be between.
        _tell(session, row, "", EffectDone(row.key, row.result, row.first_tried_at or now), now)


def _again(row: EffectRow, now: datetime) -> None:
    """As if it had never been tried: a later search need not look so far back."""
    outbox.postpone(row, now, "")
    row.first_tried_at, row.done_at, row.looks, row.recreated = None, None, 0, 0


def _drop(session: Session, row: EffectRow, now: datetime) -> None:
    """Of a refusal the case knows already; that an uncertain effect will never happen, it learns now."""
    untold = row.state == outbox.REVIEW
    outbox.settle(row, outbox.CANCELLED, now, error=f"{DROPPED}: {BY_A_PERSON}")
    outbox.cancel_dependants(session, row.key, now)
    if untold:
        _tell(session, row, "failed:", EffectFailed(row.key, row.kind, DROPPED, BY_A_PERSON, now), now)


def _tell(session: Session, row: EffectRow, ending: str, event: Event, now: datetime) -> None:
    inbox.add(session, SOURCE, Arrival(f"effect:{row.key}:{ending}{row.attempts}", event), now)
