"""What a person may say about one complaint, and what would follow from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256


@dataclass(frozen=True)
class AsksAgain:
    """What the client will be sent when the complaint is settled now, and not before when."""

    at: datetime
    text: str

    @property
    def mark(self) -> str:
        """Of this very text: a form brings it back in the place of the text, whose lines browsers change."""
        return sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


@dataclass(frozen=True)
class Outlook:
    """By the case's own scenario."""

    causes: Mapping[str, str] = field(default_factory=dict)  # word -> what people call it
    asks_again: AsksAgain | None = None
    moves_to: str = ""  # the stage into which its deal goes when this is said; '' where it stays
    not_asked: str = ""  # why the client will not be asked, in a sentence; '' where the scenario asks nobody
