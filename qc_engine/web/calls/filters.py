"""The filters of a list, as in a page's address; but what a page takes no notice of is refused here.

A program that misspells a filter would otherwise get everything, and not know it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import HTTPException, Request

from qc_engine.web.console.narrowing import APART, MOST_PAGES, day_in

DAYS = ("since", "until", "asked_since", "asked_until", "review_since", "review_until")
LONGEST_NUMBER = 18  # digits


@dataclass(frozen=True, eq=False)
class Filters:
    """By their names what they mean, and of some what they can be."""

    words: Mapping[str, str]
    choices: Mapping[str, Collection[str]] = field(default_factory=dict)

    def __call__(self, request: Request) -> Mapping[str, str]:
        """For FastAPI: what was asked for. Raises 400; '' narrows nothing."""
        query = {name: value for name, value in request.query_params.items() if value}
        if query.keys() - self.words.keys():
            raise HTTPException(400, f"there is no such filter; there are: {', '.join(self.words)}")
        for name, value in query.items():
            if why := self._wrong(name, value):
                raise HTTPException(400, f"{name}: {why}")
        return query

    def _wrong(self, name: str, value: str) -> str:
        """'' when it can be read. The value is not repeated: it may be a phone."""
        if name in self.choices and value not in self.choices[name]:
            return f"one of {', '.join(self.choices[name])}"
        if name in DAYS and day_in(value, "UTC") is None:
            return "a day, YYYY-MM-DD"
        if name == "branch" and not all(value.partition(APART)):
            return "a branch, portal/branch"
        if name == "page" and not (_is_number(value) and 0 < int(value) <= MOST_PAGES):
            return f"a number from 1 to {MOST_PAGES}"
        return "a number" if name == "before" and not _is_number(value) else ""

    def described(self) -> dict[str, Any]:
        """For the description of the API."""
        return {"parameters": [self._parameter(name, what) for name, what in self.words.items()]}

    def _parameter(self, name: str, what: str) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "string"}
        if name in self.choices:
            schema["enum"] = list(self.choices[name])
        return {"in": "query", "name": name, "description": what, "schema": schema}


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER
