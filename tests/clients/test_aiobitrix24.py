"""aiobitrix24: real ids as keys of a batch, whole items sent back as an update."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from .conftest import LATE, Served, needed

Play = Callable[[Callable[[Any], Awaitable[Any]]], Any]


@pytest.fixture
def play(portal: Served) -> Play:
    library = needed("aiobitrix24")
    library.bx24.url(portal.url)
    library.bx24.timeout(0)

    def run(story: Callable[[Any], Awaitable[Any]]) -> Any:
        async def once() -> Any:
            return await story(library)

        return asyncio.run(once())

    return run


def test_it_selects_pages(portal: Served, play: Play) -> None:
    items = play(lambda it: it.CRMItem.select(2, {"@id": portal.deals}))
    assert sorted(item.fields["id"] for item in items) == portal.deals
    late = play(lambda it: it.CRMItem.select(2, {"stageId": "EXECUTING", "@id": portal.deals}, ["id"]))
    assert len(late) == LATE


def test_it_creates_and_updates_in_batches(portal: Served, play: Play) -> None:
    def fresh(it: Any) -> list[Any]:
        return [it.CRMItem({"title": f"aio {n}", "categoryId": 7}, name=f"n{n}") for n in range(60)]

    made = play(lambda it: it.CRMItem.batch_create(2, fresh(it)))
    assert [item.fields["title"] for item in made] == [f"aio {n}" for n in range(60)]
    for item in made:
        item.fields["stageId"] = "C7:WON"
    moved = play(lambda it: it.CRMItem.batch_update(made))
    assert {(item.fields["stageId"], item.fields["stageSemanticId"]) for item in moved} == {("C7:WON", "S")}
    history = portal.post("crm.stagehistory.list", entityTypeId=2, filter={"OWNER_ID": made[0].fields["id"]})
    assert [row["TYPE_ID"] for row in history["items"]] == [1, 3]


@pytest.mark.parametrize("in_query", [False, True])
def test_it_calls_any_method(portal: Served, play: Play, in_query: bool) -> None:
    async def call(it: Any, method: str, params: dict[str, Any]) -> Any:
        return (await it.bx24.request(method, params, is_query_complex=in_query)).json()["result"]

    task = portal.tasks[1]
    assert play(lambda it: call(it, "tasks.task.get", {"taskId": task}))["task"]["id"] == str(task)
    contact = play(lambda it: call(it, "crm.contact.get", {"id": portal.contact}))
    assert (contact["NAME"], contact["HAS_PHONE"]) == ("Иван", "Y")
    where = {"filter": {"ENTITY_ID": "DEAL_STAGE"}}
    assert len(play(lambda it: call(it, "crm.status.list", where))) == 7


def test_it_raises_what_the_portal_says(play: Play) -> None:
    error = needed("aiobitrix24.exceptions").BitrixError
    with pytest.raises(error, match="not allowed in filter"):
        play(lambda it: it.CRMItem.select(2, {"nonsense": 1}))
