"""Every method of the portal by its lower-case name, and the ones that describe the portal itself."""

from sandbox.bitrix24.call import Answer, Call, Method
from sandbox.bitrix24.methods import dictionaries, duplicates, items, legacy, people, tasks, timeline

SCOPES = ["crm", "task", "user", "department", "im"]


def scope(_: Call) -> Answer:
    return Answer(SCOPES)


def server_time(call: Call) -> Answer:
    return Answer(call.portal.now().isoformat())


def method_get(call: Call) -> Answer:
    known = str(call.get("name", "")).lower() in METHODS or str(call.get("name", "")).lower() == "batch"
    return Answer({"isExisting": known, "isAvailable": known})


METHODS: dict[str, Method] = {
    **items.METHODS,
    **legacy.METHODS,
    **duplicates.METHODS,
    **dictionaries.METHODS,
    **timeline.METHODS,
    **tasks.METHODS,
    **people.METHODS,
    "scope": scope,
    "server.time": server_time,
    "method.get": method_get,
}
