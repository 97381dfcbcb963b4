"""A person at the desk of the CRM: one deal's card with its history, and changes by hand."""

from collections.abc import Iterable
from typing import Any

from sandbox.bitrix24 import deals, tasks
from sandbox.bitrix24.company import UserField
from sandbox.bitrix24.extras import extras
from sandbox.bitrix24.items import ORIGINAL, Row
from sandbox.bitrix24.methods.timeline import write_comment
from sandbox.bitrix24.portal import USER_ZONE, Portal
from sandbox.bitrix24.values import shown
from sandbox.control.people import BadRequest, acting, deal_of, person_of

KINDS_OF_HISTORY = {1: "created", 2: "moved", 3: "finished", 5: "pipeline"}


def card(portal: Portal, number: int) -> Row:
    """Everything about one deal: own fields as a form needs them, history and comments, oldest first."""
    row = deal_of(portal, number)
    own = portal.deals.user_fields.values()
    history = (portal.history.rows[one] for one in portal.history_of.of(number))
    comments = (portal.comments.rows[one] for one in portal.comments_of.of(("deal", number)))
    return {
        "id": number,
        "title": row["title"],
        "stage": row["stageId"],
        "assigned_to": row["assignedById"],
        "fields": [_field(portal, field, row[field.name]) for field in own],
        "history": [_entry(entry) for entry in history],
        "comments": [
            {
                "id": one["ID"],
                "text": one["COMMENT"],
                "author": one["AUTHOR_ID"],
                "at": one["CREATED"].isoformat(),
            }
            for one in comments
        ],
    }


def edit_deal(portal: Portal, number: int, body: Row) -> Row:
    """{"title"?, "assigned_to"?, "fields"?: {UF name: value}, "by"?, "robot"?}"""
    row = deal_of(portal, number)
    fields = body.get("fields") or {}
    if unknown := set(fields) - set(portal.deals.user_fields):
        raise BadRequest(f"no field {', '.join(sorted(unknown))}")
    wanted = portal.deals.read(fields, ORIGINAL, USER_ZONE)
    if "title" in body:
        wanted["title"] = str(body["title"]).strip() or row["title"]
    if "assigned_to" in body:
        wanted["assignedById"] = person_of(portal, {"by": body["assigned_to"]})
    with acting(portal, body) as by:
        return {"changed": int(deals.update(portal, row, wanted, by))}


def comment(portal: Portal, number: int, body: Row) -> Row:
    deal_of(portal, number)
    text = str(body.get("text") or "").strip()
    if not text:
        raise BadRequest("a comment needs a text")
    with acting(portal, body) as by:
        return {"comment_id": write_comment(portal, "deal", number, text, by)}


def reopen_task(portal: Portal, number: int, body: Row) -> Row:
    row = portal.tasks.rows.get(number)
    if row is None:
        raise BadRequest(f"no task {number}", 404)
    if row["status"] not in (tasks.COMPLETED, tasks.AWAITING_CONTROL, tasks.DEFERRED):
        raise BadRequest(f"task {number} is open already", 409)
    with acting(portal, body) as by:
        tasks.renew(portal, row, by)
    return {"task_id": number, "status": row["status"]}


def _field(portal: Portal, field: UserField, value: Any) -> Row:
    """`options` are the values that a person may choose from; none: he writes."""
    return {
        "name": field.name,
        "label": field.label or field.name,
        "kind": field.kind,
        "many": field.many,
        "value": [shown(one) for one in value] if isinstance(value, list) else shown(value),
        "options": [{"value": key, "text": text} for key, text in _options(portal, field)],
    }


def _options(portal: Portal, field: UserField) -> Iterable[tuple[Any, str]]:
    company = portal.company
    match field.kind:
        case "enumeration":
            return [(int(one["ID"]), one["VALUE"]) for one in field.choices]
        case "employee":
            return [(one.id, one.full_name) for one in company.people.values() if one.active]
        case "iblock_element":
            wanted = str(field.settings.get("IBLOCK_ID", ""))
            lists = [one for one in company.lists if wanted in ("", str(one.id))]
            return [(number, name) for one in lists for number, name in one.elements.items()]
        case "crm" if field.settings.get("COMPANY") == "Y":
            return [(f"CO_{row['id']}", str(row["title"])) for row in extras(portal).companies.shelf]
        case "string" if field.name == company.branch_field:
            return [(one.name, one.name) for one in company.branches]
        case _:
            return []


def _entry(row: Row) -> Row:
    return {
        "id": row["ID"],
        "at": row["CREATED_TIME"].isoformat(),
        "stage": row["STAGE_ID"],
        "pipeline": row["CATEGORY_ID"],
        "kind": KINDS_OF_HISTORY.get(row["TYPE_ID"], "moved"),
    }
