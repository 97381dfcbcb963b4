"""A deal field that starts scenarios has another value than before."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from qc_engine.core.events import DealSeen, StartAsked
from qc_engine.core.rules.starting import BY_FIELD, NEW, OLD
from qc_engine.core.wording.sameness import same
from qc_engine.flow.versions.library import Library
from qc_engine.ports import Arrival, Held
from qc_engine.store import inbox, watched
from qc_engine.store.tables import WatchedRow


def note(session: Session, library: Library, source: str, held: Sequence[Held], now: datetime) -> int:
    """How many cases were asked for: the first sight of a value is remembered, another one later starts."""
    fields = library.watched_fields
    if not fields or not held:
        return 0
    known = watched.known(session, library.portal, {one.deal_id for one in held}, fields)
    asked = 0
    for one in held:
        for field in sorted(fields):
            row, value = known.get((one.deal_id, field)), one.fields.get(field, "")
            if row is None:
                watched.remember(session, library.portal, one.deal_id, field, value, one.updated_at)
            elif field in one.first:
                _remember_again(row, value, one.updated_at)
            elif _is_news(row, value, one.updated_at):
                _change(row, value, one.updated_at)
                asked += _ask(session, library, source, row, now)
    return asked


def held_by(seen: Sequence[Arrival]) -> Sequence[Held]:
    """What the fields of the deals held that somebody has looked at."""
    deals = (one.event.deal for one in seen if isinstance(one.event, DealSeen))
    return [Held(one.deal_id, one.fields, one.updated_at) for one in deals if one.updated_at]


def _is_news(row: WatchedRow, value: str, seen_at: datetime) -> bool:
    """A page that was read before the last look must not bring the old value back."""
    stale = seen_at < row.seen_at or (seen_at == row.seen_at and row.turn > 0 and same(value, row.before))
    return not stale and not same(value, row.value)


def _remember_again(row: WatchedRow, value: str, seen_at: datetime) -> None:
    """Nobody watched for a while: what happened then starts nothing now."""
    if seen_at >= row.seen_at:
        row.value, row.seen_at = value, seen_at


def _change(row: WatchedRow, value: str, seen_at: datetime) -> None:
    row.before, row.value, row.turn, row.seen_at = row.value, value, row.turn + 1, seen_at


def _ask(session: Session, library: Library, source: str, row: WatchedRow, now: datetime) -> int:
    values = {OLD: row.before, NEW: row.value}
    starting = [one for one in library.beginning if one.start.changed_field == row.field]
    for scenario in starting:
        asked = StartAsked(row.deal_id, now, scenario=scenario.name, by=BY_FIELD, values=values)
        key = f"field:{row.deal_id}:{row.field}:{row.turn}:{scenario.name}"
        inbox.add(session, source, Arrival(key, asked), now, portal=library.portal)
    return len(starting)
