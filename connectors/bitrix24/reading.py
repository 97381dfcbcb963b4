"""Deals and tasks of the portal, in our words."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from connectors.bitrix24.calls.client import Answer, Client, Command
from connectors.bitrix24.calls.errors import NOT_FOUND, Failure
from connectors.bitrix24.calls.paging import Row, certain, items, pages
from connectors.bitrix24.contacts import Contacts, name_of, phone_of
from connectors.bitrix24.names.book import DEAL, Book
from connectors.bitrix24.settings import Bitrix24Settings
from connectors.bitrix24.wire import as_id, as_list, as_map, as_text, as_time
from qc_engine.core.events import Deal, DealChanged, DealDeleted, DealSeen, Hint, TaskChanged, TaskClosed
from qc_engine.ports import Arrival, Refused

DEAL_SELECT = (
    "id",
    "title",
    "stageId",
    "movedTime",
    "updatedTime",
    "createdTime",
    "assignedById",
    "contactId",
    "contactIds",
)
TASK_SELECT = ("ID", "STATUS", "CLOSED_DATE", "CHANGED_DATE")
COMPLETED = "5"


class Reading:
    """Reads what the hints and polls point at, fifty rows at a time."""

    def __init__(self, client: Client, settings: Bitrix24Settings, book: Book) -> None:
        self._client = client
        self._settings = settings
        self._book = book
        self.contacts = Contacts(client, book)
        self.fields_of_scenarios: Callable[[], Collection[str]] = frozenset

    def look(self, hints: Sequence[Hint], now: datetime) -> Sequence[Arrival]:
        """Facts about every deal and task that the hints name; a task still open gives none."""
        deals = [hint.deal_id for hint in hints if isinstance(hint, DealChanged)]
        tasks = [hint.task_id for hint in hints if isinstance(hint, TaskChanged)]
        return [*self._look_at_deals(deals, now), *self._look_at_tasks(tasks, now)]

    # --- deals -----------------------------------------------------------------------------------

    def deal_select(self) -> list[str]:
        """The fields of a deal that a scenario may need."""
        return [*DEAL_SELECT, *(self._book.spelled(DEAL, code) for code in self._own_fields())]

    def deals_page(self, ids: Sequence[int]) -> Command:
        """The command that reads up to fifty deals by id."""
        return Command("crm.item.list", self._book.list_params(DEAL, self.deal_select(), {"@id": list(ids)}))

    def seen(self, rows: Sequence[Row], now: datetime) -> Sequence[Arrival]:
        """The rows of deals as facts, with their clients read beside them."""
        main = self.contacts.of_deals(rows)
        contacts = self.contacts.read(main.values())
        codes = {code: self._book.spelled(DEAL, code) for code in self._own_fields()}
        deals = (self._deal(row, main.get(as_id(row.get("id"))), codes, now) for row in rows)
        return [self._arrival(self._with_client(deal, contacts, now)) for deal in deals if deal]

    def entered_at(self, row: Row, now: datetime) -> datetime:
        """When the deal came to its stage, by the portal's record."""
        times = (as_time(row.get(name), self._client.zone) for name in ("movedTime", "createdTime"))
        return next((time for time in times if time), now)

    def _look_at_deals(self, ids: Sequence[int], now: datetime) -> Sequence[Arrival]:
        outcomes = self._client.read_batch([self.deals_page(page) for page in pages(ids)])
        rows = [row for outcome in outcomes for row in items(certain(outcome))]
        missing = set(ids) - {as_id(row.get("id")) for row in rows}
        return [*self.seen(rows, now), *self._deleted(sorted(missing))]

    def _deleted(self, ids: Sequence[int]) -> Sequence[Arrival]:
        """Only those that the portal itself calls missing: an empty list alone is no proof."""
        asked = [Command("crm.item.get", {"entityTypeId": DEAL, "id": number}) for number in ids]
        outcomes = zip(ids, self._client.read_batch(asked), strict=True)
        gone = [number for number, outcome in outcomes if _is_missing(outcome)]
        return [Arrival(f"deal:{number}:deleted", DealDeleted(number)) for number in gone]

    def _own_fields(self) -> Sequence[str]:
        resolver = self._book.resolver
        known = resolver.deal_fields()
        codes = [resolver.branch_field(), *(known.get(alias, "") for alias in self._settings.fields)]
        codes += sorted(self.fields_of_scenarios())
        return [code for code in dict.fromkeys(codes) if code]

    def _deal(self, row: Row, contact_id: int | None, codes: Mapping[str, str], now: datetime) -> Deal | None:
        number, stage = as_id(row.get("id")), as_text(row.get("stageId"))
        if not number or not stage:
            return None
        raw = {code: row.get(spelled) for code, spelled in codes.items()}
        shown = {code: self._book.resolver.shown(DEAL, code, value) for code, value in raw.items()}
        return Deal(
            deal_id=number,
            title=as_text(row.get("title")),
            stage=stage,
            entered_at=self.entered_at(row, now),
            branch_value=_first(raw.get(self._book.resolver.branch_field())) or None,
            contact_id=contact_id,
            assigned_to=as_id(row.get("assignedById")),
            fields={code: text for code, text in shown.items() if text},
            updated_at=as_time(row.get("updatedTime"), self._client.zone),
        )

    def _with_client(self, deal: Deal, contacts: Mapping[int | None, Row], now: datetime) -> Deal:
        contact = contacts.get(deal.contact_id, {})
        return replace(
            deal,
            client_name=name_of(contact),
            phone=phone_of(contact),
            contact_fields=self.contacts.fields_of(contact),
            do_not_disturb=self.contacts.may_not_be_disturbed(contact, now),
        )

    def _arrival(self, deal: Deal) -> Arrival:
        key = f"deal:{deal.deal_id}:{deal.stage}:{int(deal.entered_at.timestamp())}"
        # Where texts name what stands in the deal, a case that waits must hear of every change.
        is_named = self.fields_of_scenarios() or self.contacts.fields_of_scenarios()
        updated = f":{int(deal.updated_at.timestamp())}" if is_named and deal.updated_at else ""
        return Arrival(key + updated, DealSeen(deal))

    # --- tasks -----------------------------------------------------------------------------------

    def closed(self, rows: Sequence[Row], now: datetime) -> Sequence[Arrival]:
        """Completed tasks as facts, each with the newest result that was left in it."""
        known = [(number, row) for row in rows if (number := as_id(row.get("id")))]
        asked = [Command("tasks.task.result.list", {"taskId": number}) for number, _ in known]
        outcomes = self._client.read_batch(asked)
        return [
            self._closed(number, row, outcome, now)
            for (number, row), outcome in zip(known, outcomes, strict=True)
        ]

    def _look_at_tasks(self, ids: Sequence[int], now: datetime) -> Sequence[Arrival]:
        asked = [
            Command("tasks.task.get", {"taskId": number, "select": list(TASK_SELECT)})
            for number in sorted(set(ids))
        ]
        outcomes = self._client.read_batch(asked)
        rows = [task_row(certain(o)) for o in outcomes if not _is_missing(o)]
        return self.closed([row for row in rows if as_text(row.get("status")) == COMPLETED], now)

    def _closed(self, number: int, row: Row, outcome: Answer | Failure, now: datetime) -> Arrival:
        at = as_time(row.get("closedDate"), self._client.zone)
        # Without a date the same closing must still have the same key.
        key = f"task:{number}:{int(at.timestamp()) if at else 'closed'}"
        # Some boxes have no results at all; the closing itself is still worth telling.
        left = {} if isinstance(outcome, Refused) else self._newest_result(certain(outcome))
        text, said_at = as_text(left.get("text")), as_time(left.get("createdAt"), self._client.zone)
        return Arrival(key, TaskClosed(number, text, at or now, said_at))

    def _newest_result(self, answer: Answer) -> Row:
        rows = [as_map(row) for row in as_list(answer.result)]
        oldest = datetime.min.replace(tzinfo=UTC)
        newest: Row = max(
            rows,
            key=lambda row: (
                as_time(row.get("createdAt"), self._client.zone) or oldest,
                as_id(row.get("id")) or 0,
            ),
            default={},
        )
        return newest


def _first(raw: object) -> str:
    """A field of many values names the branch by its first one."""
    return as_text(raw[0] if isinstance(raw, list) and raw else raw)


def task_row(answer: Answer) -> Row:
    """The task of tasks.task.get; empty when it is gone (the portal answers 200 and [])."""
    return as_map(as_map(answer.result).get("task"))


def _is_missing(outcome: Answer | Failure) -> bool:
    return isinstance(outcome, Refused) and outcome.code == NOT_FOUND
