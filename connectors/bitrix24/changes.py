"""Deals that anybody changed, as far as some of their fields are concerned: page by page, in id order.

Filter and order: the vendor's page `api-reference/crm/universal/crm-item-list`.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pydantic import TypeAdapter, ValidationError

from connectors.bitrix24.calls.client import Client
from connectors.bitrix24.calls.paging import PAGE, Row, items
from connectors.bitrix24.names.book import DEAL, Book
from connectors.bitrix24.settings import Bitrix24Settings
from connectors.bitrix24.wire import as_id, as_time, iso
from qc_engine.ports import Held, Poll, Polled

# A change is written a moment after the portal's clock was read for it.
BEHIND = timedelta(minutes=1)


@dataclass(frozen=True)
class Turn:
    """One walk over deals; it is the cursor, written as JSON."""

    fields: tuple[str, ...]  # those that are watched
    new: tuple[str, ...] = ()  # of them, those of which nothing is known yet: all open deals are walked
    since: datetime | None = None  # by the portal's clock; None: nothing has been read so far
    began: datetime | None = None  # when this walk did, by the portal's clock
    after: int = 0  # the last deal's id


class Changes:
    """Which deals changed since the last walk, by the portal's own time of change."""

    def __init__(self, client: Client, settings: Bitrix24Settings, book: Book) -> None:
        self._client = client
        self._settings = settings
        self._book = book
        self.watched: Callable[[], Collection[str]] = frozenset

    def poll(self) -> Poll:
        """Every so often; where the portal cannot tell what changed, all open deals are read, more rarely."""
        settings = self._settings
        every = settings.poll_every if settings.updated_time_filter else settings.scan_every
        return Poll("changes", every, self.changes)

    def changes(self, cursor: str, now: datetime) -> Polled:
        """What the watched fields hold; without a watched field nothing is asked."""
        watched = tuple(sorted(self.watched()))
        if not watched:
            return Polled((), "")
        turn = _turn(cursor, watched)
        rows = items(self._client.read("crm.item.list", self._page(turn, now)))
        turn = replace(turn, began=turn.began or self._client.told_at or now - self._settings.overlap)
        held = [one for row in rows if (one := self._held(row, watched, turn.new, now))]
        last = max((as_id(row.get("id")) or 0 for row in rows), default=0)
        more = len(rows) >= PAGE and last > turn.after
        after = replace(turn, after=last) if more else _next(turn)
        return Polled((), _CURSOR.dump_json(after).decode(), more, held)

    def _page(self, turn: Turn, now: datetime) -> Mapping[str, object]:
        where: dict[str, object] = {">id": turn.after}
        if turn.new or turn.since is None or not self._settings.updated_time_filter:
            where |= {"@stageId": stages} if (stages := self._open_stages()) else {}
        else:
            where[">=updatedTime"] = iso(turn.since)
        spelled = (self._book.spelled(DEAL, code) for code in turn.fields)
        return self._book.list_params(DEAL, ("id", "updatedTime", *spelled), where)

    def _open_stages(self) -> Sequence[str]:
        """Where a deal is not over; nothing when that is not known."""
        directory = self._book.directory
        return [one.id for one in directory.stages if not one.semantics] if directory else []

    def _held(self, row: Row, watched: Sequence[str], new: Sequence[str], now: datetime) -> Held | None:
        number = as_id(row.get("id"))
        shown = {code: self._shown(row, code) for code in watched}
        at = as_time(row.get("updatedTime"), self._client.zone) or now
        return Held(number, shown, at, frozenset(new)) if number else None

    def _shown(self, row: Row, code: str) -> str:
        return self._book.resolver.shown(DEAL, code, row.get(self._book.spelled(DEAL, code)))


def _turn(cursor: str, watched: tuple[str, ...]) -> Turn:
    """The walk under way, or a new one over all open deals where a field is watched for the first time."""
    try:
        before = _CURSOR.validate_json(cursor)
    except ValidationError:
        return Turn(watched, new=watched)
    if before.fields == watched:
        return before
    new = {*watched} - {*before.fields} | {*watched} & {*before.new}
    begun = replace(before, fields=watched, new=tuple(sorted(new)))
    return replace(begun, after=0, began=None) if new else begun


def _next(done: Turn) -> Turn:
    """The next walk begins where this one began: what changed meanwhile may have been behind it."""
    assert done.began is not None
    first = done.since if done.new and done.since else done.began - BEHIND
    return Turn(done.fields, since=first)


_CURSOR = TypeAdapter(Turn)
