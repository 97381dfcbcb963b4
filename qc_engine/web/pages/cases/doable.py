"""What may be done to one case by hand, and what somebody should know before doing it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

STOP, PAUSE, RESUME, SCORE, ANSWER, RESEND = "stop", "pause", "resume", "score", "answer", "resend"
ACTS = (RESUME, SCORE, ANSWER, RESEND, PAUSE, STOP)  # as the page shows them


@dataclass(frozen=True)
class ScoreAsked:
    """A question that is answered by a number; `score`: what stands there, '' for nothing yet."""

    name: str
    label: str
    lowest: str
    highest: str
    score: str = ""


@dataclass(frozen=True)
class LostQuestion:
    """The last question that left, or should have. `came`: lost, or unknown: a person must say so."""

    key: str
    text: str
    came: str


@dataclass(frozen=True)
class EnteredLine:
    """One line of the history of scores that people wrote down."""

    label: str
    score: str
    was: str
    by: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class Doable:
    """`acts`: those that make sense as the case stands, whoever looks."""

    acts: Sequence[str] = ()
    scores: Sequence[ScoreAsked] = ()
    lost: LostQuestion | None = None
    unsent: Sequence[str] = ()  # messages that wait to be sent, as the client would read them
    kept: int = 0  # events that wait for the case to go on
    still_by: str = ""  # who lets it stand still; '' when it does not
    still_why: str = ""
    still_since: datetime | None = None
    entered: Sequence[EnteredLine] = ()
