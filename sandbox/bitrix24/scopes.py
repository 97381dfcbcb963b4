"""Which scope a method needs, and which of them a key opens (scopes/permissions.md)."""

from sandbox.bitrix24.call import Grant
from sandbox.bitrix24.errors import Say
from sandbox.bitrix24.portal import Portal

SCOPES = ["crm", "task", "user", "department", "im", "lists", "userfieldconfig"]
# First word of a method -> any of these scopes will do; a word that is not here needs none.
NEEDED = {
    "crm": ("crm",),
    "tasks": ("task", "tasks"),
    "task": ("task", "tasks"),
    "user": ("user", "user_basic", "user_brief"),
    "department": ("department",),
    "im": ("im",),
    "lists": ("lists",),
    "userfieldconfig": ("userfieldconfig",),
}
TEXT = "The request requires higher privileges than provided by the webhook token"


def check_scope(portal: Portal, method: str, grant: Grant) -> None:
    """Say (insufficient_scope) when the key does not open this method."""
    if grant.scopes is None or opens(grant, method) or not portal.switches["scope_needed"]:
        return
    raise Say(portal.switches["scope_status"], "insufficient_scope", TEXT)


def opens(grant: Grant, method: str) -> bool:
    needed = NEEDED.get(method.partition(".")[0], ())
    return grant.scopes is None or not needed or any(scope in grant.scopes for scope in needed)
