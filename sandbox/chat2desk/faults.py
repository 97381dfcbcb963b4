"""Faults of the REST door: which call answers wrongly, how, and how often."""

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

RATE_EXCEEDED = "Number of API requests exceeded"
QUOTA_EXCEEDED = "API calls exceeded API limit per month"
NEED_AUTH = "You need to auth"


class Dropped(Response):
    """The connection breaks before the answer is complete."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # uvicorn closes the connection of an answer that began and was never finished.
        promised = [(b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": promised})


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


@dataclass(slots=True)
class Fault:
    """`match` is "METHOD /path" or "/path" with * as a wildcard."""

    match: str
    how: str
    times: int
    skip: int

    def fits(self, method: str, path: str) -> bool:
        return fnmatchcase(f"{method} {path}" if " " in self.match else path, self.match)


class Faults:
    """The faults that are still to come, oldest first."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: dict[str, Any]) -> None:
        """ValueError when a field is missing or not understood."""
        how, match = fault.get("how"), fault.get("match")
        times, skip = fault.get("times", 1), fault.get("skip", 0)
        if how not in BEFORE and how not in AFTER:
            raise ValueError(f"how must be one of {', '.join([*BEFORE, *AFTER])}")
        if not isinstance(match, str) or not isinstance(times, int) or not isinstance(skip, int):
            raise ValueError("match must be text, times and skip whole numbers")
        self._faults.append(Fault(match, how, times, skip))

    def clear(self) -> None:
        self._faults.clear()

    def take(self, method: str, path: str) -> str | None:
        """How this call goes wrong, None when it goes well; uses the fault up."""
        for fault in self._faults:
            if fault.fits(method, path):
                return self._use(fault)
        return None

    def _use(self, fault: Fault) -> str | None:
        if fault.skip > 0:
            fault.skip -= 1
            return None
        fault.times -= 1
        if fault.times <= 0:
            self._faults.remove(fault)
        return fault.how
