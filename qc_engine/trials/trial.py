"""A trial: a small story in a scenario's file, what happens in it, and what is expected then."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from qc_engine.core.scenario import Person
from qc_engine.core.trace import Phrase

NOON = time(12)

# --- what is given ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Given:
    """The client and the deal before the story; what is not said is as in most cases."""

    client_name: str = ""
    branch: str = "Филиал"
    has_phone: bool = True
    opted_out: bool = False
    asked_before: timedelta | None = None  # so long ago another survey of this person began
    complained: timedelta | None = None  # so long ago, and nobody has settled it
    channels: tuple[str, ...] = ()  # messengers in which this person has opened our chat
    starts_at: time = NOON  # when the survey is due, by the branch's clock
    language: str = ""  # of the client, if it is known
    values: Mapping[str, str] = field(default_factory=dict)  # by the scenario's names, as the CRM writes them
    stage: str = ""  # where the deal stands (its id), if no stage starts the scenario
    before_survey: bool = False  # the story begins when the deal comes to its stage, not when we ask


# --- what happens -----------------------------------------------------------------------------


@dataclass(frozen=True)
class ClientWrites:
    """The client answers in the chat. `kind` is text, or what came instead of it."""

    text: str
    kind: str = "text"


@dataclass(frozen=True)
class FormSent:
    """The client answers on the survey's own page."""

    answers: Mapping[str, str]


@dataclass(frozen=True)
class Passes:
    """Time goes on, and every timer in it fires in its turn."""

    span: timedelta


@dataclass(frozen=True)
class Clicks:
    """The client opens the link to a review platform."""

    platform: str


@dataclass(frozen=True)
class ManagerSays:
    """The manager answers about the review; `answer`: see core/review/reviews.py."""

    answer: str


@dataclass(frozen=True)
class Decides:
    """Whoever was asked by `approve` says yes or no on the page."""

    name: str
    given: bool


@dataclass(frozen=True)
class Resolves:
    """Whoever has the complaint says on its page that it is settled."""


@dataclass(frozen=True)
class NamesCause:
    """Whoever has the complaint says on its page why it came."""

    cause: str


@dataclass(frozen=True)
class ComplaintMoved:
    """Somebody puts the deal that was opened for the complaint into this stage."""

    stage: str


@dataclass(frozen=True)
class TaskDone:
    """The task made last is closed, with these words left in it."""

    result: str


@dataclass(frozen=True)
class MovedByHand:
    """Somebody puts the deal into this stage."""

    stage: str


@dataclass(frozen=True)
class OperatorWrites:
    """A live operator writes to the client."""

    text: str


@dataclass(frozen=True)
class MessageFails:
    """The messenger says that our last message did not arrive."""

    code: str


@dataclass(frozen=True)
class OpensChat:
    """The client opens our chat in a messenger."""

    channel: str


@dataclass(frozen=True)
class StartsAgain:
    """What starts the scenario happens to this deal once more; values by the scenario's names."""

    values: Mapping[str, str]


Fact = (
    ClientWrites
    | FormSent
    | Passes
    | Clicks
    | ManagerSays
    | Decides
    | Resolves
    | NamesCause
    | ComplaintMoved
    | TaskDone
    | MovedByHand
    | OperatorWrites
    | MessageFails
    | OpensChat
    | StartsAgain
)

# --- what is expected -------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """This question has gone to the client since the last fact."""

    question: str


@dataclass(frozen=True)
class Said:
    """Such a text has gone to the client since the last fact; * stands for any words."""

    pattern: str


@dataclass(frozen=True)
class NoMessage:
    """Nothing has gone to the client since the last fact."""


@dataclass(frozen=True)
class Nothing:
    """Nothing at all has been done since the last fact."""


@dataclass(frozen=True)
class AtStep:
    """The case stands in this step."""

    step: str


@dataclass(frozen=True)
class Ended:
    """The case is over, with this outcome."""

    outcome: str


@dataclass(frozen=True)
class DealAt:
    """The deal stands in this stage (its id)."""

    stage: str


@dataclass(frozen=True)
class FieldsHold:
    """These deal fields (ids) hold these values; * stands for any words."""

    fields: Mapping[str, str]


@dataclass(frozen=True)
class ContactHolds:
    """These fields of the client's card (ids) hold these values."""

    fields: Mapping[str, str]


@dataclass(frozen=True)
class TaskMade:
    """Such a task was made since the last fact."""

    person: Person
    text: str = "*"


@dataclass(frozen=True)
class DealMade:
    """Such a deal was opened since the last fact."""

    person: Person
    text: str = "*"
    stage: str = ""


@dataclass(frozen=True)
class Notified:
    """Such a notification was sent since the last fact."""

    person: Person
    text: str = "*"


@dataclass(frozen=True)
class Started:
    """Another scenario of this name was started since the last fact; it may begin later."""

    scenario: str


@dataclass(frozen=True)
class ComplaintStands:
    """So it stands with the complaint: open, reopened, settled, recovered; 'none' where there is none."""

    how: str


@dataclass(frozen=True)
class SystemTold:
    """Another system was told of this event (its name; * stands for any words) since the last fact."""

    event: str


Expectation = (
    Asked
    | Said
    | NoMessage
    | Nothing
    | AtStep
    | Ended
    | DealAt
    | FieldsHold
    | ContactHolds
    | TaskMade
    | DealMade
    | Notified
    | SystemTold
    | Started
    | ComplaintStands
)

# --- the whole --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One line of a story, and where it stands. `words`: as it is written there."""

    what: Fact | Expectation
    words: str
    line: int = 0
    column: int = 0


@dataclass(frozen=True)
class Trial:
    """One story with its name, and the file it stands in."""

    name: str
    story: tuple[Line, ...]
    given: Given = Given()
    file: str = ""
    line: int = 0
    column: int = 0


@dataclass(frozen=True)
class Trials:
    """All trials of one scenario; `titles` and `people` are what their ids are called there."""

    trials: tuple[Trial, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Told:
    """One moment of a story, for people."""

    at: datetime
    what: Phrase


@dataclass(frozen=True)
class Failure:
    """The line that does not hold, and what happened instead of it."""

    line: Line
    instead: tuple[Phrase, ...]


@dataclass(frozen=True)
class TrialResult:
    """How one trial went; `story` is all that happened up to its end or its failure."""

    trial: Trial
    failure: Failure | None
    story: tuple[Told, ...]

    @property
    def passed(self) -> bool:
        return self.failure is None
