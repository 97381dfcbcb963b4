"""batch: the cap, halt, references, and PHP's way with its maps."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from sandbox.bitrix24.portal import Portal
from sandbox.bitrix24.running import run

Call = Callable[..., Any]
Deal = Callable[..., int]
TIME_KEYS = {"start", "finish", "duration", "processing", "date_start", "date_finish"}


def test_the_shape_of_the_sample(call: Call) -> None:
    answer = call("batch", halt=0, cmd={"user": "user.current", "department": "department.get"})
    assert set(answer) == {"result", "result_error", "result_total", "result_next", "result_time"}
    assert answer["result"]["user"]["ID"] == "1"
    assert answer["result_error"] == []
    assert answer["result_total"] == {"department": 4}
    assert answer["result_next"] == []
    assert set(answer["result_time"]["user"]) == TIME_KEYS | {"operating", "operating_reset_at"}


def test_failed_commands_leave_lists_behind(call: Call) -> None:
    answer = call("batch", cmd={"a": "crm.deal.get?id=0", "b": "nonsense"})
    assert answer["result"] == [] == answer["result_time"] == answer["result_total"]
    assert answer["result_error"] == {
        "a": {"error": "", "error_description": "ID is not defined or invalid."},
        "b": {"error": "ERROR_METHOD_NOT_FOUND", "error_description": "Method not found!"},
    }


def test_numeric_keys_turn_maps_into_lists(call: Call, deal: Deal) -> None:
    number = deal()
    answer = call("batch", cmd=["crm.deal.get?id=0", f"crm.deal.get?id={number}"])
    assert isinstance(answer["result_error"], list)
    assert answer["result"]["1"]["ID"] == str(number)
    answer = call("batch", cmd={"0": "server.time", "1": "profile"})
    assert isinstance(answer["result"], list)
    assert isinstance(answer["result_time"], list)


def test_real_ids_as_keys_stay_a_map(call: Call, deal: Deal) -> None:
    number = deal()
    answer = call("batch", cmd={str(number): f"crm.deal.get?id={number}"})
    assert list(answer["result"]) == [str(number)]


@pytest.mark.parametrize(("halt", "ran"), [(1, 1), (True, 1), ("1", 1), (0, 2), ("0", 2), (False, 2)])
def test_halt_stops_at_the_first_error(call: Call, halt: Any, ran: int) -> None:
    answer = call("batch", halt=halt, cmd={"a": "profile", "b": "nonsense", "c": "profile"})
    assert len(answer["result"]) == ran
    assert list(answer["result_error"]) == ["b"]


def test_fifty_run_and_the_rest_fail_inside(portal: Portal, call: Call) -> None:
    answer = call("batch", cmd={f"c{n}": "server.time" for n in range(52)})
    assert len(answer["result"]) == 50
    assert {key: row["error"] for key, row in answer["result_error"].items()} == {
        "c50": "ERROR_BATCH_LENGTH_EXCEEDED",
        "c51": "ERROR_BATCH_LENGTH_EXCEEDED",
    }
    assert portal.ledger.by_method["server.time"] == 50


def test_no_batch_in_a_batch(call: Call) -> None:
    answer = call("batch", cmd={"a": "batch?cmd[b]=profile"})
    assert answer["result_error"]["a"]["error"] == "ERROR_BATCH_METHOD_NOT_ALLOWED"


@pytest.mark.parametrize(
    "reference",
    [
        "$result[made][item][contactId]",
        "%24result%5Bmade%5D%5Bitem%5D%5BcontactId%5D",
        "$result[made][item][contactIds][0]",
    ],
)
def test_references(call: Call, reference: str) -> None:
    contact = call("crm.item.add", entityTypeId=3, fields={"name": "Иван"})["item"]["id"]
    answer = call(
        "batch",
        cmd={
            "made": f"crm.item.add?entityTypeId=2&fields[contactIds][]={contact}",
            "contact": f"crm.item.get?entityTypeId=3&id={reference}",
        },
    )
    assert answer["result"]["contact"]["item"]["id"] == contact


def test_a_reference_inside_a_text_and_one_that_leads_nowhere(portal: Portal, call: Call) -> None:
    cmd = {
        "me": "profile",
        "made": "crm.item.add?entityTypeId=2&fields[title]=by $result[me][ID], $result[me][NONE]$result[x]",
    }
    assert call("batch", cmd=cmd)["result"]["made"]["item"]["title"] == "by 1, "
    portal.switches.set("bad_reference", "text")
    title = call("batch", cmd=cmd)["result"]["made"]["item"]["title"]
    assert title == "by 1, $result[me][NONE]$result[x]"


def test_a_chain_of_cursors_walks_through_everything(call: Call, deal: Deal) -> None:
    made = [deal() for _ in range(130)]
    cmd = {"0": "crm.deal.list?select[]=ID&order[ID]=ASC&start=-1"}
    for n in range(1, 3):
        last = f"%24result%5B{n - 1}%5D%5B49%5D%5BID%5D"
        cmd[str(n)] = f"crm.deal.list?select[]=ID&order[ID]=ASC&filter[%3EID]={last}&start=-1"
    pages = call("batch", cmd=cmd)["result"]
    assert [int(row["ID"]) for page in pages for row in page] == made


def test_inner_calls_are_charged_to_their_own_method(portal: Portal) -> None:
    portal.switches.set("operating_cost_seconds", 0.5)
    timed = run(portal, "batch", {"cmd": {"a": "profile", "b": "profile", "c": "scope"}}, 1)
    times = timed.answer.result["result_time"]
    assert [times[key]["operating"] for key in "abc"] == [0.5, 1.0, 0.5]
    assert "operating" not in timed.time


@pytest.mark.parametrize("how", ["json", "form", "query"])
def test_a_batch_arrives_in_every_encoding(send: Callable[..., Any], how: str) -> None:
    """Values are encoded once inside a command, and once more when the batch itself is a form or a query."""
    fields = urlencode({"fields[TITLE]": "Шины & диски = 100%", "fields[OPPORTUNITY]": 5})
    cmd = {"Made": f"crm.deal.ADD?{fields}&", "seen": "crm.deal.get.json?ID=%24result%5BMade%5D"}
    path = "/rest/1/s3cret/Batch.json"
    coded = {f"CMD[{key}]": line for key, line in cmd.items()}
    match how:
        case "json":
            answer = send("POST", path, json={"cmd": cmd, "HALT": 1, "__order": 1})
        case "form":
            answer = send("POST", path, data={**coded, "halt": "1"})
        case _:
            answer = send("GET", f"{path}?{urlencode(coded)}")
    seen = answer.json()["result"]["result"]["seen"]
    assert (seen["TITLE"], seen["OPPORTUNITY"]) == ("Шины & диски = 100%", "5.00")


def test_references_carry_whole_lists(call: Call, deal: Deal) -> None:
    made = [deal(contactIds=[7]), deal(contactIds=[7])]
    cmd = {
        "mine": f"crm.item.list?entityTypeId=2&select[]=id&filter[@id][]={made[0]}&filter[@id][]={made[1]}",
        "one": "crm.item.get?entityTypeId=2&id=$result[mine][items][1][id]",
        "again": "crm.item.list?entityTypeId=2&filter[@contactIds]=$result[one][item][contactIds]",
    }
    found = call("batch", halt=1, cmd=cmd)["result"]
    assert found["one"]["item"]["id"] == made[1]
    assert [row["id"] for row in found["again"]["items"]] == made
