"""crm.item.*: shapes of the vendor's samples, moves and their history, what is refused."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.bitrix24.errors import Say
from sandbox.bitrix24.portal import Portal

from .conftest import Remembered, StillClock

Call = Callable[..., Any]
Deal = Callable[..., int]

# The keys of the full deal in the vendor's crm-item-update page (own fields and parents apart).
DEAL_KEYS = {
    "id",
    "createdTime",
    "dateCreateShort",
    "updatedTime",
    "dateModifyShort",
    "createdBy",
    "updatedBy",
    "assignedById",
    "opened",
    "leadId",
    "companyId",
    "contactId",
    "quoteId",
    "title",
    "productId",
    "categoryId",
    "stageId",
    "stageSemanticId",
    "isNew",
    "isRecurring",
    "isReturnCustomer",
    "isRepeatedApproach",
    "closed",
    "typeId",
    "opportunity",
    "isManualOpportunity",
    "taxValue",
    "currencyId",
    "probability",
    "comments",
    "begindate",
    "begindateShort",
    "closedate",
    "closedateShort",
    "eventDate",
    "eventDateShort",
    "eventId",
    "eventDescription",
    "locationId",
    "webformId",
    "sourceId",
    "sourceDescription",
    "originatorId",
    "originId",
    "additionalInfo",
    "searchContent",
    "orderStage",
    "movedBy",
    "movedTime",
    "lastActivityBy",
    "lastActivityTime",
    "isWork",
    "isWon",
    "isLose",
    "receivedAmount",
    "lostAmount",
    "hasProducts",
    "utmSource",
    "utmMedium",
    "utmCampaign",
    "utmContent",
    "utmTerm",
    "observers",
    "contactIds",
    "entityTypeId",
}


def update(call: Call, number: int, **fields: Any) -> Any:
    answer = call("crm.item.update", entityTypeId=2, id=number, fields=fields, useOriginalUfNames="Y")
    return answer["item"]


def stages(call: Call, number: int) -> list[tuple[int, str]]:
    rows = call("crm.stagehistory.list", entityTypeId=2, filter={"OWNER_ID": number})["items"]
    return [(row["TYPE_ID"], row["STAGE_ID"]) for row in rows]


def test_a_deal_has_the_keys_and_types_of_the_sample(call: Call, deal: Deal) -> None:
    number = deal(title="Шины", opportunity="200.05", contactIds=[84], UF_CRM_QC_SCORE_1=8)
    item = call("crm.item.get", entityTypeId="2", id=str(number), useOriginalUfNames="Y")["item"]
    own = {
        "UF_CRM_BRANCH",
        "UF_CRM_QC_SCORE_1",
        "UF_CRM_QC_SCORE_2",
        "UF_CRM_QC_AVERAGE",
        "UF_CRM_QC_COMMENT",
    }
    assert set(item) == DEAL_KEYS | own
    assert item["id"] == number
    assert (item["opportunity"], item["contactId"], item["contactIds"]) == (200.05, 84, [84])
    assert (item["stageId"], item["stageSemanticId"], item["closed"], item["isNew"]) == ("NEW", "P", "N", "Y")
    assert item["createdTime"] == item["movedTime"] == "2026-03-02T09:00:00+03:00"
    assert item["begindate"] == "2026-03-02T03:00:00+03:00"
    assert (item["UF_CRM_QC_SCORE_1"], item["UF_CRM_BRANCH"], item["quoteId"]) == (8, None, None)


@pytest.mark.parametrize(
    ("flag", "switch", "name"),
    [
        ("Y", "camel", "UF_CRM_QC_COMMENT"),
        ("N", "camel", "ufCrmQcComment"),
        ("F", "camel", "ufCrmQcComment"),
        ("N", "simple", "ufCrm_QC_COMMENT"),
    ],
)
def test_names_of_own_fields(
    portal: Portal, call: Call, deal: Deal, flag: str, switch: str, name: str
) -> None:
    portal.switches.set("letters_only_uf", switch)
    number = deal(UF_CRM_QC_COMMENT="было долго")
    item = call("crm.item.get", entityTypeId=2, id=number, useOriginalUfNames=flag)["item"]
    assert item[name] == "было долго"
    call("crm.item.update", entityTypeId=2, id=number, useOriginalUfNames=flag, fields={name: "x"})
    assert portal.deals.shelf.rows[number]["UF_CRM_QC_COMMENT"] == "x"


def test_an_old_box_knows_no_original_names(portal: Portal, call: Call, deal: Deal) -> None:
    portal.switches.set("original_uf_names", False)
    item = call("crm.item.get", entityTypeId=2, id=deal(), useOriginalUfNames="Y")["item"]
    assert "ufCrmBranch" in item
    assert "UF_CRM_BRANCH" not in item


def test_a_move_writes_history_and_derives_the_rest(call: Call, deal: Deal, clock: StillClock) -> None:
    number = deal()
    clock.wait(3600)
    item = update(call, number, stageId="EXECUTING", UF_CRM_QC_AVERAGE=8.256)
    assert (item["movedTime"], item["isNew"]) == ("2026-03-02T10:00:00+03:00", "N")
    assert item["UF_CRM_QC_AVERAGE"] == 8.26
    item = update(call, number, stageId="WON")
    assert (item["stageSemanticId"], item["closed"]) == ("S", "Y")
    item = update(call, number, categoryId=7, stageId="C7:PREPARATION")
    assert (item["categoryId"], item["closed"]) == (7, "N")
    assert stages(call, number) == [(1, "NEW"), (2, "EXECUTING"), (3, "WON"), (5, "C7:PREPARATION")]


def test_a_field_alone_moves_nothing(call: Call, deal: Deal, clock: StillClock) -> None:
    number = deal()
    clock.wait(60)
    item = update(call, number, title="other")
    assert item["movedTime"] == "2026-03-02T09:00:00+03:00"
    assert item["updatedTime"] == "2026-03-02T09:01:00+03:00"
    assert len(stages(call, number)) == 1


def test_nothing_is_saved_when_nothing_differs(
    portal: Portal, call: Call, deal: Deal, clock: StillClock
) -> None:
    number = deal(title="same", UF_CRM_QC_SCORE_1=8)
    before = portal.version
    clock.wait(60)
    item = update(call, number, title="same", UF_CRM_QC_SCORE_1="8.00", stageId="NEW", nonsense=1)
    assert item["updatedTime"] == "2026-03-02T09:00:00+03:00"
    assert portal.version == before


def test_closed_may_have_to_be_set_by_hand(portal: Portal, call: Call, deal: Deal) -> None:
    portal.switches.set("automatic_closed", False)
    number = deal()
    assert update(call, number, stageId="WON")["closed"] == "N"
    assert update(call, number, closed="Y")["closed"] == "Y"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"stageId": "NONSENSE"}, "CRM_FIELD_ERROR_VALUE_NOT_VALID"),
        ({"stageId": "C7:NEW"}, "CRM_FIELD_ERROR_VALUE_NOT_VALID"),
        ({"categoryId": 9}, "CRM_FIELD_ERROR_VALUE_NOT_VALID"),
        ({"UF_CRM_QC_SCORE_1": "восемь"}, "CRM_FIELD_ERROR_VALUE_NOT_VALID"),
        ({"contactIds": "84"}, "100"),
        ("text", "100"),
    ],
)
def test_what_an_update_refuses(portal: Portal, call: Call, deal: Deal, fields: Any, code: str) -> None:
    number = deal()
    before = dict(portal.deals.shelf.rows[number])
    with pytest.raises(Say) as no:
        call("crm.item.update", entityTypeId=2, id=number, fields=fields, useOriginalUfNames="Y")
    assert (no.value.status, no.value.code) == (400, code)
    assert portal.deals.shelf.rows[number] == before


@pytest.mark.parametrize("params", [{"entityTypeId": 2, "id": 1}, {"entityTypeId": 99, "id": 1}, {}])
@pytest.mark.parametrize("method", ["crm.item.get", "crm.item.update", "crm.item.delete"])
def test_what_is_not_there(call: Call, method: str, params: dict[str, Any]) -> None:
    with pytest.raises(Say) as no:
        call(method, **params, fields={})
    assert (no.value.status, no.value.code) == (400, "NOT_FOUND")


def test_a_deleted_deal_is_gone_everywhere(call: Call, deal: Deal) -> None:
    number = deal(originId="o")
    assert call("crm.item.delete", entityTypeId=2, id=number) == []
    assert call("crm.item.list", entityTypeId=2, filter={"originId": "o"}) == {"items": []}
    assert stages(call, number) == []


def test_fields_tell_both_names(call: Call) -> None:
    fields = call("crm.item.fields", entityTypeId=2)["fields"]
    assert fields["stageId"]["upperName"] == "STAGE_ID"
    assert fields["ufCrmBranch"]["upperName"] == "UF_CRM_BRANCH"
    assert fields["movedTime"]["isReadOnly"] is True
    assert fields["contactIds"]["isMultiple"] is True


def test_contacts_show_phones_where_the_vendor_shows_them(portal: Portal, call: Call) -> None:
    fm = [{"typeId": "PHONE", "valueType": "WORK", "value": "+77011234567"}]
    made = call("crm.item.add", entityTypeId=3, fields={"name": "Иван", "fm": fm})["item"]
    item = call("crm.item.get", entityTypeId=3, id=made["id"])["item"]
    assert item["fm"] == [{**fm[0], "id": item["fm"][0]["id"]}]
    assert (item["phone"], item["phoneWork"], item["hasPhone"]) == ("+77011234567", "+77011234567", "Y")
    assert "fm" in call("crm.item.list", entityTypeId=3, select=["*"])["items"][0]
    assert "fm" not in call("crm.item.list", entityTypeId=3, select=["id", "name", "fm"])["items"][0]
    portal.switches.set("contact_flat_phones", False)
    assert "phone" not in call("crm.item.get", entityTypeId=3, id=made["id"])["item"]


def test_a_phone_is_changed_by_its_id_and_added_without(call: Call) -> None:
    fm = [{"typeId": "PHONE", "valueType": "WORK", "value": "+7701"}]
    made = call("crm.item.add", entityTypeId=3, fields={"name": "Иван", "fm": fm})["item"]
    entry = str(made["fm"][0]["id"])

    def change(wanted: Any) -> list[tuple[int, str]]:
        item = call("crm.item.update", entityTypeId=3, id=made["id"], fields={"fm": wanted})["item"]
        return [(one["id"], one["value"]) for one in item["fm"]]

    assert change({entry: {"value": "+7702"}}) == [(int(entry), "+7702")]
    assert call("crm.duplicate.findbycomm", type="PHONE", values=["+7701"]) == []
    assert [value for _, value in change([{"typeId": "PHONE", "value": "+7703"}])] == ["+7702", "+7703"]
    assert [value for _, value in change({entry: {"value": ""}})] == ["+7703"]


def test_own_writes_raise_events_but_a_pipeline_move_does_not(
    portal: Portal, call: Call, deal: Deal, hooked: Remembered
) -> None:
    number = deal()
    update(call, number, stageId="EXECUTING")
    update(call, number, stageId="EXECUTING")
    update(call, number, categoryId=7, stageId="C7:NEW")
    call("crm.item.delete", entityTypeId=2, id=number)
    assert hooked.events() == [
        ("ONCRMDEALADD", number),
        ("ONCRMDEALUPDATE", number),
        ("ONCRMDEALDELETE", number),
    ]
    portal.switches.set("move_raises_update", True)
    number = deal()
    update(call, number, categoryId=7, stageId="C7:NEW")
    assert hooked.events()[-1] == ("ONCRMDEALUPDATE", number)
