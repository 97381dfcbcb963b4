"""What can be done outside. A closed set; each effect says what a repeat would mean.

natural     the same call twice changes nothing (set a stage, set a field)
searchable  it carries our marker: search for the marker before trying again (create a deal, a task)
unsafe      a repeat reaches a person twice (a message): never repeat without knowing
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from qc_engine.core.frozen import frozen


class Repeat(StrEnum):
    """What a second attempt of an effect would do outside."""

    NATURAL = "natural"
    SEARCHABLE = "searchable"
    UNSAFE = "unsafe"


class Lane(StrEnum):
    """The door that an effect goes through; effects of one case keep their order within a lane."""

    CRM = "crm"
    CHANNEL = "channel"
    WEBHOOK = "webhook"


@frozen
class Template:
    """A message text approved by the messenger, needed when the client was silent for 24 hours."""

    name: str
    language: str
    variables: tuple[str, ...] = ()


@frozen
class SendMessage:
    """Write to the client. `purpose`: question, hint, reminder, reply, farewell."""

    phone: str  # digits only
    text: str
    purpose: str
    question: str = ""
    template: Template | None = None
    fresh_until: datetime | None = None  # not sent after this moment
    channel: str = ""  # "" is the main channel
    address: str = ""  # of the client in that channel; "" where the phone is the address
    file: str = ""  # https address of a file beside the text; a channel without files adds the address to it
    repeat: ClassVar[Repeat] = Repeat.UNSAFE
    lane: ClassVar[Lane] = Lane.CHANNEL

    @property
    def in_words(self) -> str:
        """The text, and behind it the address of the file: for a channel that takes words alone."""
        return f"{self.text}\n{self.file}" if self.file else self.text


@frozen
class MoveDeal:
    """Move a deal, but only from a stage where the scenario expects it: a manager's hand wins."""

    deal_id: int
    stage: str
    expected: tuple[str, ...]
    fields: Mapping[str, str] = field(default_factory=dict)
    from_anywhere: bool = False  # a person has just said so: it goes wherever it stands
    repeat: ClassVar[Repeat] = Repeat.NATURAL
    lane: ClassVar[Lane] = Lane.CRM


@frozen
class SetFields:
    """Write our own fields of a deal, all in one call; `only_over`: only where these still stand there."""

    deal_id: int
    fields: Mapping[str, str]
    only_over: Mapping[str, str] = field(default_factory=dict)
    repeat: ClassVar[Repeat] = Repeat.NATURAL
    lane: ClassVar[Lane] = Lane.CRM


@frozen
class CreateDeal:
    """A new deal in the pipeline that the stage belongs to; result: its id."""

    title: str
    stage: str
    assigned_to: int
    contact_id: int | None
    parent_deal_id: int
    comment: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    repeat: ClassVar[Repeat] = Repeat.SEARCHABLE
    lane: ClassVar[Lane] = Lane.CRM


@frozen
class CreateTask:
    """A task for a person, attached to the deal; result: its id."""

    title: str
    text: str
    responsible: int
    deadline: datetime
    deal_id: int
    repeat: ClassVar[Repeat] = Repeat.SEARCHABLE
    lane: ClassVar[Lane] = Lane.CRM


@frozen
class CloseTask:
    """Complete a task that was answered by another way; `untouched`: only if nobody has begun with it."""

    task_id: int
    untouched: bool = False
    repeat: ClassVar[Repeat] = Repeat.NATURAL
    lane: ClassVar[Lane] = Lane.CRM


@frozen
class ReopenTask:
    """Put a closed task back to work; one that is open stays as it is."""

    task_id: int
    repeat: ClassVar[Repeat] = Repeat.NATURAL
    lane: ClassVar[Lane] = Lane.CRM


@frozen
class UpdateTask:
    """The same task with another deadline and text."""

    task_id: int
    deadline: datetime
    text: str
    repeat: ClassVar[Repeat] = Repeat.NATURAL
    lane: ClassVar[Lane] = Lane.CRM


@frozen
class NotifyStaff:
    """A notification in the CRM; the same key replaces the earlier one."""

    user: int
    text: str
    repeat: ClassVar[Repeat] = Repeat.NATURAL
    lane: ClassVar[Lane] = Lane.CRM


@frozen
class AddComment:
    """A comment in the deal's timeline."""

    deal_id: int
    text: str
    repeat: ClassVar[Repeat] = Repeat.SEARCHABLE
    lane: ClassVar[Lane] = Lane.CRM


@frozen
class UpdateContact:
    """Write our own fields of the client's card."""

    contact_id: int
    fields: Mapping[str, str]
    repeat: ClassVar[Repeat] = Repeat.NATURAL
    lane: ClassVar[Lane] = Lane.CRM


@frozen
class CallWebhook:
    """Tell another system, by an outgoing webhook of config.yaml; it knows a repeat by the message's id."""

    webhook: str  # as config.yaml calls it
    event: str  # bonus.confirmed, bonus.taken_back
    at: datetime
    data: Mapping[str, str] = field(default_factory=dict)
    repeat: ClassVar[Repeat] = Repeat.NATURAL
    lane: ClassVar[Lane] = Lane.WEBHOOK


Effect = (
    SendMessage
    | MoveDeal
    | SetFields
    | CreateDeal
    | CreateTask
    | CloseTask
    | ReopenTask
    | UpdateTask
    | NotifyStaff
    | AddComment
    | UpdateContact
    | CallWebhook
)
