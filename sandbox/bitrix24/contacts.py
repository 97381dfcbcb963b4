"""What happens to contacts and their phone numbers."""

from typing import Any

from sandbox.bitrix24.items import Row
from sandbox.bitrix24.portal import Portal

TYPES = ("PHONE", "EMAIL", "WEB", "IM")


def digits(phone: str) -> str:
    return "".join(char for char in phone if char.isdigit())


def create(portal: Portal, wanted: Row, entries: list[Row], by: int) -> Row:
    """`entries` are multi-field values: typeId, valueType, value."""
    now = portal.now()
    row = portal.contacts.new(
        {
            "assignedById": by,
            **wanted,
            "createdTime": now,
            "createdBy": by,
            "updatedTime": now,
            "updatedBy": by,
            "lastActivityTime": now,
            "lastActivityBy": by,
        }
    )
    portal.phones[row["id"]] = []
    for entry in entries:
        _add_entry(portal, row, entry)
    portal.touch()
    portal.events.contact("ADD", row["id"])
    return row


def update(portal: Portal, row: Row, wanted: Row, entries: list[Row], by: int) -> bool:
    """False when nothing differs. An entry with a known id changes that entry, an empty one removes it."""
    changes = {name: value for name, value in wanted.items() if row[name] != value}
    edited = [_edit_entry(portal, row, entry) for entry in entries]
    if not changes and not any(edited):
        return False
    portal.contacts.change(row, {**changes, "updatedTime": portal.now(), "updatedBy": by})
    portal.touch()
    portal.events.contact("UPDATE", row["id"])
    return True


def delete(portal: Portal, row: Row) -> None:
    for entry in list(portal.phones.pop(row["id"], [])):
        _forget_phone(portal, row, entry)
    portal.contacts.remove(row["id"])
    portal.touch()
    portal.events.contact("DELETE", row["id"])


def entries_of(raw: Any) -> list[Row]:
    """The universal shape: fm = [{...}] or {"15": {...}}, keys being ids of entries that exist."""
    if isinstance(raw, list):
        return [dict(entry) for entry in raw if isinstance(entry, dict)]
    if isinstance(raw, dict):
        return [{"id": key, **entry} for key, entry in raw.items() if isinstance(entry, dict)]
    return []


def legacy_entries(fields: dict[str, Any]) -> list[Row]:
    """The older shape: PHONE = [{"ID":, "VALUE":, "VALUE_TYPE":, "DELETE":}]."""
    rows = []
    for kind in TYPES:
        raw = fields.get(kind) or []
        for entry in raw.values() if isinstance(raw, dict) else raw:
            value = "" if entry.get("DELETE") == "Y" else entry.get("VALUE", "")
            rows.append(
                {
                    "id": entry.get("ID"),
                    "typeId": kind,
                    "valueType": entry.get("VALUE_TYPE", "WORK"),
                    "value": value,
                }
            )
    return rows


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


def _edit_entry(portal: Portal, row: Row, entry: Row) -> bool:
    known = next((one for one in portal.phones[row["id"]] if str(one["id"]) == str(entry.get("id"))), None)
    if known is None:
        if entry.get("value"):
            _add_entry(portal, row, entry)
        return bool(entry.get("value"))
    fresh: Row = {**known, **{name: entry[name] for name in ("valueType", "value") if name in entry}}
    if fresh == known:
        return False
    _forget_phone(portal, row, known)
    portal.phones[row["id"]].remove(known)
    if fresh["value"]:
        _add_entry(portal, row, fresh)
        portal.phones[row["id"]][-1]["id"] = known["id"]
    _note_kinds(portal, row)
    return True


def _add_entry(portal: Portal, row: Row, entry: Row) -> None:
    portal.last_phone_id += 1
    kept: Row = {
        "id": portal.last_phone_id,
        "typeId": str(entry.get("typeId", "PHONE")),
        "valueType": str(entry.get("valueType", "WORK")),
        "value": str(entry.get("value", "")),
    }
    portal.phones[row["id"]].append(kept)
    if kept["typeId"] == "PHONE":
        portal.by_phone.add(digits(kept["value"]), row["id"])
    _note_kinds(portal, row)


def _forget_phone(portal: Portal, row: Row, entry: Row) -> None:
    if entry["typeId"] == "PHONE":
        portal.by_phone.drop(digits(entry["value"]), row["id"])


def _note_kinds(portal: Portal, row: Row) -> None:
    kinds = {entry["typeId"] for entry in portal.phones[row["id"]]}
    row["hasPhone"] = "Y" if "PHONE" in kinds else "N"
    row["hasEmail"] = "Y" if "EMAIL" in kinds else "N"
