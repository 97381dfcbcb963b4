"""Faults of the REST door: which call answers wrongly, how, and how often."""

from collections.abc import Callable
from typing import Any

from starlette.responses import JSONResponse, Response

from sandbox.faults import Dropped

RATE_EXCEEDED = "Number of API requests exceeded"
QUOTA_EXCEEDED = "API calls exceeded API limit per month"
NEED_AUTH = "You need to auth"


def error_answer(
    status: int, message: str, errors: dict[str, list[str]] | None = None, *, in_data: bool = False
) -> Response:
    """`in_data`: the old form, with the error inside of data."""
    body: dict[str, Any] = {"message": message, **({"errors": errors} if errors else {}), "status": "error"}
    return JSONResponse({"data": body} if in_data else body, status)


def _html503() -> Response:
    return Response("<html><body><h1>503 Service Unavailable</h1></body></html>", 503, media_type="text/html")


# Faults that answer instead of carrying the call out, and faults that answer after it was carried out.
BEFORE: dict[str, Callable[[], Response]] = {
    "limit": lambda: error_answer(429, RATE_EXCEEDED),
    "html503": _html503,
    "error500": lambda: error_answer(500, "Internal server error"),
    "not_done_no_answer": Dropped,
    "operating": lambda: error_answer(429, QUOTA_EXCEEDED),
    "auth": lambda: error_answer(401, NEED_AUTH),
    "refuse": lambda: error_answer(400, "Validation failed", {"base": ["is invalid"]}),
}
AFTER: dict[str, Callable[[], Response]] = {
    "done_no_answer": Dropped,
    "empty": lambda: Response(b"", 200),
}
