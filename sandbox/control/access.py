"""Who gets into the portal: applications, webhooks of single people, rights, and the portal's own address."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from sandbox.bitrix24.applications import Application
from sandbox.bitrix24.bindings import Binding
from sandbox.bitrix24.company import Role
from sandbox.bitrix24.events import KNOWN
from sandbox.bitrix24.portal import Portal
from sandbox.control.people import BadRequest

RIGHTS = {field.name for field in fields(Role)}


def add_application(portal: Portal, body: dict[str, Any], base: str) -> dict[str, Any]:
    """{"client_id", "client_secret", "redirect"?, "install"?, "scopes"?, "application_token"?,
    "handler"? with "events"?: bound at once (all events when none is named)}; `base` is http://host:port.
    """
    events = [str(name).upper() for name in body.get("events") or (KNOWN if body.get("handler") else ())]
    if unknown := set(events) - set(KNOWN):
        raise BadRequest(f"unknown event {', '.join(sorted(unknown))}; there are {', '.join(KNOWN)}")
    if events and not body.get("handler"):
        raise BadRequest("events need a handler")
    try:
        made = portal.applications.register(body, base)
    except (ValueError, TypeError) as problem:
        raise BadRequest(str(problem)) from None
    portal.events.bindings.drop(lambda row: row.client_id == made.client_id)
    for event in events:
        portal.events.bindings.add(Binding(0, made.client_id, event, str(body["handler"])))
    return _shown(made)


def overview(portal: Portal) -> dict[str, Any]:
    """Every application with what it has bound, and how much waits in its offline queue."""
    bound = list(portal.events.bindings.all())
    return {
        "applications": [
            {
                **_shown(one),
                "bindings": [[row.event, row.handler] for row in bound if row.client_id == one.client_id],
                "offline": sum(row.client_id == one.client_id for row in portal.events.offline.rows),
            }
            for one in portal.applications.known.values()
        ]
    }


def install(portal: Portal, body: dict[str, Any]) -> dict[str, Any]:
    """{"client_id"?, "user"?}: the install address gets ONAPPINSTALL with both tokens."""
    application = _application(portal, body)
    if not application.install:
        raise BadRequest("this application has no install address")
    application.installed = True
    portal.events.installed(application, _user(portal, body))
    return _shown(application)


def uninstall(portal: Portal, body: dict[str, Any]) -> dict[str, Any]:
    """{"client_id"?, "clean"?}: tokens and bindings are gone, and the application is told."""
    application = _application(portal, body)
    application.installed = False
    portal.events.uninstalled(application, bool(body.get("clean")))
    portal.events.bindings.drop(lambda row: row.client_id == application.client_id)
    for token in list(portal.applications.refresh):
        if portal.applications.refresh[token].client_id == application.client_id:
            del portal.applications.refresh[token]
    return _shown(application)


def expire_tokens(portal: Portal, body: dict[str, Any]) -> dict[str, Any]:
    return {"expired": portal.applications.expire(body.get("client_id"))}


def revoke(portal: Portal, body: dict[str, Any]) -> dict[str, Any]:
    return {"revoked": portal.applications.revoke(body.get("client_id"))}


def rename(portal: Portal, body: dict[str, Any]) -> dict[str, Any]:
    """{"host": "name" or "name:port"}: any other address answers 302; null undoes it."""
    host = str(body.get("host") or "")
    if any(char in host for char in "/?#@ \r\n"):
        raise BadRequest("host is a name, or a name and a port")
    portal.rename(host)
    return {"host": host or None}


def add_webhook(portal: Portal, body: dict[str, Any]) -> dict[str, Any]:
    """{"user", "secret", "scopes"?}: a webhook of this person; without scopes it opens all of them."""
    user, secret = _user(portal, body), str(body.get("secret") or "")
    if not secret or "/" in secret:
        raise BadRequest("a webhook needs a secret")
    scopes = body.get("scopes")
    portal.webhooks.add(user, secret, None if scopes is None else {str(name) for name in scopes})
    return {"path": f"/rest/{user}/{secret}/"}


def set_rights(portal: Portal, body: dict[str, Any]) -> dict[str, Any]:
    """{"user", "denied"?: ["crm.item.update", "tasks.*"], "admin"?, "role"?: {"reach", "move", ...}}"""
    user = _user(portal, body)
    person = portal.company.people[user]
    role = body.get("role") or {}
    if unknown := set(role) - RIGHTS:
        raise BadRequest(f"unknown right {', '.join(sorted(unknown))}; there are {', '.join(sorted(RIGHTS))}")
    if "denied" in body:
        portal.rights.denied[user] = [str(name).lower() for name in body["denied"]]
    if role:
        person.role = f"user {user}"
        portal.company.roles[person.role] = Role(**role)
    person.admin = bool(body.get("admin", person.admin and not role))
    return {"user": user, "denied": portal.rights.denied.get(user, []), "admin": person.admin}


def _application(portal: Portal, body: dict[str, Any]) -> Application:
    """The one that is named, or the only one there is."""
    known = portal.applications.known
    name = body.get("client_id") or next(iter(known), "")
    if name not in known or (len(known) > 1 and "client_id" not in body):
        raise BadRequest(f"client_id is one of {', '.join(known) or 'none: no application was added'}", 404)
    return known[name]


def _user(portal: Portal, body: dict[str, Any]) -> int:
    user = body.get("user", min(portal.company.people))
    if user not in portal.company.people:
        raise BadRequest(f"no user {user}")
    return int(user)


def _shown(application: Application) -> dict[str, Any]:
    return {
        "client_id": application.client_id,
        "application_token": application.application_token,
        "installed": application.installed,
        "scopes": application.scopes,
    }


ACTS: dict[str, Callable[[Portal, dict[str, Any]], dict[str, Any]]] = {
    "application/install": install,
    "application/uninstall": uninstall,
    "application/expire-tokens": expire_tokens,
    "application/revoke": revoke,
    "rename": rename,
    "webhooks": add_webhook,
    "rights": set_rights,
}
