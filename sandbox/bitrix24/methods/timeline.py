"""crm.timeline.comment.* and crm.activity.todo.add: what people write and plan in a card."""

from typing import Any

from sandbox.bitrix24.call import Answer, Call, Method, listed, page
from sandbox.bitrix24.errors import Say, legacy, not_found
from sandbox.bitrix24.extras import extras
from sandbox.bitrix24.filters import FilterReader, Known
from sandbox.bitrix24.items import Items, Row
from sandbox.bitrix24.methods.stagehistory import in_order
from sandbox.bitrix24.portal import PORTAL_ZONE, Portal
from sandbox.bitrix24.rights import denied, sees_item
from sandbox.bitrix24.values import is_empty, shown, to_moment

COMMENT = {
    "ID": Known("ID", "integer"),
    "ENTITY_ID": Known("ENTITY_ID", "integer"),
    "ENTITY_TYPE": Known("ENTITY_TYPE", "string"),
    "AUTHOR_ID": Known("AUTHOR_ID", "integer"),
    "CREATED": Known("CREATED", "datetime"),
}
OWNERS = {2: "deal", 3: "contact", 4: "company"}
TODO_NEEDS = ("ownerTypeId", "ownerId", "deadline")


def add_comment(call: Call) -> Answer:
    # This method reads only lower-case `fields` (crm-timeline-comment-add page).
    fields = call.raw.get("fields")
    if not isinstance(fields, dict) or not fields.get("COMMENT"):
        raise legacy("Empty COMMENT.")
    kind = str(fields.get("ENTITY_TYPE", "")).lower()
    owner = _owner(call, kind, fields.get("ENTITY_ID"))
    if owner is None or not sees_item(call.portal, owner, call.by):
        raise legacy("Access denied.")
    return Answer(write_comment(call.portal, kind, owner["id"], str(fields["COMMENT"]), call.by))


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
    portal.events.timeline_comment(number)
    return number


def comments(call: Call) -> Answer:
    portal, raw = call.portal, call.table("filter")
    kind, owner = str(raw.get("ENTITY_TYPE") or "").lower(), raw.get("ENTITY_ID")
    if not kind or not str(owner or "").isdigit():
        raise legacy("Entity is not specified.")
    row = _owner(call, kind, owner)
    if row is not None and not sees_item(portal, row, call.by):
        raise legacy("Access denied.")
    wanted = FilterReader(COMMENT, PORTAL_ZONE, strict=False).read({**raw, "ENTITY_TYPE": kind})
    matches = (portal.comments.rows[number] for number in portal.comments_of.of((kind, int(str(owner)))))
    ordered = list(in_order((row for row in matches if wanted.passes(row)), call.get("order")))
    if call.start == -1:
        return Answer([_shown(call, row) for row in ordered[:50]], total=0)
    found, total, following = page(ordered, call.start)
    return Answer([_shown(call, row) for row in found], total, following)


def get_comment(call: Call) -> Answer:
    number = call.number("id")
    if not number:
        raise legacy("ID is not defined or invalid.")
    row = call.portal.comments.rows.get(number)
    if row is None:
        raise legacy("Not found.")
    if not _may_read(call, row):
        raise legacy("Access denied.")
    return Answer(_shown(call, row, whole=True))


def update_comment(call: Call) -> Answer:
    row, text = _comment(call), call.table("fields").get("COMMENT")
    if not text:
        raise Say(400, "INVALID_ARG_VALUE", "Empty comment.")
    row["COMMENT"] = str(text)
    call.portal.touch()
    return Answer(row["ID"])


def delete_comment(call: Call) -> Answer:
    row = _comment(call)
    call.portal.comments.drop(row["ID"])
    call.portal.comments_of.drop((row["ENTITY_TYPE"], row["ENTITY_ID"]), row["ID"])
    call.portal.touch()
    return Answer(None)


def add_todo(call: Call) -> Answer:
    """crm.activity.todo.add: a plan in a card, lighter than a task."""
    for name in TODO_NEEDS:
        if is_empty(call.get(name)):
            raise Say(400, "100", f"Could not find value for parameter {{{name}}} (internal error)")
    kind = OWNERS.get(call.number("ownerTypeId") or 0, "")
    owner = _owner(call, kind, call.get("ownerId"))
    if owner is None:
        raise Say(400, "OWNER_NOT_FOUND", "Владелец элемента не найден")
    if not sees_item(call.portal, owner, call.by):
        raise denied(call.portal)
    try:
        deadline = to_moment(call.get("deadline"), PORTAL_ZONE)
    except ValueError:
        raise Say(400, "WRONG_DATETIME_FORMAT", "Некорректный формат даты") from None
    todos = extras(call.portal).todos
    number = todos.new_id()
    todos.put(number, _todo(call, number, deadline))
    call.portal.touch()
    return Answer({"id": number})


def _todo(call: Call, number: int, deadline: Any) -> Row:
    return {
        "id": number,
        "ownerTypeId": call.number("ownerTypeId"),
        "ownerId": call.number("ownerId"),
        "deadline": deadline,
        "title": str(call.get("title") or "Дело"),
        "description": str(call.get("description") or ""),
        "responsibleId": call.number("responsibleId") or call.by,
    }


def _owner(call: Call, kind: str, number: Any) -> Row | None:
    portal = call.portal
    kept: dict[str, Items] = {"deal": portal.deals, "contact": portal.contacts}
    if kind == "company":
        return extras(portal).companies.get(number)
    return kept[kind].get(number) if kind in kept else None


def _comment(call: Call) -> Row:
    """To be changed. Say unless it is there and its author, or somebody who sees the card, asks."""
    number = call.number("id")
    if number is None:
        raise Say(400, "100", "Could not find value for parameter {id} (internal error)")
    row = call.portal.comments.rows.get(number)
    if row is None:
        raise not_found()
    if not _may_read(call, row):
        raise denied(call.portal)
    return row


def _may_read(call: Call, row: Row) -> bool:
    owner = _owner(call, row["ENTITY_TYPE"], row["ENTITY_ID"])
    return owner is None or sees_item(call.portal, owner, call.by)


def _shown(call: Call, row: Row, whole: bool = False) -> Row:
    files: Any = {} if call.portal.switches["empty_files"] == "map" else []
    texts = {name: str(shown(value)) for name, value in row.items()}
    wanted = [] if whole else [str(name) for name in listed(call.get("select"))]
    every = {**texts, "FILES": files}
    return {name: every[name] for name in every if not wanted or "*" in wanted or name in wanted}


METHODS: dict[str, Method] = {
    "crm.timeline.comment.add": add_comment,
    "crm.timeline.comment.list": comments,
    "crm.timeline.comment.get": get_comment,
    "crm.timeline.comment.update": update_comment,
    "crm.timeline.comment.delete": delete_comment,
    "crm.activity.todo.add": add_todo,
}
