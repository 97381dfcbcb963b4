"""Pipelines, stages, own fields, stage history and comments."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.bitrix24.errors import Say
from sandbox.bitrix24.portal import Portal
from sandbox.bitrix24.registry import METHODS

from .conftest import StillClock

Call = Callable[..., Any]
Deal = Callable[..., int]


def test_pipelines(call: Call) -> None:
    rows = call("crm.category.list", entityTypeId=2)["categories"]
    assert rows == [
        {"id": 0, "name": "Заказы", "sort": 100, "entityTypeId": 2, "isDefault": "Y"},
        {
            "id": 7,
            "name": "Недовольные клиенты",
            "sort": 200,
            "entityTypeId": 2,
            "isDefault": "N",
            "originId": "",
            "originatorId": "",
        },
    ]


@pytest.mark.parametrize(
    ("entity", "stages"),
    [
        ("DEAL_STAGE", "NEW EXECUTING FINAL_INVOICE UC_QUALITY UC_REVIEW WON LOSE"),
        ("DEAL_STAGE_7", "C7:NEW C7:PREPARATION C7:WON C7:LOSE"),
        ("DEAL_STAGE_9", ""),
    ],
)
def test_stages(call: Call, entity: str, stages: str) -> None:
    rows = call("crm.status.list", filter={"ENTITY_ID": entity}, order={"SORT": "ASC"})
    assert [row["STATUS_ID"] for row in rows] == stages.split()


def test_a_stage_looks_like_the_sample(call: Call) -> None:
    row = call("crm.status.list", filter={"ENTITY_ID": "DEAL_STAGE", "STATUS_ID": "WON"})[0]
    assert row == {
        "ID": row["ID"],
        "ENTITY_ID": "DEAL_STAGE",
        "STATUS_ID": "WON",
        "NAME": "Сделка успешна",
        "NAME_INIT": "Сделка успешна",
        "SORT": "60",
        "SYSTEM": "Y",
        "CATEGORY_ID": None,
        "COLOR": "#7BD500",
        "SEMANTICS": "S",
        "EXTRA": {"SEMANTICS": "success", "COLOR": "#7BD500"},
    }


def test_a_new_own_field_can_be_written_at_once(portal: Portal, call: Call, deal: Deal) -> None:
    number = deal()
    fields = {"FIELD_NAME": "QC_FOUND", "USER_TYPE_ID": "enumeration", "LABEL": "Отзыв"}
    made = call("crm.deal.userfield.add", fields={**fields, "LIST": [{"VALUE": "Найден", "XML_ID": "found"}]})
    row = call("crm.deal.userfield.list", filter={"FIELD_NAME": "UF_CRM_QC_FOUND"})[0]
    assert row["ID"] == str(made)
    assert [choice["XML_ID"] for choice in row["LIST"]] == ["found"]
    assert "EDIT_FORM_LABEL" not in row
    labelled = call("crm.deal.userfield.list", filter={"FIELD_NAME": "UF_CRM_QC_FOUND", "LANG": "ru"})[0]
    assert labelled["EDIT_FORM_LABEL"] == "Отзыв"
    wanted = {"UF_CRM_QC_FOUND": row["LIST"][0]["ID"]}
    item = call("crm.item.update", entityTypeId=2, id=number, fields=wanted, useOriginalUfNames="Y")["item"]
    assert item["UF_CRM_QC_FOUND"] == int(row["LIST"][0]["ID"])
    with pytest.raises(Say, match="уже существует"):
        call("crm.deal.userfield.add", fields=fields)


@pytest.mark.parametrize(
    "fields", [{"FIELD_NAME": "", "USER_TYPE_ID": "string"}, {"FIELD_NAME": "A", "USER_TYPE_ID": "x"}, None]
)
def test_fields_that_cannot_be_made(call: Call, fields: Any) -> None:
    with pytest.raises(Say) as no:
        call("crm.contact.userfield.add", fields=fields)
    assert no.value.status == 400


def test_history_in_both_tellings(portal: Portal, call: Call, deal: Deal) -> None:
    number = deal()
    ask = {"entityTypeId": 2, "filter": {"OWNER_ID": number, "STAGE_ID": "NEW"}, "order": {"ID": "DESC"}}
    row = {
        "ID": 1,
        "TYPE_ID": 1,
        "OWNER_ID": number,
        "CREATED_TIME": "2026-03-02T09:00:00+03:00",
        "CATEGORY_ID": 0,
        "STAGE_SEMANTIC_ID": "P",
        "STAGE_ID": "NEW",
    }
    assert call("crm.stagehistory.list", **ask) == {"items": [row]}
    assert call("crm.stagehistory.list", **ask, select=["ID"]) == {"items": [{"ID": 1}]}
    portal.switches.set("stage_history_strings", True)
    strings = {name: str(value) for name, value in row.items()}
    assert call("crm.stagehistory.list", **ask) == {"items": [strings]}


def test_history_is_a_change_log(call: Call, deal: Deal, clock: StillClock) -> None:
    first, second = deal(), deal()
    clock.wait(60)
    for number, stage in ((second, "FINAL_INVOICE"), (first, "EXECUTING"), (second, "UC_QUALITY")):
        clock.wait(1)
        call("crm.item.update", entityTypeId=2, id=number, fields={"stageId": stage})
    since = {"entityTypeId": 2, "order": {"ID": "ASC"}, "start": -1}
    rows = call("crm.stagehistory.list", **since, filter={">ID": 2})["items"]
    assert [(row["ID"], row["OWNER_ID"]) for row in rows] == [(3, second), (4, first), (5, second)]
    later = {">CREATED_TIME": "2026-03-02T09:01:01+03:00", "@OWNER_ID": [first, second]}
    rows = call("crm.stagehistory.list", **since, filter=later)["items"]
    assert [row["ID"] for row in rows] == [4, 5]


@pytest.mark.parametrize(
    ("params", "code"),
    [({"entityTypeId": 3}, "ENTITY_TYPE_NOT_SUPPORTED"), ({"entityTypeId": 2, "filter": {"X": 1}}, "INVALID_ARG_VALUE")],
)  # fmt: skip
def test_history_that_is_not_there(call: Call, params: dict[str, Any], code: str) -> None:
    with pytest.raises(Say) as no:
        call("crm.stagehistory.list", **params)
    assert no.value.code == code


def test_comments_of_a_deal(call: Call, deal: Deal) -> None:
    number, other = deal(), deal()
    fields = {"ENTITY_ID": str(number), "ENTITY_TYPE": "deal", "COMMENT": "Клиент недоволен"}
    made = call("crm.timeline.comment.add", fields=fields)
    assert isinstance(made, int)
    rows = call("crm.timeline.comment.list", filter={"ENTITY_ID": number, "ENTITY_TYPE": "deal"})
    assert [(row["ID"], row["COMMENT"], row["AUTHOR_ID"]) for row in rows] == [
        (str(made), "Клиент недоволен", "1")
    ]
    assert call("crm.timeline.comment.list", filter={"ENTITY_ID": other, "ENTITY_TYPE": "deal"}) == []
    with pytest.raises(Say):
        call("crm.timeline.comment.add", FIELDS=fields)


def test_the_portal_describes_itself(call: Call) -> None:
    assert "crm" in call("scope")
    assert call("server.time") == "2026-03-02T09:00:00+03:00"
    assert call("method.get", name="crm.item.list") == {"isExisting": True, "isAvailable": True}
    assert call("method.get", name="nonsense") == {"isExisting": False, "isAvailable": False}
    assert all(name == name.lower() for name in METHODS)
