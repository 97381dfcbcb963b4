"""Other systems: the tokens by which they come into /api, and what each of them may."""

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session

from qc_engine.ids import Ids
from qc_engine.store import audit, tokens
from qc_engine.store.console_tables import ApiTokenRow
from qc_engine.store.database import Database
from qc_engine.store.users import hashed
from qc_engine.web.api import Judge, Verdict
from qc_engine.web.console import limits
from qc_engine.web.console.policy import Place, Role, Scope, User, fitting_scopes
from qc_engine.web.console.room import Console
from qc_engine.web.console.staff import LONGEST_NAME, By, Objection
from qc_engine.web.forms import on_one_line

PREFIX = "qc_"  # by which people and scanners recognise what they have found


def judge_of(console: Console) -> Judge:
    """Asks the database each time: a token that was closed a moment ago lets nobody in."""

    def judge(token: str) -> User | Verdict:
        with console.database.reading() as session:
            row = tokens.of_token(session, token)
            if row is None:
                return Verdict.UNKNOWN if tokens.any_open(session) else Verdict.NO_TOKENS
        _note_use(console.database, row, console.wall.now())
        return user_from(row)

    return judge


def user_from(row: ApiTokenRow) -> User:
    """A scope of a newer program opens nothing."""
    places = None if row.branches is None else frozenset(Place(*one) for one in row.branches)
    scopes = frozenset(one for one in Scope if one in row.scopes)
    return User(row.id, row.name, Role.OBSERVER, places, scopes)


def make(
    session: Session, ids: Ids, by: By, name: str, scopes: Collection[Scope], now: datetime,
    branches: Collection[Place] = (),
) -> str:  # fmt: skip
    """The token, which nobody sees again. Raises Objection to what makes no sense."""
    name, places = on_one_line(name, LONGEST_NAME), _places(scopes, branches)
    if not name or not scopes:
        raise Objection("tokens.unfinished", "a token needs a name, and something that it may do")
    token = PREFIX + ids.code() + ids.code()
    row = ApiTokenRow(
        id=ids.code(), token_hash=hashed(token), name=name, scopes=sorted(scopes), made_by=by.name,
        branches=sorted([one.portal, one.branch] for one in places) if places else None, created_at=now,
    )  # fmt: skip
    tokens.add(session, row)
    _note(session, by, "token.made", row, now)
    return token


def close(session: Session, by: By, row: ApiTokenRow, now: datetime) -> bool:
    """For good; False when somebody has closed it before."""
    if row.closed_at is not None:
        return False
    row.closed_at = now
    session.add(row)
    _note(session, by, "token.closed", row, now)
    return True


def _note_use(database: Database, row: ApiTokenRow, now: datetime) -> None:
    if row.used_at is None or limits.is_to_be_noted(row.used_at, now):
        with database.transaction(durable=False) as session:
            tokens.touch(session, row.id, now)


def _note(session: Session, by: By, action: str, row: ApiTokenRow, now: datetime) -> None:
    audit.note(
        session, action, now, thing=f"token:{row.id}", user_id=by.user.id if by.user else "", name=by.name,
        address=by.address, details={"name": row.name, "scopes": ", ".join(row.scopes), **_bound(row)},
    )  # fmt: skip


def _places(scopes: Collection[Scope], branches: Collection[Place]) -> Collection[Place] | None:
    try:
        return fitting_scopes(scopes, branches)
    except ValueError as why:
        raise Objection("tokens.of_the_whole", str(why)) from None


def _bound(row: ApiTokenRow) -> dict[str, str]:
    return {"branches": ", ".join("/".join(one) for one in row.branches)} if row.branches else {}
