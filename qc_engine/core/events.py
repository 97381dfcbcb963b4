"""What can happen to a case. A closed set: a new member fails type checking until it is handled."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from qc_engine.core.effects import SendMessage


@dataclass(frozen=True)
class Deal:
    """A deal as the CRM showed it at one moment."""

    deal_id: int
    title: str
    stage: str
    entered_at: datetime  # when it entered this stage, by the CRM's own record
    branch_value: str | None = None  # what stands in the deal field that names the branch
    contact_id: int | None = None
    client_name: str | None = None
    phone: str | None = None  # as typed in the CRM
    assigned_to: int | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    contact_fields: Mapping[str, str] = field(default_factory=dict)  # of the client's card, if anybody asks
    do_not_disturb: bool = False  # the client's card says: do not write
    updated_at: datetime | None = None  # when anybody last changed it, by the CRM's own record


@dataclass(frozen=True)
class DealChanged:
    """A hint, not a fact: somebody should look at this deal now."""

    deal_id: int


@dataclass(frozen=True)
class TaskChanged:
    """A hint, not a fact: somebody should look at this task now."""

    task_id: int


@dataclass(frozen=True)
class StartAsked:
    """A hint: begin a case for this deal, not because of its stage. One of `scenario` and `event` is given.

    `by` is a person's name, 'schedule', 'field', the name of another scenario, or of the API's caller.
    """

    deal_id: int
    at: datetime
    scenario: str = ""
    event: str = ""  # all scenarios that this event starts
    by: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class DealSeen:
    """A deal was read from the CRM; `asked`: because a case is to begin for it."""

    deal: Deal
    asked: StartAsked | None = None


@dataclass(frozen=True)
class DealMoved:
    """The CRM's history says that the deal entered a stage, by whomever."""

    deal_id: int
    stage: str
    at: datetime


@dataclass(frozen=True)
class DealDeleted:
    """The deal is no longer in the CRM."""

    deal_id: int


@dataclass(frozen=True)
class AnswerReceived:
    """The client wrote. `kind` is text, or what came instead of it (voice, photo, sticker ...).

    A channel that knows people by addresses of its own (a chat's number) gives `address` and no phone:
    whose it is stands in the engine's table of contact points.
    """

    phone: str  # digits only, country code first; "" when only the address is known
    text: str
    at: datetime
    message_id: int  # grows within one chat; 0 when the channel gives no number
    kind: str = "text"
    address: str = ""
    channel: str = ""  # the engine writes it in: "" is the main channel


@dataclass(frozen=True)
class FormAnswered:
    """The client answered on the survey's own page, all questions at once."""

    case_id: str
    answers: Mapping[str, str]  # question -> score as text, or words; "" when left empty
    at: datetime


@dataclass(frozen=True)
class ChannelJoined:
    """A person opened our chat in a messenger, mostly by the link that we had given."""

    address: str  # of the person in that channel
    token: str  # what the link carried; "" when there was none
    at: datetime
    phone: str = ""  # whose link it was; the engine writes it in, and the channel
    channel: str = ""


@dataclass(frozen=True)
class ChannelLeft:
    """A person stopped or blocked our chat in a messenger."""

    address: str
    at: datetime


@dataclass(frozen=True)
class StaffWrote:
    """Somebody else at the company wrote to the client in the same dialog.

    `by` is operator, or bot: the company's own menu, which speaks within the second of what it reacts to.
    """

    phone: str
    at: datetime
    message_id: int
    text: str = ""
    by: str = "operator"


@dataclass(frozen=True)
class MessageSeen:
    """The channel shows a message that left through it; it may be our own, sent by an uncertain call."""

    phone: str
    text: str
    at: datetime
    message_id: int


@dataclass(frozen=True)
class MessageRefused:
    """The messenger refused a message after the channel had accepted it."""

    phone: str
    reason: str  # the channel's own words
    at: datetime
    message_id: int | None = None  # the refused message, when the channel names it
    # A stable word, '' when nobody knows: window_closed, no_account, blocked, template_problem, spam_limit,
    # channel_off, or the installation's own.
    code: str = ""
    say: str = ""  # the installation's own words for it
    message: SendMessage | None = None  # the engine writes it in, and the key of its effect
    effect_key: str = ""


@dataclass(frozen=True)
class MessageStatus:
    """A message that the channel had accepted has come this far: sent, delivered or read."""

    phone: str
    state: str
    at: datetime
    message_id: int | None = None  # None: the channel speaks of the last one to this client


@dataclass(frozen=True)
class LinkClicked:
    """A person opened a review link."""

    code: str
    platform: str
    at: datetime
    target: str = ""  # where it led at that moment; the engine writes it in


@dataclass(frozen=True)
class ReviewChecked:
    """A manager said on the answer page how it stands with the review; `answer`: core/review/reviews.py."""

    case_id: str
    answer: str
    at: datetime
    by: str = ""


@dataclass(frozen=True)
class ReviewCorrected:
    """A person says that it stands otherwise with the review than was answered, and why."""

    case_id: str
    answer: str
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class BonusTakenBack:
    """A person takes a confirmed bonus of this case back, and says why."""

    case_id: str
    reason: str
    by: str
    at: datetime
    rule: str = ""  # '': whatever this case has confirmed


@dataclass(frozen=True)
class ApprovalGiven:
    """A person answered yes or no on the page that a task had named."""

    case_id: str
    name: str
    given: bool
    at: datetime
    by: str = ""


@dataclass(frozen=True)
class CaseStopped:
    """A person ends the case, and says why."""

    case_id: str
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class CasePaused:
    """A person lets the case stand still: time and messages wait, and what happens meanwhile is kept."""

    case_id: str
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class CaseResumed:
    """A person lets the case go on."""

    case_id: str
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class ScoresEntered:
    """A person writes down scores that the client gave otherwise, or puts right what stands there."""

    case_id: str
    scores: Mapping[str, Decimal]  # question -> score
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class AnsweredFor:
    """A person passes on what the client said, by phone or at the desk."""

    case_id: str
    text: str  # the client's words
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class ResendAsked:
    """A person wants a question sent once more that did not reach the client."""

    case_id: str
    effect_key: str  # of the message
    reason: str
    by: str
    at: datetime
    confirmed: bool = False  # the person says that the client has certainly not got it
    came: str = ""  # the engine writes it in: lost, unknown, on_its_way, arrived; '' is no message
    question: str = ""  # the same: which question it asked


@dataclass(frozen=True)
class ComplaintCauseNamed:
    """A person says why the client was dissatisfied, and what was done about it."""

    case_id: str
    cause: str  # a word of the scenario's list
    words: str
    action: str
    by: str
    at: datetime


@dataclass(frozen=True)
class ComplaintResolved:
    """A person says that the complaint is settled. `ask`: the client may be asked again later."""

    case_id: str
    by: str
    at: datetime
    words: str = ""
    ask: bool = True


@dataclass(frozen=True)
class ComplaintReopened:
    """A person takes it back that the complaint is settled, and says why."""

    case_id: str
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class TaskClosed:
    """A task that we created was completed; `result` is the text left in it, if any."""

    task_id: int
    result: str
    at: datetime
    said_at: datetime | None = (
        None  # when the text was left, if the CRM tells: it may be of an earlier closing
    )


@dataclass(frozen=True)
class TimerDue:
    """The moment that the case was waiting for has come."""

    case_id: str
    at: datetime
    question_is: str = ""  # the engine writes it in: stuck, sent, arrived, or '' for waiting and unknown


@dataclass(frozen=True)
class EffectDone:
    """An effect reached the outside; `result` is the vendor's id of what it made, if any."""

    effect_key: str
    result: str
    at: datetime


@dataclass(frozen=True)
class EffectFailed:
    """An effect will never happen: refused by the vendor, or held back by a gate."""

    effect_key: str
    kind: str  # the effect's type: SendMessage, MoveDeal ...
    code: str  # a stable word: refused, too_late, deal_elsewhere, deal_gone, opted_out ...
    reason: str
    at: datetime
    message: SendMessage | None = None  # the engine writes it in: what did not reach the client


Hint = DealChanged | TaskChanged | StartAsked
Fact = (
    DealSeen
    | DealMoved
    | DealDeleted
    | AnswerReceived
    | FormAnswered
    | ChannelJoined
    | ChannelLeft
    | StaffWrote
    | MessageSeen
    | MessageRefused
    | MessageStatus
    | LinkClicked
    | ReviewChecked
    | ReviewCorrected
    | BonusTakenBack
    | ApprovalGiven
    | CaseStopped
    | CasePaused
    | CaseResumed
    | ScoresEntered
    | AnsweredFor
    | ResendAsked
    | ComplaintCauseNamed
    | ComplaintResolved
    | ComplaintReopened
    | TaskClosed
    | TimerDue
    | EffectDone
    | EffectFailed
)
Event = Hint | Fact
