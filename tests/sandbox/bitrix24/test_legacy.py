"""crm.deal.* and crm.contact.*: strings, and the moves that this family cannot make."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.bitrix24.errors import Say
from sandbox.bitrix24.portal import Portal
from sandbox.bitrix24.running import run

Call = Callable[..., Any]
Deal = Callable[..., int]

# The keys of the vendor's crm-deal-get and crm-contact-get pages, parents and own fields apart.
DEAL_KEYS = """
ID TITLE TYPE_ID STAGE_ID PROBABILITY CURRENCY_ID OPPORTUNITY IS_MANUAL_OPPORTUNITY TAX_VALUE LEAD_ID COMPANY_ID
CONTACT_ID QUOTE_ID BEGINDATE CLOSEDATE ASSIGNED_BY_ID CREATED_BY_ID MODIFY_BY_ID DATE_CREATE DATE_MODIFY OPENED
CLOSED COMMENTS ADDITIONAL_INFO LOCATION_ID CATEGORY_ID STAGE_SEMANTIC_ID IS_NEW IS_RECURRING IS_RETURN_CUSTOMER
IS_REPEATED_APPROACH SOURCE_ID SOURCE_DESCRIPTION ORIGINATOR_ID ORIGIN_ID MOVED_BY_ID MOVED_TIME
LAST_ACTIVITY_TIME UTM_SOURCE UTM_MEDIUM UTM_CAMPAIGN UTM_CONTENT UTM_TERM LAST_ACTIVITY_BY"""
CONTACT_KEYS = """
ID POST COMMENTS HONORIFIC NAME SECOND_NAME LAST_NAME PHOTO LEAD_ID TYPE_ID SOURCE_ID SOURCE_DESCRIPTION
COMPANY_ID BIRTHDATE EXPORT HAS_PHONE HAS_EMAIL HAS_IMOL DATE_CREATE DATE_MODIFY ASSIGNED_BY_ID CREATED_BY_ID
MODIFY_BY_ID OPENED ORIGINATOR_ID ORIGIN_ID ORIGIN_VERSION FACE_ID LAST_ACTIVITY_TIME ADDRESS ADDRESS_2
ADDRESS_CITY ADDRESS_POSTAL_CODE ADDRESS_REGION ADDRESS_PROVINCE ADDRESS_COUNTRY ADDRESS_LOC_ADDR_ID UTM_SOURCE
UTM_MEDIUM UTM_CAMPAIGN UTM_CONTENT UTM_TERM LAST_ACTIVITY_BY PHONE"""


def test_a_deal_is_made_of_strings(call: Call) -> None:
    number = call("crm.deal.add", fields={"TITLE": "Шины", "OPPORTUNITY": 19999.9, "CONTACT_ID": "84"})
    row = call("crm.deal.get", id=number)
    assert {key for key in row if not key.startswith("UF_")} == set(DEAL_KEYS.split())
    assert all(value is None or isinstance(value, str) for value in row.values())
    assert (row["ID"], row["OPPORTUNITY"], row["TAX_VALUE"]) == (str(number), "19999.90", "0.00")
    assert (row["CATEGORY_ID"], row["CONTACT_ID"], row["QUOTE_ID"]) == ("0", "84", None)


def test_another_pipeline_is_out_of_reach_and_nobody_says_so(call: Call, deal: Deal) -> None:
    number = deal()
    assert call("crm.deal.update", id=number, fields={"STAGE_ID": "C7:NEW"}) is True
    assert call("crm.deal.update", id=number, fields={"CATEGORY_ID": 7, "STAGE_ID": "C7:NEW"}) is True
    assert call("crm.deal.get", id=number)["STAGE_ID"] == "NEW"
    assert call("crm.deal.update", ID=number, FIELDS={"STAGE_ID": "EXECUTING"}) is True
    assert call("crm.deal.get", ID=number)["STAGE_ID"] == "EXECUTING"


def test_lists_give_selected_fields(portal: Portal, deal: Deal) -> None:
    number = deal(title="A", UF_CRM_BRANCH="на Абая")
    deal(title="B", stageId="EXECUTING")
    params = {"filter": {"STAGE_ID": "NEW", "UNKNOWN": 1}, "select": ["TITLE", "UF_CRM_BRANCH"]}
    answer = run(portal, "crm.deal.list", params, 1).answer
    assert answer.result == [{"ID": str(number), "TITLE": "A", "UF_CRM_BRANCH": "на Абая"}]
    assert (answer.total, answer.next) == (1, None)
    assert "UF_CRM_BRANCH" not in run(portal, "crm.deal.list", {"select": ["*"]}, 1).answer.result[0]
    assert "UF_CRM_BRANCH" in run(portal, "crm.deal.list", {"select": ["*", "UF_*"]}, 1).answer.result[0]


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"id": 0}, "ID is not defined or invalid."),
        ({"id": "x"}, "ID is not defined or invalid."),
        ({"id": 99}, "Not found"),
    ],
)
def test_errors_without_a_code(call: Call, params: dict[str, Any], text: str) -> None:
    with pytest.raises(Say) as no:
        call("crm.deal.get", **params)
    assert (no.value.status, no.value.code, no.value.text) == (400, "", text)


def test_contacts_of_a_deal(call: Call, deal: Deal) -> None:
    number = deal(contactIds=[55, 54])
    assert call("crm.deal.contact.items.get", id=number) == [
        {"CONTACT_ID": 55, "SORT": 100, "ROLE_ID": 0, "IS_PRIMARY": "Y"},
        {"CONTACT_ID": 54, "SORT": 200, "ROLE_ID": 0, "IS_PRIMARY": "N"},
    ]


def test_a_contact_and_its_phone(portal: Portal, call: Call) -> None:
    phone = {"VALUE": "+7 (701) 123-45-67", "VALUE_TYPE": "WORK"}
    number = call("crm.contact.add", fields={"NAME": "Иван", "PHONE": [phone], "UF_CRM_QC_OPT_OUT": "Y"})
    row = call("crm.contact.get", id=number)
    assert {key for key in row if not key.startswith("UF_")} == set(CONTACT_KEYS.split())
    entry = row["PHONE"][0]
    assert entry == {**phone, "ID": entry["ID"], "TYPE_ID": "PHONE"}
    assert (row["HAS_PHONE"], row["UF_CRM_QC_OPT_OUT"]) == ("Y", "1")
    assert "PHONE" not in call("crm.contact.list", select=["*"])[0]
    assert call("crm.contact.list", select=["ID", "PHONE"])[0]["PHONE"] == [entry]
    assert call("crm.duplicate.findbycomm", type="PHONE", values=["77011234567"]) == {"CONTACT": [number]}
    portal.switches.set("legacy_boolean_digits", False)
    assert call("crm.contact.get", id=number)["UF_CRM_QC_OPT_OUT"] == "Y"
    call("crm.contact.update", id=number, fields={"PHONE": [{"ID": entry["ID"], "DELETE": "Y"}]})
    assert "PHONE" not in call("crm.contact.get", id=number)


def test_nobody_has_this_phone(portal: Portal, call: Call) -> None:
    assert call("crm.duplicate.findbycomm", type="PHONE", values=["1"]) == []
    portal.switches.set("duplicates_empty", "map")
    assert call("crm.duplicate.findbycomm", type="PHONE", values=["1"]) == {"CONTACT": []}
