"""Was it carried out? Looks for the marker that every searchable effect leaves behind."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta, tzinfo

from connectors.bitrix24.calls.client import Answer, Client, Command
from connectors.bitrix24.calls.errors import Failure
from connectors.bitrix24.calls.paging import PAGE, Row, certain, items
from connectors.bitrix24.names.book import DEAL, Book
from connectors.bitrix24.settings import Bitrix24Settings
from connectors.bitrix24.wire import as_id, as_list, as_map, as_text, as_time, iso
from connectors.bitrix24.writing import ORIGINATOR
from qc_engine.core.effects import AddComment, CreateDeal, CreateTask
from qc_engine.ports import Absent, CannotTell, Done, Job, Search

COMMENT_PAGES = 3
TASK_SELECT = ("ID", "DESCRIPTION", "TAGS", "CREATED_DATE")


class Finding:
    """One search per kind of effect: the commands that it takes, and what their answers prove."""

    def __init__(self, client: Client, settings: Bitrix24Settings, book: Book) -> None:
        self._client = client
        self._overlap = settings.overlap
        self._book = book

    def find(self, job: Job) -> Search:
        """Done with the vendor's id, certainly absent, or nobody can tell. Raises TryLater, Broken."""
        return self.read(job, self._client.read_batch(self.commands(job)))

    def commands(self, job: Job) -> Sequence[Command]:
        """What to ask; nothing for effects that may be repeated anyway."""
        match job.effect:
            case CreateDeal():
                return [self._by_origin(job.marker)]
            case CreateTask(deal_id=deal_id):
                since = _since(job.first_tried_at, self._overlap)
                of_deal = {"UF_CRM_TASK": f"D_{deal_id}"} | ({">=CREATED_DATE": iso(since)} if since else {})
                return [_tasks({"TAG": job.marker}), _tasks(of_deal)]
            case AddComment(deal_id=deal_id):
                return [_comments(deal_id, page * PAGE) for page in range(COMMENT_PAGES)]
            case _:
                return []

    def read(self, job: Job, outcomes: Sequence[Answer | Failure]) -> Search:
        """What the answers to `commands` prove."""
        match job.effect:
            case CreateDeal():
                return _read_deals(job, outcomes)
            case CreateTask():
                return _read_tasks(job, outcomes)
            case AddComment():
                return _read_comments(job, outcomes, self._overlap, self._client.zone)
            case _:
                return Absent()

    def _by_origin(self, marker: str) -> Command:
        where = {"=originatorId": ORIGINATOR, "=originId": marker}
        return Command("crm.item.list", self._book.list_params(DEAL, ("id", "originId"), where))


def _tasks(where: dict[str, str]) -> Command:
    params = {"order": {"ID": "desc"}, "filter": where, "select": list(TASK_SELECT), "start": 0}
    return Command("tasks.task.list", params)


def _comments(deal_id: int, start: int) -> Command:
    return Command(
        "crm.timeline.comment.list",
        {
            "filter": {"ENTITY_ID": deal_id, "ENTITY_TYPE": "deal"},
            "select": ["ID", "CREATED", "COMMENT"],
            "order": {"ID": "DESC"},
            "start": start,
        },
    )


def _read_deals(job: Job, outcomes: Sequence[Answer | Failure]) -> Search:
    rows = [row for outcome in outcomes for row in items(certain(outcome))]
    # Compared here as well: a filter that the portal did not understand must not prove anything.
    hits = [row for row in rows if as_text(row.get("originId")) == job.marker]
    if hits or len(rows) < PAGE:
        return _found({as_id(row.get("id")) for row in hits})
    return CannotTell("the portal does not search deals by originId")


def _read_tasks(job: Job, outcomes: Sequence[Answer | Failure]) -> Search:
    found = [as_list(as_map(certain(outcome).result).get("tasks")) for outcome in outcomes]
    rows = [as_map(row) for page in found for row in page]
    hits = {as_id(row.get("id")) for row in rows if _carries(row, job.marker)}
    # The second question alone proves absence: whether tags are kept is not documented.
    if hits or len(found[-1]) < PAGE:
        return _found(hits)
    return CannotTell("too many new tasks of this deal to look through")


def _carries(row: Row, marker: str) -> bool:
    tags = {as_text(as_map(tag).get("title")) or as_text(tag) for tag in as_list(row.get("tags"))}
    return marker in tags or f"[{marker}]" in as_text(row.get("description"))


def _read_comments(
    job: Job, outcomes: Sequence[Answer | Failure], overlap: timedelta, zone: tzinfo
) -> Search:
    pages = [[as_map(row) for row in as_list(certain(outcome).result)] for outcome in outcomes]
    rows = [row for page in pages for row in page]
    hits = {as_id(row.get("ID")) for row in rows if f"[{job.marker}]" in as_text(row.get("COMMENT"))}
    if hits or len(pages[-1]) < PAGE or _reaches_back(rows, _since(job.first_tried_at, overlap), zone):
        return _found(hits)
    return CannotTell("too many comments of this deal to look through")


def _reaches_back(rows: Sequence[Row], since: datetime | None, zone: tzinfo) -> bool:
    """Are the rows newest first, and the last of them older than our first attempt?"""
    numbers = [as_id(row.get("ID")) or 0 for row in rows]
    oldest = as_time(rows[-1].get("CREATED"), zone)
    return bool(since and oldest and oldest < since and numbers == sorted(numbers, reverse=True))


def _since(first_tried_at: datetime | None, overlap: timedelta) -> datetime | None:
    # The portal's clock may be off by minutes.
    return first_tried_at - overlap if first_tried_at else None


def _found(hits: Collection[int | None]) -> Search:
    """The first one counts."""
    numbers = [str(number) for number in sorted(number for number in hits if number)]
    return Done(numbers[0], tuple(numbers[1:])) if numbers else Absent()
