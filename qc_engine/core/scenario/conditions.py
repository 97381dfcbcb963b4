"""When a rule applies, as a scenario says it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import ClassVar


@dataclass(frozen=True)
class AverageAtLeast:
    """All questions are answered and their mean is `limit` or more."""

    limit: Decimal


@dataclass(frozen=True)
class AverageBelow:
    """All questions are answered and their mean is under `limit`."""

    limit: Decimal


@dataclass(frozen=True)
class ScoreBelow:
    """Some score given so far is under `limit`, also when other questions are still open."""

    limit: Decimal


@dataclass(frozen=True)
class SilentFor:
    """The client has not answered the open question for so long, counted from its delivery."""

    span: timedelta


@dataclass(frozen=True)
class InStepFor:
    """The case has stood in this step for so long."""

    span: timedelta


@dataclass(frozen=True)
class Clicked:
    """A person opened a review link."""

    fact: ClassVar = "clicked"


@dataclass(frozen=True)
class ReviewIs:
    """So it stands with the review, and nobody is to look again; `answer`: see core/review/reviews.py."""

    answer: str


@dataclass(frozen=True)
class TaskOverdueFor:
    """The task about the review has been overdue for so long. Such a rule runs beside the others, once."""

    span: timedelta


@dataclass(frozen=True)
class TaskClosedUnanswered:
    """The task was completed, but nobody said what was found."""

    fact: ClassVar = "task_closed_unanswered"


@dataclass(frozen=True)
class AskedToStop:
    """The client wrote 'stop' in any of the known ways."""

    fact: ClassVar = "asked_to_stop"


@dataclass(frozen=True)
class NotUnderstood:
    """A reply could not be read even after the hint."""

    fact: ClassVar = "not_understood"


@dataclass(frozen=True)
class Complains:
    """A good score came with a complaint in words, for the first time in this case.

    Rules with this condition run beside the others: they take no rule's turn.
    """

    fact: ClassVar = "complains"


@dataclass(frozen=True)
class DealMovedTo:
    """Somebody moved the deal to this stage by hand."""

    stage: str


@dataclass(frozen=True)
class MessageFailed:
    """A message could not be delivered: no channel, blocked, refused."""

    fact: ClassVar = "message_failed"


@dataclass(frozen=True)
class BranchIs:
    """The case is of one of these branches."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Formula:
    """An expression over the case's values. `holds` takes them by name; LookupError: one is not there yet."""

    text: str
    holds: Callable[[Mapping[str, object]], bool] = field(compare=False)
    uses: tuple[str, ...] = ()  # the names in it, for the explanation


@dataclass(frozen=True)
class ApprovalIs:
    """A person answered the request for approval of this name: `given` True is yes, False is no."""

    name: str
    given: bool


Condition = (
    AverageAtLeast
    | AverageBelow
    | ScoreBelow
    | SilentFor
    | InStepFor
    | Clicked
    | ReviewIs
    | TaskOverdueFor
    | TaskClosedUnanswered
    | AskedToStop
    | NotUnderstood
    | Complains
    | DealMovedTo
    | MessageFailed
    | BranchIs
    | Formula
    | ApprovalIs
)


OF_FACT = (Clicked, TaskClosedUnanswered, AskedToStop, NotUnderstood, Complains, MessageFailed)


STANDING = (AverageAtLeast, AverageBelow, ScoreBelow, BranchIs, Formula, ApprovalIs)


TIMED = (SilentFor, InStepFor, TaskOverdueFor)  # what time alone can make true


BESIDE = (Complains, TaskOverdueFor)  # what is told beside whatever the case does next


LOW = (AverageBelow, ScoreBelow)
