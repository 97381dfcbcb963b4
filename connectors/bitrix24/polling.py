"""What is asked again and again, so that a lost event costs a minute and nothing more."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from connectors.bitrix24.calls.client import Client, Command
from connectors.bitrix24.calls.paging import PAGE, Row, certain, items
from connectors.bitrix24.names.book import DEAL, Book
from connectors.bitrix24.reading import COMPLETED, TASK_SELECT, Reading
from connectors.bitrix24.settings import Bitrix24Settings
from connectors.bitrix24.wire import as_id, as_list, as_map, as_text, as_time, iso
from qc_engine.core.events import DealMoved
from qc_engine.ports import Arrival, Poll, Polled

# Rows get their ids before they can be read: one that was late stands a little behind the cursor.
HISTORY_BEHIND = 20
# After a rush the rest of the history is read ten pages to a request.
HISTORY_PAGES = 10
HISTORY = "crm.stagehistory.list"
OUR_MARK = "[qc-"


class Polling:
    """The three polls of a portal; their cursors are plain text, saved by the caller."""

    def __init__(
        self,
        client: Client,
        settings: Bitrix24Settings,
        book: Book,
        reading: Reading,
        watched_stages: Sequence[str],
        look_back: timedelta,
    ) -> None:
        self._client = client
        self._settings = settings
        self._book = book
        self._reading = reading
        self._watched = list(dict.fromkeys(watched_stages))
        self._look_back = look_back

    def watch(self, stages: Sequence[str], look_back: timedelta) -> None:
        """The scenarios have changed: from the next scan on these stages are walked."""
        self._watched, self._look_back = list(dict.fromkeys(stages)), look_back

    def polls(self) -> Sequence[Poll]:
        """Stage history, closed tasks, and the watched stages themselves."""
        history = Poll("history", self._settings.poll_every, self.history)
        tasks = Poll("tasks", self._settings.task_poll_every, self.tasks)
        scan = Poll("scan", self._settings.scan_every, self.scan)
        return [history, tasks, scan]

    # --- stage history: the cursor is the last row's id, with a + when its page was full ------------

    def history(self, cursor: str, now: datetime) -> Polled:
        """Every stage change since the cursor; the first run only finds where to begin."""
        if not cursor:
            newest = [_row_id(row) for row in items(self._client.read(HISTORY, _history({}, "DESC")))]
            return Polled((), str(max(newest, default=0)))
        last = int(cursor.rstrip("+"))
        size, rows = self._history_rest(last) if cursor.endswith("+") else self._history_page(last)
        moved = [arrival for row in rows if (arrival := self._moved(row, last, now))]
        newest_id = max([last, *map(_row_id, rows)])
        more = len(rows) >= size and newest_id > last
        return Polled(moved, f"{newest_id}+" if more else str(newest_id), more)

    def _history_page(self, last: int) -> tuple[int, Sequence[Row]]:
        where: dict[str, object] = {">ID": max(0, last - HISTORY_BEHIND)}
        return PAGE, items(self._client.read(HISTORY, _history(where, "ASC")))

    def _history_rest(self, last: int) -> tuple[int, Sequence[Row]]:
        asked = [
            Command(HISTORY, _history({">ID": last}, "ASC", start))
            for start in range(0, HISTORY_PAGES * PAGE, PAGE)
        ]
        outcomes = self._client.read_batch(asked)
        return PAGE * HISTORY_PAGES, [row for outcome in outcomes for row in items(certain(outcome))]

    def _moved(self, row: Row, last: int, now: datetime) -> Arrival | None:
        deal_id, stage = as_id(row.get("OWNER_ID")), as_text(row.get("STAGE_ID"))
        at = as_time(row.get("CREATED_TIME"), self._client.zone)
        if not deal_id or not stage or not at:
            return None
        if _row_id(row) <= last and at < now - self._settings.overlap:
            return None
        return Arrival(f"history:{_row_id(row)}", DealMoved(deal_id, stage, at))

    # --- tasks: the cursor is "since" or, between two pages, "since|start|newest" -------------------

    def tasks(self, cursor: str, now: datetime) -> Polled:
        """Our tasks that were completed since the cursor, by the portal's own time of change."""
        since_text, start, newest_text = [*(cursor or iso(now)).split("|"), "0", ""][:3]
        since = datetime.fromisoformat(since_text)
        newest = datetime.fromisoformat(newest_text) if newest_text else since
        answer = self._client.read("tasks.task.list", self._completed_since(since, int(start)))
        rows = [as_map(row) for row in as_list(as_map(answer.result).get("tasks"))]
        newest = max([newest, *(at for row in rows if (at := self._changed_at(row)))])
        arrivals = self._reading.closed([row for row in rows if self._is_ours(row)], now)
        if answer.next:
            return Polled(arrivals, f"{iso(since)}|{answer.next}|{iso(newest)}", more=True)
        return Polled(arrivals, iso(newest))

    def _completed_since(self, since: datetime, start: int) -> dict[str, object]:
        where: dict[str, object] = {
            "REAL_STATUS": COMPLETED,
            ">=CHANGED_DATE": iso(since - self._settings.overlap),
        }
        if self._settings.task_tag_filter:
            where["TAG"] = self._settings.tag
        select = [*TASK_SELECT, "TAGS", "DESCRIPTION"]
        return {"order": {"ID": "asc"}, "filter": where, "select": select, "start": start}

    def _is_ours(self, row: Row) -> bool:
        tags = {as_text(as_map(tag).get("title")) or as_text(tag) for tag in as_list(row.get("tags"))}
        return self._settings.tag in tags or OUR_MARK in as_text(row.get("description"))

    def _changed_at(self, row: Row) -> datetime | None:
        return as_time(row.get("changedDate"), self._client.zone)

    # --- scan: the cursor is the last deal's id ----------------------------------------------------

    def scan(self, cursor: str, now: datetime) -> Polled:
        """Deals that stand in a watched stage and came there within the look-back time."""
        if not self._watched:  # scenarios may come while the engine runs
            return Polled((), "")
        since = now - self._look_back
        where: dict[str, object] = {"@stageId": self._watched, ">id": int(cursor or 0)}
        if self._settings.moved_time_filter:
            where[">=movedTime"] = iso(since)
        params = self._book.list_params(DEAL, self._reading.deal_select(), where)
        rows = items(self._client.read("crm.item.list", params))
        recent = [row for row in rows if self._reading.entered_at(row, now) >= since]
        last = max((as_id(row.get("id")) or 0 for row in rows), default=0)
        more = len(rows) >= PAGE and last > int(cursor or 0)
        return Polled(self._reading.seen(recent, now), str(last) if more else "", more)


def _history(where: dict[str, object], order: str, start: int = -1) -> dict[str, object]:
    return {"entityTypeId": DEAL, "order": {"ID": order}, "filter": where, "start": start}


def _row_id(row: Row) -> int:
    return as_id(row.get("ID")) or 0
