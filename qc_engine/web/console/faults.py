"""What the console says when something is not there, or not allowed: in the visitor's language."""

from collections.abc import Mapping

from fastapi import Request, Response

from qc_engine.web.console.frame import show_outside
from qc_engine.web.console.gate import look_of
from qc_engine.web.console.room import Console

KEYS: Mapping[int, str] = {403: "forbidden", 404: "not_found"}


def show_fault(
    console: Console, request: Request, status: int, headers: Mapping[str, str] | None = None
) -> Response:
    """The same for everything that is not there, whatever the reason."""
    look = look_of(console, request)
    page = show_outside(console, look, "console_message.html", status, key=KEYS.get(status, "not_so"))
    page.headers.update(headers or {})
    return page
