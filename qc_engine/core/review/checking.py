"""What a case knows of its review: the pages opened, who has to look, what was said, the bonuses given."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta

from qc_engine.core.changing import changed
from qc_engine.core.frozen import frozen


@frozen
class ClickedPage:
    """A review page that the client opened, and when they first did."""

    platform: str
    address: str
    at: datetime


@frozen
class ReviewAnswer:
    """What somebody said about the review. `way`: page, task, deal, correction."""

    outcome: str
    at: datetime
    way: str
    by: str = ""
    reason: str = ""
    counts: bool = True  # False: it contradicts what had been answered before


@frozen
class ReviewCheck:
    """Somebody has to look whether the review exists: who, until when, and what they have said."""

    asked_at: datetime
    outcomes: tuple[str, ...] = ()  # what may be answered: the ones that the scenario knows
    person: int = 0  # who got the task
    text: str = ""  # of the task, as the scenario has it
    again: str = ""  # what the person is told when it is time to look again, likewise
    ladder: tuple[timedelta, ...] = ()  # how long after each answer 'not yet' they look again
    rungs: int = 0  # of the ladder that are used up
    due_at: datetime | None = None  # the task's deadline; None: nothing is awaited (any more)
    look_at: datetime | None = None  # when to tell them that it is time to look again
    overdue_told: timedelta | None = None  # after how long being overdue was last told of
    task_was: int | None = None  # the task, after it was answered
    said: tuple[ReviewAnswer, ...] = ()  # oldest first

    def over(self, task_id: int | None) -> "ReviewCheck":
        """What is left when nobody has to look any more."""
        return changed(self, {"due_at": None, "look_at": None, "task_was": task_id or self.task_was})


@frozen
class Bonus:
    """A bonus that this case confirmed, and what takes it back."""

    rule: str
    turn: int  # how many bonuses this person has got by this rule, with this one
    amount: str
    at: datetime
    undo: Mapping[str, str] = field(default_factory=dict)  # fields of the client's card
    webhook: str = ""
    taken_back_at: datetime | None = None
    reason: str = ""
    by: str = ""


@frozen
class GivenBonus:
    """A line of the ledger: a bonus that this person once got by a rule."""

    rule: str
    case_id: str
    at: datetime
    taken_back: bool = False
