"""bitrix24-rest: everything by GET, parameters in the query string, nothing escaped."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import LATE, Served, needed

Call = Callable[..., Any]


@pytest.fixture
def call(portal: Served) -> Call:
    library = needed("bitrix24")

    def do(method: str, params: dict[str, Any] | None = None, pages: bool = True) -> Any:
        async def once() -> Any:
            client = library.Bitrix24(portal.url, fetch_all_pages=pages)
            return await client.callMethod(method, params)

        return asyncio.run(once())

    return do


def test_it_reads_every_page(portal: Served, call: Call) -> None:
    where = {"filter": {"@ID": portal.deals}, "select": ["ID"], "order": {"ID": "ASC"}}
    assert [int(row["ID"]) for row in call("crm.deal.list", where)] == portal.deals
    assert len(call("crm.deal.list", {"filter": {"@ID": portal.deals}}, pages=False)) == 50


def test_it_reads_every_page_of_a_map(portal: Served, call: Call) -> None:
    where = {"entityTypeId": 2, "filter": {"stageId": "NEW", "@id": portal.deals}, "select": ["id"]}
    assert len(call("crm.item.list", where)["items"]) == len(portal.deals) - LATE


def test_it_writes(portal: Served, call: Call) -> None:
    fields = {"TITLE": "by query", "CATEGORY_ID": 7, "OPPORTUNITY": 12.5, "CONTACT_ID": portal.contact}
    number = call("crm.deal.add", {"fields": fields})
    assert call("crm.deal.update", {"id": number, "fields": {"STAGE_ID": "C7:PREPARATION"}}) is True
    row = call("crm.deal.get", {"id": number})
    assert (row["STAGE_ID"], row["OPPORTUNITY"], row["CONTACT_ID"]) == (
        "C7:PREPARATION",
        "12.50",
        str(portal.contact),
    )
    batch = {"cmd": {"a": f"crm.deal.get?id={number}", "b": "user.current"}}
    assert call("batch", batch)["result"]["a"]["TITLE"] == "by query"
    assert call("crm.deal.delete", {"id": number}) is True


def test_it_works_with_contacts_stages_and_tasks(portal: Served, call: Call) -> None:
    phone = [{"VALUE": "77015550009", "VALUE_TYPE": "WORK"}]
    number = call("crm.contact.add", {"fields": {"NAME": "Anna", "PHONE": phone}})
    assert call("crm.contact.get", {"id": number})["PHONE"][0]["VALUE"] == "77015550009"
    assert len(call("crm.status.list", {"filter": {"ENTITY_ID": "DEAL_STAGE_7"}})) == 4
    fields = {"TITLE": "call back", "RESPONSIBLE_ID": 202, "UF_CRM_TASK": [f"D_{portal.deals[0]}"]}
    task = call("tasks.task.add", {"fields": fields})["task"]
    assert call("tasks.task.complete", {"taskId": task["id"]})["task"]["status"] == "5"
    found = call("tasks.task.list", {"filter": {"RESPONSIBLE_ID": 202}, "select": ["ID", "STATUS"]})
    assert [row["status"] for row in found["tasks"]] == ["5"]


def test_it_raises_on_an_error(call: Call) -> None:
    with pytest.raises(needed("bitrix24").BitrixError, match="HTTP error: 404"):
        call("no.such.method")
