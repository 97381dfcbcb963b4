"""crm.duplicate.findbycomm: who has this phone number or this e-mail."""

from sandbox.bitrix24 import contacts
from sandbox.bitrix24.call import Answer, Call, Method, listed
from sandbox.bitrix24.errors import Say


def find_by_comm(call: Call) -> Answer:
    """crm.duplicate.findbycomm for contacts by phone or e-mail."""
    portal = call.portal
    kind, values = str(call.get("type", "")).upper(), [str(value) for value in listed(call.get("values"))]
    if kind not in ("PHONE", "EMAIL") or not values:
        raise Say(400, "", "Communication type is not defined")
    if kind == "PHONE":
        hits = {number for value in values[:20] for number in portal.by_phone.of(contacts.digits(value))}
    else:
        entries = ((number, entry) for number, rows in portal.phones.items() for entry in rows)
        hits = {number for number, entry in entries if entry["typeId"] == kind and entry["value"] in values}
    created = portal.contacts.shelf.rows
    found = sorted(number for number in hits if portal.visible(created[number]["createdTime"]))
    wanted_type = str(call.get("entity_type") or "CONTACT").upper()
    if found and wanted_type == "CONTACT":
        return Answer({"CONTACT": found})
    return Answer([] if portal.switches["duplicates_empty"] == "list" else {"CONTACT": []})


METHODS: dict[str, Method] = {"crm.duplicate.findbycomm": find_by_comm}
