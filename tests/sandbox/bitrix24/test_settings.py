"""A portal is set up and changed while it runs: pipelines, stages, own fields, dictionaries, departments."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.bitrix24.company import tyre_chain
from sandbox.bitrix24.errors import Say
from sandbox.bitrix24.portal import Portal
from sandbox.bitrix24.restoring import restore_company

Call = Callable[..., Any]
Deal = Callable[..., int]


def no(call: Call, method: str, **params: Any) -> tuple[str, str]:
    with pytest.raises(Say) as said:
        call(method, **params)
    assert said.value.status == 400
    return said.value.code, said.value.text


def codes(call: Call, entity: str) -> list[str]:
    return [row["STATUS_ID"] for row in call("crm.status.list", filter={"ENTITY_ID": entity})]


def test_a_pipeline_comes_and_goes(call: Call, deal: Deal) -> None:
    made = call("crm.category.add", entityTypeId=2, fields={"name": "Рекламации", "sort": 400})["category"]
    assert made == {
        "id": 8,
        "name": "Рекламации",
        "sort": 400,
        "entityTypeId": 2,
        "isDefault": "N",
        "originId": "",
        "originatorId": "",
    }
    assert codes(call, "DEAL_STAGE_8")[:2] == ["C8:NEW", "C8:PREPARATION"]
    number = deal(categoryId=8)
    assert no(call, "crm.category.delete", entityTypeId=2, id=8)[0] == "0"
    call("crm.item.delete", entityTypeId=2, id=number)
    renamed = call("crm.category.update", entityTypeId=2, id=8, fields={"name": "Жалобы"})["category"]
    assert (renamed["name"], renamed["sort"]) == ("Жалобы", 400)
    assert call("crm.category.delete", entityTypeId=2, id=8) is None
    assert no(call, "crm.category.get", entityTypeId=2, id=8)[0] == "NOT_FOUND"
    assert codes(call, "DEAL_STAGE_8") == []


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("crm.category.add", {"entityTypeId": 2, "fields": {"name": "  "}}, "0"),
        ("crm.category.list", {"entityTypeId": 3}, "ENTITY_TYPE_NOT_SUPPORTED"),
        ("crm.category.list", {"entityTypeId": 155}, "NOT_FOUND"),
        ("crm.category.delete", {"entityTypeId": 2, "id": 0}, "REMOVING_DISABLED"),
        ("crm.status.get", {"id": 1}, "Status is not found."),
        ("crm.status.delete", {"id": "x"}, "Invalid identifier."),
        ("crm.status.entity.items", {}, "The parameter entityId is not defined or invalid."),
    ],
)
def test_what_cannot_be(call: Call, method: str, params: dict[str, Any], code: str) -> None:
    assert no(call, method, **params)[0] == code


def test_the_older_way_to_pipelines(call: Call) -> None:
    rows = call("crm.dealcategory.list", filter={"IS_LOCKED": "N"}, select=["ID", "NAME"])
    assert rows == [{"ID": "7", "NAME": "Недовольные клиенты"}]
    assert call("crm.dealcategory.default.get") == {"ID": 0, "NAME": "Заказы"}
    assert call("crm.dealcategory.stage.list", id=7)[0] == {"NAME": "Новая жалоба", "SORT": 10, "STATUS_ID": "C7:NEW"}  # fmt: skip
    assert call("crm.dealcategory.status", id=7) == "DEAL_STAGE_7"


def test_a_stage_comes_and_goes(call: Call, deal: Deal) -> None:
    fields = {"ENTITY_ID": "DEAL_STAGE_7", "STATUS_ID": "DECISION", "NAME": "Решение", "SORT": 25}
    number = call("crm.status.add", fields=fields)
    row = call("crm.status.get", id=number)
    assert (row["STATUS_ID"], row["CATEGORY_ID"], row["SYSTEM"], row["SEMANTICS"]) == (
        "C7:DECISION",
        "7",
        "N",
        None,
    )
    assert codes(call, "DEAL_STAGE_7") == ["C7:NEW", "C7:PREPARATION", "C7:DECISION", "C7:WON", "C7:LOSE"]
    assert no(call, "crm.status.add", fields=fields)[0] == "ERROR_CORE"
    assert "после успешной" in no(call, "crm.status.add", fields={**fields, "STATUS_ID": "X", "SORT": 35})[1]
    assert call("crm.status.update", id=number, fields={"NAME": "Решено", "COLOR": "#000000"}) is True
    assert call("crm.status.get", id=number)["NAME"] == "Решено"
    held = deal(categoryId=7, stageId="C7:DECISION")
    assert no(call, "crm.status.delete", id=number)[0] == "There are active items in this status."
    call("crm.item.delete", entityTypeId=2, id=held)
    assert call("crm.status.delete", id=number) is True
    system = call("crm.status.list", filter={"STATUS_ID": "C7:WON"})[0]["ID"]
    assert "FORCED" in no(call, "crm.status.delete", id=system)[0]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({}, "The field ENTITY_ID is required. The field STATUS_ID is required."),
        ({"ENTITY_ID": "DEAL_STAGE", "STATUS_ID": "X"}, 'Не заполнено обязательное поле "Заголовок"'),
        ({"ENTITY_ID": "NONSENSE", "STATUS_ID": "X", "NAME": "x"}, "Specified entity type is not supported."),
        (None, "Parameter 'fields' must be array."),
    ],
)
def test_stages_that_cannot_be(call: Call, fields: Any, text: str) -> None:
    assert no(call, "crm.status.add", fields=fields) == ("", text)


def test_dictionaries_tell_where_a_pipeline_ends(call: Call) -> None:
    rows = {row["ID"]: row for row in call("crm.status.entity.types")}
    assert rows["DEAL_STAGE_7"]["SEMANTIC_INFO"] == {
        "START_FIELD": "C7:NEW",
        "FINAL_SUCCESS_FIELD": "C7:WON",
        "FINAL_UNSUCCESS_FIELD": "C7:LOSE",
        "FINAL_SORT": 0,
    }
    assert (rows["DEAL_STAGE_7"]["PREFIX"], rows["DEAL_STAGE"]["CATEGORY_ID"]) == ("C7", 0)
    items = call("crm.status.entity.items", entityId="DEAL_STAGE_7")
    assert items[0] == {"NAME": "Новая жалоба", "SORT": 10, "STATUS_ID": "C7:NEW"}
    call("crm.status.add", fields={"ENTITY_ID": "SOURCE", "STATUS_ID": "QC", "NAME": "Опрос", "SORT": 50})
    assert codes(call, "SOURCE")[-1] == "QC"


def test_an_own_field_changes_and_goes(portal: Portal, call: Call, deal: Deal) -> None:
    fields = {
        "FIELD_NAME": "FOUND",
        "USER_TYPE_ID": "enumeration",
        "LABEL": "Отзыв",
        "LIST": [{"VALUE": "Нет"}],
    }
    number = call("crm.deal.userfield.add", fields=fields)
    row = call("crm.deal.userfield.get", id=number)
    assert (row["EDIT_FORM_LABEL"]["ru"], row["LIST"][0]["VALUE"]) == ("Отзыв", "Нет")
    kept = row["LIST"][0]["ID"]
    held = deal(UF_CRM_FOUND=kept)
    change = {
        "EDIT_FORM_LABEL": {"ru": "Отзыв есть"},
        "LIST": [{"ID": kept, "VALUE": "Не найден"}, {"VALUE": "Да"}],
    }
    assert call("crm.deal.userfield.update", id=number, fields=change) is True
    described = call("crm.item.fields", entityTypeId=2, useOriginalUfNames="Y")["fields"]["UF_CRM_FOUND"]
    assert described["title"] == "Отзыв есть"
    assert [choice["VALUE"] for choice in described["items"]] == ["Не найден", "Да"]
    new = described["items"][1]["ID"]
    assert portal.deals.shelf.rows[held]["UF_CRM_FOUND"] == int(kept)
    call("crm.item.update", entityTypeId=2, id=held, fields={"UF_CRM_FOUND": new}, useOriginalUfNames="Y")
    call("crm.deal.userfield.update", id=number, fields={"LIST": [{"ID": kept, "DEL": "Y"}]})
    assert no(call, "crm.item.update", entityTypeId=2, id=held, fields={"UF_CRM_FOUND": kept}, useOriginalUfNames="Y")[0] == "CRM_FIELD_ERROR_VALUE_NOT_VALID"  # fmt: skip
    assert call("crm.deal.userfield.delete", id=number) is True
    assert "UF_CRM_FOUND" not in call("crm.item.get", entityTypeId=2, id=held, useOriginalUfNames="Y")["item"]
    assert no(call, "crm.deal.userfield.get", id=number)[0] == "ERROR_NOT_FOUND"


@pytest.mark.parametrize(("policy", "stored"), [("refused", 4), ("ignored", None)])
def test_a_text_where_the_id_of_a_list_value_belongs(
    portal: Portal, call: Call, deal: Deal, policy: str, stored: Any
) -> None:
    call("crm.deal.userfield.add", fields={"FIELD_NAME": "L", "USER_TYPE_ID": "enumeration", "LIST": [{"VALUE": "Да"}]})  # fmt: skip
    portal.switches.set("enum_text", policy)
    number = deal()
    wanted = {"entityTypeId": 2, "id": number, "fields": {"UF_CRM_L": "Да"}, "useOriginalUfNames": "Y"}
    if policy == "refused":
        assert no(call, "crm.item.update", **wanted)[0] == "CRM_FIELD_ERROR_VALUE_NOT_VALID"
    else:
        assert call("crm.item.update", **wanted)["item"]["UF_CRM_L"] is stored


def test_the_newer_way_to_own_fields(call: Call, deal: Deal) -> None:
    field = {
        "entityId": "CRM_DEAL",
        "fieldName": "UF_CRM_QC_NEW",
        "userTypeId": "enumeration",
        "editFormLabel": {"ru": "Итог"},
    }
    made = call(
        "userfieldconfig.add", moduleId="crm", field={**field, "enum": [{"value": "Да", "xmlId": "yes"}]}
    )["field"]
    assert (made["fieldName"], made["editFormLabel"], made["enum"][0]["xmlId"]) == ("UF_CRM_QC_NEW", {"ru": "Итог"}, "yes")  # fmt: skip
    assert call("userfieldconfig.get", moduleId="crm", id=made["id"])["field"] == made
    rows = call(
        "userfieldconfig.list", moduleId="crm", filter={"entityId": "CRM_DEAL", "fieldName": "UF_CRM_QC_NEW"}
    )["fields"]
    assert [row["id"] for row in rows] == [made["id"]]
    assert "enum" not in rows[0]
    assert deal(UF_CRM_QC_NEW=made["enum"][0]["id"])
    assert no(call, "userfieldconfig.list")[0] == "100"


def test_required_fields_of_a_stage(portal: Portal, call: Call, deal: Deal) -> None:
    portal.company.stages["UC_QUALITY"].required = ["UF_CRM_QC_SCORE_1"]
    number = deal()

    def move(**fields: Any) -> Any:
        return call("crm.item.update", entityTypeId=2, id=number, fields=fields, useOriginalUfNames="Y")[
            "item"
        ]["stageId"]

    wanted = {"entityTypeId": 2, "id": number, "fields": {"stageId": "UC_QUALITY"}}
    assert no(call, "crm.item.update", **wanted) == ("CRM_FIELD_ERROR_REQUIRED", 'Не заполнено обязательное поле "Оценка работы"')  # fmt: skip
    assert no(call, "crm.deal.update", id=number, fields={"STAGE_ID": "UC_QUALITY"})[0] == ""
    assert move(stageId="EXECUTING") == "EXECUTING"
    assert move(stageId="UC_QUALITY", UF_CRM_QC_SCORE_1=9) == "UC_QUALITY"


def test_departments_change(call: Call) -> None:
    number = call("department.add", NAME="Шиномонтаж", PARENT=11, UF_HEAD=201)
    assert call("department.get", ID=number) == [
        {"ID": str(number), "NAME": "Шиномонтаж", "SORT": 500, "PARENT": "11", "UF_HEAD": "201"}
    ]
    assert call("department.update", ID=number, UF_HEAD=202, NAME="Мойка") is True
    assert call("department.get", UF_HEAD=202)[0]["NAME"] == "Мойка"
    assert call("department.fields")["UF_HEAD"] == "Руководитель"
    assert no(call, "department.add", NAME="второй верх")[0] == "ERROR_CORE"
    assert no(call, "department.update", ID=999)[1] == "Department not found"


@pytest.mark.parametrize("kind", ["string", "enumeration", "iblock_element", "crm"])
def test_a_company_survives_json(kind: str) -> None:
    company = tyre_chain(branch_kind=kind)
    company.add_pipeline("Ещё одна")
    company.stages["NEW"].name = "Самый новый"
    company.people[101].active = False
    kept = json.loads(json.dumps(company.dump()))
    other = tyre_chain(2)
    fields = other.deal_fields
    restore_company(other, kept)
    assert json.loads(json.dumps(other.dump())) == kept
    assert other.deal_fields is fields
    assert (other.stages["NEW"].name, other.people[101].active) == ("Самый новый", False)
