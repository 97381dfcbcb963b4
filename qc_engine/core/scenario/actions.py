"""What a rule does, as a scenario says it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from qc_engine.core.scenario.texts import NO_TEXT, Person, Text


@dataclass(frozen=True)
class Survey:
    """Ask the questions one after the other, remind once, write scores and their mean."""

    questions: tuple[str, ...]
    average_field: str = ""
    hint: Text = NO_TEXT
    hints: int = 1  # how many times the hint is given before a person is called
    remind_after: timedelta | None = None
    reminder: Text = NO_TEXT
    by_link: Text = NO_TEXT  # instead of questions where a client cannot answer: names the survey's page


@dataclass(frozen=True)
class Say:
    """Write a text to the client, with a file beside it if there is one (an https address)."""

    text: Text
    file: str = ""


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
    """Create a task. `about`: 'review' makes its closing an answer about the review; '' is free.

    As long as the answer is 'not yet', the same task comes back after each span of `look_again`.
    """

    title: str
    text: str
    person: Person
    due: timedelta
    about: str = ""
    look_again: tuple[timedelta, ...] = ()
    look_again_text: str = ""


@dataclass(frozen=True)
class ReopenComplaint:
    """The client is still unhappy: the complaint is open again, with a new task."""

    title: str
    text: str
    person: Person
    due: timedelta
    comment: str = ""  # in the complaint's deal
    stage: str = ""  # where that deal goes, if it was put where settled ones stand


@dataclass(frozen=True)
class TakeAsAnswer:
    """Go on as if a manager had given this answer about the review."""

    answer: str


@dataclass(frozen=True)
class ConfirmBonus:
    """Write a bonus into the ledger, once per case or in `once_in`, and tell whoever has to know.

    `undo` is written into the client's card when a person takes the bonus back; `otherwise` is said to a
    client who has had this bonus.
    """

    rule: str
    amount: str = ""
    once_in: timedelta | None = None
    contact_fields: Mapping[str, str] = field(default_factory=dict)
    undo: Mapping[str, str] = field(default_factory=dict)
    comment: str = ""
    webhook: str = ""
    say: Text = NO_TEXT
    otherwise: Text = NO_TEXT


@dataclass(frozen=True)
class TakeBackBonus:
    """Take back what this case confirmed by a rule; nothing where there is nothing."""

    rule: str
    because: str


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
class Pause:
    """What follows in this list of actions is done after so long; the rules of the step hold meanwhile."""

    span: timedelta


@dataclass(frozen=True)
class TellSystem:
    """Tell another system by an outgoing webhook of config.yaml; `data` may hold {names}."""

    webhook: str
    event: str
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class StartScenario:
    """Begin a case of another scenario of this portal for the same deal, after so long."""

    scenario: str
    after: timedelta = timedelta()
    values: Mapping[str, str] = field(default_factory=dict)  # what it learns; values may hold {names}


@dataclass(frozen=True)
class AskApproval:
    """Ask a person yes or no, by a task with two links; ApprovalIs tells what was answered."""

    name: str
    title: str
    text: str
    person: Person
    due: timedelta


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
    | ReopenComplaint
    | TakeAsAnswer
    | ConfirmBonus
    | TakeBackBonus
    | Notify
    | Comment
    | Pause
    | TellSystem
    | StartScenario
    | AskApproval
    | GoTo
    | End
)
