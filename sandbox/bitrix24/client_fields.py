"""The fields of companies in the CRM."""

from sandbox.bitrix24.fields import table

COMPANY = table(
    """
id ID integer readonly
createdTime DATE_CREATE datetime readonly
updatedTime DATE_MODIFY datetime readonly
createdBy CREATED_BY_ID user readonly
updatedBy MODIFY_BY_ID user readonly
assignedById ASSIGNED_BY_ID user
opened OPENED char
title TITLE string
companyType COMPANY_TYPE string
logo LOGO integer readonly
leadId LEAD_ID integer readonly
hasPhone HAS_PHONE char readonly
hasEmail HAS_EMAIL char readonly
hasImol HAS_IMOL char readonly
bankingDetails BANKING_DETAILS string
industry INDUSTRY string
revenue REVENUE double
currencyId CURRENCY_ID string
employees EMPLOYEES string
comments COMMENTS string
isMyCompany IS_MY_COMPANY char
originatorId ORIGINATOR_ID string
originId ORIGIN_ID string
originVersion ORIGIN_VERSION string
address ADDRESS string
address2 ADDRESS_2 string
addressCity ADDRESS_CITY string
addressPostalCode ADDRESS_POSTAL_CODE string
addressRegion ADDRESS_REGION string
addressProvince ADDRESS_PROVINCE string
addressCountry ADDRESS_COUNTRY string
addressCountryCode ADDRESS_COUNTRY_CODE string
addressLocAddrId ADDRESS_LOC_ADDR_ID integer readonly
addressLegal ADDRESS_LEGAL string
regAddress REG_ADDRESS string
regAddress2 REG_ADDRESS_2 string
regAddressCity REG_ADDRESS_CITY string
regAddressPostalCode REG_ADDRESS_POSTAL_CODE string
regAddressRegion REG_ADDRESS_REGION string
regAddressProvince REG_ADDRESS_PROVINCE string
regAddressCountry REG_ADDRESS_COUNTRY string
regAddressCountryCode REG_ADDRESS_COUNTRY_CODE string
regAddressLocAddrId REG_ADDRESS_LOC_ADDR_ID integer readonly
utmSource UTM_SOURCE string
utmMedium UTM_MEDIUM string
utmCampaign UTM_CAMPAIGN string
utmContent UTM_CONTENT string
utmTerm UTM_TERM string
lastActivityBy LAST_ACTIVITY_BY user readonly
lastActivityTime LAST_ACTIVITY_TIME datetime readonly
lastCommunicationTime LAST_COMMUNICATION_TIME datetime readonly
observers - user many
contactIds - integer many
entityTypeId - integer readonly
""",
    {
        "opened": "Y",
        "title": "",
        "companyType": "CUSTOMER",
        "hasPhone": "N",
        "hasEmail": "N",
        "hasImol": "N",
        "revenue": 0,
        "currencyId": "KZT",
        "comments": "",
        "isMyCompany": "N",
        "entityTypeId": 4,
    },
)
