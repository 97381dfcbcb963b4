"""What people in the CRM do: open orders, drag deals, finish tasks."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sandbox.bitrix24 import contacts, deals, tasks
from sandbox.bitrix24.branching import branch_value
from sandbox.bitrix24.company import ADMIN
from sandbox.bitrix24.items import Row
from sandbox.bitrix24.portal import Portal
from sandbox.chat2desk.account import Account


class BadRequest(Exception):
    """The text goes to the caller, with this HTTP status."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status


def open_orders(portal: Portal, account: Account, body: dict[str, Any]) -> dict[str, Any]:
    """New deals, each with a new contact; all or nothing."""
    wishes = rows_of(body, "deals")
    for wish in wishes:
        if not wish.get("client") or not contacts.digits(str(wish.get("phone", ""))):
            raise BadRequest("every deal needs a client and a phone")
        if wish.get("stage") is not None and wish["stage"] not in portal.company.stages:
            raise BadRequest(f"unknown stage {wish['stage']}")
    with acting(portal, body):
        return {"deals": [_open_order(portal, account, wish) for wish in wishes]}


def move_deals(portal: Portal, body: dict[str, Any]) -> dict[str, Any]:
    """{"moves": [{"deal_id", "stage", "by"?, "robot"?}]}; all or nothing."""
    moves = [(deal_of(portal, wish.get("deal_id")), wish) for wish in rows_of(body, "moves")]
    for _, wish in moves:
        _check_stage(portal, wish)
    return {"moved": sum(_move(portal, row, wish) for row, wish in moves)}


def move_deal(portal: Portal, number: int, body: dict[str, Any]) -> dict[str, Any]:
    row = deal_of(portal, number)
    _check_stage(portal, body)
    return {"moved": int(_move(portal, row, body))}


def delete_deal(portal: Portal, number: int) -> dict[str, Any]:
    with acting(portal, {}):
        deals.delete(portal, deal_of(portal, number))
    return {"deleted": 1}


def complete_task(portal: Portal, number: int, body: dict[str, Any]) -> dict[str, Any]:
    """With a result text, or without; by its responsible person unless `by` names another."""
    row = portal.tasks.rows.get(number)
    if row is None:
        raise BadRequest(f"no task {number}", 404)
    if row["status"] in (tasks.COMPLETED, tasks.AWAITING_CONTROL):
        raise BadRequest(f"task {number} is closed already", 409)
    text = str(body.get("result") or "")
    if row["needsResult"] and not text and not portal.results.get(number):
        raise BadRequest(f"task {number} cannot be completed without a result", 409)
    with acting(portal, body, row["responsibleId"]) as by:
        if text:
            tasks.add_result(portal, row, text, by)
        tasks.complete(portal, row, by)
    return {"task_id": number, "status": row["status"]}


def rows_of(body: dict[str, Any], name: str) -> list[dict[str, Any]]:
    rows = body.get(name)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadRequest(f"{name} must be a list of objects")
    return rows


def deal_of(portal: Portal, number: Any) -> Row:
    row = portal.deals.get(number)
    if row is None:
        raise BadRequest(f"no deal {number}", 404)
    return row


def person_of(portal: Portal, body: dict[str, Any], otherwise: int = ADMIN) -> int:
    by = body.get("by") or otherwise
    if by not in portal.company.people:
        raise BadRequest(f"no user {by}")
    return int(by)


@contextmanager
def acting(portal: Portal, body: dict[str, Any], otherwise: int = ADMIN) -> Iterator[int]:
    """Who does it: `by`, and with "robot": true nobody, so that events carry no tokens."""
    by = person_of(portal, body, otherwise)
    with portal.acting(None if body.get("robot") else by):
        yield by


def _move(portal: Portal, row: Row, wish: dict[str, Any]) -> bool:
    with acting(portal, wish) as by:
        return deals.move(portal, row, wish["stage"], by)


def _open_order(portal: Portal, account: Account, wish: dict[str, Any]) -> dict[str, int]:
    name, phone = str(wish["client"]), str(wish["phone"])
    branch = portal.company.branch(str(wish.get("branch", "")))
    manager = branch.manager if branch else ADMIN
    entry = {"typeId": "PHONE", "valueType": "MOBILE", "value": phone}
    contact = contacts.create(portal, {"name": name, "assignedById": manager}, [entry], manager)
    account.phone_name(contacts.digits(phone), name)
    wanted: Row = {
        "title": str(wish.get("title") or f"Заказ: {name}"),
        "stageId": wish.get("stage"),
        "categoryId": portal.company.stages[wish["stage"]].pipeline if wish.get("stage") else 0,
        "contactId": contact["id"],
        "assignedById": manager,
    }
    if portal.company.branch_field in portal.deals.user_fields:
        wanted[portal.company.branch_field] = branch_value(portal.company, str(wish.get("branch") or ""))
    row = deals.create(portal, wanted, manager)
    return {"deal_id": row["id"], "contact_id": contact["id"]}


def _check_stage(portal: Portal, wish: dict[str, Any]) -> None:
    if wish.get("stage") not in portal.company.stages:
        raise BadRequest(f"unknown stage {wish.get('stage')}")
