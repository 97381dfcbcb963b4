"""A scenario as the core sees it: names already resolved to ids, durations to timedelta."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from decimal import Decimal

from qc_engine.core.answers.reading import Scale
from qc_engine.core.calendar import NO_HOLIDAYS, Holidays

SCORED, COMMENT = "score", "comment"  # the kinds of questions

# --- texts and people -------------------------------------------------------------------------


@dataclass(frozen=True)
class Text:
    """A text with {name} or {name|fallback} in it, and its approved template if there is one."""

    body: str
    template: str = ""  # "name|language" at the messenger, empty: free text only
    template_variables: tuple[str, ...] = ()  # names of variables, in the template's order


@dataclass(frozen=True)
class Person:
    """Who gets a task: a role of the branch (head, manager), or a user id of the CRM."""

    role: str = ""
    user: int = 0


# --- conditions -------------------------------------------------------------------------------


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


@dataclass(frozen=True)
class ReviewIs:
    """A manager answered: 'found' or 'not_found'."""

    answer: str


@dataclass(frozen=True)
class TaskClosedUnanswered:
    """The task was completed, but nobody said what was found."""


@dataclass(frozen=True)
class AskedToStop:
    """The client wrote 'stop' in any of the known ways."""


@dataclass(frozen=True)
class NotUnderstood:
    """A reply could not be read even after the hint."""


@dataclass(frozen=True)
class Complains:
    """A good score came with a complaint in words, for the first time in this case.

    Rules with this condition run beside the others: they take no rule's turn.
    """


@dataclass(frozen=True)
class DealMovedTo:
    """Somebody moved the deal to this stage by hand."""

    stage: str


@dataclass(frozen=True)
class MessageFailed:
    """A message could not be delivered: no channel, blocked, refused."""


Condition = (
    AverageAtLeast
    | AverageBelow
    | ScoreBelow
    | SilentFor
    | InStepFor
    | Clicked
    | ReviewIs
    | TaskClosedUnanswered
    | AskedToStop
    | NotUnderstood
    | Complains
    | DealMovedTo
    | MessageFailed
)

# --- actions ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Survey:
    """Ask the questions one after the other, remind once, write scores and their mean."""

    questions: tuple[str, ...]
    average_field: str = ""
    hint: Text = Text("")
    hints: int = 1  # how many times the hint is given before a person is called
    remind_after: timedelta | None = None
    reminder: Text = Text("")


@dataclass(frozen=True)
class Say:
    """Write a text to the client."""

    text: Text


@dataclass(frozen=True)
class MoveDealTo:
    """Move the deal to a stage (its id)."""

    stage: str


@dataclass(frozen=True)
class WriteFields:
    """Write values into deal fields (ids); values may hold {names}."""

    fields: Mapping[str, str]


@dataclass(frozen=True)
class WriteContact:
    """Write values into fields of the client's card (ids)."""

    fields: Mapping[str, str]


@dataclass(frozen=True)
class OpenDeal:
    """Create a deal in another pipeline for somebody to work on."""

    title: str
    stage: str
    person: Person
    comment: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class OpenTask:
    """Create a task. `about`: 'review' makes its closing an answer about the review; '' is free."""

    title: str
    text: str
    person: Person
    due: timedelta
    about: str = ""


@dataclass(frozen=True)
class Notify:
    """A notification to a person in the CRM."""

    person: Person
    text: str


@dataclass(frozen=True)
class Comment:
    """A comment in the deal's timeline."""

    text: str


@dataclass(frozen=True)
class GoTo:
    """Go on with another step."""

    step: str


@dataclass(frozen=True)
class End:
    """The case is over; the outcome is a word for reports."""

    outcome: str


Action = (
    Survey
    | Say
    | MoveDealTo
    | WriteFields
    | WriteContact
    | OpenDeal
    | OpenTask
    | Notify
    | Comment
    | GoTo
    | End
)

# --- the whole --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rule:
    """If all conditions hold, do the actions. The first rule of a step that matches wins."""

    name: str
    when: tuple[Condition, ...]
    do: tuple[Action, ...]
    line: int = 0


@dataclass(frozen=True)
class Step:
    """A place where a case can stand: what is done on entry, and what it waits for."""

    name: str
    do: tuple[Action, ...]
    rules: tuple[Rule, ...]
    line: int = 0


@dataclass(frozen=True)
class Question:
    """One question with one score, or (`kind` is 'comment') with any words or none."""

    name: str
    text: Text
    scale: Scale
    field: str = ""  # the deal field that keeps the score or the words, "" for none
    kind: str = SCORED
    skip_after: timedelta = timedelta(hours=1)  # a comment that has not come by then is not waited for

    @property
    def scored(self) -> bool:
        return self.kind == SCORED


@dataclass(frozen=True)
class Start:
    """Which deals start a case, and when the first step begins."""

    stage: str
    wait: timedelta  # from the moment of entering the stage, by the CRM's record
    not_later_than: timedelta  # after the planned moment: too late, not asked any more


@dataclass(frozen=True)
class ContactRules:
    """When a client may be written to; they hold for every message of the scenario."""

    quiet_from: time
    quiet_to: time  # equal to quiet_from: no quiet hours
    at_most_once_in: timedelta  # between two surveys of one person
    pause_after_operator: timedelta
    reply_within: timedelta = timedelta(minutes=15)  # quiet hours do not cut a live conversation
    quiet_hours_of: str = "branch"  # or "client": by the phone, where it leaves no doubt
    after_complaint: timedelta = timedelta()  # so long no survey and no request for a review
    holidays: Holidays = NO_HOLIDAYS  # from config.yaml, as it is now


@dataclass(frozen=True)
class Scenario:
    """One scenario file, checked. `version` is the hash of its content."""

    name: str
    title: str
    version: str
    start: Start
    contact: ContactRules
    questions: Mapping[str, Question]
    steps: Mapping[str, Step]  # in the order of the file; the first one is where a case begins
    anytime: tuple[Rule, ...] = ()  # looked at before the rules of the step

    @property
    def first_step(self) -> str:
        return next(iter(self.steps))
