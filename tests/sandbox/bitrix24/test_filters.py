"""Filters, orders and pages of crm.item.list."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.bitrix24.errors import Say
from sandbox.bitrix24.portal import Portal
from sandbox.bitrix24.running import run

from .conftest import StillClock

Call = Callable[..., Any]
Deal = Callable[..., int]


@pytest.fixture
def titles(call: Call, deal: Deal, clock: StillClock) -> Callable[..., list[str]]:
    """Four deals, one minute apart; gives the titles that a filter finds."""
    deal(title="A", opportunity=1, stageId="NEW", originatorId="qc", originId="o-1", UF_CRM_BRANCH="на Абая")
    clock.wait(60)
    deal(title="B", opportunity=2, stageId="EXECUTING", UF_CRM_QC_SCORE_1="8.256")
    clock.wait(60)
    deal(title="C", opportunity=3, categoryId=7, stageId="C7:NEW", contactIds=[11, 12])
    clock.wait(60)
    deal(title="D", opportunity=4, stageId="EXECUTING", contactId=12)

    def find(wanted: Any, **more: Any) -> list[str]:
        found = call("crm.item.list", entityTypeId=2, filter=wanted, useOriginalUfNames="Y", **more)
        return [row["title"] for row in found["items"]]

    return find


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, "ABCD"),
        ([], "ABCD"),
        ({"stageId": "EXECUTING"}, "BD"),
        ({"=stageId": "EXECUTING", "categoryId": 0}, "BD"),
        ({"stageId": "EXECUTING", "categoryId": 7}, ""),
        ({"@stageId": ["NEW", "C7:NEW"]}, "AC"),
        ({"stageId": {"0": "NEW", "1": "C7:NEW"}}, "AC"),
        ({"!@stageId": ["NEW", "C7:NEW"]}, "BD"),
        ({"!stageId": "EXECUTING"}, "AC"),
        ({">opportunity": 2}, "CD"),
        ({">=opportunity": "2", "<opportunity": 4}, "BC"),
        ({"<=movedTime": "2026-03-02T09:01:00+03:00"}, "AB"),
        ({">movedTime": "2026-03-02T06:01:00+00:00"}, "CD"),
        ({"%title": "b"}, "B"),
        ({"=%title": "A%"}, "A"),
        ({"!%title": "a"}, "BCD"),
        ({"originatorId": "qc", "originId": "o-1"}, "A"),
        ({"@originId": ["o-1", "o-2"]}, "A"),
        ({"originId": ""}, "BCD"),
        ({"contactId": 12}, "D"),
        ({"contactIds": 12}, "CD"),
        ({"UF_CRM_BRANCH": "на Абая"}, "A"),
        ({">UF_CRM_QC_SCORE_1": 8}, "B"),
        ({"0": {"logic": "OR", "0": {"=opportunity": 1}, "1": {"=opportunity": 4}}}, "AD"),
        ({"stageId": "EXECUTING", "0": [{">opportunity": 3}]}, "D"),
        ({"0": {"logic": "OR", "=opportunity": 1, "stageId": "C7:NEW"}}, "AC"),
        ({"logic": "OR", "0": {"title": "A"}, "1": {"0": {"title": "B", "stageId": "NEW"}}}, "A"),
        ({">id": 0}, "ABCD"),
        ({">ID": 0}, "ABCD"),
        ({">contactIds": 11}, "CD"),
        ({"<contactIds": 12}, "C"),
        ({"%=title": "%b"}, "B"),
        ({"!=%title": "A%"}, "BCD"),
        ({"!%=title": "%D"}, "ABC"),
        ({"!=opportunity": 1, "!originId": "o-9"}, "BCD"),
    ],
)  # fmt: skip
def test_operators(titles: Callable[..., list[str]], wanted: Any, found: str) -> None:
    assert "".join(titles(wanted)) == found


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"filter": {"nonsense": 1}}, "field 'nonsense' is not allowed in filter"),
        ({"filter": {"0": {"logic": "OR", "0": {"STAGE_ID": "NEW"}}}}, "field 'STAGE_ID' is not allowed"),
        ({"filter": {">movedTime": "2026-03-01T10:00:00 03:00"}}, "field 'movedTime' has invalid value"),
        ({"filter": {"opportunity": "much"}}, "field 'opportunity' has invalid value"),
        ({"order": {"nonsense": "ASC"}}, "Invalid order"),
        ({"filter": {">opportunity": [1, 2]}}, "field 'opportunity' has invalid value"),
    ],
)
def test_what_is_not_allowed(call: Call, params: dict[str, Any], text: str) -> None:
    with pytest.raises(Say, match=text) as no:
        call("crm.item.list", entityTypeId=2, **params)
    assert (no.value.status, no.value.code) == (400, "INVALID_ARG_VALUE")


def test_moved_time_may_be_refused_in_filters(portal: Portal, titles: Callable[..., list[str]]) -> None:
    portal.switches.set("moved_time_filterable", False)
    with pytest.raises(Say, match="movedTime"):
        titles({">movedTime": "2026-03-01T00:00:00+03:00"})


def test_boolean_fields_are_filtered_by_digits(call: Call) -> None:
    for flag in ("Y", "N"):
        call(
            "crm.item.add",
            entityTypeId=3,
            fields={"name": flag, "UF_CRM_QC_OPT_OUT": flag},
            useOriginalUfNames="Y",
        )
    found = call("crm.item.list", entityTypeId=3, filter={"UF_CRM_QC_OPT_OUT": 1}, useOriginalUfNames="Y")
    assert [row["name"] for row in found["items"]] == ["Y"]
    with pytest.raises(Say, match="invalid value"):
        call("crm.item.list", entityTypeId=3, filter={"UF_CRM_QC_OPT_OUT": "Y"}, useOriginalUfNames="Y")


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ({"id": "DESC"}, "DCBA"),
        ({"stageId": "ASC", "opportunity": "DESC"}, "CDBA"),
        ({"movedTime": "DESC"}, "DCBA"),
    ],
)
def test_orders(titles: Callable[..., list[str]], order: dict[str, str], found: str) -> None:
    assert "".join(titles({}, order=order)) == found


def test_pages_and_the_cursor_see_every_deal_once(portal: Portal, deal: Deal) -> None:
    made = [deal(title=str(n)) for n in range(120)]
    paged: list[int] = []
    start: int | None = 0
    while start is not None:
        answer = run(portal, "crm.item.list", {"entityTypeId": 2, "start": start}, 1).answer
        assert answer.total == 120
        paged += [row["id"] for row in answer.result["items"]]
        start = answer.next
    assert paged == made

    walked: list[int] = []
    while True:
        wanted = {"entityTypeId": "2", "filter": {">id": str(walked[-1] if walked else 0)}, "start": "-1"}
        answer = run(portal, "crm.item.list", {**wanted, "order": {"id": "ASC"}}, 1).answer
        assert (answer.total, answer.next) == (0, None)
        rows = [row["id"] for row in answer.result["items"]]
        walked += rows
        if len(rows) < 50:
            break
    assert walked == made


def test_past_the_last_page_there_is_an_empty_one(portal: Portal, deal: Deal) -> None:
    deal(title="one")
    answer = run(portal, "crm.item.list", {"entityTypeId": 2, "start": 50}, 1).answer
    assert (answer.result, answer.total, answer.next) == ({"items": []}, 1, None)


def test_a_new_deal_may_stay_out_of_lists_for_a_while(
    portal: Portal, titles: Callable[..., list[str]], deal: Deal, clock: StillClock
) -> None:
    portal.switches.set("search_lag_seconds", 30)
    deal(title="E", originId="late")
    assert titles({"originId": "late"}) == []
    clock.wait(30)
    assert titles({"originId": "late"}) == ["E"]
