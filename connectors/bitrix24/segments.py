"""Which deals a schedule is about: the portal filters, and every row is looked at again.

A filter that a portal does not understand must not make a whole client base of a segment.
"""

from collections.abc import Mapping
from datetime import datetime

from connectors.bitrix24.calls.client import Client
from connectors.bitrix24.calls.paging import PAGE, Row, items
from connectors.bitrix24.names.book import DEAL, Book
from connectors.bitrix24.names.resolving import FIELDS
from connectors.bitrix24.reading import Reading
from connectors.bitrix24.settings import Bitrix24Settings
from connectors.bitrix24.wire import as_id, as_text, iso
from qc_engine.core.scenario import Segment
from qc_engine.core.wording.sameness import same
from qc_engine.core.wording.texts import folded
from qc_engine.ports import DealsPage

SELECT = ("id", "stageId", "movedTime", "createdTime")


class DealsOfSegment:
    """Pages of deals in id order; `after` is the last id."""

    def __init__(self, client: Client, settings: Bitrix24Settings, book: Book, reading: Reading) -> None:
        self._client = client
        self._settings = settings
        self._book = book
        self._reading = reading

    def deals_in(self, segment: Segment, after: str, now: datetime) -> DealsPage:
        """Up to fifty deals. Raises TryLater, Refused, Broken."""
        begin = int(after or 0)
        spelled = (self._book.spelled(DEAL, code) for code in segment.fields)
        params = self._book.list_params(DEAL, (*SELECT, *spelled), self._where(segment, begin, now))
        rows = items(self._client.read("crm.item.list", params))
        found = [
            number for row in rows if (number := as_id(row.get("id"))) and self._is_in(row, segment, now)
        ]
        last = max((as_id(row.get("id")) or 0 for row in rows), default=0)
        more = len(rows) >= PAGE and last > begin
        return DealsPage(found, str(last) if more else "", more)

    def _where(self, segment: Segment, begin: int, now: datetime) -> Mapping[str, object]:
        where: dict[str, object] = {">id": begin}
        if segment.stages:
            where["@stageId"] = list(segment.stages)
        for code, value in self._wanted(segment).items():
            where[f"={code}"] = value
        if segment.entered_within and self._settings.moved_time_filter:
            where[">=movedTime"] = iso(now - segment.entered_within)
        return where

    def _wanted(self, segment: Segment) -> Mapping[str, object]:
        """As a filter wants it: a flag is read and written as Y and N, but looked for as 1 and 0."""
        flags = {code for code in segment.fields if self._kind(code) == "boolean"}
        written = self._book.written(DEAL, segment.fields)
        spelled = {self._book.spelled(DEAL, code) for code in flags}
        return {name: int(value == "Y") if name in spelled else value for name, value in written.items()}

    def _kind(self, code: str) -> str:
        field = self._book.resolver.field(FIELDS[DEAL], code)
        return field.kind if field else ""

    def _is_in(self, row: Row, segment: Segment, now: datetime) -> bool:
        in_stage = not segment.stages or as_text(row.get("stageId")) in segment.stages
        in_time = (
            not segment.entered_within or self._reading.entered_at(row, now) >= now - segment.entered_within
        )
        return in_stage and in_time and all(self._holds(row, *pair) for pair in segment.fields.items())

    def _holds(self, row: Row, code: str, wanted: str) -> bool:
        """By the id of a list's value or by what people see; of several values one is enough."""
        raw = row.get(self._book.spelled(DEAL, code))
        written = as_text(self._book.resolver.written(DEAL, code, wanted))
        return any(
            as_text(one) in (wanted, written) or _alike(self._book.resolver.shown(DEAL, code, one), wanted)
            for one in (raw if isinstance(raw, list) else [raw])
        )


def _alike(shown: str, wanted: str) -> bool:
    return folded(shown) == folded(wanted) or same(shown, wanted)
