"""A user as the pages show them, and the branches that can be ticked."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from qc_engine.store.console_tables import UserRow
from qc_engine.web.console import staff
from qc_engine.web.console.gate import user_from
from qc_engine.web.console.policy import Place, Role, may_appoint
from qc_engine.web.console.room import Console, Visitor

FIELD = "at:"  # of the form: a branch that is ticked


@dataclass(frozen=True)
class Person:
    """What the pages know of somebody."""

    row: UserRow
    role: Role
    state: str  # see staff.STATES
    branches: Sequence[Place] | None
    link_until: datetime | None
    signed_in: int  # browsers
    is_me: bool
    is_mine: bool  # to change

    @property
    def seen(self) -> str:
        return seen_of(self.row)


@dataclass(frozen=True)
class Register:
    """Everybody in this state, and how many there are in each."""

    people: Sequence[Person]
    counts: Mapping[str, int]
    state: str


@dataclass(frozen=True)
class Choice:
    """A branch with a box to be ticked. `gone`: config.yaml has it no more."""

    field: str
    words: str
    chosen: bool
    gone: bool


def register(
    visitor: Visitor, rows: Sequence[UserRow], links: Mapping[str, datetime], signed_in: Mapping[str, int],
    state: str,
) -> Register:  # fmt: skip
    """Those who may come in first; within both by name."""
    everybody = [person(visitor, row, links.get(row.id), signed_in.get(row.id, 0)) for row in rows]
    counts = {name: sum(one.state == name for one in everybody) for name in staff.STATES}
    state = state if counts.get(state) else ""
    shown = [one for one in everybody if state in ("", one.state)]
    shown.sort(key=lambda one: (one.state == staff.CLOSED, one.row.name.casefold()))
    return Register(shown, {name: count for name, count in counts.items() if count}, state)


def person(visitor: Visitor, row: UserRow, link_until: datetime | None, signed_in: int) -> Person:
    user = user_from(row)
    branches = (
        None if user.branches is None else sorted(user.branches, key=lambda one: (one.portal, one.branch))
    )
    return Person(
        row, user.role, staff.state_of(row, link_until), branches, link_until, signed_in,
        row.id == visitor.user.id, may_appoint(visitor.user, user.role),
    )  # fmt: skip


def seen_of(row: UserRow) -> str:
    """What a form was made from: two who change one person must not overwrite each other."""
    stands = repr((row.role, row.branches, row.closed_at, bool(row.password), row.login, row.subject))
    return hashlib.sha256(stands.encode()).hexdigest()[:16]


def choices(
    console: Console, row: UserRow | None, typed: Mapping[str, str] | None = None
) -> Sequence[Choice]:
    """Every branch of config.yaml; of somebody also those from before. `typed`: ticked in a refused form."""
    found = [one for _, one in _offered(console, row)]
    return [replace(one, chosen=one.field in typed) for one in found] if typed else found


def _offered(console: Console, row: UserRow | None) -> Sequence[tuple[Place, Choice]]:
    known = list(console.choices().places)
    mine = [Place(*one) for one in (row.branches or ())] if row else []
    several = len({one.portal for one in (*known, *mine)}) > 1
    return [
        (one, _choice(one, several, chosen=one in mine, gone=one not in known))
        for one in dict.fromkeys((*known, *mine))
    ]


def _choice(one: Place, several: bool, chosen: bool, gone: bool) -> Choice:
    words = f"{one.branch} ({one.portal})" if several else one.branch
    return Choice(f"{FIELD}{one.portal}/{one.branch}", words, chosen, gone)


def ticked(console: Console, row: UserRow | None, form: Mapping[str, str]) -> Sequence[Place]:
    """Only those that could be ticked."""
    return [place for place, one in _offered(console, row) if one.field in form]
