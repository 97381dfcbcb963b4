"""What happened to a deal: the history of its stages, and comments in its timeline."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from sandbox.bitrix24.call import PAGE, Answer, Call, Method, listed, page
from sandbox.bitrix24.errors import Say, bad_argument, legacy
from sandbox.bitrix24.filters import FilterReader, Group, Known
from sandbox.bitrix24.items import Row
from sandbox.bitrix24.portal import PORTAL_ZONE, Portal
from sandbox.bitrix24.shelf import between
from sandbox.bitrix24.values import shown

HISTORY = {
    "ID": Known("ID", "integer"),
    "TYPE_ID": Known("TYPE_ID", "integer"),
    "OWNER_ID": Known("OWNER_ID", "integer"),
    "CREATED_TIME": Known("CREATED_TIME", "datetime"),
    "CATEGORY_ID": Known("CATEGORY_ID", "integer"),
    "STAGE_SEMANTIC_ID": Known("STAGE_SEMANTIC_ID", "string"),
    "STAGE_ID": Known("STAGE_ID", "string"),
}
COMMENT = {
    "ID": Known("ID", "integer"),
    "ENTITY_ID": Known("ENTITY_ID", "integer"),
    "ENTITY_TYPE": Known("ENTITY_TYPE", "string"),
    "AUTHOR_ID": Known("AUTHOR_ID", "integer"),
    "CREATED": Known("CREATED", "datetime"),
}


def history(call: Call) -> Answer:
    """crm.stagehistory.list of deals."""
    portal = call.portal
    if call.number("entityTypeId") != 2:
        raise Say(400, "ENTITY_TYPE_NOT_SUPPORTED", "Entity type is not supported")
    wanted = FilterReader(HISTORY, PORTAL_ZONE, strict=True).read(call.get("filter"))
    rows = (portal.history.rows[number] for number in _history_ids(portal, wanted))
    matches = (row for row in rows if wanted.passes(row))
    ordered = _in_order(matches, call.get("order"))
    if call.start == -1:
        return Answer({"items": [_shown(call, row) for row in islice(ordered, PAGE)]}, total=0)
    found, total, following = page(list(ordered), call.start)
    return Answer({"items": [_shown(call, row) for row in found]}, total, following)


def add_comment(call: Call) -> Answer:
    # This method reads only lower-case `fields` (crm-timeline-comment-add page).
    fields = call.raw.get("fields")
    if not isinstance(fields, dict) or not fields.get("COMMENT"):
        raise legacy("Empty COMMENT.")
    kind = str(fields.get("ENTITY_TYPE", "")).lower()
    items = {"deal": call.portal.deals, "contact": call.portal.contacts}.get(kind)
    if items is None or items.get(fields.get("ENTITY_ID")) is None:
        raise legacy("Access denied.")
    number = write_comment(call.portal, kind, int(fields["ENTITY_ID"]), str(fields["COMMENT"]), call.by)
    return Answer(number)


def write_comment(portal: Portal, kind: str, owner: int, text: str, by: int) -> int:
    number = portal.comments.new_id()
    row = {
        "ID": number,
        "ENTITY_ID": owner,
        "ENTITY_TYPE": kind,
        "CREATED": portal.now(),
        "COMMENT": text,
        "AUTHOR_ID": by,
    }
    portal.comments.put(number, row)
    portal.comments_of.add((kind, owner), number)
    portal.touch()
    return number


def comments(call: Call) -> Answer:
    portal = call.portal
    raw = call.get("filter") or {}
    kind, owner = raw.get("ENTITY_TYPE"), raw.get("ENTITY_ID")
    if not kind or not owner:
        raise legacy("Entity is not specified.")
    wanted = FilterReader(COMMENT, PORTAL_ZONE, strict=False).read({**raw, "ENTITY_TYPE": str(kind).lower()})
    ids = portal.comments_of.of((str(kind).lower(), int(owner)))
    matches = (portal.comments.rows[number] for number in ids)
    ordered = list(_in_order((row for row in matches if wanted.passes(row)), call.get("order")))
    found, total, following = page(ordered, call.start)
    return Answer([_as_text(row) for row in found], total, following)


def _history_ids(portal: Portal, wanted: Group) -> list[int]:
    ids = portal.history.ids
    for test in wanted.tests("OWNER_ID"):
        if test.op in ("=", "@"):
            ids = portal.history_of.of_any(test.value if test.op == "@" else [test.value])
    above = next((test.value for test in wanted.tests("ID") if test.op == ">"), None)
    return between(ids, above, None)


def _in_order(rows: Iterator[Row], raw: Any) -> Iterator[Row]:
    """Rows come in by id; any other order sorts them."""
    order = list(raw.items()) if isinstance(raw, dict) else []
    if not order or order == [("ID", "ASC")]:
        return rows
    found = list(rows)
    for name, way in reversed(order):
        if found and name not in found[0]:
            raise bad_argument(f"Invalid order: field '{name}' is not allowed in order")
        found.sort(key=lambda row: row[name], reverse=str(way).upper() == "DESC")
    return iter(found)


def _shown(call: Call, row: Row) -> Row:
    wanted = [str(name) for name in listed(call.get("select"))]
    names = [name for name in row if not wanted or "*" in wanted or name in wanted]
    values = {name: shown(row[name]) for name in names}
    if call.portal.switches["stage_history_strings"]:
        return {name: str(value) for name, value in values.items()}
    return values


def _as_text(row: Row) -> Row:
    return {name: str(shown(value)) for name, value in row.items()}


METHODS: dict[str, Method] = {
    "crm.stagehistory.list": history,
    "crm.timeline.comment.add": add_comment,
    "crm.timeline.comment.list": comments,
}
