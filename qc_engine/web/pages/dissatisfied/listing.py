"""The list of complaints, the numbers above it, and what each of them opens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from qc_engine.store import dissatisfied as complaints
from qc_engine.store.dissatisfied import RATED, RECOVERED, SETTLED, STATES, UNNAMED, OfBranch, Recovery, Which
from qc_engine.web.console.gate import allowed
from qc_engine.web.console.narrowing import APART, Asked, asked
from qc_engine.web.console.policy import Action, scope
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.dissatisfied.shown import Dissatisfied, read

PATH = "/console/dissatisfied"
PERIOD = timedelta(days=90)  # without a first day: a complaint waits longer than a list is read
SHOWN = ("", *STATES)
OF_BRANCH = ("", SETTLED, RATED, RECOVERED)  # of the table of branches; '' is all


@dataclass(frozen=True)
class Chip:
    """A part of the list: its name, how many are in it, and whether it is shown now."""

    name: str
    count: int
    address: str
    is_shown: bool


@dataclass(frozen=True)
class Listed:
    """A page of the list, and how the whole of it stands."""

    asked: Asked
    state: str
    recovery: Recovery
    found: Sequence[Dissatisfied]
    states: Sequence[Chip] = ()
    causes: Sequence[Chip] = ()
    branches: Sequence[tuple[OfBranch, Sequence[Chip]]] = ()
    titles: Mapping[str, str] = field(default_factory=dict)  # of causes

    @property
    def count(self) -> int:
        return self.recovery.number(self.state)


def wanted(visitor: Visitor, query: Mapping[str, str]) -> Asked:
    """Raises 404 for another's branch."""
    allowed(visitor, Action.SEE_CASES)
    return asked(visitor, PATH, ("state", "cause"), query, PERIOD)


def listed(console: Console, visitor: Visitor, one: Asked, size: int) -> Listed:
    mine, which = scope(visitor.user), Which(one.wanted, one.values["cause"], visitor.now)
    state = one.values["state"] if one.values["state"] in STATES else ""
    titles = console.behind.causes(visitor.look.language)
    with console.database.reading() as session:
        stands = complaints.recovery(session, which, mine)
        rows = complaints.page(session, which, mine, state, size, one.number * size)
        opened = complaints.opened(session, [row.id for row in rows])
        found = [read(console, session, row, opened[row.id], visitor.now, titles) for row in rows]
        causes = complaints.by_cause(session, replace(which, cause=""), mine, state)
        places = complaints.by_branch(session, which, mine)
    chips = [Chip(name, stands.number(name), one.address(state=name), name == state) for name in SHOWN]
    return Listed(
        one, state, stands, found,
        states=chips,
        causes=_causes(one, causes),
        branches=[(place, _numbers(one, place)) for place in places] if len(places) > 1 else (),
        titles=titles,
    )  # fmt: skip


def _causes(one: Asked, counts: Mapping[str, int]) -> Sequence[Chip]:
    """All together, then the most frequent first, those without a cause last; nothing while none is named."""
    if not set(counts) - {UNNAMED}:
        return ()
    order = sorted(counts, key=lambda cause: (cause == UNNAMED, -counts[cause], cause))
    chosen = one.values["cause"]
    chips = [Chip(cause, counts[cause], one.address(cause=cause), cause == chosen) for cause in order]
    return [Chip("", sum(counts.values()), one.address(cause=""), not chosen), *chips]


def _numbers(one: Asked, place: OfBranch) -> Sequence[Chip]:
    branch = f"{place.portal}{APART}{place.branch}"
    return [
        Chip(name, place.recovery.number(name), one.address(branch=branch, state=name), False)
        for name in OF_BRANCH
    ]
