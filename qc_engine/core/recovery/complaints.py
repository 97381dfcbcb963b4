"""What a case knows of its complaint: the deal and the task in the CRM, its causes, how it was settled."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from qc_engine.core.changing import changed

OPEN, SETTLED, REOPENED = "open", "settled", "reopened"  # the last two are its turns
TASK, DEAL, PAGE, RATING = "task", "deal", "page", "rating"  # by which way
RECOVERED, SILENT, NOT_ASKED = "recovered", "silent", "not_asked"  # beside reopened: how asking again ended


@dataclass(frozen=True)
class Cause:
    """Why the client was dissatisfied and what was done about it, as somebody said it."""

    cause: str  # a word of the scenario's list
    words: str
    action: str  # what was done
    at: datetime
    by: str


@dataclass(frozen=True)
class Turn:
    """The complaint was settled, or is open again. `way`: task, deal, page, rating."""

    what: str
    at: datetime
    way: str
    by: str = ""
    words: str = ""


@dataclass(frozen=True)
class SecondRating:
    """The client is asked once more, after the complaint was settled."""

    due_at: datetime
    began_at: datetime | None = None  # when the case came to the step that asks
    # While the client is being asked, decide() finds these in the case itself, and the visit's here.
    scores: Mapping[str, Decimal] = field(default_factory=dict)
    comments: Mapping[str, str] = field(default_factory=dict)
    ended_at: datetime | None = None
    result: str = ""  # recovered, reopened, silent, not_asked

    @property
    def waits(self) -> bool:
        return self.began_at is None and self.ended_at is None

    @property
    def under_way(self) -> bool:
        return self.began_at is not None and self.ended_at is None


@dataclass(frozen=True)
class Complaint:
    """A deal that was opened for somebody to settle things with the client, and the task beside it."""

    at: datetime
    task_key: str = ""  # effect key of the task, until its id is known
    task_id: int | None = None
    settled_at: datetime | None = None  # when it was settled last; None: it is open
    deal_key: str = ""  # effect key of the deal that was opened
    deal_id: int | None = None  # its number; looked up
    cause: str = ""  # as it was named last
    causes: tuple[Cause, ...] = ()  # oldest first
    turns: tuple[Turn, ...] = ()  # likewise
    ratings: tuple[SecondRating, ...] = ()  # likewise
    rated_at: datetime | None = None  # when the client last gave a whole second answer
    recovered_at: datetime | None = None  # when such an answer left the complaint settled
    due_at: datetime | None = None  # of its task
    opened_in: str = ""  # the stage in which its deal was opened
    put_away: bool = False  # its deal stands where settled ones stand, as far as we know
    moves: tuple[str, ...] = ()  # effect keys of our own moves of its deal, oldest first
    moved_at: datetime | None = None  # when the last of them was over; looked up

    @property
    def stands(self) -> str:
        """open, reopened, settled or recovered."""
        if self.settled_at is None:
            return REOPENED if any(one.what == REOPENED for one in self.turns) else OPEN
        return RECOVERED if self.recovered_at else SETTLED

    @property
    def rating(self) -> SecondRating | None:
        """The last one."""
        return self.ratings[-1] if self.ratings else None

    @property
    def waiting(self) -> SecondRating | None:
        """The client is to be asked again, later."""
        return self.rating if self.rating and self.rating.waits else None

    @property
    def under_way(self) -> SecondRating | None:
        """The client is being asked again."""
        return self.rating if self.rating and self.rating.under_way else None

    @property
    def named(self) -> Cause | None:
        """What was said last about its cause."""
        return self.causes[-1] if self.causes else None

    def with_rating(self, **changes: Any) -> "Complaint":
        """With the last rating changed so."""
        assert self.rating is not None
        return changed(self, {"ratings": (*self.ratings[:-1], changed(self.rating, changes))})
