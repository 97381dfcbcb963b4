"""Universal lists: the ones there are, and their elements (lists.get and lists.element.get pages)."""

from sandbox.bitrix24.call import Answer, Call, Method, listed, sliced
from sandbox.bitrix24.errors import Say
from sandbox.bitrix24.items import Row
from sandbox.bitrix24.parts import ElementList

LIST_TYPE = "lists"
EMPTY = (
    "API_CODE", "LIST_PAGE_URL", "DETAIL_PAGE_URL", "SECTION_PAGE_URL", "CANONICAL_PAGE_URL", "PICTURE",
    "RSS_FILE_LIMIT", "RSS_FILE_DAYS", "XML_ID", "TMP_ID", "LIST_MODE", "SECTION_PROPERTY",
    "PROPERTY_INDEX", "SOCNET_GROUP_ID", "EDIT_FILE_BEFORE", "EDIT_FILE_AFTER", "EXTERNAL_ID", "SERVER_NAME",
)  # fmt: skip
FIXED = {
    "LID": "s1", "ACTIVE": "Y", "DESCRIPTION": "", "DESCRIPTION_TYPE": "text", "RSS_TTL": "24",
    "RSS_ACTIVE": "Y", "RSS_FILE_ACTIVE": "N", "RSS_YANDEX_ACTIVE": "N", "INDEX_ELEMENT": "Y",
    "INDEX_SECTION": "N", "WORKFLOW": "N", "BIZPROC": "Y", "SECTION_CHOOSER": "L", "RIGHTS_MODE": "E",
    "VERSION": "1", "LAST_CONV_ELEMENT": "0", "SECTIONS_NAME": "Разделы", "SECTION_NAME": "Раздел",
    "ELEMENTS_NAME": "Элементы", "ELEMENT_NAME": "Элемент", "REST_ON": "N", "FULLTEXT_INDEX": "N",
    "LANG_DIR": "/", "TIMESTAMP_X": "01/15/2024 09:00:00 am", "SORT": "500",
}  # fmt: skip


def lists(call: Call) -> Answer:
    _need(call, "IBLOCK_TYPE_ID")
    here = call.portal.company.lists if call.get("IBLOCK_TYPE_ID") == LIST_TYPE else []
    asked = (call.get("IBLOCK_ID"), call.get("IBLOCK_CODE"))
    return sliced([_list_row(one) for one in here if asked == (None, None) or _is(one, call)], call)


def elements(call: Call) -> Answer:
    _need(call, "IBLOCK_TYPE_ID")
    if call.get("IBLOCK_ID") is None and call.get("IBLOCK_CODE") is None:
        _need(call, "IBLOCK_ID")
    found = next((one for one in call.portal.company.lists if _is(one, call)), None)
    if found is None or call.get("IBLOCK_TYPE_ID") != LIST_TYPE:
        raise Say(400, "ERROR_IBLOCK_NOT_FOUND", "Iblock not found")
    rows = [_element(number, name) for number, name in found.elements.items()]
    rows = [row for row in rows if _fits(row, call)]
    order = {str(name).upper(): str(way).lower() for name, way in call.table("ELEMENT_ORDER").items()}
    if order.get("ID") == "desc":
        rows.reverse()
    if "NAME" in order:
        rows.sort(key=lambda row: str(row["NAME"]), reverse=order["NAME"] == "desc")
    return sliced(rows, call)


def _is(one: ElementList, call: Call) -> bool:
    return str(one.id) == str(call.get("IBLOCK_ID")) or one.code == call.get("IBLOCK_CODE")


def _need(call: Call, name: str) -> None:
    if call.get(name) in (None, ""):
        raise Say(400, "ERROR_REQUIRED_PARAMETERS_MISSING", f"Required parameter `{name}` is missing")


def _fits(row: Row, call: Call) -> bool:
    asked = {"ID": call.get("ELEMENT_ID"), "CODE": call.get("ELEMENT_CODE")}
    for name, value in call.table("FILTER").items():
        asked[str(name).lstrip("=@").upper()] = value
    return all(
        value is None or name not in row or str(row[name]) in map(str, listed(value))
        for name, value in asked.items()
    )


def _element(number: int, name: str) -> Row:
    return {
        "ID": str(number),
        "NAME": name,
        "IBLOCK_SECTION_ID": None,
        "CREATED_BY": "1",
        "CODE": f"element_{number}",
    }


def _list_row(one: ElementList) -> Row:
    told = {"ID": str(one.id), "IBLOCK_TYPE_ID": LIST_TYPE, "CODE": one.code or None, "NAME": one.name}
    return {**told, **FIXED, **dict.fromkeys(EMPTY)}


METHODS: dict[str, Method] = {"lists.get": lists, "lists.element.get": elements}
