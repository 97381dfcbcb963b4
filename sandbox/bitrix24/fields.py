"""The fields of deals and contacts: their name in both families, their kind, their value when unset."""

import re
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Field:
    name: str  # in crm.item.*
    upper: str  # in crm.deal.* and crm.contact.*; "" when it is not there
    kind: str
    unset: Any = None
    writable: bool = True
    many: bool = False


def table(text: str, unset: dict[str, Any]) -> dict[str, Field]:
    fields = {}
    for line in text.strip().splitlines():
        name, upper, kind, *marks = line.split()
        fields[name] = Field(
            name,
            "" if upper == "-" else upper,
            kind,
            [] if "many" in marks else unset.get(name),
            "readonly" not in marks,
            "many" in marks,
        )
    return fields


DEAL = table(
    """
id ID integer readonly
createdTime DATE_CREATE datetime readonly
dateCreateShort - string readonly
updatedTime DATE_MODIFY datetime readonly
dateModifyShort - string readonly
createdBy CREATED_BY_ID user readonly
updatedBy MODIFY_BY_ID user readonly
assignedById ASSIGNED_BY_ID user
opened OPENED char
leadId LEAD_ID integer readonly
companyId COMPANY_ID integer
contactId CONTACT_ID integer
quoteId QUOTE_ID integer readonly
title TITLE string
productId - string readonly
categoryId CATEGORY_ID integer
stageId STAGE_ID string
stageSemanticId STAGE_SEMANTIC_ID string readonly
isNew IS_NEW char readonly
isRecurring IS_RECURRING char
isReturnCustomer IS_RETURN_CUSTOMER char
isRepeatedApproach IS_REPEATED_APPROACH char
closed CLOSED char
typeId TYPE_ID string
opportunity OPPORTUNITY double
isManualOpportunity IS_MANUAL_OPPORTUNITY char
taxValue TAX_VALUE double
currencyId CURRENCY_ID string
probability PROBABILITY integer
comments COMMENTS string
begindate BEGINDATE date
begindateShort - string readonly
closedate CLOSEDATE date
closedateShort - string readonly
eventDate - datetime readonly
eventDateShort - string readonly
eventId - string readonly
eventDescription - string readonly
locationId LOCATION_ID string readonly
webformId - integer readonly
sourceId SOURCE_ID string
sourceDescription SOURCE_DESCRIPTION string
originatorId ORIGINATOR_ID string
originId ORIGIN_ID string
additionalInfo ADDITIONAL_INFO string
searchContent - string readonly
orderStage - string readonly
movedBy MOVED_BY_ID user readonly
movedTime MOVED_TIME datetime readonly
lastActivityBy LAST_ACTIVITY_BY user readonly
lastActivityTime LAST_ACTIVITY_TIME datetime readonly
isWork - char readonly
isWon - char readonly
isLose - char readonly
receivedAmount - double readonly
lostAmount - double readonly
hasProducts - char readonly
utmSource UTM_SOURCE string
utmMedium UTM_MEDIUM string
utmCampaign UTM_CAMPAIGN string
utmContent UTM_CONTENT string
utmTerm UTM_TERM string
observers - user many
contactIds - integer many
entityTypeId - integer readonly
""",
    {
        "opened": "Y",
        "companyId": 0,
        "contactId": 0,
        "isNew": "N",
        "isRecurring": "N",
        "isReturnCustomer": "N",
        "isRepeatedApproach": "N",
        "closed": "N",
        "typeId": "SALE",
        "opportunity": 0,
        "isManualOpportunity": "N",
        "taxValue": 0,
        "currencyId": "KZT",
        "comments": "",
        "webformId": 0,
        "sourceId": "",
        "sourceDescription": "",
        "entityTypeId": 2,
    },
)

CONTACT = table(
    """
id ID integer readonly
createdTime DATE_CREATE datetime readonly
updatedTime DATE_MODIFY datetime readonly
createdBy CREATED_BY_ID user readonly
updatedBy MODIFY_BY_ID user readonly
assignedById ASSIGNED_BY_ID user
opened OPENED char
companyId COMPANY_ID integer
lastActivityBy LAST_ACTIVITY_BY user readonly
lastActivityTime LAST_ACTIVITY_TIME datetime readonly
post POST string
comments COMMENTS string
honorific HONORIFIC string
name NAME string
secondName SECOND_NAME string
lastName LAST_NAME string
photo PHOTO integer readonly
leadId LEAD_ID integer readonly
typeId TYPE_ID string
sourceId SOURCE_ID string
sourceDescription SOURCE_DESCRIPTION string
birthdate BIRTHDATE date
export EXPORT char
hasPhone HAS_PHONE char readonly
hasEmail HAS_EMAIL char readonly
hasImol HAS_IMOL char readonly
originatorId ORIGINATOR_ID string
originId ORIGIN_ID string
originVersion ORIGIN_VERSION string
faceId FACE_ID integer readonly
address ADDRESS string
address2 ADDRESS_2 string
addressCity ADDRESS_CITY string
addressPostalCode ADDRESS_POSTAL_CODE string
addressRegion ADDRESS_REGION string
addressProvince ADDRESS_PROVINCE string
addressCountry ADDRESS_COUNTRY string
addressLocAddrId ADDRESS_LOC_ADDR_ID integer readonly
utmSource UTM_SOURCE string
utmMedium UTM_MEDIUM string
utmCampaign UTM_CAMPAIGN string
utmContent UTM_CONTENT string
utmTerm UTM_TERM string
observers - user many
entityTypeId - integer readonly
""",
    {
        "opened": "Y",
        "companyId": 0,
        "name": "",
        "secondName": "",
        "lastName": "",
        "typeId": "CLIENT",
        "sourceId": "",
        "export": "Y",
        "hasPhone": "N",
        "hasEmail": "N",
        "hasImol": "N",
        "entityTypeId": 3,
    },
)


def camel_name(field: str, letters_only: str) -> str:
    """UF_CRM_172 -> ufCrm_172; letters alone as the switch `letters_only_uf` says (universal/index.md)."""
    rest = field.removeprefix("UF_CRM_")
    numbered = re.match(r"(\d+)_(.+)$", rest)
    tail = numbered[2] if numbered else rest
    simple = bool(re.search(r"\d", tail)) and bool(re.search(r"[A-Z]", tail))
    if simple or (not numbered and (tail.isdigit() or letters_only == "simple")):
        return f"ufCrm_{rest}"
    words = "".join(word.capitalize() for word in tail.split("_"))
    if not numbered:
        return f"ufCrm{words}"
    return f"ufCrm{numbered[1]}" + (f"_{tail}" if tail.isdigit() else words)
