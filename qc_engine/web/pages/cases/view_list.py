"""The lists of cases that a visitor comes back to: their own, and everybody's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from sqlmodel import Session

from qc_engine.store import views
from qc_engine.store.console_tables import ViewRow
from qc_engine.web.console.narrowing import APART
from qc_engine.web.console.policy import Action, Place
from qc_engine.web.console.room import Visitor
from qc_engine.web.pages.cases.seeking import Asked


@dataclass(frozen=True)
class View:
    """One line. `seen`: as it stands now, for forms; `made_by`: '' for one's own."""

    id: str
    name: str
    address: str
    filters: Mapping[str, str]
    shared: bool
    made_by: str
    seen: str
    is_mine_to_change: bool


def offered(session: Session, visitor: Visitor) -> Sequence[View]:
    """One's own, and everybody's but for those that name a branch which this visitor may not know of."""
    rows = views.offered(session, visitor.user.id)
    return [_view(visitor, row) for row in rows if is_known(visitor, row)]


def is_open(view: View, wanted: Asked) -> bool:
    """Is that what the address says?"""
    return dict(view.filters) == wanted.kept


def _view(visitor: Visitor, row: ViewRow) -> View:
    is_mine = row.user_id == visitor.user.id
    return View(
        row.id, row.name, f"/console/cases?{urlencode(row.filters)}", row.filters, row.shared,
        "" if is_mine else row.made_by, seen_of(row), is_mine or visitor.may(Action.SHARE_VIEWS),
    )  # fmt: skip


def seen_of(row: ViewRow) -> str:
    return f"{'everybody' if row.shared else 'own'}:{row.name}"


def is_known(visitor: Visitor, row: ViewRow) -> bool:
    if row.user_id == visitor.user.id:
        return True
    portal, _, branch = row.filters.get("branch", "").partition(APART)
    return row.shared and (not branch or visitor.may(Action.SEE_CASES, Place(portal, branch)))
