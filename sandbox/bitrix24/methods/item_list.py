"""Lists of items in both families: filter, order, fifty rows a page."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from sandbox.bitrix24.call import PAGE, Answer, Call, listed, page
from sandbox.bitrix24.errors import bad_argument
from sandbox.bitrix24.filters import FilterReader, Group, Known
from sandbox.bitrix24.items import LEGACY, Items, Row
from sandbox.bitrix24.portal import PORTAL_ZONE, Portal
from sandbox.bitrix24.rights import is_admin, sees_item

Show = Callable[[Row], Any]


def select_rows(call: Call, items: Items, style: str, wrap: Callable[[list[Any]], Any], show: Show) -> Answer:
    """One page of what the call asks for; start=-1 gives no count and no next (huge-data.md)."""
    wanted = read_filter(call.portal, items, style).read(call.get("filter"))
    order = _read_order(call, items, style)
    matches = _matches(call, items, wanted, order)
    if call.start == -1:
        return Answer(wrap([show(row) for row in islice(matches, PAGE)]), total=0)
    rows_here, total, following = page(list(matches), call.start)
    return Answer(wrap([show(row) for row in rows_here]), total, following)


def selected(raw: Any, names: list[str], user_fields: set[str]) -> list[str]:
    """Names of the fields to show: * is every standard and own field, UF_* every own one."""
    wanted = [str(name) for name in listed(raw)] or ["*"]
    chosen = {name for name in wanted if name in names}
    if "*" in wanted:
        chosen.update(names)
    if any(name.upper() == "UF_*" for name in wanted):
        chosen.update(user_fields)
    return [name for name in names if name in chosen]


def read_filter(portal: Portal, items: Items, style: str) -> FilterReader:
    known = {name: Known(column.stored, column.kind) for name, column in items.columns(style).items()}
    if not portal.switches["moved_time_filterable"]:
        known.pop("movedTime", None)
    if not portal.switches["updated_time_filterable"]:
        known.pop("updatedTime", None)
    if portal.switches["upper_id"]:
        known["ID"] = Known("id", "integer")
    return FilterReader(known, PORTAL_ZONE, strict=style != LEGACY)


def _matches(call: Call, items: Items, wanted: Group, order: list[tuple[str, bool]]) -> Iterator[Row]:
    portal, ids = call.portal, items.candidates(wanted)
    by_id = not order or order[0][0] == "id"
    if by_id and order and order[0][1]:
        ids = ids[::-1]
    rows = items.shelf.rows
    found: Iterable[Row] = (row for row in (rows[number] for number in ids) if wanted.passes(row))
    if portal.switches["search_lag_seconds"]:
        found = (row for row in found if portal.visible(row["createdTime"]))
    if not is_admin(portal, call.by):
        found = (row for row in found if sees_item(portal, row, call.by))
    return iter(found) if by_id else _sorted(found, order)


def _sorted(found: Iterable[Row], order: list[tuple[str, bool]]) -> Iterator[Row]:
    rows = list(found)
    for name, falling in reversed(order):
        rows.sort(key=lambda row: (row[name] is not None, row[name] or 0), reverse=falling)
    return iter(rows)


def _read_order(call: Call, items: Items, style: str) -> list[tuple[str, bool]]:
    columns = items.columns(style)
    order = []
    for name, way in call.table("order").items():
        column = columns.get(name)
        if column is None and name == "ID" and call.portal.switches["upper_id"]:
            column = columns["id"]
        if column is None or column.many:
            if style == LEGACY:
                continue
            raise bad_argument(f"Invalid order: field '{name}' is not allowed in order")
        order.append((column.stored, str(way).upper().startswith("DESC")))
    return order
