"""The whole portal at a glance, for the demo page and for drivers."""

from bisect import bisect_right
from typing import Any

from sandbox.bitrix24 import contacts
from sandbox.bitrix24.branching import branch_name
from sandbox.bitrix24.company import Pipeline
from sandbox.bitrix24.items import Row
from sandbox.bitrix24.portal import Portal
from sandbox.bitrix24.values import shown


def snapshot(portal: Portal, limit: int) -> dict[str, Any]:
    """`limit` newest rows of each kind, oldest first; 0 = all."""
    return {
        "pipelines": [_pipeline(pipeline) for pipeline in portal.company.pipelines],
        "deals": [_deal(portal, portal.deals.shelf.rows[n]) for n in _newest(portal.deals.shelf.ids, limit)],
        "tasks": [_task(portal, portal.tasks.rows[n]) for n in _newest(portal.tasks.ids, limit)],
        "notifications": [
            _notice(portal.notifications.rows[n]) for n in _newest(portal.notifications.ids, limit)
        ],
        "comments": [
            _comment(portal.comments.rows[n])
            for n in _newest(portal.comments.ids, limit)
            if portal.comments.rows[n]["ENTITY_TYPE"] == "deal"
        ],
        "users": [
            {
                "id": person.id,
                "name": person.full_name,
                "position": person.position,
                "active": person.active,
            }
            for person in portal.company.people.values()
        ],
        "contacts": [
            _contact(portal, portal.contacts.shelf.rows[n]) for n in _newest(portal.contacts.shelf.ids, limit)
        ],
    }


def tasks_after(portal: Portal, last: int) -> list[Row]:
    """Tasks with greater ids than `last`, oldest first."""
    ids = portal.tasks.ids
    return [_task(portal, portal.tasks.rows[n]) for n in ids[bisect_right(ids, last) :]]


def notices_after(portal: Portal, last: int) -> list[Row]:
    """Notifications with greater ids than `last`, oldest first."""
    ids = portal.notifications.ids
    return [_notice(portal.notifications.rows[n]) for n in ids[bisect_right(ids, last) :]]


def _newest(ids: list[int], limit: int) -> list[int]:
    return ids[-limit:] if limit > 0 else ids


def _pipeline(pipeline: Pipeline) -> Row:
    stages = [
        {"id": stage.id, "name": stage.name, "color": stage.color, "semantics": stage.semantics}
        for stage in pipeline.stages
    ]
    return {"id": pipeline.id, "name": pipeline.name, "stages": stages}


def _deal(portal: Portal, row: Row) -> Row:
    contact = portal.contacts.shelf.rows.get(row["contactId"])
    return {
        "id": row["id"],
        "title": row["title"],
        "stage": row["stageId"],
        "pipeline": row["categoryId"],
        "contact_id": row["contactId"],
        "client": _name(contact) if contact else "",
        "phone": contacts.first_phone(portal, row["contactId"]),
        "branch": branch_name(portal.company, row.get(portal.company.branch_field)),
        "comments": row["comments"] or "",
        "assigned_to": row["assignedById"],
        "fields": {name: shown(row[name]) for name in portal.deals.user_fields},
        "moved_time": row["movedTime"].isoformat(),
        "origin": row["originId"],
    }


def _task(portal: Portal, row: Row) -> Row:
    deals = [int(owner[2:]) for owner in row["ufCrmTask"] if owner.startswith("D_") and owner[2:].isdigit()]
    results = portal.results.get(row["id"], [])
    return {
        "id": row["id"],
        "title": row["title"],
        "description": row["description"],
        "responsible": row["responsibleId"],
        "deadline": shown(row["deadline"]),
        "status": row["status"],
        "deal_id": deals[0] if deals else None,
        "closed_by": row["closedBy"],
        "result": results[0]["text"] if results else "",
    }


def _notice(row: Row) -> Row:
    return {"id": row["id"], "user": row["user"], "text": row["text"], "at": row["at"].isoformat()}


def _comment(row: Row) -> Row:
    return {"deal_id": row["ENTITY_ID"], "text": row["COMMENT"], "at": row["CREATED"].isoformat()}


def _contact(portal: Portal, row: Row) -> Row:
    return {
        "id": row["id"],
        "name": _name(row),
        "phone": contacts.first_phone(portal, row["id"]),
        "fields": {name: shown(row[name]) for name in portal.contacts.user_fields},
    }


def _name(contact: Row) -> str:
    return f"{contact['name'] or ''} {contact['lastName'] or ''}".strip()
