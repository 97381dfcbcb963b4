"""Faults of a vendor's door: which call answers wrongly, how, and how often; the words are its own."""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send


class Dropped(Response):
    """The connection breaks before the answer is complete."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # uvicorn closes the connection of an answer that began and was never finished.
        promised = [(b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": promised})


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
    """The faults that are still to come, oldest first; `known` are the ways in which this door can fail."""

    def __init__(self, known: Iterable[str]) -> None:
        self._known = tuple(known)
        self._faults: list[Fault] = []

    def add(self, fault: dict[str, Any]) -> None:
        """ValueError when a field is missing or not understood."""
        how, match = fault.get("how"), fault.get("match")
        times, skip = fault.get("times", 1), fault.get("skip", 0)
        if how not in self._known:
            raise ValueError(f"how must be one of {', '.join(self._known)}")
        if not isinstance(match, str) or type(times) is not int or type(skip) is not int:
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
