"""b24api: checks every answer against its own models, and walks by ids without a count."""

from collections.abc import Iterator
from typing import Any

import pytest

from .conftest import LATE, Served, needed


@pytest.fixture(scope="module")
def client(portal: Served) -> Iterator[Any]:
    settings = needed("b24api.settings").Settings(webhook_url=portal.url)
    library = needed("b24api")
    yield library.Bitrix24(settings=settings)
    library.Bitrix24.http.close()


def listing(method: str, **parameters: Any) -> dict[str, Any]:
    return {"method": method, "parameters": parameters}


@pytest.mark.parametrize("way", ["list_sequential", "list_batched", "list_batched_no_count"])
def test_it_lists_everything(portal: Served, client: Any, way: str) -> None:
    request = listing("crm.deal.list", select=["ID", "STAGE_ID"], filter={"@ID": portal.deals})
    rows = list(getattr(client, way)(request))
    assert sorted(int(row["ID"]) for row in rows) == portal.deals


def test_it_lists_by_a_filter(portal: Served, client: Any) -> None:
    where = {"stageId": "EXECUTING", "@id": portal.deals}
    request = listing("crm.item.list", entityTypeId=2, select=["id"], filter=where)
    assert len(list(client.list_batched(request))) == LATE


def test_it_writes_one_and_many(portal: Served, client: Any) -> None:
    fields = {"title": "b24api", "categoryId": 7, "contactIds": [portal.contact]}
    item = client.call(listing("crm.item.add", entityTypeId=2, fields=fields))["item"]
    assert (item["stageId"], item["contactIds"]) == ("C7:NEW", [portal.contact])
    requests = [
        listing("crm.item.update", entityTypeId=2, id=item["id"], fields={"title": f"{number}"})
        for number in range(60)
    ]
    titles = [answer["item"]["title"] for answer in client.batch(requests)]
    assert titles == [str(number) for number in range(60)]
    assert client.call(listing("crm.item.delete", entityTypeId=2, id=item["id"])) == []


def test_it_reads_comments_of_many_deals(portal: Served, client: Any) -> None:
    for number in portal.deals[:3]:
        fields = {"ENTITY_ID": number, "ENTITY_TYPE": "deal", "COMMENT": f"о сделке {number}"}
        assert client.call(listing("crm.timeline.comment.add", fields=fields))
    request = listing("crm.timeline.comment.list", select=["ID", "COMMENT"], filter={"ENTITY_TYPE": "deal"})
    owners = [{"ENTITY_ID": number} for number in portal.deals[:3]]
    rows = list(client.reference_batched_no_count(request, owners))
    assert [row["COMMENT"] for row in rows] == [f"о сделке {number}" for number in portal.deals[:3]]


def test_it_reads_stages_contacts_and_tasks(portal: Served, client: Any) -> None:
    stages = client.call(listing("crm.status.list", filter={"ENTITY_ID": "DEAL_STAGE"}))
    assert [row["STATUS_ID"] for row in stages][:2] == ["NEW", "EXECUTING"]
    found = client.call(listing("crm.duplicate.findbycomm", type="PHONE", values=["+77015550001"]))
    assert found == {"CONTACT": [portal.contact]}
    tasks = list(client.list_sequential(listing("tasks.task.list", filter={"RESPONSIBLE_ID": 201})))
    assert {int(row["id"]) for row in tasks} >= set(portal.tasks)
    done = client.call(listing("tasks.task.complete", taskId=portal.tasks[0]))
    assert done["task"]["status"] == "5"
    client.call(listing("tasks.task.renew", taskId=portal.tasks[0]))


def test_it_raises_what_the_portal_says(client: Any) -> None:
    error = needed("b24api.error").ApiResponseError
    with pytest.raises(error, match="not_found"):
        client.call(listing("crm.item.get", entityTypeId=2, id=10_000_000))
