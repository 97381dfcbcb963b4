"""The nouns of the account: client, message, dialog, request, tag, operator, channel."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

SENT_TO_CLIENT = frozenset({"to_client", "autoreply"})
MESSAGE_TYPES = SENT_TO_CLIENT | {"system", "comment"}


@dataclass(slots=True)
class Channel:
    """Without `transports` it has the one of the switch."""

    id: int
    name: str
    phone: str
    transports: tuple[str, ...] = ()


@dataclass(slots=True)
class Operator:
    id: int
    email: str
    first_name: str
    last_name: str
    role: str = "operator"
    phone: str | None = None
    online: int = 1
    status_id: int | None = None
    external_id: str | None = None


@dataclass(slots=True)
class Tag:
    id: int
    group_id: int
    group_name: str
    label: str
    description: str


@dataclass(slots=True, eq=False)
class Message:
    """`status` is what happened on the way to the phone: accepted, delivered, read or failed."""

    id: int
    client: "Client"
    type: str
    text: str | None
    transport: str
    channel_id: int
    created: datetime
    author: str
    operator_id: int | None = None
    dialog_id: int | None = None
    request_id: int | None = None
    status: str = "accepted"
    kind: str = "text"
    shown: str = ""
    media: dict[str, str] = field(default_factory=dict)
    attachments: list[dict[str, str]] = field(default_factory=list)
    external_id: str | None = None
    encrypted: bool = False
    keyboard: Any = None
    pressed: str = ""  # what stands behind the button that the client pressed
    reply_to: int | None = None
    read: bool = False


@dataclass(slots=True, eq=False)
class Dialog:
    id: int
    client: "Client"
    begin: datetime
    operator_id: int | None
    state: str = "open"
    end: datetime | None = None
    messages: int = 0
    last_message: Message | None = None


@dataclass(slots=True, eq=False)
class Request:
    """One appeal of a client; closed when `end` is set."""

    id: int
    client: "Client"
    begin: datetime
    end: datetime | None = None
    tags: dict[int, Tag] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Client:
    """One person on one family of transports; `dialog` and `request` are the open ones.

    `owner` is the person's own phone; what the account knows of it is `phone` or, if told, `client_phone`.
    """

    id: int
    phone: str
    transport: str
    channel_id: int
    name: str | None
    owner: str
    client_phone: str | None = None
    created: datetime | None = None
    assigned_name: str | None = None
    comment: str | None = None
    external_id: str | None = None
    extra_comments: dict[str, str | None] = field(default_factory=dict)
    custom_fields: dict[str, Any] = field(default_factory=dict)
    tags: dict[int, Tag] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    dialogs: list[Dialog] = field(default_factory=list)
    dialog: Dialog | None = None
    request: Request | None = None
    first_inbound: datetime | None = None
    last_inbound: datetime | None = None


def family(transport: str) -> str:
    """Transports that share their clients: every provider of WhatsApp is one family."""
    return "whatsapp" if transport == "whatsapp" or transport.startswith("wa_") else transport
