"""Every method of the portal by its lower-case name, and the ones that describe the portal itself."""

from sandbox.bitrix24 import application_methods
from sandbox.bitrix24.call import Answer, Call, Method
from sandbox.bitrix24.errors import Say
from sandbox.bitrix24.methods import (
    checklists,
    deal_contacts,
    departments,
    duplicates,
    items,
    legacy,
    lists,
    notifications,
    people,
    pipelines,
    stagehistory,
    statuses,
    task_fields,
    task_items,
    tasks,
    timeline,
    userfieldconfig,
    userfields,
)
from sandbox.bitrix24.scopes import SCOPES, opens
from sandbox.bitrix24.values import truth


def scope(call: Call) -> Answer:
    """What the key opens; with `full` everything that there is."""
    granted = call.grant.scopes
    return Answer(SCOPES if granted is None or truth(call.get("full")) else sorted(granted))


def names(call: Call) -> Answer:
    """methods: what the key may call, or what one scope opens."""
    asked, granted = str(call.get("scope") or ""), call.grant
    wanted = [name for name in sorted(METHODS) if opens(granted, name)]
    return Answer([name for name in wanted if not asked or name.partition(".")[0] == asked])


def method_get(call: Call) -> Answer:
    name = str(call.get("name", "")).lower()
    known = (name in METHODS or name == "batch") and name not in call.portal.switches["missing_methods"]
    return Answer({"isExisting": known, "isAvailable": known and opens(call.grant, name)})


def server_time(call: Call) -> Answer:
    return Answer(call.portal.now().isoformat())


def feature(call: Call) -> Answer:
    if not call.get("CODE"):
        raise Say(400, "CODE_EMPTY", "CODE can't be empty")
    return Answer({"value": "Y"})


METHODS: dict[str, Method] = {
    **items.METHODS,
    **legacy.METHODS,
    **deal_contacts.METHODS,
    **duplicates.METHODS,
    **pipelines.METHODS,
    **statuses.METHODS,
    **userfields.METHODS,
    **userfieldconfig.METHODS,
    **stagehistory.METHODS,
    **timeline.METHODS,
    **tasks.METHODS,
    **task_items.METHODS,
    **checklists.METHODS,
    **task_fields.METHODS,
    **people.METHODS,
    **departments.METHODS,
    **notifications.METHODS,
    **lists.METHODS,
    **application_methods.METHODS,
    "scope": scope,
    "methods": names,
    "method.get": method_get,
    "server.time": server_time,
    "feature.get": feature,
}
