"""b24pysdk, the vendor's own: https only, typed methods, chains of references in one batch."""

from typing import Any

import pytest

from .conftest import LATE, Served, needed


@pytest.fixture
def client(portal: Served, monkeypatch: pytest.MonkeyPatch) -> Any:
    library = needed("b24pysdk")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", portal.certificate)
    path = portal.url.split("/rest/")[1].strip("/")
    return library.Client(library.BitrixWebhook(domain=portal.tls, webhook_token=path))


def test_it_lists_pages_in_two_ways(portal: Served, client: Any) -> None:
    where = {"@ID": portal.deals}
    rows = list(client.crm.deal.list(select=["ID"], filter=where, order={"ID": "ASC"}).as_list().result)
    assert [int(row["ID"]) for row in rows] == portal.deals
    rows = list(client.crm.deal.list(select=["ID", "TITLE"], filter=where).as_list_fast().result)
    assert [int(row["ID"]) for row in rows] == portal.deals


def test_it_filters_items(portal: Served, client: Any) -> None:
    where = {"stageId": "EXECUTING", "@id": portal.deals}
    answer = client.crm.item.list(2, select=["id", "stageId"], filter=where, use_original_uf_names=True)
    assert len(answer.result["items"]) == LATE
    assert {row["stageId"] for row in answer.result["items"]} == {"EXECUTING"}
    assert answer.time.duration >= 0


def test_it_writes(portal: Served, client: Any) -> None:
    number = client.crm.deal.add({"TITLE": "sdk", "CATEGORY_ID": 7, "CONTACT_ID": portal.contact}).result
    assert client.crm.deal.update(number, {"STAGE_ID": "C7:PREPARATION"}).result is True
    assert client.crm.deal.get(number).result["STAGE_ID"] == "C7:PREPARATION"
    item = client.crm.item.update(2, number, {"categoryId": 0, "stageId": "WON"}).result["item"]
    assert (item["categoryId"], item["closed"]) == (0, "Y")
    history = client.crm.stagehistory.list(2, filter={"OWNER_ID": number}).result["items"]
    assert [row["TYPE_ID"] for row in history] == [1, 2, 5]
    assert client.crm.deal.delete(number).result is True


def test_it_batches(portal: Served, client: Any) -> None:
    asked = {f"d{number}": client.crm.deal.get(number) for number in portal.deals[:3]}
    answers = client.call_batch(asked).result.result
    assert {int(row["ID"]) for row in answers.values()} == set(portal.deals[:3])
    many = [client.crm.deal.get(number) for number in portal.deals]
    assert len(client.call_batches(many).result.result) == len(portal.deals)


def test_it_works_with_contacts_stages_people_and_tasks(portal: Served, client: Any) -> None:
    assert client.crm.contact.get(portal.contact).result["HAS_PHONE"] == "Y"
    stages = client.crm.status.list(filter={"ENTITY_ID": "DEAL_STAGE_7"}).result
    assert stages[0]["NAME"] == "Новая жалоба"
    assert client.user.current().result["ID"] == "1"
    fields = {"TITLE": "sdk", "RESPONSIBLE_ID": 203}
    task = int(client.tasks.task.add(fields).result["task"]["id"])
    assert client.tasks.task.complete(task).result["task"]["status"] == "5"
    found = client.tasks.task.list(filter={"RESPONSIBLE_ID": 203}, select=["ID"]).result["tasks"]
    assert [int(row["id"]) for row in found] == [task]
    assert [line["field"] for line in client.tasks.task.history.list(task).result["list"]] == [
        "NEW",
        "STATUS",
    ]


def test_it_knows_a_wrong_secret(portal: Served, client: Any) -> None:
    library, errors = needed("b24pysdk"), needed("b24pysdk.errors")
    wrong = library.Client(library.BitrixWebhook(domain=portal.tls, webhook_token="1/wrong"))
    with pytest.raises(errors.BitrixAPIInvalidCredentials):
        _ = wrong.profile().result


def test_it_reads_the_status_of_an_error(client: Any) -> None:
    with pytest.raises(needed("b24pysdk.errors").BitrixAPIError) as no:
        _ = client.crm.deal.get(10_000_000).result
    assert (no.value.status_code, no.value.error_description) == (400, "Not found")
