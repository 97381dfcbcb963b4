"""The outbox: effects with leases and fences, in order within a case and a lane."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, text, true, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from qc_engine.core.case import Case
from qc_engine.core.channel import MAIN as MAIN_CHANNEL
from qc_engine.core.draft import BULK, Planned
from qc_engine.core.effects import CreateTask, Effect, Lane, Repeat, SendMessage
from qc_engine.store import codec, scenarios
from qc_engine.store.cases import MAIN
from qc_engine.store.tables import CaseRow, EffectRow

PLANNED, SENDING, DONE, FAILED = "planned", "sending", "done", "failed"
UNKNOWN, REVIEW, CANCELLED = "unknown", "review", "cancelled"
OPEN = (PLANNED, SENDING, UNKNOWN, REVIEW)
UNDO = 0  # the priority of what takes back: before all others, and also while its scenario stands still
BLOCKING = (PLANNED, SENDING, UNKNOWN)  # a person may take days over a review: do not block others
FOLLOWING = (PLANNED, UNKNOWN)  # unknown, though it never had its turn: since a restore

# Written as text, because SQLite uses a partial index only for the very words of its condition.
READY = text("effects.state IN ('planned', 'unknown')")
LEASED = text("effects.state = 'sending'")
FOR_A_PERSON = text("effects.state IN ('review', 'failed')")


@dataclass(frozen=True)
class Claimed:
    """An effect that this worker, and nobody else, may carry out until the lease ends."""

    row_id: int
    fence: int
    key: str
    case_id: str
    effect: Effect
    uncertain: bool  # an earlier attempt may have been carried out: search first
    attempts: int
    first_tried_at: datetime
    looks: int
    recreated: int
    urgent: bool = False  # somebody waits for it


def lane_of(lane: Lane, portal: str, channel: str = MAIN_CHANNEL) -> str:
    """One door to each portal and each channel: 'crm' and 'channel' of the main ones, else 'crm:NAME'.

    Webhooks have one for all.
    """
    if lane is Lane.WEBHOOK:
        return lane.value
    main, name = (MAIN_CHANNEL, channel) if lane is Lane.CHANNEL else (MAIN, portal)
    return lane.value if name == main else f"{lane.value}:{name}"


def add(session: Session, case: Case, planned: Planned, now: datetime) -> None:
    add_all(session, case, (planned,), now)


def add_all(session: Session, case: Case, effects: Sequence[Planned], now: datetime) -> None:
    """Effects of one case in their order; what must leave before an urgent one is as urgent as that one."""
    rows = [_row_of(one, case, now) for one in effects]
    urgent: dict[str, int] = {}  # by lane, what is wanted soonest of all that comes later
    for row in reversed(rows):
        own, row.priority = row.priority, min(row.priority, urgent.get(row.lane, row.priority))
        if UNDO < own < BULK:
            urgent[row.lane] = min(own, urgent.get(row.lane, own))
    for lane, priority in urgent.items():
        _hurry(session, case.id, lane, priority)
    session.add_all(rows)


def _row_of(planned: Planned, case: Case, now: datetime) -> EffectRow:
    channel = planned.effect.channel if isinstance(planned.effect, SendMessage) else MAIN_CHANNEL
    return EffectRow(
        key=planned.key,
        case_id=case.id,
        lane=lane_of(planned.effect.lane, case.portal, channel),
        kind=type(planned.effect).__name__,
        payload=codec.dump_effect(planned.effect),
        waits_for=planned.waits_for,
        priority=planned.priority,
        run_at=now,
        created_at=now,
    )


def _hurry(session: Session, case_id: str, lane: str, priority: int) -> None:
    """The effects of this case that have not left yet are at least so urgent."""
    session.execute(
        update(EffectRow)
        .where(col(EffectRow.case_id) == case_id, col(EffectRow.lane) == lane)
        .where(col(EffectRow.state).in_((PLANNED, UNKNOWN)), col(EffectRow.priority) > priority)
        .values(priority=priority)
    )


def ready(session: Session, lane: str, now: datetime, limit: int) -> Sequence[EffectRow]:
    """The first open effect of each case in this lane, urgent ones first."""
    wanted = {"lane": lane, "now": now, "most": limit}
    rows = session.exec(_READY, params=wanted).all()
    # Looked at last: mostly nothing is ready, and nothing stands still.
    if rows and scenarios.anything_stands_still(session):
        return session.exec(_READY_BESIDE_FROZEN, params=wanted).all()
    return rows


def _ready(*, some_frozen: bool = False) -> SelectOfScalar[EffectRow]:
    earlier, needed = aliased(EffectRow), aliased(EffectRow)
    # What takes back may leave, also past what stands still before it.
    takes_back = col(EffectRow.priority) == UNDO
    stands_still = and_(scenarios.frozen_case(col(EffectRow.case_id)), ~takes_back)
    blocked = (
        select(earlier.id)
        .where(
            earlier.case_id == EffectRow.case_id,
            earlier.lane == EffectRow.lane,
            col(earlier.state).in_(BLOCKING),
            # A person may bring an old one back while a younger one is on its way.
            or_(col(earlier.id) < EffectRow.id, col(earlier.state) == SENDING),
            or_(~takes_back, col(earlier.state) != PLANNED, col(earlier.priority) == UNDO),
        )
        .exists()
    )
    fulfilled = select(needed.id).where(needed.key == EffectRow.waits_for, needed.state == DONE).exists()
    return (
        select(EffectRow)
        .where(READY, col(EffectRow.lane) == bindparam("lane"), col(EffectRow.run_at) <= bindparam("now"))
        .where(~blocked, or_(col(EffectRow.waits_for) == "", fulfilled))
        .where(~stands_still if some_frozen else true())
        .order_by(col(EffectRow.priority), col(EffectRow.run_at), col(EffectRow.id))
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True, of=EffectRow)
    )


# Built once: the two aliases cost more than the query.
_READY, _READY_BESIDE_FROZEN = _ready(), _ready(some_frozen=True)


def claim(row: EffectRow, now: datetime, lease: timedelta) -> Claimed:
    """Written down before a byte leaves: who does it, since when, and until when."""
    uncertain = row.state == UNKNOWN
    row.state, row.fence, row.lease_until = SENDING, row.fence + 1, now + lease
    row.attempts += 1
    row.first_tried_at = row.first_tried_at or now
    assert row.id is not None
    return Claimed(
        row.id,
        row.fence,
        row.key,
        row.case_id,
        codec.load_effect(row.kind, row.payload),
        uncertain,
        row.attempts,
        row.first_tried_at,
        row.looks,
        row.recreated,
        row.priority < BULK,
    )


def held(session: Session, claimed: Sequence[Claimed]) -> Mapping[int, EffectRow]:
    """Rows that this worker still holds, by their id; those that another one took over are missing.

    Locked: between this look and the commit nobody takes them over.
    """
    ids = [one.row_id for one in claimed]
    mine = select(EffectRow).where(col(EffectRow.id).in_(ids)).order_by(col(EffectRow.id))
    rows = {row.id: row for row in session.exec(mine.with_for_update())}
    return {
        one.row_id: row
        for one in claimed
        if (row := rows.get(one.row_id)) and row.fence == one.fence and row.state == SENDING
    }


def settle(row: EffectRow, state: str, now: datetime, *, result: str = "", error: str = "") -> None:
    """The effect's end, or its rest until a person acts."""
    row.state, row.result, row.error, row.lease_until = state, result[:64], error, None
    row.done_at = now


def postpone(row: EffectRow, until: datetime, why: str, *, unknown: bool = False) -> None:
    row.state, row.run_at, row.error, row.lease_until = UNKNOWN if unknown else PLANNED, until, why, None


def expired(session: Session, now: datetime, settle_for: timedelta) -> int:
    """Leases of workers that died: harmless effects start again, the others become uncertain."""
    over = select(EffectRow).where(LEASED, col(EffectRow.lease_until) <= now)
    # One that is locked is just being recorded, late, or taken back by another worker.
    rows = session.exec(over.with_for_update(skip_locked=True)).all()
    for row in rows:
        # What only a newer program knows may be anything.
        known = row.kind in codec.EFFECTS
        natural = known and codec.load_effect(row.kind, row.payload).repeat is Repeat.NATURAL
        until = now if natural else now + settle_for
        postpone(row, until, "the worker that had it is gone", unknown=not natural)
    return len(rows)


def cancel_planned(
    session: Session, case_id: str, kinds: Sequence[type[Effect]], keep: Sequence[str], now: datetime
) -> None:
    """What of these kinds has not left yet must not leave any more."""
    session.execute(
        update(EffectRow)
        .where(
            col(EffectRow.case_id) == case_id,
            col(EffectRow.state) == PLANNED,
            col(EffectRow.kind).in_([kind.__name__ for kind in kinds]),
            col(EffectRow.key).not_in(keep),
        )
        .values(state=CANCELLED, done_at=now, error="the case went another way")
    )


def give_up(session: Session, key: str, now: datetime) -> None:
    """A person has it made anew: this one waits for nobody any more."""
    row = of_key(session, key)
    if row and row.state in (FAILED, REVIEW):
        settle(row, CANCELLED, now, error="a person had it sent once more")


def dependants(session: Session, key: str) -> Sequence[EffectRow]:
    """What has not left yet, because this effect must be done first."""
    return session.exec(
        select(EffectRow).where(EffectRow.waits_for == key, col(EffectRow.state).in_(FOLLOWING))
    ).all()


def cancel_dependants(session: Session, key: str, now: datetime) -> None:
    session.execute(
        update(EffectRow)
        .where(col(EffectRow.waits_for) == key, col(EffectRow.state).in_(FOLLOWING))
        .values(state=CANCELLED, done_at=now, error="what it waited for did not happen")
    )


def of_key(session: Session, key: str) -> EffectRow | None:
    return session.exec(select(EffectRow).where(EffectRow.key == key)).first()


def of_case(session: Session, case_id: str) -> Sequence[EffectRow]:
    return session.exec(
        select(EffectRow).where(EffectRow.case_id == case_id).order_by(col(EffectRow.id))
    ).all()


def question_in_flight(session: Session, key: str) -> bool:
    """Is this question on its way, so that an answer may be quicker than our knowledge?"""
    row = of_key(session, key)
    return row is not None and row.state in (SENDING, UNKNOWN)


def is_planned(session: Session, key: str) -> bool:
    """Has this certainly not left yet?"""
    row = of_key(session, key)
    return row is not None and row.state == PLANNED


def task_in_flight(session: Session, portal: str) -> bool:
    """Are we just making a task in this portal, whose number nobody knows yet?"""
    on_its_way = col(EffectRow.state).in_((SENDING, UNKNOWN))
    made = select(EffectRow.id).where(
        EffectRow.lane == lane_of(Lane.CRM, portal), EffectRow.kind == CreateTask.__name__, on_its_way
    )
    return session.exec(made).first() is not None


def for_a_person(session: Session, of_cases: ColumnElement[bool] | None = None) -> Sequence[EffectRow]:
    """Uncertain effects, and refused ones that nobody has dismissed; `of_cases`: only those of some cases."""
    query = select(EffectRow).where(FOR_A_PERSON).order_by(col(EffectRow.id))
    if of_cases is not None:
        query = query.join(CaseRow, col(CaseRow.id) == col(EffectRow.case_id)).where(of_cases)
    return session.exec(query).all()


def last_refused(session: Session, lane: str) -> EffectRow | None:
    """The newest one of this lane that waits for a person."""
    query = select(EffectRow).where(FOR_A_PERSON, EffectRow.lane == lane, EffectRow.error != "")
    return session.exec(query.order_by(col(EffectRow.id).desc()).limit(1)).first()


def counts(session: Session) -> dict[str, int]:
    rows = session.exec(select(EffectRow.state, func.count()).group_by(EffectRow.state)).all()
    return dict(rows)


def waiting(session: Session, now: datetime) -> int:
    """How many effects could leave now if there were room."""
    return session.exec(
        select(func.count())
        .select_from(EffectRow)
        .where(col(EffectRow.state).in_((PLANNED, SENDING, UNKNOWN)), EffectRow.run_at <= now)
    ).one()
