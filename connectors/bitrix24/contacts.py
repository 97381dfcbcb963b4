"""The person behind a deal: which contact it is, how to reach him, and whether he may be written to."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime

from connectors.bitrix24.calls.client import Answer, Client, Command
from connectors.bitrix24.calls.errors import Failure
from connectors.bitrix24.calls.paging import Row, certain, items, pages
from connectors.bitrix24.names.book import CONTACT, Book
from connectors.bitrix24.names.values import is_set
from connectors.bitrix24.wire import as_id, as_list, as_map, as_text
from qc_engine.phones import normalise
from qc_engine.ports import Refused

# A survey goes to a messenger, so a mobile number first; nobody chats by fax.
PHONE_RANK = {"MOBILE": 0, "FAX": 2, "PAGER": 2}
FLAT_PHONES = {"phoneMobile": "MOBILE", "phoneWork": "WORK", "phone": "OTHER"}
# Kazakhstan: 71x and 72x; Russia: 3xx, 4xx, 8xx.
LANDLINE = re.compile(r"77[12]|7[348]")


class Contacts:
    """Reads the contacts of many deals at once."""

    def __init__(self, client: Client, book: Book) -> None:
        self._client = client
        self._book = book
        self.fields_of_scenarios: Callable[[], Collection[str]] = frozenset

    def of_deals(self, deals: Sequence[Row]) -> Mapping[int | None, int | None]:
        """Deal id -> its main contact; the portal is asked only where the deal itself does not say."""
        found = {as_id(row.get("id")): as_id(row.get("contactId")) for row in deals}
        silent = {
            number: row for row in deals
            if (number := as_id(row.get("id"))) and not found[number] and row.get("contactIds") != []
        }  # fmt: skip
        asked = [Command("crm.deal.contact.items.get", {"id": number}) for number in silent]
        outcomes = zip(silent.items(), self._client.read_batch(asked), strict=True)
        return found | {number: _main(row, outcome) for (number, row), outcome in outcomes}

    def read(self, ids: Iterable[int | None]) -> Mapping[int | None, Row]:
        """The contacts by id; those that are gone are missing."""
        further = [self._spelled, *(self._book.spelled(CONTACT, code) for code in self.fields_of_scenarios())]
        select = ["*", *dict.fromkeys(filter(None, further))]  # only * brings the phones in a list
        asked = [
            Command("crm.item.list", self._book.list_params(CONTACT, select, {"@id": list(page)}))
            for page in pages(number for number in ids if number)
        ]
        rows = [row for outcome in self._client.read_batch(asked) for row in items(certain(outcome))]
        return {as_id(row.get("id")): row for row in rows}

    def may_not_be_disturbed(self, contact: Row, now: datetime) -> bool:
        """What the field of config.yaml says; without such a field everybody may be written to."""
        resolver, code = self._book.resolver, self._book.resolver.do_not_disturb_field()
        field, raw = resolver.field("contact_field", code), contact.get(self._spelled) if code else None
        kind = field.kind if field else ""
        marks = [(one, resolver.shown(CONTACT, code, one)) for one in _each(raw)]
        return any(is_set(kind, one, shown, now, self._client.zone) for one, shown in marks)

    def fields_of(self, contact: Row) -> Mapping[str, str]:
        """What people see in the fields that scenarios ask for, by their codes; empty ones are left out."""
        raw = {code: contact.get(self._book.spelled(CONTACT, code)) for code in self.fields_of_scenarios()}
        shown = {code: self._book.resolver.shown(CONTACT, code, value) for code, value in raw.items()}
        return {code: text for code, text in shown.items() if text}

    @property
    def _spelled(self) -> str:
        code = self._book.resolver.do_not_disturb_field()
        return self._book.spelled(CONTACT, code) if code else ""


def name_of(contact: Row) -> str | None:
    """How to address him."""
    return as_text(contact.get("name")) or as_text(contact.get("lastName")) or None


def phone_of(contact: Row) -> str | None:
    """The best number to chat with, as typed in the CRM: a real one, no landline, marked as mobile."""
    # The older family calls the same things PHONE, VALUE_TYPE, VALUE.
    entries = [_entry(row) for name in ("fm", "PHONE") for row in as_list(contact.get(name))]
    phones = [(one["valuetype"].upper(), one["value"]) for one in entries if one["typeid"].upper() == "PHONE"]
    flat = [(kind, as_text(contact.get(name))) for name, kind in FLAT_PHONES.items()]
    best_first = [*sorted(phones, key=_rank), *sorted(flat, key=_rank)]
    typed = [value for _, value in best_first if value]
    return next((value for value in typed if normalise(value)), next(iter(typed), None))


def _entry(row: object) -> Mapping[str, str]:
    told = {name.replace("_", "").lower(): as_text(value) for name, value in as_map(row).items()}
    return dict.fromkeys(("typeid", "valuetype", "value"), "") | told


def _rank(phone: tuple[str, str]) -> tuple[bool, bool, int]:
    kind, value = phone
    number = normalise(value)
    return not number, bool(LANDLINE.match(number)), PHONE_RANK.get(kind, 1)


def _main(deal: Row, outcome: Answer | Failure) -> int | None:
    """The one that the portal calls primary, else the first."""
    # Where the method is missing or denied, the deal's own list has to do.
    rows = [] if isinstance(outcome, Refused) else [as_map(r) for r in as_list(certain(outcome).result)]
    primary = (row for row in rows if as_text(row.get("IS_PRIMARY")).upper() == "Y")
    named = [as_id(row.get("CONTACT_ID")) for row in (*primary, *rows)]
    return next((one for one in (*named, *map(as_id, as_list(deal.get("contactIds")))) if one), None)


def _each(raw: object) -> Sequence[object]:
    return raw if isinstance(raw, list) else [raw]
