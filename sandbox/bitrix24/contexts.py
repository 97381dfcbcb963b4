"""The application behind a call."""

from sandbox.bitrix24.applications import Application
from sandbox.bitrix24.call import Call
from sandbox.bitrix24.errors import Say


def application_of(call: Call) -> Application:
    """Say for a webhook: these methods need an application."""
    application = call.portal.applications.known.get(call.grant.application)
    if application is None:
        status = call.portal.switches["application_context_status"]
        raise Say(status, "ACCESS_DENIED", "Access denied! Application context required")
    return application
