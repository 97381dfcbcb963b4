"""crm.duplicate.findbycomm: who has this phone number or this e-mail."""

from sandbox.bitrix24 import contacts
from sandbox.bitrix24.call import Answer, Call, Method, listed
from sandbox.bitrix24.contacts import Book
from sandbox.bitrix24.errors import Say

MOST_VALUES = 20


def find_by_comm(call: Call) -> Answer:
    """crm.duplicate.findbycomm for contacts and companies by phone or e-mail."""
    portal = call.portal
    kind = str(call.get("type", "")).upper()
    values = [str(value) for value in listed(call.get("values"))][:MOST_VALUES]
    if kind not in ("PHONE", "EMAIL") or not values:
        raise Say(400, "", "Communication type is not defined")
    asked = str(call.get("entity_type") or "").upper()
    books = {"CONTACT": contacts.contact_book(portal), "COMPANY": contacts.company_book(portal)}
    wanted = {name: book for name, book in books.items() if asked in ("", name)}
    found = {name: _found(call, book, kind, values) for name, book in wanted.items()}
    hits = {name: numbers for name, numbers in found.items() if numbers}
    return Answer(hits or ([] if portal.switches["duplicates_empty"] == "list" else {asked or "CONTACT": []}))


def _found(call: Call, book: Book, kind: str, values: list[str]) -> list[int]:
    if kind == "PHONE":
        hits = {number for value in values for number in book.by_phone.of(contacts.digits(value))}
    else:
        entries = ((number, entry) for number, rows in book.entries.items() for entry in rows)
        hits = {number for number, entry in entries if entry["typeId"] == kind and entry["value"] in values}
    rows = book.items.shelf.rows
    return sorted(number for number in hits if call.portal.visible(rows[number]["createdTime"]))


METHODS: dict[str, Method] = {"crm.duplicate.findbycomm": find_by_comm}
