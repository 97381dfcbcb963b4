"""fast_bitrix24: pages by batches, calls by batches, references by keys of its own."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from .conftest import LATE, Served, needed

Story = Callable[[Any], Awaitable[Any]]


@pytest.fixture
def play(portal: Served) -> Callable[[Story], Any]:
    """Runs a story with a client of its own."""
    client = needed("fast_bitrix24")

    def run(story: Story) -> Any:
        async def once() -> Any:
            return await story(client.BitrixAsync(portal.url, verbose=False))

        return asyncio.run(once())

    return run


def test_it_reads_every_page(portal: Served, play: Callable[[Story], Any]) -> None:
    params = {"select": ["ID", "TITLE", "STAGE_ID"], "filter": {"@ID": portal.deals}}
    rows = play(lambda client: client.get_all("crm.deal.list", params))
    assert sorted(int(row["ID"]) for row in rows) == portal.deals
    assert rows[0]["TITLE"].startswith("Заказ & сервис")
    late = {"filter": {"STAGE_ID": "EXECUTING", "@ID": portal.deals}}
    assert len(play(lambda client: client.get_all("crm.deal.list", late))) == LATE


def test_it_reads_the_universal_family_too(portal: Served, play: Callable[[Story], Any]) -> None:
    params = {"entityTypeId": 2, "select": ["id", "opportunity"], "filter": {"@id": portal.deals}}
    rows = play(lambda client: client.get_all("crm.item.list", params))
    assert sorted(row["id"] for row in rows) == portal.deals
    assert {row["opportunity"] for row in rows} == set(range(len(portal.deals)))


def test_it_gets_by_ids(portal: Served, play: Callable[[Story], Any]) -> None:
    some = portal.deals[:60]
    found = play(lambda client: client.get_by_ID("crm.deal.get", some))
    assert {int(number) for number in found} == set(some)
    contacts = play(lambda client: client.get_by_ID("crm.deal.contact.items.get", some[:3]))
    assert [rows[0]["CONTACT_ID"] for rows in contacts.values()] == [portal.contact] * 3


def test_it_writes_in_batches(portal: Served, play: Callable[[Story], Any]) -> None:
    fields = [{"fields": {"TITLE": f"Новый {number}", "CATEGORY_ID": 7}} for number in range(70)]
    made = play(lambda client: client.call("crm.deal.add", fields))
    assert len(set(made)) == 70
    moved = [{"ID": number, "fields": {"STAGE_ID": "C7:PREPARATION"}} for number in made]
    assert set(play(lambda client: client.call("crm.deal.update", moved))) == {True}
    assert portal.post("crm.deal.get", id=made[-1])["STAGE_ID"] == "C7:PREPARATION"
    play(lambda client: client.call("crm.deal.delete", [{"ID": number} for number in made]))
    left = portal.post("crm.item.list", entityTypeId=2, filter={"@id": made})["items"]
    assert left == []


def test_it_follows_references(portal: Served, play: Callable[[Story], Any]) -> None:
    batch = {
        "halt": 0,
        "cmd": {
            "deal": f"crm.deal.get?id={portal.deals[0]}",
            "client": "crm.contact.get?id=$result[deal][CONTACT_ID]",
        },
    }
    found = play(lambda client: client.call_batch(batch))
    assert found["client"]["PHONE"][0]["VALUE"] == "+7 701 555 00 01"


def test_it_reads_people_stages_and_tasks(portal: Served, play: Callable[[Story], Any]) -> None:
    users = play(lambda client: client.get_all("user.get"))
    assert {"1", "101", "201"} <= {row["ID"] for row in users}
    stages = play(lambda client: client.get_all("crm.status.list", {"filter": {"ENTITY_ID": "DEAL_STAGE_7"}}))
    assert stages[0]["STATUS_ID"] == "C7:NEW"
    tasks = play(lambda client: client.get_all("tasks.task.list", {"filter": {"RESPONSIBLE_ID": 201}}))
    assert {int(row["id"]) for row in tasks} >= set(portal.tasks)


def test_it_sees_an_error(portal: Served, play: Callable[[Story], Any]) -> None:
    client = needed("fast_bitrix24.server_response")
    with pytest.raises(client.ErrorInServerResponseException, match="Not found"):
        play(lambda client: client.call("crm.deal.get", {"ID": 10_000_000}))
