"""What happens to contacts and companies, and to their phone numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.bitrix24.extras import extras
from sandbox.bitrix24.items import Items, Row
from sandbox.bitrix24.portal import Portal
from sandbox.bitrix24.shelf import Index

TYPES = ("PHONE", "EMAIL", "WEB", "IM")


@dataclass(frozen=True, slots=True)
class Book:
    """Contacts or companies, and what one may reach each of them by."""

    items: Items
    entries: dict[int, list[Row]]
    by_phone: Index
    tell: Callable[[str, int], None]


def contact_book(portal: Portal) -> Book:
    return Book(portal.contacts, portal.phones, portal.by_phone, portal.events.contact)


def company_book(portal: Portal) -> Book:
    more = extras(portal)
    return Book(more.companies, more.entries, more.by_phone, lambda _what, _number: None)


def digits(phone: str) -> str:
    return "".join(char for char in phone if char.isdigit())


def create(portal: Portal, wanted: Row, entries: list[Row], by: int, book: Book | None = None) -> Row:
    """`entries` are multi-field values: typeId, valueType, value."""
    book, now = book or contact_book(portal), portal.now()
    stamps = {"createdTime": now, "createdBy": by, "updatedTime": now, "updatedBy": by}
    active = {"lastActivityTime": now, "lastActivityBy": by}
    row = book.items.new({"assignedById": by, **wanted, **stamps, **active})
    book.entries[row["id"]] = []
    for entry in entries:
        _add_entry(portal, book, row, entry)
    portal.touch()
    book.tell("ADD", row["id"])
    return row


def update(
    portal: Portal, row: Row, wanted: Row, entries: list[Row], by: int, book: Book | None = None
) -> bool:
    """False when nothing differs. An entry with a known id changes that entry, an empty one removes it."""
    book = book or contact_book(portal)
    changes = {name: value for name, value in wanted.items() if row[name] != value}
    edited = [_edit_entry(portal, book, row, entry) for entry in entries]
    if not changes and not any(edited):
        return False
    book.items.change(row, {**changes, "updatedTime": portal.now(), "updatedBy": by})
    portal.touch()
    book.tell("UPDATE", row["id"])
    return True


def delete(portal: Portal, row: Row, book: Book | None = None) -> None:
    book = book or contact_book(portal)
    for entry in list(book.entries.pop(row["id"], [])):
        _forget_phone(book, row, entry)
    book.items.remove(row["id"])
    portal.touch()
    book.tell("DELETE", row["id"])


def entries_of(raw: Any) -> list[Row]:
    """The universal shape: fm = [{...}] or {"15": {...}}, keys being ids of entries that exist."""
    if isinstance(raw, list):
        return [dict(entry) for entry in raw if isinstance(entry, dict)]
    if isinstance(raw, dict):
        return [{"id": key, **entry} for key, entry in raw.items() if isinstance(entry, dict)]
    return []


def legacy_entries(fields: dict[str, Any]) -> list[Row]:
    """The older shape: PHONE = [{"ID":, "VALUE":, "VALUE_TYPE":, "DELETE":}]."""
    return [_legacy_entry(kind, entry) for kind in TYPES for entry in _each(fields.get(kind))]


def flat(entries: list[Row]) -> Row:
    """phone, phoneWork, email ...: the first value of each kind."""
    found: Row = {}
    for entry in entries:
        kind = entry["typeId"].lower()
        found.setdefault(kind, entry["value"])
        found.setdefault(kind + entry["valueType"].capitalize(), entry["value"])
    return found


def first_phone(portal: Portal, contact: int) -> str:
    entries = portal.phones.get(contact, [])
    return next((entry["value"] for entry in entries if entry["typeId"] == "PHONE"), "")


def _each(raw: Any) -> list[Row]:
    entries = raw.values() if isinstance(raw, dict) else raw or []
    return [entry for entry in entries if isinstance(entry, dict)]


def _legacy_entry(kind: str, entry: Row) -> Row:
    value = "" if entry.get("DELETE") == "Y" else entry.get("VALUE", "")
    return {
        "id": entry.get("ID"),
        "typeId": kind,
        "valueType": entry.get("VALUE_TYPE", "WORK"),
        "value": value,
    }


def _edit_entry(portal: Portal, book: Book, row: Row, entry: Row) -> bool:
    entries = book.entries[row["id"]]
    known = next((one for one in entries if str(one["id"]) == str(entry.get("id"))), None)
    if known is None:
        if entry.get("value"):
            _add_entry(portal, book, row, entry)
        return bool(entry.get("value"))
    fresh: Row = {**known, **{name: entry[name] for name in ("valueType", "value") if name in entry}}
    if fresh == known:
        return False
    _forget_phone(book, row, known)
    entries.remove(known)
    if fresh["value"]:
        _keep(book, row, fresh)
    _note_kinds(book, row)
    return True


def _add_entry(portal: Portal, book: Book, row: Row, entry: Row) -> None:
    portal.last_phone_id += 1
    kept: Row = {
        "id": portal.last_phone_id,
        "typeId": str(entry.get("typeId", "PHONE")),
        "valueType": str(entry.get("valueType", "WORK")),
        "value": str(entry.get("value", "")),
    }
    _keep(book, row, kept)
    _note_kinds(book, row)


def _keep(book: Book, row: Row, entry: Row) -> None:
    book.entries[row["id"]].append(entry)
    if entry["typeId"] == "PHONE":
        book.by_phone.add(digits(entry["value"]), row["id"])


def _forget_phone(book: Book, row: Row, entry: Row) -> None:
    if entry["typeId"] == "PHONE":
        book.by_phone.drop(digits(entry["value"]), row["id"])


def _note_kinds(book: Book, row: Row) -> None:
    kinds = {entry["typeId"] for entry in book.entries[row["id"]]}
    row["hasPhone"] = "Y" if "PHONE" in kinds else "N"
    row["hasEmail"] = "Y" if "EMAIL" in kinds else "N"
