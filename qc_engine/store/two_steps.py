"""The second step of a login: secrets, codes that were used, and logins that are half done."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, update
from sqlmodel import Session, col, select

from qc_engine.store.console_tables import HalfLoginRow, RecoveryCodeRow, TwoStepRow
from qc_engine.store.users import hashed

HALF_LIVES = timedelta(minutes=5)


def name_of(user_id: str) -> str:
    """What the secret of this user is sealed as."""
    return f"two steps:{user_id}"


def get(session: Session, user_id: str) -> TwoStepRow | None:
    """Also one that nobody has confirmed yet."""
    return session.get(TwoStepRow, user_id)


def held(session: Session, user_id: str) -> TwoStepRow | None:
    """Nobody else uses a code of it until the transaction ends."""
    return session.get(TwoStepRow, user_id, with_for_update=True, populate_existing=True)


def stands(session: Session, user_id: str) -> bool:
    """Is this user asked for a code?"""
    row = session.get(TwoStepRow, user_id)
    return row is not None and row.confirmed_at is not None


def all_who(session: Session) -> Collection[str]:
    """Users who are asked for a code."""
    confirmed = select(TwoStepRow.user_id).where(col(TwoStepRow.confirmed_at).is_not(None))
    return set(session.exec(confirmed).all())


def begin(session: Session, user_id: str, sealed: str, now: datetime) -> None:
    """An earlier secret that nobody confirmed is forgotten."""
    session.merge(TwoStepRow(user_id=user_id, secret=sealed, begun_at=now, confirmed_at=None, last_used=0))


def forget(session: Session, user_id: str) -> bool:
    """False when there was none."""
    session.execute(delete(RecoveryCodeRow).where(col(RecoveryCodeRow.user_id) == user_id))
    end_halves(session, user_id)
    gone = session.execute(delete(TwoStepRow).where(col(TwoStepRow.user_id) == user_id))
    return bool(getattr(gone, "rowcount", 0))


# --- recovery codes ---------------------------------------------------------------------------


def keep_codes(session: Session, user_id: str, codes: Sequence[str]) -> None:
    """Instead of all that there were; the codes themselves are nowhere stored."""
    session.execute(delete(RecoveryCodeRow).where(col(RecoveryCodeRow.user_id) == user_id))
    session.add_all(
        [RecoveryCodeRow(code_hash=hashed(f"{user_id}:{code}"), user_id=user_id) for code in codes]
    )


def use_code(session: Session, user_id: str, code: str, now: datetime) -> bool:
    """False when it is none of theirs, or was used."""
    used = session.execute(
        update(RecoveryCodeRow)
        .where(col(RecoveryCodeRow.code_hash) == hashed(f"{user_id}:{code}"))
        .where(col(RecoveryCodeRow.user_id) == user_id, col(RecoveryCodeRow.used_at).is_(None))
        .values(used_at=now)
    )
    return bool(getattr(used, "rowcount", 0))


def codes_left(session: Session, user_id: str) -> int:
    unused = select(func.count()).select_from(RecoveryCodeRow)
    mine = unused.where(RecoveryCodeRow.user_id == user_id, col(RecoveryCodeRow.used_at).is_(None))
    return session.exec(mine).one()


# --- half done --------------------------------------------------------------------------------


def add_half(session: Session, token: str, user_id: str, how: str, now: datetime) -> None:
    session.execute(delete(HalfLoginRow).where(col(HalfLoginRow.created_at) <= now - HALF_LIVES))
    session.add(HalfLoginRow(token_hash=hashed(token), user_id=user_id, how=how, created_at=now))


def half(session: Session, token: str, now: datetime) -> HalfLoginRow | None:
    """None when it is unknown, used, or too old."""
    row = session.get(HalfLoginRow, hashed(token))
    return row if row is not None and row.created_at > now - HALF_LIVES else None


def end_halves(session: Session, user_id: str) -> None:
    """All of this user."""
    session.execute(delete(HalfLoginRow).where(col(HalfLoginRow.user_id) == user_id))


def end_half(session: Session, row: HalfLoginRow) -> bool:
    """False when somebody was quicker: it works once."""
    gone = session.execute(delete(HalfLoginRow).where(col(HalfLoginRow.token_hash) == row.token_hash))
    return bool(getattr(gone, "rowcount", 0))
