"""crm.stagehistory.list: every stage that every deal has entered."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from sandbox.bitrix24.call import PAGE, Answer, Call, Method, listed, page
from sandbox.bitrix24.errors import Say, bad_argument
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


def history(call: Call) -> Answer:
    """crm.stagehistory.list of deals."""
    portal = call.portal
    if call.number("entityTypeId") != 2:
        raise Say(400, "ENTITY_TYPE_NOT_SUPPORTED", "Entity type is not supported")
    wanted = FilterReader(HISTORY, PORTAL_ZONE, strict=True).read(call.get("filter"))
    rows = (portal.history.rows[number] for number in _history_ids(portal, wanted))
    matches = (row for row in rows if wanted.passes(row))
    ordered = in_order(matches, call.get("order"))
    if call.start == -1:
        return Answer({"items": [_shown(call, row) for row in islice(ordered, PAGE)]}, total=0)
    found, total, following = page(list(ordered), call.start)
    return Answer({"items": [_shown(call, row) for row in found]}, total, following)


def _history_ids(portal: Portal, wanted: Group) -> list[int]:
    ids = portal.history.ids
    for test in wanted.tests("OWNER_ID"):
        if test.op in ("=", "@"):
            ids = portal.history_of.of_any(test.value if test.op == "@" else [test.value])
    above = next((test.value for test in wanted.tests("ID") if test.op == ">"), None)
    return between(ids, above, None)


def in_order(rows: Iterator[Row], raw: Any) -> Iterator[Row]:
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


METHODS: dict[str, Method] = {"crm.stagehistory.list": history}
