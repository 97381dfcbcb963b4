"""Methods that only an application may call: what it is, and what it is told of."""

from typing import Any

from sandbox.bitrix24 import offline_methods
from sandbox.bitrix24.bindings import Binding
from sandbox.bitrix24.call import Answer, Call, Method
from sandbox.bitrix24.contexts import application_of
from sandbox.bitrix24.errors import Say
from sandbox.bitrix24.events import KNOWN
from sandbox.bitrix24.rights import is_admin


def app_info(call: Call) -> Answer:
    application = application_of(call)
    return Answer(
        {
            "ID": 1 + list(call.portal.applications.known).index(application.client_id),
            "CODE": application.client_id,
            "VERSION": 1,
            "STATUS": "L",
            "INSTALLED": application.installed,
            "PAYMENT_EXPIRED": "Y" if call.portal.switches["subscription_ended"] else "N",
            "DAYS": None,
            "LANGUAGE_ID": "ru",
            "LICENSE": "ru_project",
        }
    )


def names(call: Call) -> Answer:
    """events: everything that event.bind takes."""
    application_of(call)
    return Answer(list(KNOWN))


def bind(call: Call) -> Answer:
    application, event = application_of(call), _event(call)
    offline = str(call.get("event_type", "online")).lower() == "offline"
    handler, as_user = str(call.get("handler") or ""), call.number("auth_type") or 0
    if not is_admin(call.portal, call.by) and (offline or as_user not in (0, call.by)):
        raise Say(403, "ACCESS_DENIED", "Access denied!")
    if not offline and not handler:
        raise Say(400, "ERROR_ARGUMENT", "Argument 'HANDLER' is null or empty")
    connector = str(call.get("auth_connector") or "") if offline else ""
    binding = Binding(
        0, application.client_id, event, "" if offline else handler, as_user, offline, connector
    )
    binding.min_timeout = _min_timeout(call.get("options"))
    if not call.portal.events.bindings.add(binding):
        status = call.portal.switches["handler_exists_status"]
        raise Say(status, "ERROR_HANDLER_ALREADY_EXIST", "Handler already exists!")
    return Answer(True)


def bound(call: Call) -> Answer:
    application = application_of(call)
    rows = [row for row in call.portal.events.bindings.all() if row.client_id == application.client_id]
    return Answer([_shown_binding(row) for row in rows])


def unbind(call: Call) -> Answer:
    application, event = application_of(call), _event(call)
    offline = str(call.get("event_type", "online")).lower() == "offline"
    handler, as_user = call.get("handler"), call.number("auth_type")

    def fits(row: Binding) -> bool:
        same = (row.client_id, row.event, row.offline) == (application.client_id, event, offline)
        return same and handler in (None, "", row.handler) and as_user in (None, row.auth_type)

    return Answer({"count": call.portal.events.bindings.drop(fits)})


def test(call: Call) -> Answer:
    """event.test: the same parameters come back as ONAPPTEST."""
    query = {name: value for name, value in call.raw.items() if name.lower() != "auth"}
    call.portal.events.test(application_of(call).client_id, query)
    return Answer(1)


def _event(call: Call) -> str:
    event = str(call.get("event") or "").upper()
    if event not in KNOWN:
        raise Say(400, "ERROR_EVENT_NOT_FOUND", "Event not found")
    return event


def _min_timeout(options: Any) -> float:
    try:
        return max(1.0, float(options["minTimeout"]))
    except (KeyError, TypeError, ValueError):
        return 1.0


def _shown_binding(row: Binding) -> dict[str, Any]:
    shown: dict[str, Any] = {"event": row.event, "handler": row.handler, "auth_type": str(row.auth_type)}
    if row.connector:
        shown["connector_id"] = row.connector
    return {**shown, "offline": int(row.offline)}


METHODS: dict[str, Method] = {
    **offline_methods.METHODS,
    "app.info": app_info,
    "events": names,
    "event.bind": bind,
    "event.get": bound,
    "event.unbind": unbind,
    "event.test": test,
}
