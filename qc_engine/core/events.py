"""What can happen to a case. A closed set: a new member fails type checking until it is handled."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


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
    do_not_disturb: bool = False  # the client's card says: do not write


@dataclass(frozen=True)
class DealChanged:
    """A hint, not a fact: somebody should look at this deal now."""

    deal_id: int


@dataclass(frozen=True)
class TaskChanged:
    """A hint, not a fact: somebody should look at this task now."""

    task_id: int


@dataclass(frozen=True)
class DealSeen:
    """A deal was read from the CRM."""

    deal: Deal


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
    """The client wrote. `kind` is text, or what came instead of it (voice, photo, sticker ...)."""

    phone: str  # digits only, country code first
    text: str
    at: datetime
    message_id: int
    kind: str = "text"


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


@dataclass(frozen=True)
class ReviewChecked:
    """A manager said whether the review exists: answer is 'found' or 'not_found'."""

    case_id: str
    answer: str
    at: datetime
    by: str = ""


@dataclass(frozen=True)
class TaskClosed:
    """A task that we created was completed; `result` is the text left in it, if any."""

    task_id: int
    result: str
    at: datetime


@dataclass(frozen=True)
class TimerDue:
    """The moment that the case was waiting for has come."""

    case_id: str
    at: datetime


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


Hint = DealChanged | TaskChanged
Fact = (
    DealSeen
    | DealMoved
    | DealDeleted
    | AnswerReceived
    | StaffWrote
    | MessageSeen
    | MessageRefused
    | MessageStatus
    | LinkClicked
    | ReviewChecked
    | TaskClosed
    | TimerDue
    | EffectDone
    | EffectFailed
)
Event = Hint | Fact
