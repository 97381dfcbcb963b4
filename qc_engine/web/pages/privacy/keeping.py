"""What the page about personal data asks of the engine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

Told = Mapping[str, Any]


@dataclass(frozen=True)
class Outcome:
    """An erasure that is done. `rewritten`: nothing of it can be read from the database's file any more."""

    record: int
    counts: Mapping[str, int]
    rewritten: bool


@dataclass(frozen=True)
class Record:
    """That somebody was erased: when, by whom, why."""

    number: int
    at: datetime
    by: str
    reason: str
    cases: int


class Keeping(Protocol):
    """Called on threads. Phones are digits with the country's code."""

    def phone_of(self, text: str) -> str:
        """As somebody typed it; '' when that is no phone."""

    def fingerprint(self, phone: str) -> str:
        """By what the person is known in the records: without the installation's key, by nothing."""

    def plain(self, phone: str, text: str) -> str:
        """What somebody typed about this person, without the phone and the names."""

    def held(self, phone: str, language: str) -> Told | None:
        """Everything; None when that is nothing."""

    def forget(self, phone: str, by: str, user_id: str, reason: str, now: datetime) -> Outcome:
        """Durable when it returns."""

    def records(self) -> Sequence[Record]:
        """The newest first."""

    def erased_at(self, phone: str) -> datetime | None:
        """When this person was erased last, if ever."""
